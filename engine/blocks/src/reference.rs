//! For tests: the pages of `docs/reference/blocks`, from the declarations.
//!
//! A page for each top-level block, and for each nested block that stands in more than one place;
//! the other nested blocks are sections of the page that they belong to. Holds no word about any
//! block: those are the documentation comments of the declarations.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::Vocabulary;

use crate::declare::{AttrSchema, BlockSchema, Default, NestedSchema, TypeSchema};
use crate::functions::FUNCTIONS;
use crate::{PlimsollVocabulary, schema};

const GENERATED: &str = "<!-- Written from the declarations in engine/blocks/src: change those, then UPDATE_EXPECT=1 cargo test -p plimsoll-blocks -->";

/// A place where a nested block stands: the block around it, and how it is written there.
type Place = (&'static str, &'static NestedSchema);

/// The pages by file name.
pub fn pages() -> BTreeMap<String, String> {
    let shared = shared();
    let tops: BTreeMap<_, _> = schema().iter().map(|top| (top.name, *top)).collect();
    let mut pages = BTreeMap::from([("functions.md".to_string(), functions())]);
    for top in tops.values() {
        let mut page = Page { shared: &shared, out: String::new() };
        page.line(&format!("# {}\n\n{}\n", header(top.name, top.label), top.doc));
        page.contents(top, &[]);
        page.exports(top.name);
        page.sections(top, &[]);
        pages.insert(file(top), page.finish());
    }
    for places in shared.values() {
        let Some((_, first)) = places.first() else { continue };
        let mut page = Page { shared: &shared, out: String::new() };
        page.line(&format!("# {}\n\n{}\n", first.block.name, first.block.doc));
        page.places(places, &tops);
        page.contents(first.block, &[]);
        page.sections(first.block, &[]);
        let before = pages.insert(file(first.block), page.finish());
        assert!(before.is_none(), "two pages have the name {}", first.block.name);
    }
    pages
}

/// Declarations are the same where name and words are: one may have several addresses in memory.
fn key(block: &BlockSchema) -> (&'static str, &'static str) {
    (block.name, block.doc)
}

fn file(block: &BlockSchema) -> String {
    format!("{}.md", block.name)
}

/// The nested blocks that stand in several places, with those places.
fn shared() -> BTreeMap<(&'static str, &'static str), Vec<Place>> {
    let mut places: BTreeMap<_, Vec<Place>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<&'static BlockSchema> = schema().iter().rev().copied().collect();
    while let Some(block) = open.pop() {
        if seen.insert(key(block)) {
            for nested in block.all_blocks() {
                places.entry(key(nested.block)).or_default().push((block.name, nested));
                open.push(nested.block);
            }
        }
    }
    places.retain(|_, places| places.len() > 1);
    places
}

fn header(name: &str, label: Option<&str>) -> String {
    label.map_or_else(|| format!("`{name}`"), |label| format!("`{name} \"{label}\"`"))
}

fn written(nested: &NestedSchema) -> String {
    header(nested.name, nested.block.label.filter(|_| nested.labeled))
}

/// A page while it is written.
struct Page<'a> {
    shared: &'a BTreeMap<(&'static str, &'static str), Vec<Place>>,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn finish(self) -> String {
        format!("{GENERATED}\n{}\n", self.out.trim_end())
    }

    /// Where a shared block stands.
    fn places(&mut self, places: &[Place], tops: &BTreeMap<&str, &BlockSchema>) {
        let mut by_form: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (parent, nested) in places {
            let page = tops.contains_key(parent) || self.shared.keys().any(|(name, _)| name == parent);
            let parent = if page { format!("[{parent}]({parent}.md)") } else { format!("`{parent}`") };
            by_form.entry(written(nested)).or_default().insert(parent);
        }
        for (form, parents) in by_form {
            let parents: Vec<_> = parents.into_iter().collect();
            self.line(&format!("- {form} in {}", parents.join(", ")));
        }
        self.line("");
    }

    /// The attributes of a block, and which blocks stand in it.
    fn contents(&mut self, block: &'static BlockSchema, path: &[&str]) {
        let level = "#".repeat(if path.is_empty() { 2 } else { 3 });
        let mut attrs: Vec<_> = block.all_attrs().collect();
        attrs.sort_by_key(|a| (!must_be_set(a), a.name));
        if !attrs.is_empty() {
            self.line(&format!("{level} Attributes{}\n", of(path)));
            attrs.iter().for_each(|attr| self.attribute(attr));
            self.line("");
        }
        let mut blocks: Vec<_> = block.all_blocks().collect();
        blocks.sort_by_key(|b| (b.min == 0, b.name));
        if !blocks.is_empty() {
            self.line(&format!("{level} Blocks{}\n", of(path)));
            for nested in blocks {
                let target = match self.shared.contains_key(&key(nested.block)) {
                    true => file(nested.block),
                    false => format!("#{}", anchor(path, nested.name)),
                };
                let count = count(nested);
                self.line(&format!("- [{}]({target}), {count}: {}", written(nested), nested.doc));
            }
            self.line("");
        }
    }

    fn attribute(&mut self, attr: &AttrSchema) {
        self.line(&format!("- `{}`, {}: {}", attr.name, facts(attr).join(", "), attr.doc));
        for (name, rule) in [("each key", attr.keys), ("text", attr.syntax)] {
            if let Some(syntax) = rule {
                let name = if name == "text" && has_elements(attr.ty) { "each value" } else { name };
                let name = if name == "text" { "it" } else { name };
                self.line(&format!("  - {name} is {}: {}.", syntax.name, syntax.rule));
            }
        }
        if let TypeSchema::Keyword(values) = attr.ty {
            for (value, doc) in values.iter().filter(|(_, doc)| !doc.is_empty()) {
                self.line(&format!("  - `\"{value}\"`: {doc}"));
            }
        }
    }

    fn exports(&mut self, block: &str) {
        let exports = PlimsollVocabulary.exports(block).unwrap_or_default();
        self.line("## What expressions read\n");
        for export in exports {
            self.line(&format!("- `{block}.NAME.{}`: {}", export.name, export.doc));
        }
        self.line("");
    }

    /// A section for each nested block that has no page of its own.
    fn sections(&mut self, block: &'static BlockSchema, path: &[&'static str]) {
        for nested in block.all_blocks() {
            if self.shared.contains_key(&key(nested.block)) {
                continue;
            }
            let path: Vec<_> = path.iter().copied().chain([nested.name]).collect();
            self.line(&format!("## {}\n\n{}\n", path.join("."), nested.block.doc));
            self.contents(nested.block, &path);
            self.sections(nested.block, &path);
        }
    }
}

