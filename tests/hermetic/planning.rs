//! The rules of planning and applying, and where each is tested: `docs/explanation/planning.md`,
//! written from the tables below `planning/` after every test that it names was found in the sources.

mod applying;
mod obstacles;
mod plans;
mod telling;

use std::fmt::Write;

use expect_test::expect_file;

use crate::named::{root, scenario_link, test_link};

/// A rule, and the tests that hold it.
struct Rule {
    /// What is promised.
    text: &'static str,
    /// Tests without a cluster, by file and function: of one part, or against recorded answers.
    alone: &'static [&'static str],
    /// Scenarios, which run on the sandbox and on a real control plane.
    both: &'static [&'static str],
    /// Tests on the sandbox alone.
    sandbox: &'static [&'static str],
    /// Tests on a real control plane alone.
    real: &'static [&'static str],
}

const fn rule(
    text: &'static str,
    alone: &'static [&'static str],
    both: &'static [&'static str],
    sandbox: &'static [&'static str],
    real: &'static [&'static str],
) -> Rule {
    Rule { text, alone, both, sandbox, real }
}

/// A part of the way, and its rules.
type Section = (&'static str, &'static [Rule]);

/// The rules by their part of the way.
const RULES: &[&[Section]] = &[plans::SECTIONS, telling::SECTIONS, applying::SECTIONS, obstacles::SECTIONS];

#[test]
fn every_rule_has_its_tests_and_the_page_says_so() {
    let mut page = String::from(
        "<!-- Written by tests/hermetic/planning.rs: UPDATE_EXPECT=1 cargo test -p plimsoll-tests --test hermetic planning -->\n\
         # The rules of planning and applying\n\n\
         What a plan promises, and the tests that hold it. Tests without a cluster are of one part, or compare it with\n\
         recorded answers of a real API server or with Kubernetes' own code. A scenario runs on both clusters: in `cargo test` on\n\
         the sandbox, in `tests/cluster/run` on a real control plane.\n",
    );
    for (part, rules) in RULES.iter().copied().flatten() {
        write!(
            page,
            "\n## {part}\n\n| Rule | Without a cluster | Sandbox | Real control plane |\n|-|-|-|-|\n"
        )
        .unwrap();
        for rule in *rules {
            let links = |places: &[&str], link: fn(&str) -> String| {
                places.iter().map(|p| link(p)).collect::<Vec<_>>().join(", ")
            };
            let both = links(rule.both, scenario_link);
            let beside = |one: String| match (both.is_empty(), one.is_empty()) {
                (true, true) => "—".to_string(),
                (false, false) => format!("{both}, {one}"),
                _ => format!("{both}{one}"),
            };
            let alone = match rule.alone {
                [] => "—".to_string(),
                some => links(some, test_link),
            };
            let (sandbox, real) =
                (beside(links(rule.sandbox, test_link)), beside(links(rule.real, test_link)));
            assert!(alone != "—" || sandbox != "—" || real != "—", "no test holds: {}", rule.text);
            writeln!(page, "| {} | {alone} | {sandbox} | {real} |", rule.text).unwrap();
        }
    }
    expect_file![root().join("docs/explanation/planning.md")].assert_eq(&page);
}
