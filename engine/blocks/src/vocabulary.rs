//! The top-level blocks: the one list of them, and the table that the language sees.

use plimsoll_model::{Body, ConfigBlock, Export, Report, Vocabulary, VocabularyFunction};

use crate::blocks::meta::Meta;
use crate::blocks::pod::Pod;
use crate::blocks::{
    app, autoscale, config, ingress, job, manifest, namespace, network_policy, secret, service,
    service_account, volume,
};
use crate::compile::Objects;
use crate::declare::{Block, BlockSchema, Called, Source};
use crate::functions::FUNCTIONS;
use crate::world::{Item, World};

/// The blocks and functions that Plimsoll offers to expressions.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlimsollVocabulary;

/// Declares the top-level blocks; sorted by name.
macro_rules! top_level {
    ($($variant:ident in $module:ident as $name:literal,)*) => {
        /// A decoded top-level block.
        #[derive(Debug)]
        pub enum Declared {
            $(#[doc = concat!("`", $name, "`")] $variant(Box<$module::$variant>),)*
        }

        impl Declared {
            /// Decodes a block with the body that is given; none where there is no such block.
            pub fn decode(block: &ConfigBlock, body: &Body, report: &mut Report) -> Option<Declared> {
                let name = Called::Block(&block.address);
                let source = Source { name, header: block.header_span, body };
                match block.address.block.as_str() {
                    $($name => Some(Declared::$variant(Box::new(Block::decode(&source, report)))),)*
                    _ => None,
                }
            }

            /// The declaration.
            pub fn schema(&self) -> &'static BlockSchema {
                match self { $(Declared::$variant(_) => <$module::$variant as Block>::SCHEMA,)* }
            }

            /// What every top-level block takes.
            pub fn meta(&self) -> &Meta {
                match self { $(Declared::$variant(block) => &block.meta,)* }
            }

            /// Reports what can be judged offline.
            pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
                match self { $(Declared::$variant(block) => block.check(item, world, report),)* }
            }

            /// Adds the block's objects.
            pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
                match self { $(Declared::$variant(block) => block.compile(item, world, out),)* }
            }
        }

        const EXPORTS: &[(&str, &[Export])] = &[$(($name, $module::EXPORTS),)*];

        /// The declarations of all top-level blocks, sorted by name.
        pub fn schema() -> &'static [&'static BlockSchema] {
            &[$(<$module::$variant as Block>::SCHEMA,)*]
        }
    };
}

top_level! {
    App in app as "app",
    Autoscale in autoscale as "autoscale",
    Config in config as "config",
    Ingress in ingress as "ingress",
    Job in job as "job",
    Manifest in manifest as "manifest",
    Namespace in namespace as "namespace",
    NetworkPolicy in network_policy as "network_policy",
    Secret in secret as "secret",
    Service in service as "service",
    ServiceAccount in service_account as "service_account",
    Volume in volume as "volume",
}

impl Declared {
    /// The app, where this is one.
    pub fn app(&self) -> Option<&app::App> {
        match self {
            Declared::App(app) => Some(app),
            _ => None,
        }
    }

    /// What the pods of an app or job consist of.
    pub fn pod(&self) -> Option<&Pod> {
        match self {
            Declared::App(app) => Some(&app.pod),
            Declared::Job(job) => Some(&job.pod),
            _ => None,
        }
    }

    /// The config, where this is one.
    pub fn config(&self) -> Option<&config::Config> {
        match self {
            Declared::Config(config) => Some(config),
            _ => None,
        }
    }

    /// The secret, where this is one.
    pub fn secret(&self) -> Option<&secret::Secret> {
        match self {
            Declared::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// The keys of a config or secret, where they are known.
    pub fn data_keys(&self) -> Option<Vec<String>> {
        match self {
            Declared::Config(config) => config.data_keys(),
            Declared::Secret(secret) => secret.data_keys(),
            _ => None,
        }
    }

    /// The name of the object that a config or secret stands for without making it.
    pub fn existing(&self) -> Option<&str> {
        match self {
            Declared::Config(config) => config.existing.as_ref().and_then(|e| e.text()),
            Declared::Secret(secret) => secret.existing.as_ref().and_then(|e| e.text()),
            _ => None,
        }
    }
}

impl Vocabulary for PlimsollVocabulary {
    fn exports(&self, block: &str) -> Option<&'static [Export]> {
        EXPORTS.iter().find(|(name, _)| *name == block).map(|(_, exports)| *exports)
    }

    fn block_names(&self) -> Vec<&'static str> {
        EXPORTS.iter().map(|(name, _)| *name).collect()
    }

    fn functions(&self) -> &'static [VocabularyFunction] {
        FUNCTIONS
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;
    use crate::declare::{AttrSchema, Default};

    fn describe(schema: &BlockSchema, indent: usize, out: &mut String) {
        let pad = "  ".repeat(indent);
        for attr in schema.all_attrs() {
            let required = if attr.required && attr.default.is_none() { " (required)" } else { "" };
            out.push_str(&format!("{pad}{} = {}{required}{}\n", attr.name, attr.ty, notes(attr)));
        }
        for nested in schema.all_blocks() {
            let label =
                if nested.labeled { format!(" \"{}\"", nested.block.label.unwrap()) } else { String::new() };
            let count = match (nested.min, nested.many) {
                (0, false) => "at most once",
                (0, true) => "any number",
                (_, false) => "once",
                (_, true) => "at least once",
            };
            out.push_str(&format!("{pad}{}{label} {{ }} ({count})\n", nested.name));
            describe(nested.block, indent + 1, out);
        }
    }

    fn notes(attr: &AttrSchema) -> String {
        let mut out = String::new();
        if attr.range != (None, None) {
            let bound = |b: Option<i64>| b.map(|n| n.to_string()).unwrap_or_default();
            out.push_str(&format!(", {}..{}", bound(attr.range.0), bound(attr.range.1)));
        }
        match attr.default {
            Some(Default::Text(t)) => out.push_str(&format!(", default \"{t}\"")),
            Some(Default::Bool(b)) => out.push_str(&format!(", default {b}")),
            Some(Default::Whole(n)) => out.push_str(&format!(", default {n}")),
            None => {}
        }
        out
    }

    #[test]
    fn the_whole_vocabulary_at_a_glance() {
        let mut out = String::new();
        for schema in schema() {
            out.push_str(&format!("{} \"{}\"\n", schema.name, schema.label.unwrap()));
            describe(schema, 1, &mut out);
        }
        expect_file!["../golden/vocabulary.txt"].assert_eq(&out);
    }

    #[test]
    fn a_name_is_an_attribute_or_a_block_and_both_are_documented() {
        fn check(schema: &BlockSchema) {
            let attrs = schema.all_attrs().map(|a| (a.name, a.doc));
            let blocks = schema.all_blocks().map(|b| (b.name, b.doc));
            let mut names: Vec<_> = attrs.chain(blocks).collect();
            assert!(names.iter().all(|(_, doc)| !doc.is_empty()), "{}", schema.name);
            names.sort();
            let count = names.len();
            names.dedup_by_key(|n| n.0);
            assert_eq!(names.len(), count, "{} has a name twice", schema.name);
            schema.all_blocks().for_each(|b| check(b.block));
        }
        let names = PlimsollVocabulary.block_names();
        assert!(names.is_sorted());
        schema().iter().for_each(|s| check(s));
    }
}
