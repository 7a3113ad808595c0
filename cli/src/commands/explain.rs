//! `explain`: what a diagnostic's code, a block or an attribute means.

use serde_json::json;

use plimsoll_lang::suggest::did_you_mean;
use plimsoll_model::Diagnostic;

use crate::arguments::ExplainArguments;
use crate::configuration::tell_one;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// The pages of `docs/reference/diagnostics` by code, sorted.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of the language, whose blocks no declaration describes.
const LANGUAGE: &str = include_str!("../../../docs/reference/language.md");

/// The language's own blocks, as the table of [`LANGUAGE`] names them.
const LANGUAGE_BLOCKS: [&str; 11] = [
    "check",
    "environment",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "policy",
    "project",
    "removed",
    "variable",
];

/// A row of a table of the language's page, as text: what a block of the language holds.
fn language_block(name: &str) -> Option<String> {
    if !LANGUAGE_BLOCKS.contains(&name) {
        return None;
    }
    let row = LANGUAGE.lines().find(|line| {
        line.strip_prefix("| `")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with(['`', ' ']))
    })?;
    let (written, meaning) = row.trim_matches(['|', ' ']).split_once(" | ")?;
    Some(format!("{}: {}\n\nMore: docs/reference/language.md\n", written.trim_matches('`'), meaning))
}

/// Whether findings may have a code.
pub fn is_code(code: &str) -> bool {
    PAGES.iter().any(|(known, _)| *known == code)
}

/// The code that was probably meant.
pub fn nearest_code(code: &str) -> Option<&'static str> {
    did_you_mean(code, PAGES.iter().map(|(code, _)| *code))
}

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: ExplainArguments) -> Exit {
    if arguments.json_schema {
        terminal.out(&format!("{:#}", plimsoll_blocks::json_schema()));
        return Exit::Success;
    }
    let Some(what) = arguments.what else {
        terminal.out(&overview());
        return Exit::Success;
    };
    match text(&what) {
        Ok(text) if arguments.json => terminal.out(&format!("{:#}", json!({"name": what, "text": text}))),
        Ok(text) => terminal.out(&text),
        Err(nearest) => {
            let known = "There is no diagnostic with this code, and no block of this name.";
            let finding = Diagnostic::error("nothing-to-explain", "nothing is known by this name")
                .detail(format!("`{what}`: {known}"))
                .help(match nearest {
                    Some(near) => format!("plimsoll explain {near}"),
                    None => "plimsoll explain, for a list of all blocks and codes".to_string(),
                });
            tell_one(terminal, finding);
            return Exit::Error;
        }
    }
    Exit::Success
}

/// What is known by a name, or else the nearest one.
fn text(what: &str) -> Result<String, Option<String>> {
    // As it is printed: `error[unknown-block]`.
    let what = what.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']')).unwrap_or(what);
    if let Some((_, page)) = PAGES.iter().find(|(code, _)| *code == what) {
        return Ok((*page).to_string());
    }
    if let Some(text) = language_block(what) {
        return Ok(text);
    }
    let explained = plimsoll_blocks::explain::explain(what);
    if let (Err(_), Some((kind, block))) = (&explained, plimsoll_blocks::kinds::block_of(what)) {
        let text = plimsoll_blocks::explain::explain(block)?;
        return Ok(format!("The kind {kind} is written as `{block}`.\n\n{text}"));
    }
    explained.map_err(|near| {
        near.or_else(|| did_you_mean(what, PAGES.iter().map(|(code, _)| *code)).map(str::to_string))
    })
}

fn overview() -> String {
    let mut blocks: Vec<&str> = plimsoll_blocks::explain::names().into_iter().collect();
    blocks.extend(LANGUAGE_BLOCKS);
    blocks.sort_unstable();
    blocks.dedup();
    let codes: Vec<&str> = PAGES.iter().map(|(code, _)| *code).collect();
    format!("Blocks\n\n{}\nDiagnostics\n\n{}", listed(&blocks), listed(&codes))
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("  {name}\n")).collect()
}
