//! Variables and local values that nothing in their module reads, in any environment.
//!
//! Seen in the syntax alone: what stands in a branch that is never taken counts as read. Says
//! nothing where something did not parse, and nothing of modules from git, which are not edited here.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Report};

use crate::catalog::Catalog;
use crate::load::Loaded;
use crate::modules::source::FETCHED;
use crate::syntax::ast::{Body, Expr, Name};
use crate::syntax::free::{Reads, reads};

/// Reports what is declared and never read, in the configuration and in its own modules.
pub fn unread(loaded: &Loaded, report: &mut Report) {
    let own = loaded.modules.iter().filter(|m| !m.dir.starts_with(FETCHED));
    for catalog in std::iter::once(&loaded.catalog).chain(own.map(|m| &m.catalog)) {
        of_catalog(catalog, report);
    }
}

fn of_catalog(catalog: &Catalog, report: &mut Report) {
    if catalog.incomplete || !catalog.broken.is_empty() {
        return;
    }
    let mut known = Known::default();
    // What a declaration reads of itself does not count.
    for block in &catalog.variables.items {
        let mut own = Known::default();
        own.body(&block.body);
        if let Some(label) = block.labels.first() {
            own.variables.remove(&label.text);
        }
        known.add(own);
    }
    for attr in &catalog.locals.items {
        let mut own = Known::default();
        own.expr(&attr.expr);
        own.locals.remove(&attr.name);
        known.add(own);
    }
    catalog.blocks().filter(|b| &*b.ty != "variable").for_each(|b| known.body(&b.body));
    if known.unclear {
        return;
    }
    for block in &catalog.variables.items {
        let Some(label) = block.labels.first().filter(|l| !known.variables.contains(&l.text)) else {
            continue;
        };
        // A deprecated one is kept for its callers.
        if block.body.attr("deprecated").is_none() {
            report.push(
                Diagnostic::warning("unread-variable", "nothing reads a variable")
                    .detail(format!("No expression of its module reads var.{}.", label.text))
                    .at(block.header_span, "")
                    .help("remove it, with the values that are set for it"),
            );
        }
    }
    for attr in catalog.locals.items.iter().filter(|a| !known.locals.contains(&a.name)) {
        report.push(
            Diagnostic::warning("unread-local", "nothing reads a local value")
                .detail(format!("No expression of its module reads local.{}.", attr.name))
                .at(attr.name_span, "")
                .help("remove it"),
        );
    }
}

#[derive(Default)]
struct Known {
    variables: BTreeSet<Name>,
    locals: BTreeSet<Name>,
    /// Something reads all of them, or could not be understood.
    unclear: bool,
}

impl Known {
    fn add(&mut self, other: Known) {
        self.variables.extend(other.variables);
        self.locals.extend(other.locals);
        self.unclear |= other.unclear;
    }

    fn body(&mut self, body: &Body) {
        body.attrs.iter().for_each(|a| self.expr(&a.expr));
        body.blocks.iter().for_each(|b| self.body(&b.body));
    }

    fn expr(&mut self, e: &Expr) {
        let Reads { members, whole, invalid } = reads(e);
        self.unclear |= invalid || whole.iter().any(|name| matches!(&**name, "var" | "local"));
        for (root, member) in members {
            match &*root {
                "var" => self.variables.insert(member),
                "local" => self.locals.insert(member),
                _ => continue,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use plimsoll_model::Report;

    use crate::load::load_texts;
    use crate::testing::show_report;

    fn check(files: &[(&str, &str)], expect: Expect) {
        let loaded = load_texts(files, &mut Report::new());
        let mut report = Report::new();
        super::unread(&loaded, &mut report);
        expect.assert_eq(&show_report(&report, &loaded.sources));
    }

    #[test]
    fn what_no_expression_reads_is_told() {
        check(
            &[(
                "main.hcl",
                "variable \"read\" {}\nvariable \"unread\" {}\nlocals {\n  a = var.read\n  b = local.a\n  c = [for x in local.b : x]\n}\n",
            )],
            expect![[r#"
                Warning[unread-variable] nothing reads a variable: No expression of its module reads var.unread.
                  main.hcl:2:1 `variable "unread"` 
                  help: remove it, with the values that are set for it
                Warning[unread-local] nothing reads a local value: No expression of its module reads local.c.
                  main.hcl:6:3 `c` 
                  help: remove it
            "#]],
        );
    }

    #[test]
    fn a_branch_that_is_never_taken_reads() {
        check(
            &[(
                "main.hcl",
                "variable \"a\" {}\nlocals { b = 1 }\noutput \"o\" { value = false ? var.a : \"${local.b}\" }\n",
            )],
            expect![[""]],
        );
    }

    #[test]
    fn what_reads_only_itself_is_unread() {
        check(
            &[(
                "main.hcl",
                "variable \"a\" {\n  validation {\n    condition     = var.a > 1\n    error_message = \"no\"\n  }\n}\nvariable \"old\" { deprecated = \"use a\" }\n",
            )],
            expect![[r#"
                Warning[unread-variable] nothing reads a variable: No expression of its module reads var.a.
                  main.hcl:1:1 `variable "a"` 
                  help: remove it, with the values that are set for it
            "#]],
        );
    }

    #[test]
    fn nothing_is_said_where_something_did_not_parse_or_reads_all() {
        check(&[("main.hcl", "variable \"a\" {}\napp \"x\" {\n  b = \n}\n")], expect![[""]]);
        check(
            &[("main.hcl", "variable \"a\" {}\nlocals { b = 1 }\noutput \"o\" { value = keys(var) }\n")],
            expect![[""]],
        );
    }

    #[test]
    fn a_name_is_read_in_its_own_module_only() {
        check(
            &[
                (
                    "main.hcl",
                    "variable \"tag\" {}\nmodule \"m\" {\n  source = \"./m\"\n  tag = 1\n}\nlocals { host = 1 }\n",
                ),
                ("m/main.hcl", "variable \"tag\" {}\noutput \"o\" { value = \"${var.tag}${local.host}\" }\n"),
            ],
            expect![[r#"
                Warning[unread-variable] nothing reads a variable: No expression of its module reads var.tag.
                  main.hcl:1:1 `variable "tag"` 
                  help: remove it, with the values that are set for it
                Warning[unread-local] nothing reads a local value: No expression of its module reads local.host.
                  main.hcl:6:10 `host` 
                  help: remove it
            "#]],
        );
    }
}
