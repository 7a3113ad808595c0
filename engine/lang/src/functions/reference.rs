//! The reference pages of functions, made from their declarations.
//!
//! Returns text; a test writes it to `docs/reference/functions` and fails where it differs.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Function, LEFT_OUT, Param, Want, all, find};

/// A function as its head: `substr(str: string, offset: number, length: number) → string`.
pub fn signature(f: &Function) -> String {
    let one = |p: &Param| {
        let or_null = if p.null && p.want != Want::Any { " or null" } else { "" };
        format!("{}: {}{or_null}", p.name, f_type(p.want))
    };
    let mut params: Vec<String> = f.params.iter().map(one).collect();
    params.extend(f.rest.iter().map(|p| format!("{}…", one(p))));
    format!("{}({}) → {}", f.name, params.join(", "), f_type(f.returns))
}

fn f_type(want: Want) -> String {
    want.constraint().ty().to_string().replace("(any)", "")
}

/// Every page by file name, with the line that says where it comes from.
pub fn pages() -> BTreeMap<String, String> {
    const GENERATED: &str = "<!-- Written from the declarations in engine/lang/src/functions: change those, then \
                             UPDATE_EXPECT=1 cargo test -p plimsoll-lang -->";
    let mut pages: BTreeMap<String, String> = all()
        .filter_map(|f| Some((format!("{}.md", f.name), format!("{GENERATED}\n{}", page(f.name)?))))
        .collect();
    pages.insert("README.md".into(), format!("{GENERATED}\n{}", index()));
    pages
}

/// The page of a function as Markdown; none where there is no such function.
pub fn page(name: &str) -> Option<String> {
    let f = find(name)?;
    let mut out = format!("# {}\n\n```\n{}\n```\n\n{}\n", f.name, signature(f), f.doc);
    if !f.notes.is_empty() {
        let _ = write!(out, "\n{}\n", f.notes);
    }
    out.push_str("\n```\n");
    for (expression, gives) in f.examples {
        let _ = writeln!(out, "> {expression}\n{gives}");
    }
    out.push_str("```\n");
    Some(out)
}

/// The page that lists all functions, and those of Terraform that are left out.
pub fn index() -> String {
    let mut out = String::from(
        "# Functions\n\nThe functions of expressions are Terraform's, with its results and its errors. Results stand as \
         `jsonencode` writes them.\n\n| Function | What it gives |\n|-|-|\n",
    );
    let mut functions: Vec<&Function> = all().collect();
    functions.sort_by_key(|f| f.name);
    for f in functions {
        let _ = writeln!(out, "| [`{0}`]({0}.md) | {1} |", f.name, f.doc);
    }
    out.push_str("\n## Left out\n\n| Function of Terraform | Why it does not exist here |\n|-|-|\n");
    for (name, why) in LEFT_OUT {
        let _ = writeln!(out, "| `{name}` | {why} |");
    }
    out.push_str(
        "\nFunctions see files below the configuration's folder only, links followed; they read no clock, draw no random \
         numbers and do not know where the folder lies: the same input gives the same bytes.\n",
    );
    out
}
