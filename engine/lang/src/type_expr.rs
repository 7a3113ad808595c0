//! Type constraints as one writes them: `object({ name = string, port = optional(number, 80) })`.

use std::collections::BTreeMap;

use plimsoll_model::{Diagnostic, Report};

use crate::suggest::did_you_mean;
use crate::syntax::ast::{Call, Expr, Key, Kind};
use crate::value::constraint::{Attribute, Constraint};
use crate::value::convert::convert;

/// Evaluates the default of an optional attribute.
pub type Fixed<'f> = &'f dyn Fn(&Expr) -> plimsoll_model::Value;

const NAMES: [&str; 9] = ["any", "bool", "list", "map", "number", "object", "set", "string", "tuple"];

/// Reads a type constraint; what it cannot read is reported.
pub fn constraint(e: &Expr, fixed: Fixed, report: &mut Report) -> Option<Constraint> {
    let bad = |detail: String, help: Option<String>| {
        let d = Diagnostic::error("bad-type", "invalid type specification").detail(detail).at(e.span, "");
        Some(match help {
            Some(h) => d.help(h),
            None => d,
        })
    };
    let finding = match &e.kind {
        Kind::Variable(name) => match &**name {
            "string" => return Some(Constraint::String),
            "number" => return Some(Constraint::Number),
            "bool" => return Some(Constraint::Bool),
            "any" => return Some(Constraint::Any),
            "list" | "set" | "map" => bad(
                format!("The {name} type constructor requires one argument specifying the element type."),
                Some(format!("{name}(string)")),
            ),
            "object" => bad(
                "The object type constructor requires one argument, its attributes.".into(),
                Some("object({ name = string })".into()),
            ),
            "tuple" => bad(
                "The tuple type constructor requires one argument, the types of its elements.".into(),
                Some("tuple([string, number])".into()),
            ),
            other => bad(
                format!("The keyword {other:?} is not a valid type specification."),
                did_you_mean(other, NAMES.into_iter()).map(|n| format!("did you mean {n}?")),
            ),
        },
        Kind::String(text) => bad("A type is not quoted.".into(), Some(format!("type = {text}"))),
        Kind::Call(call) => return applied(call, e, fixed, report),
        Kind::Paren(inner) => return constraint(inner, fixed, report),
        _ => bad(
            "A type is a name such as string, or a name with an argument such as list(string).".into(),
            None,
        ),
    };
    finding.into_iter().for_each(|d| report.push(d));
    None
}

fn applied(call: &Call, e: &Expr, fixed: Fixed, report: &mut Report) -> Option<Constraint> {
    let mut bad = |detail: String| {
        report
            .push(Diagnostic::error("bad-type", "invalid type specification").detail(detail).at(e.span, ""));
        None
    };
    let name = &*call.name;
    let one = match call.args.as_slice() {
        [one] => one,
        _ if name == "optional" => {
            return bad("optional(…) stands only on an attribute of an object.".into());
        }
        _ => return bad(format!("The {name} type constructor requires one argument.")),
    };
    match name {
        "list" => Some(Constraint::List(Box::new(constraint(one, fixed, report)?))),
        "set" => Some(Constraint::Set(Box::new(constraint(one, fixed, report)?))),
        "map" => Some(Constraint::Map(Box::new(constraint(one, fixed, report)?))),
        "tuple" => match &one.kind {
            Kind::Tuple(items) => {
                let all: Vec<_> = items.iter().map(|i| constraint(i, fixed, report)).collect();
                Some(Constraint::Tuple(all.into_iter().collect::<Option<_>>()?))
            }
            _ => bad("Tuple type constructor requires a list of element types.".into()),
        },
        "object" => match &one.kind {
            Kind::Object(items) => {
                let mut fields = BTreeMap::new();
                let mut ok = true;
                for item in items {
                    let key = match &item.key {
                        Key::Name(name, _) => name.to_string(),
                        Key::Expr(Expr { kind: Kind::String(s), .. }) => s.to_string(),
                        Key::Expr(k) => {
                            report.push(
                                Diagnostic::error("bad-type", "invalid type specification")
                                    .detail("Object constructor map keys must be attribute names.")
                                    .at(k.span, ""),
                            );
                            ok = false;
                            continue;
                        }
                    };
                    match attribute(&item.value, fixed, report) {
                        Some(a) => {
                            fields.insert(key, a);
                        }
                        None => ok = false,
                    }
                }
                ok.then_some(Constraint::Object(fields))
            }
            _ => bad(
                "Object type constructor requires a map whose keys are attribute names and values are types."
                    .into(),
            ),
        },
        "optional" => bad("optional(…) stands only on an attribute of an object.".into()),
        other => bad(format!("Keyword {other:?} is not a valid type constructor.")),
    }
}

fn attribute(e: &Expr, fixed: Fixed, report: &mut Report) -> Option<Attribute> {
    let Kind::Call(call) = &e.kind else {
        return Some(Attribute { constraint: constraint(e, fixed, report)?, optional: false, default: None });
    };
    if &*call.name != "optional" {
        return Some(Attribute { constraint: constraint(e, fixed, report)?, optional: false, default: None });
    }
    let (ty, default) = match call.args.as_slice() {
        [ty] => (ty, None),
        [ty, default] => (ty, Some(default)),
        _ => {
            report.push(
                Diagnostic::error("bad-type", "invalid type specification")
                    .detail("optional takes a type, and a default where there is one.")
                    .at(e.span, ""),
            );
            return None;
        }
    };
    let constraint = constraint(ty, fixed, report)?;
    let default = match default {
        None => None,
        Some(d) => {
            let value = fixed(d);
            match convert(&value, &constraint) {
                Ok(v) => Some(v),
                Err(why) => {
                    report.push(
                        Diagnostic::error("bad-default", "invalid default value for optional attribute")
                            .detail(format!("This default value is not compatible with the attribute's type constraint: {why}."))
                            .at(d.span, "")
                            .related(ty.span, "the type"),
                    );
                    return None;
                }
            }
        }
    };
    Some(Attribute { constraint, optional: true, default })
}
