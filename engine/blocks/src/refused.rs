//! For tests: whatever `validate` refuses of generated configurations, and the API would take, is on
//! the list of reasons.
//!
//! A configuration with a mistake compiles to objects nevertheless, and values that their
//! attributes refuse are kept in them. Where Kubernetes' own validation (`oracle.rs`) has nothing
//! against any of these objects, each of the errors needs a reason (`stricter.rs`). Where the API
//! refuses one of the objects, it is not known of which of several errors: each choice of the tables
//! stands in a configuration of its own as well. What never reaches an object cannot be judged.

#![expect(clippy::disallowed_methods, reason = "it writes what it counted where it is told to")]

use std::collections::BTreeMap;
use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use serde_json::json;

use crate::oracle::complaints;
use crate::recording::Case;
use crate::stricter::reason;

/// What became of the configurations that we refuse.
#[derive(Debug, Default)]
pub struct Counts {
    /// Those that we refuse.
    pub refused: usize,
    /// Those where something wrong never reached an object.
    pub unwritten: usize,
    /// Those that the API refuses too.
    pub agreed: usize,
    /// Those that the API would take, by what we have against them.
    pub stricter: BTreeMap<String, usize>,
}

/// Asks the oracle about what we refuse; fails where it takes something that has no reason.
pub fn check(binary: &str, suite: &str, cases: &[&Case]) {
    let (counts, unlisted) = judge(cases, |questions| complaints(binary, questions));
    assert!(
        unlisted.is_empty(),
        "the API takes what we refuse without a reason ({} of {} configurations of {suite}):\n{}",
        unlisted.len(),
        cases.len(),
        unlisted.join("\n")
    );
    assert!(counts.agreed > 0, "the API takes all that we refuse: {counts:?}");
    if let Ok(path) = env::var("PLIMSOLL_COUNTS") {
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        let line = json!({
            "suite": suite, "configurations": cases.len(), "refused": counts.refused,
            "unwritten": counts.unwritten, "agreed": counts.agreed, "stricter": counts.stricter,
        });
        writeln!(file, "{line}").unwrap();
    }
}

/// What is counted, and the first configuration of each error without a reason.
fn judge(cases: &[&Case], ask: impl Fn(&[&str]) -> Vec<Vec<String>>) -> (Counts, Vec<String>) {
    let refused: Vec<_> = cases.iter().filter(|case| !case.codes.is_empty()).collect();
    // What is not judged is shown all the same: the coverage of `tests/oracle/paths` counts it.
    let questions: Vec<_> =
        refused.iter().flat_map(|case| case.objects.iter().map(|o| o.question.as_str())).collect();
    let mut answers = ask(&questions).into_iter();
    let mut counts = Counts { refused: refused.len(), ..Counts::default() };
    let mut unlisted = BTreeMap::new();
    for case in refused {
        let said: Vec<_> = answers.by_ref().take(case.objects.len()).flatten().collect();
        if !case.written || case.objects.is_empty() {
            counts.unwritten += 1;
        } else if !said.is_empty() {
            counts.agreed += 1;
        } else {
            for code in &case.codes {
                *counts.stricter.entry(code.clone()).or_default() += 1;
                if reason(code).is_none() {
                    unlisted.entry(code).or_insert_with(|| format!("== {code}\n{}", case.text));
                }
            }
        }
    }
    (counts, unlisted.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Object;

    fn case(codes: &[&str], question: &str, written: bool) -> Case {
        Case {
            text: format!("# {question}\n"),
            codes: codes.iter().map(|code| code.to_string()).collect(),
            objects: vec![Object {
                kind: "Secret".into(),
                address: "secret.s".into(),
                question: question.into(),
            }],
            written,
        }
    }

    #[test]
    fn only_what_the_api_takes_needs_a_reason() {
        let cases = [
            case(&[], "clean", true),
            case(&["bad-such"], "wrong", true),
            case(&["no-terms"], "taken", true),
            case(&["no-terms", "bad-such"], "taken too", true),
            case(&["bad-syntax path of http_get"], "a value", true),
            case(&["bad-syntax path of such"], "another value", true),
            case(&["bad-such"], "nothing of it", false),
        ];
        let ask = |questions: &[&str]| {
            assert!(!questions.contains(&"clean"));
            questions.iter().map(|q| q.contains("wrong").then(|| "no".into()).into_iter().collect()).collect()
        };
        let (counts, unlisted) = judge(&cases.iter().collect::<Vec<_>>(), ask);
        assert_eq!((counts.refused, counts.unwritten, counts.agreed), (6, 1, 1));
        assert_eq!(counts.stricter["no-terms"], 2);
        assert_eq!(unlisted, ["== bad-such\n# taken too\n", "== bad-syntax path of such\n# another value\n"]);
    }
}
