//! `conflict`: whose value stands where another field manager sets what the configuration sets.

use plimsoll_model::{ConflictPolicy, ConflictRule, Diagnostic, Gvk, Report, Span};
use plimsoll_schema::{Lists, Path, PathElement, Shape, Type, parse_path};

use crate::declare::{Block, Keyword, Labeled, Val, nearest};

/// Whose value stands where another field manager sets what the configuration sets. The label is the
/// manager's name; `*` in it stands for any text. The first rule that fits holds, before what is done
/// without one.
#[derive(Debug, Clone, Block)]
#[block(name = "conflict", label = "manager")]
pub struct Conflict {
    /// The field of the API, with everything below it: `spec.replicas`,
    /// `spec.template.spec.containers[name=web].image`, `metadata.annotations[example.com/note]`.
    #[attr(manual, known)]
    pub path: Val<String>,
    /// What is done.
    #[attr(manual, known)]
    pub policy: Val<Policy>,
    /// Only what was written through this subresource, such as `scale`; however it was written where left out.
    #[attr(manual, known)]
    pub subresource: Option<Val<String>>,
}

/// What is done about a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Policy {
    /// The value of the configuration is set, and the field becomes ours.
    #[keyword("force")]
    Force,
    /// Their value stays, and the field is theirs.
    #[keyword("yield")]
    Yield,
    /// Their value stays, and is applied with ours: the field belongs to both, and survives if they give it up.
    #[keyword("match")]
    Match,
}

/// The rules of a block for its main object, of type `gvk`.
pub fn rules(conflicts: &[Labeled<Conflict>], gvk: &Gvk, report: &mut Report) -> Vec<ConflictRule> {
    let mut out: Vec<ConflictRule> = Vec::new();
    for conflict in conflicts {
        let (Some(path), Some(policy)) = (conflict.path.text(), conflict.policy.known()) else { continue };
        let subresource = conflict.subresource.as_ref().and_then(|s| s.text()).map(str::to_string);
        if let Some(wrong) = misplaced(gvk, &parse_path(path)) {
            report.push(wrong.diagnostic(gvk, path, conflict.path.span));
            continue;
        }
        let rule = ConflictRule {
            manager: conflict.label.clone(),
            subresource,
            path: path.to_string(),
            policy: match policy {
                Policy::Force => ConflictPolicy::Force,
                Policy::Yield => ConflictPolicy::Yield,
                Policy::Match => ConflictPolicy::Match,
            },
            span: conflict.header,
        };
        let same = |other: &&ConflictRule| {
            (&other.manager, &other.subresource, parse_path(&other.path))
                == (&rule.manager, &rule.subresource, parse_path(&rule.path))
        };
        if let Some(first) = out.iter().find(same) {
            report.push(
                Diagnostic::error("conflict-twice", "conflict is decided twice")
                    .detail(format!("Two rules are about `{path}` and \"{}\".", conflict.label))
                    .at(conflict.header, "the second one")
                    .related(first.span, "the first one")
                    .help("keep one of them"),
            );
            continue;
        }
        out.push(rule);
    }
    out
}

/// Where a path leaves its type, and why.
struct Misplaced {
    why: String,
    help: Option<String>,
}

impl Misplaced {
    fn diagnostic(self, gvk: &Gvk, path: &str, span: Span) -> Diagnostic {
        let finding = Diagnostic::error("conflict-path", "path names no field of the object")
            .detail(format!("`{path}` is no field of {gvk}: {}.", self.why))
            .at(span, "");
        match self.help {
            Some(help) => finding.help(help),
            None => finding,
        }
    }
}

/// What is wrong with a path in objects of a type; none where it may be right, or the type is not known.
fn misplaced(gvk: &Gvk, path: &Path) -> Option<Misplaced> {
    if path.0.is_empty() {
        return Some(Misplaced {
            why: "it has no steps".into(),
            help: Some("path = \"spec.replicas\"".into()),
        });
    }
    let kind = plimsoll_schema::kind(gvk)?;
    let mut ty = kind.root.get();
    for (i, element) in path.0.iter().enumerate() {
        let above = Path(path.0.iter().take(i).cloned().collect());
        ty = match below(ty, element) {
            Ok(Some(next)) => next,
            Ok(None) => return None,
            Err((why, near)) => {
                let rest = Path(path.0.iter().skip(i + 1).cloned().collect());
                let help = near.map(|near| {
                    let mut meant = above.clone();
                    meant.0.push(near);
                    meant.0.extend(rest.0);
                    format!("did you mean `{}`?", plimsoll_schema::written(&meant))
                });
                let place = if above.0.is_empty() { "the object".into() } else { format!("`{above}`") };
                return Some(Misplaced { why: format!("{place} {why}"), help });
            }
        };
    }
    None
}

/// The type below one step; none where anything may stand. Else what is wrong, and the step that was
/// probably meant.
type Below = Result<Option<&'static Type>, (String, Option<PathElement>)>;

