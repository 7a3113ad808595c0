//! A body that is being decoded, and the names that do not belong in it.

use std::fmt;

use plimsoll_model::{Address, Attr, Block, Body, Diagnostic, Report, Span};

use super::nearest::nearest;
use super::schema::{BlockSchema, NestedSchema};

/// What messages call a block. Most blocks are never spoken of: the text is made when it is shown.
#[derive(Debug, Clone, Copy)]
pub enum Called<'a> {
    /// A top-level block, by its address as written: `app.web`.
    Block(&'a Address),
    /// A nested block, by its type and label: `container "web"`.
    Nested(&'a str, Option<&'a str>),
}

impl fmt::Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Called::Block(address) => write!(f, "{}", address.written()),
            Called::Nested(ty, Some(label)) => write!(f, "{ty} \"{label}\""),
            Called::Nested(ty, None) => f.write_str(ty),
        }
    }
}

/// The body of one block.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The block's type and label, as messages name it.
    pub name: Called<'a>,
    /// Its header: where messages about what is missing point.
    pub header: Span,
    /// What stands in it.
    pub body: &'a Body,
}

impl Source<'_> {
    /// Where an attribute stands that was written as a block: reported by name, so it is not missing.
    pub(super) fn written_as_block(&self, attr: &str) -> Option<Span> {
        self.body.blocks.iter().find(|b| *b.ty == *attr).map(|b| b.header_span)
    }

    /// Where a block stands that was written as an attribute: reported by name, so it is not missing.
    pub(super) fn written_as_attribute(&self, block: &str) -> Option<Span> {
        self.body.attrs.get(block).map(|a| a.name_span)
    }

    /// Reports attributes and blocks that `schema` does not have.
    pub fn check_names(&self, schema: &BlockSchema, report: &mut Report) {
        for (name, attr) in self.body.attrs.iter() {
            if schema.all_attrs().any(|a| a.name == name) {
                continue;
            }
            report.push(match schema.all_blocks().find(|b| b.name == name) {
                Some(nested) => self.block_as_attribute(nested, attr),
                None => self.unknown_attribute(schema, name, attr),
            });
        }
        for block in &self.body.blocks {
            if schema.all_blocks().any(|b| *b.name == *block.ty) {
                continue;
            }
            report.push(match schema.all_attrs().find(|a| *a.name == *block.ty) {
                Some(attr) => Diagnostic::error("attribute-as-block", "attribute written as a block")
                    .detail(format!(
                        "In {}, `{}` is an attribute that takes {}.",
                        self.name, attr.name, attr.ty
                    ))
                    .at(block.header_span, "")
                    .help(format!("{} = {}", attr.name, attr.ty.example())),
                None => self.unknown_block(schema, block),
            });
        }
    }

    fn block_as_attribute(&self, nested: &NestedSchema, attr: &Attr) -> Diagnostic {
        Diagnostic::error("block-as-attribute", "block written as an attribute")
            .detail(format!(
                "In {}, `{}` is a block: no equals sign stands before its brace.",
                self.name, nested.name
            ))
            .at(attr.name_span, "")
            .help(block_form(nested))
    }

    fn unknown_attribute(&self, schema: &BlockSchema, name: &str, attr: &Attr) -> Diagnostic {
        let names = schema.all_attrs().map(|a| a.name).chain(schema.all_blocks().map(|b| b.name));
        let found = Diagnostic::error("unknown-attribute", "unknown attribute")
            .detail(format!("{} has no attribute `{name}`.", capital(self.name)))
            .at(attr.name_span, "");
        match nearest(name, names) {
            Some(near) => match schema.all_blocks().find(|b| b.name == near) {
                Some(nested) => found.help(format!("did you mean the block {}?", block_form(nested))),
                None => found.help(format!("did you mean `{near}`?")),
            },
            None => found.help(format!("it has {}", listed(schema.all_attrs().map(|a| a.name)))),
        }
    }

    fn unknown_block(&self, schema: &BlockSchema, block: &Block) -> Diagnostic {
        let found = Diagnostic::error("unknown-block", "unknown block")
            .detail(format!("{} has no block `{}`.", capital(self.name), block.ty))
            .at(block.header_span, "");
        let names = schema.all_blocks().map(|b| b.name);
        match nearest(&block.ty, names.chain(schema.all_attrs().map(|a| a.name))) {
            Some(near) => match schema.all_attrs().find(|a| a.name == near) {
                Some(attr) => {
                    found.help(format!("did you mean the attribute {} = {}?", attr.name, attr.ty.example()))
                }
                None => found.help(format!("did you mean `{near}`?")),
            },
            None if schema.all_blocks().next().is_none() => found.help("it has attributes only"),
            None => found.help(format!("it has {}", listed(schema.all_blocks().map(|b| b.name)))),
        }
    }
}

