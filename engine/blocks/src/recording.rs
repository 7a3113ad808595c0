//! For tests: what the oracle said of the objects of random configurations, as committed text.
//!
//! The text has a line for each configuration: `refused` where our own checks report an error,
//! else kind and digest of every object. Complaints of the oracle stand below, and none should.
//! Does not ask the oracle.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A random configuration and what it compiles to.
pub struct Case {
    /// The configuration.
    pub text: String,
    /// What our checks have against it, as `stricter::refusal` names it.
    pub codes: BTreeSet<String>,
    /// What it compiles to, in spite of that.
    pub objects: Vec<Object>,
    /// Whether all that is wrong with it stands in the objects, and the oracle knows all of their kinds.
    pub written: bool,
}

/// A compiled object.
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Where it comes from.
    pub address: String,
    /// What the oracle is asked about it: all of the object, and nothing else.
    pub question: String,
}

impl Object {
    /// What stands for it in the recording.
    pub fn digest(&self) -> String {
        digest(&self.question)
    }
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(12).collect()
}

impl Case {
    /// The objects of a configuration that our checks have nothing against.
    pub fn clean(&self) -> &[Object] {
        if self.codes.is_empty() { &self.objects } else { &[] }
    }

    fn line(&self) -> String {
        if !self.codes.is_empty() {
            return "refused".into();
        }
        let objects = self.objects.iter().map(|o| format!("{} {}", o.kind, o.digest()));
        objects.collect::<Vec<_>>().join(" ")
    }
}

/// What is committed.
#[derive(Debug, Default, PartialEq)]
pub struct Recording {
    /// A digest of the configurations, to tell a new generator from a new compiler.
    pub configurations: String,
    /// A line for each configuration.
    pub cases: Vec<String>,
    /// What the oracle complains of: an object's digest, and the complaint.
    pub complaints: Vec<(String, String)>,
}

const RENEW: &str =
    "Where that is meant: PLIMSOLL_RECORD=$(tests/oracle/build) cargo test -p plimsoll-blocks passed_there";

impl Recording {
    /// The recording of some cases that nobody complains of.
    pub fn of(cases: &[Case]) -> Recording {
        let texts: String = cases.iter().map(|c| c.text.as_str()).collect();
        Recording {
            configurations: digest(&texts),
            cases: cases.iter().map(Case::line).collect(),
            complaints: Vec::new(),
        }
    }

    /// Reads the committed text.
    pub fn parse(text: &str) -> Recording {
        let mut found = Recording::default();
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            match (line.strip_prefix("configurations "), line.strip_prefix("complaint ")) {
                (Some(digest), _) => found.configurations = digest.into(),
                (_, Some(complaint)) => {
                    let (digest, what) = complaint.split_once(' ').unwrap_or((complaint, ""));
                    found.complaints.push((digest.into(), what.into()));
                }
                _ => found.cases.push(line.into()),
            }
        }
        found
    }

    /// What the cases have become since they were recorded, and how to record them anew; empty
    /// where nothing differs and nobody complained.
    pub fn differences(&self, cases: &[Case]) -> String {
        let now = Recording::of(cases);
        let complaints = self.complaints.iter().map(|(digest, complaint)| {
            let example = cases.iter().find(|c| c.line().contains(digest.as_str()));
            format!("the oracle refuses {digest}: {complaint}\n{}", example.map_or("", |c| &c.text))
        });
        let mut found: Vec<_> = complaints.collect();
        if self.configurations != now.configurations || self.cases.len() != now.cases.len() {
            found.push(format!(
                "{} other configurations were recorded, not these {}.\n{RENEW}",
                self.cases.len(),
                cases.len()
            ));
            return found.join("\n");
        }
        let changed: Vec<_> =
            cases.iter().zip(&self.cases).filter(|(case, before)| case.line() != **before).collect();
        if let Some((case, before)) = changed.first() {
            found.push(format!(
                "{} of {} configurations compile to something else than what the oracle has judged. The first:\n{}{}\n{RENEW}",
                changed.len(),
                cases.len(),
                case.text,
                change(case, before)
            ));
        }
        found.join("\n")
    }
}