fn below(ty: &'static Type, element: &PathElement) -> Below {
    match (&ty.shape, element) {
        (Shape::Any | Shape::Raw | Shape::Object, _) => Ok(None),
        (Shape::List { merge: Lists::Map(keys), item }, PathElement::Key(given)) => {
            match given.iter().find(|(key, _)| !keys.contains(key)) {
                Some((key, _)) => Err((
                    format!("has items that are told apart by {}, not by {key}", keys.join(" and ")),
                    None,
                )),
                None => Ok(Some(item.get())),
            }
        }
        (Shape::List { merge: Lists::Set, item }, PathElement::Value(_)) => Ok(Some(item.get())),
        (Shape::List { merge: Lists::Atomic, .. }, _) => {
            Err(("is a list that has one manager as a whole: the path ends there".into(), None))
        }
        (Shape::List { merge: Lists::Map(keys), .. }, PathElement::Field(name)) => {
            let near = keys.first().map(|key| PathElement::Key(vec![(key.clone(), name.as_str().into())]));
            Err((format!("is a list, whose items are told apart by {}", keys.join(" and ")), near))
        }
        (Shape::List { .. }, _) => Err(("is a list, and its items have another form".into(), None)),
        (_, PathElement::Field(name)) => match ty.child(name) {
            Some(next) => Ok(Some(next.get())),
            None => {
                let Shape::Struct { fields, .. } = &ty.shape else {
                    return Err((format!("is no object, and has no `{name}`"), None));
                };
                let near = nearest(name, fields.iter().map(|f| f.name.as_str()));
                Err((format!("has no `{name}`"), near.map(PathElement::field)))
            }
        },
        _ => Err(("is no list".into(), None)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{app, check, compile};

    fn with(rules: &str) -> String {
        app("", &format!("lifecycle {{\n{rules}}}"))
    }

    #[test]
    fn rules_are_of_the_main_object_alone() {
        let rule = "conflict \"kubectl*\" {\npath = \"spec.replicas\"\npolicy = \"yield\"\nsubresource = \"scale\"\n}\n";
        let compiled = compile(&format!("{}\n", with(rule)).replace("app \"", "app \""));
        assert!(compiled.report.items().is_empty(), "{:?}", compiled.report.items());
        let rules: Vec<_> = compiled.desired.objects.iter().map(|o| o.conflicts.len()).collect();
        assert_eq!(rules, [1]);
        let rule = &compiled.desired.objects[0].conflicts[0];
        assert_eq!((rule.manager.as_str(), rule.policy), ("kubectl*", ConflictPolicy::Yield));
        assert_eq!(rule.subresource.as_deref(), Some("scale"));
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_told() {
        let rule = |path: &str| format!("conflict \"a\" {{\npath = \"{path}\"\npolicy = \"force\"\n}}\n");
        let paths = [
            "spec.replica",
            "spec.template.spec.containers[web].image",
            "spec.template.spec.containers[image=web].image",
            "spec.template.spec.containers[name=web].args[0]",
            "spec.replicas.x",
            "metadata.annotations[example.com/note]",
        ];
        let all: String = paths.map(rule).concat();
        check(
            &with(&format!("{all}{}", rule("metadata.annotations[example.com/note]"))),
            expect![[r#"
            error[conflict-path]: path names no field of the object
              `spec.replica` is no field of apps/v1/Deployment: `spec` has no `replica`.
              t.hcl:4: "spec.replica"
              help: did you mean `spec.replicas`?
            error[conflict-path]: path names no field of the object
              `spec.template.spec.containers[web].image` is no field of apps/v1/Deployment: `spec.template.spec.containers` is a list, whose items are told apart by name.
              t.hcl:8: "spec.template.spec.containers[web].image"
              help: did you mean `spec.template.spec.containers[name=web].image`?
            error[conflict-path]: path names no field of the object
              `spec.template.spec.containers[image=web].image` is no field of apps/v1/Deployment: `spec.template.spec.containers` has items that are told apart by name, not by image.
              t.hcl:12: "spec.template.spec.containers[image=web].image"
            error[conflict-path]: path names no field of the object
              `spec.template.spec.containers[name=web].args[0]` is no field of apps/v1/Deployment: `spec.template.spec.containers[name=web].args` is a list that has one manager as a whole: the path ends there.
              t.hcl:16: "spec.template.spec.containers[name=web].args[0]"
            error[conflict-path]: path names no field of the object
              `spec.replicas.x` is no field of apps/v1/Deployment: `spec.replicas` is no object, and has no `x`.
              t.hcl:20: "spec.replicas.x"
            error[conflict-twice]: conflict is decided twice
              Two rules are about `metadata.annotations[example.com/note]` and "a".
              t.hcl:27: conflict "a"   the second one
              t.hcl:23: conflict "a"   the first one
              help: keep one of them
        "#]],
        );
        check(
            &with("conflict \"a\" {\npath = \"spec.replicas\"\npolicy = \"merge\"\n}\n"),
            expect![[r#"
            error[not-allowed]: value is not allowed
              "merge" is not what `policy` of conflict "a" takes: one of "force", "yield", "match".
              t.hcl:5: "merge"
              help: policy = "force"
        "#]],
        );
    }
}