/// How a nested block is written.
pub(super) fn block_form(nested: &NestedSchema) -> String {
    let label =
        if nested.labeled { format!(" \"{}\"", nested.block.label.unwrap_or("name")) } else { String::new() };
    format!("{}{label} {{ … }}", nested.name)
}

/// The same text, starting with a capital letter; an address stays as it is.
pub fn capital(name: impl fmt::Display) -> String {
    let text = name.to_string();
    if text.contains('.') {
        return text;
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// `a, b and c`, each in backquotes, sorted.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.map(|n| format!("`{n}`")).collect();
    names.sort();
    match names.split_last() {
        None => "none".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

    #[test]
    fn names_that_do_not_belong() {
        let text = app(
            "imgae = \"x\"\nresources = {}\nenv { A = 1 }\npost_start { exec { command = [\"x\"] } }\nflavour = 1\nprobe {}",
            "contaner \"b\" { image = \"b:1\" }\nconfig { }\nlabel = {}",
        )
        .replace("post_start { exec { command = [\"x\"] } }", "post_start {\nexec {\ncommand = [\"x\"]\n}\n}");
        check(
            &text,
            expect![[r#"
                error[unknown-block]: unknown block
                  app.web has no block `contaner`.
                  t.hcl:2: contaner "b"
                  help: did you mean `container`?
                error[unknown-block]: unknown block
                  app.web has no block `config`.
                  t.hcl:3: config
                  help: it has `claim_retention`, `container`, `disruption_budget`, `dns_config`, `host_alias`, `init_container`, `lifecycle`, `node_affinity`, `ordinals`, `pod_affinity`, `pod_anti_affinity`, `security_context`, `sidecar`, `timeouts`, `toleration`, `topology_spread` and `update_strategy`
                error[unknown-attribute]: unknown attribute
                  app.web has no attribute `label`.
                  t.hcl:4: label
                  help: did you mean `labels`?
                error[unknown-attribute]: unknown attribute
                  Container "web" has no attribute `imgae`.
                  t.hcl:8: imgae
                  help: did you mean `image`?
                error[block-as-attribute]: block written as an attribute
                  In container "web", `resources` is a block: no equals sign stands before its brace.
                  t.hcl:9: resources
                  help: resources { … }
                error[attribute-as-block]: attribute written as a block
                  In container "web", `env` is an attribute that takes a map of values, each a string, a key of a config or secret, field(…) or resource(…).
                  t.hcl:10: env
                  help: env = { key = secret.db.keys.password }
                error[attribute-as-block]: attribute written as a block
                  In post_start, `exec` is an attribute that takes a list of strings.
                  t.hcl:12: exec
                  help: exec = ["…"]
                error[unknown-attribute]: unknown attribute
                  Container "web" has no attribute `flavour`.
                  t.hcl:16: flavour
                  help: it has `args`, `command`, `env_from`, `env`, `image_pull_policy`, `image`, `stdin_once`, `stdin`, `termination_message_path`, `termination_message_policy`, `tty` and `working_dir`
                error[unknown-block]: unknown block
                  Container "web" has no block `probe`.
                  t.hcl:17: probe
                  help: it has `device`, `liveness_probe`, `log`, `mount`, `port`, `post_start`, `pre_stop`, `readiness_probe`, `resize_policy`, `resources`, `security_context` and `startup_probe`
            "#]],
        );
    }

    #[test]
    fn blocks_that_are_missing_or_repeated() {
        check(
            "app \"a\" {\nlifecycle {}\nlifecycle {}\nclaim_retention \"x\" {}\n}\napp \"b\" {\ncontainer {\n}\n}",
            expect![[r#"
                error[missing-block]: required block is missing
                  app.a needs a `container` block. What runs in each pod.
                  t.hcl:1: app "a"
                  help: container "name" { … }
                error[repeated-block]: block stands more than once
                  app.a takes one `lifecycle` block.
                  t.hcl:3: lifecycle   the second one
                  t.hcl:2: lifecycle   the first one
                error[not-for-kind]: setting does not exist for this kind of app
                  `claim_retention` belongs to a StatefulSet; this is a Deployment.
                  t.hcl:4: claim_retention "x"
                  t.hcl:1: app "a"   the kind
                  help: kind = "StatefulSet"
                error[wrong-labels]: block has the wrong number of labels
                  `claim_retention` takes no label.
                  t.hcl:4: "x"
                  help: claim_retention { … }
                error[wrong-labels]: block has the wrong number of labels
                  `container` takes one label, its name; this has 0.
                  t.hcl:7: container
                  help: container "name" { … }
                error[missing-attribute]: required attribute is missing
                  Container needs `image`. The image: `domain/namespace/image:tag`; without a tag it is the latest one.
                  t.hcl:7: container
                  help: image = "…"
            "#]],
        );
    }
}