/// What is new about one case.
fn change(case: &Case, before: &str) -> String {
    if !case.codes.is_empty() {
        return "Our checks refuse it now.".into();
    }
    let new = case.objects.iter().filter(|o| !before.contains(&o.digest()));
    let new: Vec<_> = new.map(|o| format!("{} is now {}", o.address, o.question)).collect();
    match (before, new.is_empty()) {
        ("refused", _) => format!("Our checks refused it before.\n{}", new.join("\n")),
        (_, true) => "It has fewer objects, or the same in another order.".into(),
        _ => new.join("\n"),
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        let clean = self.cases.iter().filter(|c| *c != "refused");
        for object in clean.clone().flat_map(|c| c.split(' ').step_by(2)) {
            *kinds.entry(object).or_default() += 1;
        }
        writeln!(f, "# What Kubernetes' own validation says of the objects of random configurations.")?;
        writeln!(f, "# {} configurations, {} without an error:", self.cases.len(), clean.count())?;
        for (kind, count) in kinds {
            writeln!(f, "# {count} {kind}")?;
        }
        writeln!(f, "configurations {}", self.configurations)?;
        self.cases.iter().try_for_each(|case| writeln!(f, "{case}"))?;
        self.complaints.iter().try_for_each(|(digest, what)| writeln!(f, "complaint {digest} {what}"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn cases(objects: &[Option<&str>]) -> Vec<Case> {
        let case = |object: &Option<&str>| {
            let made = |question: &str| Object {
                kind: "Secret".into(),
                address: "secret.s".into(),
                question: question.into(),
            };
            let codes = object.is_none().then(|| "bad-name".to_string());
            Case {
                text: "secret \"s\" {}\n".into(),
                codes: codes.into_iter().collect(),
                objects: object.iter().map(|q| made(q)).collect(),
                written: true,
            }
        };
        objects.iter().map(case).collect()
    }

    #[test]
    fn the_text_says_everything() {
        let mut recording = Recording::of(&cases(&[Some("a"), None]));
        recording.complaints.push((digest("a"), "no such type".into()));
        let text = recording.to_string();
        expect![[r#"
            # What Kubernetes' own validation says of the objects of random configurations.
            # 2 configurations, 1 without an error:
            # 1 Secret
            configurations c4117e332b35
            Secret 17762fddd969
            refused
            complaint 17762fddd969 no such type
        "#]]
        .assert_eq(&text);
        assert_eq!(Recording::parse(&text), recording);
    }

    #[test]
    fn whatever_differs_is_told() {
        let recorded = Recording::of(&cases(&[Some("a"), None]));
        let against = |objects: &[Option<&str>]| recorded.differences(&cases(objects));
        assert_eq!(against(&[Some("a"), None]), "");
        let told = [
            against(&[Some("b"), None]),
            against(&[None, None]),
            against(&[Some("a"), Some("a")]),
            against(&[Some("a")]),
            Recording::parse("").differences(&cases(&[None])),
        ];
        expect![[r#"
            1 of 2 configurations compile to something else than what the oracle has judged. The first:
            secret "s" {}
            secret.s is now b
            Where that is meant: PLIMSOLL_RECORD=$(tests/oracle/build) cargo test -p plimsoll-blocks passed_there

            1 of 2 configurations compile to something else than what the oracle has judged. The first:
            secret "s" {}
            Our checks refuse it now.
            Where that is meant: PLIMSOLL_RECORD=$(tests/oracle/build) cargo test -p plimsoll-blocks passed_there

            1 of 2 configurations compile to something else than what the oracle has judged. The first:
            secret "s" {}
            Our checks refused it before.
            secret.s is now a
            Where that is meant: PLIMSOLL_RECORD=$(tests/oracle/build) cargo test -p plimsoll-blocks passed_there

            2 other configurations were recorded, not these 1.
            Where that is meant: PLIMSOLL_RECORD=$(tests/oracle/build) cargo test -p plimsoll-blocks passed_there

            0 other configurations were recorded, not these 1.
            Where that is meant: PLIMSOLL_RECORD=$(tests/oracle/build) cargo test -p plimsoll-blocks passed_there"#]].assert_eq(&told.join("\n\n"));
        let complained = Recording { complaints: vec![(digest("a"), "no such type".into())], ..recorded };
        expect![[r#"
            the oracle refuses 17762fddd969: no such type
            secret "s" {}
        "#]]
        .assert_eq(&complained.differences(&cases(&[Some("a"), None])));
    }
}
