//! `config` and `secret` of a volume: their keys as files.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Diagnostic, Node, Report, Span};

use crate::declare::{Block, Map, Syntax, ToNode, Tree, Val, lost};
use crate::handles::{ConfigRef, SecretRef};
use crate::syntax;
use crate::world::World;

/// The keys of a config as files.
#[derive(Debug, Clone, Block)]
#[block(name = "config")]
pub struct ConfigFiles {
    /// The config.
    #[attr(manual)]
    pub from: Val<ConfigRef>,
    /// Which keys, and the file that each becomes: `{ "app.conf" = "conf.d/app.conf" }`; by default all.
    #[attr(manual, known, keys = syntax::DATA_KEY, syntax = syntax::FILE_PATH)]
    pub items: Map<String>,
    /// The files' mode: `"0440"`.
    #[attr(manual, syntax = MODE)]
    pub default_mode: Option<Val<String>>,
    /// Whether pods start without it.
    #[attr(manual)]
    pub optional: Option<Val<bool>>,
}

/// The keys of a secret as files.
#[derive(Debug, Clone, Block)]
#[block(name = "secret")]
pub struct SecretFiles {
    /// The secret.
    #[attr(manual)]
    pub from: Val<SecretRef>,
    /// Which keys, and the file that each becomes; by default all.
    #[attr(manual, known, keys = syntax::DATA_KEY, syntax = syntax::FILE_PATH)]
    pub items: Map<String>,
    /// The files' mode: `"0400"`.
    #[attr(manual, syntax = MODE)]
    pub default_mode: Option<Val<String>>,
    /// Whether pods start without it.
    #[attr(manual)]
    pub optional: Option<Val<bool>>,
}

/// The mode of files.
pub(super) static MODE: Syntax = Syntax {
    name: "a file mode",
    rule: "three or four octal digits, in quotes",
    holds: |t| {
        matches!(t.len(), 3 | 4)
            && t.bytes().all(|b| (b'0'..=b'7').contains(&b))
            && (t.len() == 3 || t.starts_with('0'))
    },
};

impl ConfigFiles {
    /// The keys that become files exist.
    pub fn check(&self, world: &World<'_>, report: &mut Report) {
        check_items("config", &self.items, self.from.known().map(|r| &r.address), world, report);
    }

    /// Writes what the API has in common for both kinds of files.
    pub fn write_files(&self, tree: &mut Tree) {
        write_files(&self.items, &self.default_mode, &self.optional, tree);
    }
}

impl SecretFiles {
    /// The keys that become files exist.
    pub fn check(&self, world: &World<'_>, report: &mut Report) {
        check_items("secret", &self.items, self.from.known().map(|r| &r.address), world, report);
    }

    /// Writes what the API has in common for both kinds of files.
    pub fn write_files(&self, tree: &mut Tree) {
        write_files(&self.items, &self.default_mode, &self.optional, tree);
    }
}

/// Reports keys that do not exist, and two that become one file.
pub(super) fn check_items(
    what: &str,
    items: &Map<String>,
    from: Option<&Address>,
    world: &World<'_>,
    report: &mut Report,
) {
    let mut files: BTreeMap<&str, Span> = BTreeMap::new();
    for path in items.values() {
        let Some(first) = path.text().and_then(|text| files.insert(text, path.span)) else { continue };
        report.push(
            Diagnostic::error("duplicate-file", "two keys become one file")
                .detail(format!("The volume has one file {}.", path.shown()))
                .at(path.span, "the second one")
                .related(first, "the first one"),
        );
    }
    let Some(item) = from.and_then(|a| world.item(a)) else { return };
    let Some(keys) = item.declared.data_keys() else { return };
    for (key, path) in items {
        if keys.iter().any(|k| k == key) {
            continue;
        }
        let found = Diagnostic::error("unknown-key", "key does not exist")
            .detail(format!("{} has no key \"{key}\".", item.block.address))
            .at(path.span, "")
            .related(item.block.header_span, format!("the {what}"));
        report.push(match crate::declare::nearest(key, keys.iter().map(String::as_str)) {
            Some(near) => found.help(format!("did you mean \"{near}\"?")),
            None => found,
        });
    }
}

fn write_files(
    items: &Map<String>,
    mode: &Option<Val<String>>,
    optional: &Option<Val<bool>>,
    tree: &mut Tree,
) {
    write_items(items, tree);
    tree.put("defaultMode", mode.as_ref().and_then(self::mode));
    tree.attr("optional", optional);
}

/// Writes which keys become which files.
pub(super) fn write_items(items: &Map<String>, tree: &mut Tree) {
    let item = |(key, path): (&String, &Val<String>)| {
        let mut tree = Tree::new();
        tree.put("key", Node::leaf(key.clone(), path.origin.clone()));
        tree.attr("path", path);
        Node::Map(tree.into_entries(), path.origin.clone())
    };
    tree.list("items", items.iter().map(item).collect());
}

/// A mode as the API takes it: a number.
pub(super) fn mode(mode: &Val<String>) -> Option<Node> {
    mode.map(|m| {
        i64::from_str_radix(m, 8).unwrap_or_else(|_| {
            lost();
            0
        })
    })
    .to_node()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::check;

    #[test]
    fn keys_exist() {
        let volume = "volume \"a\" {\nconfig {\nfrom = config.site\nitems = { colour = \"c\" }\n}\n}";
        check(
            &format!("{volume}\nconfig \"site\" {{ data = {{ color = \"blue\" }} }}"),
            expect![[r#"
                error[unknown-key]: key does not exist
                  config.site has no key "colour".
                  t.hcl:4: "c"
                  t.hcl:7: config "site"   the config
                  help: did you mean "color"?
                warning[unused-volume]: nobody uses a volume
                  No container mounts volume.a, and no other block refers to it.
                  t.hcl:1: volume "a"
                  help: mount "/data" { volume = volume.a }
            "#]],
        );
    }
}
