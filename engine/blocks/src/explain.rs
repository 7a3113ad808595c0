//! What a block or an attribute is, as text for a terminal, from the declarations.
//!
//! Holds no word about any block: those are the documentation comments of the declarations.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::declare::{AttrSchema, BlockSchema, Default, NestedSchema, TypeSchema, nearest};
use crate::schema;

/// Explains `BLOCK`, `BLOCK.BLOCK` or `BLOCK.ATTRIBUTE`, as deep as blocks nest; the first name may
/// be that of a nested block too.
///
/// # Errors
/// The path that was probably meant, where one is near, when there is no such block or attribute.
pub fn explain(path: &str) -> Result<String, Option<String>> {
    let mut names = path.split('.');
    let first = names.next().unwrap_or_default();
    let rest: Vec<&str> = names.collect();
    let Some(mut block) = find(first) else {
        let known: BTreeSet<&str> = all_blocks().iter().map(|(name, _)| *name).collect();
        return Err(nearest(first, known).map(|near| joined(near, &rest)));
    };
    for (i, name) in rest.iter().enumerate() {
        if let Some(nested) = block.all_blocks().find(|b| b.name == *name) {
            block = nested.block;
            continue;
        }
        if let (Some(attr), true) = (block.all_attrs().find(|a| a.name == *name), i + 1 == rest.len()) {
            return Ok(attribute(attr, path));
        }
        let known: Vec<_> =
            block.all_attrs().map(|a| a.name).chain(block.all_blocks().map(|b| b.name)).collect();
        let around = joined(first, &rest[..i]);
        return Err(nearest(name, known).map(|near| joined(&format!("{around}.{near}"), &rest[i + 1..])));
    }
    Ok(whole(block, path))
}

/// The names of the blocks that can be explained, nested ones included.
pub fn names() -> BTreeSet<&'static str> {
    all_blocks().iter().map(|(name, _)| *name).collect()
}

fn joined(first: &str, rest: &[&str]) -> String {
    std::iter::once(first).chain(rest.iter().copied()).collect::<Vec<_>>().join(".")
}

fn find(name: &str) -> Option<&'static BlockSchema> {
    all_blocks().into_iter().find(|(known, _)| *known == name).map(|(_, block)| block)
}

/// Every block with the name by which it is written: top-level ones first, then level by level.
fn all_blocks() -> Vec<(&'static str, &'static BlockSchema)> {
    let mut out: Vec<_> = schema().iter().map(|top| (top.name, *top)).collect();
    let mut seen: BTreeSet<_> = out.iter().map(|(name, block)| (*name, block.doc)).collect();
    let mut at = 0;
    while let Some((_, block)) = out.get(at).copied() {
        for nested in block.all_blocks() {
            if seen.insert((nested.name, nested.block.doc)) {
                out.push((nested.name, nested.block));
            }
        }
        at += 1;
    }
    out
}

fn whole(block: &BlockSchema, path: &str) -> String {
    let label = block.label.map_or(String::new(), |label| format!(" \"{label}\""));
    let mut out = format!("{path}{label}\n\n{}\n", indented(block.doc, "  "));
    let mut attrs: Vec<_> = block.all_attrs().collect();
    attrs.sort_by_key(|a| (!(a.required && a.default.is_none()), a.name));
    if !attrs.is_empty() {
        out.push_str("\nAttributes\n");
    }
    for attr in attrs {
        let _ = write!(out, "\n  {} ({})\n{}\n", attr.name, facts(attr), indented(attr.doc, "    "));
    }
    let mut blocks: Vec<_> = block.all_blocks().collect();
    blocks.sort_by_key(|b| (b.min == 0, b.name));
    if !blocks.is_empty() {
        out.push_str("\nBlocks\n");
    }
    for nested in blocks {
        let _ = write!(out, "\n  {} ({})\n{}\n", header(nested), count(nested), indented(nested.doc, "    "));
    }
    out
}

fn attribute(attr: &AttrSchema, path: &str) -> String {
    let mut out = format!("{path} ({})\n\n{}\n", facts(attr), indented(attr.doc, "  "));
    for (what, rule) in [("Its keys: ", attr.keys), ("Its text: ", attr.syntax)] {
        if let Some(syntax) = rule {
            let _ = write!(out, "\n  {what}{}: {}.\n", syntax.name, syntax.rule);
        }
    }
    if let TypeSchema::Keyword(values) = attr.ty {
        for (value, doc) in values.iter().filter(|(_, doc)| !doc.is_empty()) {
            let _ = write!(out, "\n  \"{value}\": {doc}\n");
        }
    }
    let _ = write!(out, "\n  {} = {}\n", attr.name, attr.ty.example());
    out
}

fn indented(text: &str, indent: &str) -> String {
    text.lines()
        .map(|line| format!("{indent}{}", line.trim()).trim_end().to_string())
        .collect::<Vec<_>>()
        .join("\n")
}

fn header(nested: &NestedSchema) -> String {
    match nested.block.label.filter(|_| nested.labeled) {
        Some(label) => format!("{} \"{label}\"", nested.name),
        None => nested.name.to_string(),
    }
}

fn count(nested: &NestedSchema) -> &'static str {
    match (nested.min, nested.many) {
        (0, false) => "at most once",
        (0, true) => "any number",
        (_, false) => "required, once",
        (_, true) => "required, at least once",
    }
}

fn facts(attr: &AttrSchema) -> String {
    let mut out = vec![attr.ty.to_string()];
    match attr.range {
        (Some(least), Some(most)) => out.push(format!("{least} to {most}")),
        (Some(least), None) => out.push(format!("at least {least}")),
        (None, Some(most)) => out.push(format!("at most {most}")),
        (None, None) => {}
    }
    match attr.default {
        Some(Default::Text(text)) => out.push(format!("\"{text}\" where left out")),
        Some(Default::Bool(yes)) => out.push(format!("{yes} where left out")),
        Some(Default::Whole(number)) => out.push(format!("{number} where left out")),
        None if attr.required => out.push("required".into()),
        None => {}
    }
    if attr.known {
        out.push("known while planning".into());
    }
    out.join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn attributes_are_explained_by_their_path() {
        expect![[r#"
            app.container.image_pull_policy (one of "Always", "IfNotPresent", "Never")

              When the image is pulled; by default once, and always for `latest`.

              "Always": At every start.

              "IfNotPresent": Where the node does not have it.

              "Never": Never: the node must have it.

              image_pull_policy = "Always"
        "#]]
        .assert_eq(&explain("app.container.image_pull_policy").unwrap());
    }

    #[test]
    fn every_block_and_attribute_can_be_explained() {
        let mut seen = BTreeSet::new();
        // Of several blocks with one name, the name alone means the first.
        for (name, block) in all_blocks().into_iter().filter(|(name, _)| seen.insert(*name)) {
            let text = explain(name).unwrap();
            assert!(text.starts_with(name), "{text}");
            for attr in block.all_attrs() {
                assert!(text.contains(attr.name), "{name} does not name {}", attr.name);
            }
        }
    }

    #[test]
    fn unknown_names_suggest_the_nearest() {
        assert_eq!(explain("ap.container.image"), Err(Some("app.container.image".into())));
        assert_eq!(explain("app.contaner.image"), Err(Some("app.container.image".into())));
        assert_eq!(explain("app.container.imgae"), Err(Some("app.container.image".into())));
        assert_eq!(explain("nothing_like_it"), Err(None));
    }
}