fn of(path: &[&str]) -> String {
    if path.is_empty() { String::new() } else { format!(" of {}", path.join(".")) }
}

/// How a heading's link is made: its text without dots.
fn anchor(path: &[&str], name: &str) -> String {
    path.iter().copied().chain([name]).collect()
}

fn count(nested: &NestedSchema) -> &'static str {
    match (nested.min, nested.many) {
        (0, false) => "at most once",
        (0, true) => "any number",
        (_, false) => "required, once",
        (_, true) => "required, at least once",
    }
}

fn must_be_set(attr: &AttrSchema) -> bool {
    attr.required && attr.default.is_none()
}

fn has_elements(ty: &TypeSchema) -> bool {
    matches!(ty, TypeSchema::List(_) | TypeSchema::Map(_))
}

/// What holds for an attribute, in a few words each.
fn facts(attr: &AttrSchema) -> Vec<String> {
    let mut facts = Vec::new();
    if must_be_set(attr) {
        facts.push("required".into());
    }
    facts.push(attr.ty.to_string());
    match attr.range {
        (None, None) => {}
        (Some(low), Some(high)) => facts.push(format!("{low} to {high}")),
        (Some(low), None) => facts.push(format!("at least {low}")),
        (None, Some(high)) => facts.push(format!("at most {high}")),
    }
    match attr.default {
        Some(Default::Text(text)) => facts.push(format!("default `\"{text}\"`")),
        Some(Default::Bool(b)) => facts.push(format!("default `{b}`")),
        Some(Default::Whole(n)) => facts.push(format!("default `{n}`")),
        None => {}
    }
    if attr.known {
        facts.push("known while planning".into());
    }
    facts
}

fn functions() -> String {
    let mut out = format!("{GENERATED}\n# Functions of the vocabulary\n\n");
    for function in FUNCTIONS {
        out.push_str(&format!("- `{}({})`: {}\n", function.name, function.params.join(", "), function.doc));
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "it compares files of the repository")]

    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_pages_are_up_to_date() {
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
        let folder = reference.join("blocks");
        let pages = pages();
        for (name, text) in &pages {
            expect_file![folder.join(name)].assert_eq(text);
        }
        let there: BTreeSet<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(there, pages.keys().cloned().collect(), "a page of a block that is gone");
        let index = fs::read_to_string(reference.join("README.md")).unwrap();
        for name in pages.keys() {
            assert!(index.contains(&format!("(blocks/{name})")), "docs/reference/README.md links no {name}");
        }
    }

    #[test]
    fn links_lead_somewhere() {
        let pages = pages();
        for (name, text) in &pages {
            let headings: Vec<_> =
                text.lines().filter_map(|l| l.strip_prefix("## ")).map(|h| h.replace('.', "")).collect();
            let distinct: BTreeSet<_> = headings.iter().collect();
            assert_eq!(distinct.len(), headings.len(), "{name} has a heading twice");
            for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let found = match link.strip_prefix('#') {
                    Some(anchor) => headings.iter().any(|h| h == anchor),
                    None => pages.contains_key(link),
                };
                assert!(found, "{name} links {link}");
            }
        }
    }
}
