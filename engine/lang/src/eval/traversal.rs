//! Traversals: the roots that expressions can read, and the steps after them.

use std::sync::Arc;

use plimsoll_model::{Data, Diagnostic, Origin, Span, Type, Value};

use super::Evaluator;
use super::expr::at;
use super::scope::Scope;
use crate::catalog::MODULE;
use crate::suggest::{did_you_mean, quoted_list};
use crate::syntax::ast::{Expr, Kind, Name, Step, StepKind};
use crate::value::constraint::Constraint;
use crate::value::convert::convert;

/// Roots that the language itself offers.
pub const ROOTS: [&str; 8] = ["count", "each", "env", "local", "module", "path", "self", "var"];

impl Evaluator<'_> {
    /// A name and the steps after it.
    pub(crate) fn traversal(
        &self,
        root: &Expr,
        steps: &[Step],
        name: &Name,
        span: Span,
        scope: &Scope,
    ) -> Value {
        if let Some(v) = scope.get(name) {
            return at(self.steps(v.clone(), steps, scope), span);
        }
        if let Some(why) = scope.why_fixed() {
            return self.fail(
                Diagnostic::error("reference-not-allowed", "nothing may be read here")
                    .detail(format!("{name} cannot be read: {why}."))
                    .at(span, ""),
            );
        }
        let (value, rest) = match &**name {
            "var" | "local" | "env" | "path" => {
                let Some((first, rest)) = steps.split_first() else { return self.bare_root(name, root.span) };
                let Some(member) = step_name(first) else { return self.bare_root(name, root.span) };
                (self.root_member(name, &member, root.span.to(first.span), span), rest)
            }
            "each" | "count" | "self" => return self.absent_root(name, root.span),
            MODULE => return self.module_reference(root, steps, span, scope),
            _ if self.vocabulary.exports(name).is_some() => {
                return self.block_reference(name, root, steps, span, scope);
            }
            _ => return self.unknown_root(name, steps, root.span, scope),
        };
        at(self.steps(value, rest, scope), span)
    }

    fn bare_root(&self, name: &str, span: Span) -> Value {
        self.fail(
            Diagnostic::error("bare-root", "incomplete reference")
                .detail(format!("{name} is read by attribute: {name}.something."))
                .at(span, ""),
        )
    }

    fn absent_root(&self, name: &str, span: Span) -> Value {
        let detail = match name {
            "each" => "`each` exists only in a block that has for_each.",
            "count" => "`count` exists only in a block that has count.",
            _ => "`self` exists only inside of a block of the vocabulary.",
        };
        self.fail(
            Diagnostic::error("unknown-reference", "reference to undeclared name")
                .detail(detail)
                .at(span, ""),
        )
    }

    fn unknown_root(&self, name: &str, steps: &[Step], span: Span, scope: &Scope) -> Value {
        let mut known: Vec<String> = scope.names().iter().map(ToString::to_string).collect();
        known.extend(ROOTS.iter().map(ToString::to_string));
        known.extend(self.vocabulary.block_names().iter().map(ToString::to_string));
        let mut d = Diagnostic::error("unknown-reference", "reference to undeclared name")
            .detail(format!("There is nothing named {name}."))
            .at(span, "");
        if let Some(near) = did_you_mean(name, known.iter().map(String::as_str)) {
            d = d.help(format!("did you mean {near}?"));
        } else if steps.is_empty() {
            d = d.help(format!("type \"{name}\" for the text, or var.{name} for a variable"));
        }
        self.fail(d)
    }

    fn root_member(&self, root: &str, member: &str, at: Span, whole: Span) -> Value {
        let missing = |what: &str, names: Vec<String>, help: String| {
            let near = did_you_mean(member, names.iter().map(String::as_str));
            Diagnostic::error("unknown-reference", "reference to undeclared name")
                .detail(format!("There is no {what} named {member:?}."))
                .at(at, "")
                .help(near.map_or(help, |n| format!("did you mean {root}.{n}?")))
        };
        let unit = self.unit();
        let catalog = unit.catalog;
        match root {
            "var" if unit.call.is_some() && catalog.variables.index.contains_key(member) => {
                let Some(i) = catalog.variables.index.get(member) else { return Value::poison() };
                let input = self.input(*i, Some(whole));
                self.record_all(&input.read, whole);
                input.value.clone()
            }
            "var" => match self.variables.get(member).filter(|_| unit.call.is_none()) {
                Some(v) => v.clone(),
                None if catalog.variables.index.contains_key(member)
                    || catalog.is_broken("variable", member) =>
                {
                    Value::poison()
                }
                None => {
                    let names = catalog.variables.index.keys().map(ToString::to_string).collect();
                    self.fail(missing("variable", names, format!("declare it: variable \"{member}\" {{}}")))
                }
            },
            "local" => match catalog.locals.index.get(member) {
                Some(i) => {
                    let local = self.local(*i, Some(whole));
                    self.record_all(&local.read, whole);
                    local.value.clone()
                }
                None if catalog.any_broken("locals") => Value::poison(),
                None => {
                    let names = catalog.locals.index.keys().map(ToString::to_string).collect();
                    self.fail(missing("local value", names, format!("declare it: locals {{ {member} = … }}")))
                }
            },
            "env" => match member {
                "name" => Value::string(self.environment),
                "namespace" => Value::string(self.namespace),
                _ => self.fail(missing(
                    "attribute of env",
                    vec!["name".into(), "namespace".into()],
                    "env has name and namespace".into(),
                )),
            },
            _ => match member {
                "module" => Value::string(unit.dir),
                // Paths are relative to the configuration's folder, so that a plan is the same on
                // every machine.
                "root" | "cwd" => Value::string("."),
                _ => self.fail(missing(
                    "attribute of path",
                    vec!["cwd".into(), "module".into(), "root".into()],
                    "path has module, the module's folder, and root, the configuration's".into(),
                )),
            },
        }
    }

    /// Applies steps to a value.
    pub(crate) fn steps(&self, mut value: Value, steps: &[Step], scope: &Scope) -> Value {
        for (i, step) in steps.iter().enumerate() {
            if value.is_poison() {
                return value;
            }
            value = match &step.kind {
                StepKind::Attr(name) => self.attr(value, name, step.span),
                StepKind::Index(e) => {
                    let key = self.eval(e, scope);
                    self.index(&value, &key, e.span)
                }
                StepKind::LegacyIndex(n) => {
                    self.index(&value, &Value::number(i64::try_from(*n).unwrap_or(i64::MAX)), step.span)
                }
                StepKind::FullSplat => return self.splat(&value, &steps[i + 1..], step.span, scope),
                StepKind::AttrSplat => {
                    let rest = &steps[i + 1..];
                    let attrs = rest
                        .iter()
                        .take_while(|s| matches!(s.kind, StepKind::Attr(_) | StepKind::LegacyIndex(_)))
                        .count();
                    let each = self.splat(&value, &rest[..attrs], step.span, scope);
                    return self.steps(each, &rest[attrs..], scope);
                }
            };
        }
        value
    }

    /// `value.name`
    pub(crate) fn attr(&self, value: Value, name: &str, span: Span) -> Value {
        let fail = |detail: String, names: Vec<&str>| {
            let d = Diagnostic::error("unsupported-attribute", "unsupported attribute")
                .detail(detail)
                .at(span, "");
            self.fail(match did_you_mean(name, names.iter().copied()) {
                Some(near) => d.help(format!("did you mean {near}?")),
                None if !names.is_empty() => d.help(format!("it has {}", quoted_list(&names))),
                None => d,
            })
        };
        match &value.data {
            Data::Poison => value,
            Data::Object(fields) => match fields.get(name) {
                Some(v) => inherit(v, &value),
                None => fail(
                    format!("This object does not have an attribute named {name:?}."),
                    fields.keys().map(String::as_str).collect(),
                ),
            },
            Data::Map(_, entries) => match entries.get(name) {
                Some(v) => inherit(v, &value),
                None => fail(
                    format!("This map does not have an element with the key {name:?}."),
                    entries.keys().map(String::as_str).collect(),
                ),
            },
            Data::Handle(_) => self.handle_attr(&value, name, span),
            Data::Unknown(t @ (Type::String | Type::Number | Type::Bool), _) => {
                fail(format!("Can't access attributes on a primitive-typed value ({t})."), Vec::new())
            }
            Data::Unknown(ty, what) => {
                let what: Arc<str> = Arc::from(format!("{what}.{name}"));
                let ty = match ty {
                    Type::Map(t) => (**t).clone(),
                    Type::Object(fields) => fields.get(name).map_or(Type::Any, |f| f.ty.clone()),
                    _ => Type::Any,
                };
                Value {
                    data: Data::Unknown(ty, what),
                    sensitive: value.sensitive,
                    origin: value.origin.clone(),
                }
            }
            Data::Null(_) => self.fail(
                Diagnostic::error("null-value", "attempt to get attribute from null value")
                    .detail("This value is null, so it does not have any attributes.")
                    .at(span, "")
                    .related_some(value.origin.span(), "the value comes from here"),
            ),
            Data::List(..) | Data::Tuple(_) | Data::Set(..) => self.fail(
                Diagnostic::error("unsupported-attribute", "unsupported attribute")
                    .detail("This value does not have any attributes.")
                    .at(span, "")
                    .help(format!("[0].{name} reads one element's, [*].{name} every element's")),
            ),
            _ => fail(
                format!("Can't access attributes on a primitive-typed value ({}).", value.ty()),
                Vec::new(),
            ),
        }
    }

    /// `value[key]`
    pub(crate) fn index(&self, value: &Value, key: &Value, span: Span) -> Value {
        let fail = |detail: String| {
            self.fail(Diagnostic::error("invalid-index", "invalid index").detail(detail).at(span, ""))
        };
        if value.is_poison() || key.is_poison() {
            return Value::poison();
        }
        if value.is_null() {
            return self.fail(
                Diagnostic::error("null-value", "attempt to index null value")
                    .detail("This value is null, so it does not have any indices.")
                    .at(span, "")
                    .related_some(value.origin.span(), "the value comes from here"),
            );
        }
        if key.is_null() {
            return fail("Can't use a null value as an indexing key.".into());
        }
        if matches!(value.data, Data::Set(..)) {
            return fail(NO_INDEX_IN_SET.into());
        }
        if matches!(value.ty(), Type::String | Type::Number | Type::Bool) {
            return fail("This value does not have any indices.".into());
        }
        let found = match (&value.data, &key.data) {
            (Data::Unknown(_, what), _) | (_, Data::Unknown(_, what)) => {
                let ty = match value.ty() {
                    Type::List(t) | Type::Map(t) => *t,
                    _ => Type::Any,
                };
                let unknown = Value::new(Data::Unknown(ty, what.clone()));
                unknown.sensitive_if(value.sensitive).with_origin(value.origin.clone())
            }
            (Data::List(_, items) | Data::Tuple(items), _) => match position(items.len(), key) {
                Ok(i) => items.get(i).map_or_else(Value::poison, |v| inherit(v, value)),
                Err(why) => return fail(format!("{NO_ELEMENT}: {why}.")),
            },
            (Data::Map(_, entries) | Data::Object(entries), _) => {
                let Some(k) =
                    convert(key, &Constraint::String).ok().and_then(|k| k.as_str().map(str::to_string))
                else {
                    return fail(format!("{NO_ELEMENT}: a string is required."));
                };
                match entries.get(&k) {
                    Some(v) => inherit(v, value),
                    None if key.sensitive => return fail(format!("{NO_ELEMENT}.")),
                    None => {
                        let d = Diagnostic::error("invalid-index", "invalid index")
                            .detail(format!("{NO_ELEMENT}: there is no {k:?}."))
                            .at(span, "");
                        return self.fail(match did_you_mean(&k, entries.keys().map(String::as_str)) {
                            Some(near) => d.help(format!("did you mean {near:?}?")),
                            None => d,
                        });
                    }
                }
            }
            (Data::Handle(_), Data::String(s)) => self.handle_attr(value, s, span),
            _ => return fail("This value does not have any indices.".into()),
        };
        let origin = found.origin.merge(&key.origin);
        found.sensitive_if(key.sensitive).with_origin(origin)
    }

    /// `value[*]` and `value.*`
    fn splat(&self, value: &Value, rest: &[Step], span: Span, scope: &Scope) -> Value {
        let items: Vec<Value> = match &value.data {
            Data::Poison => return Value::poison(),
            Data::Null(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                return self.fail(
                    Diagnostic::error("null-value", "attempt to splat null value")
                        .detail("Splat expressions (with the * symbol) cannot be applied to null sequences.")
                        .at(span, "")
                        .related_some(value.origin.span(), "the value comes from here"),
                );
            }
            Data::Null(_) => Vec::new(),
            Data::Unknown(t, what) => {
                let single = matches!(t, Type::String | Type::Number | Type::Bool);
                if single && self.steps(value.clone(), rest, scope).is_poison() {
                    return Value::poison();
                }
                return Value {
                    data: Data::Unknown(Type::Any, what.clone()),
                    sensitive: value.sensitive,
                    origin: value.origin.clone(),
                };
            }
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                items.iter().map(|v| self.steps(inherit_origin(v, value), rest, scope)).collect()
            }
            _ => vec![self.steps(value.clone(), rest, scope)],
        };
        let tuple = Value {
            data: Data::Tuple(Arc::new(items)),
            sensitive: value.sensitive,
            origin: value.origin.clone(),
        };
        let sequence = matches!(value.data, Data::List(..) | Data::Set(..));
        if sequence && !tuple.contains_poison() {
            // Elements of one type make a list again.
            return convert(&tuple, &Constraint::List(Box::new(Constraint::Any))).unwrap_or(tuple);
        }
        at(tuple, span)
    }
}

const NO_ELEMENT: &str = "The given key does not identify an element in this collection value";

const NO_INDEX_IN_SET: &str = "Elements of a set are identified only by their value and don't have any separate \
                               index or key to select with, so it's only possible to perform operations across all \
                               elements of the set.";

/// The place in a sequence of `length` that a key names.
fn position(length: usize, key: &Value) -> Result<usize, &'static str> {
    let number = convert(key, &Constraint::Number).ok().and_then(|k| k.as_number().cloned());
    let n = number.ok_or("a number is required")?;
    if !n.is_integer() {
        return Err("indexing a sequence requires a whole number, but the given index has a fractional part");
    }
    if n.is_negative() {
        return Err("a negative number is not a valid index for a sequence");
    }
    match n.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n < length) {
        Some(n) => Ok(n),
        None if length == 0 => Err("the collection has no elements"),
        None => Err("the given index is greater than or equal to the length of the collection"),
    }
}

/// The name that a step reads, where that is fixed.
pub fn step_name(step: &Step) -> Option<Name> {
    match &step.kind {
        StepKind::Attr(name) => Some(name.clone()),
        StepKind::Index(e) => match &e.kind {
            Kind::String(s) => Some(s.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// An element with what it has from its container: sensitivity, and the origin where it has none.
fn inherit(element: &Value, container: &Value) -> Value {
    inherit_origin(element, container).sensitive_if(container.sensitive)
}

fn inherit_origin(element: &Value, container: &Value) -> Value {
    let mut v = element.clone();
    if v.origin == Origin::NONE {
        v.origin = container.origin.clone();
    }
    v
}

/// What `Diagnostic` lacks: another end, where there is one.
pub trait RelatedSome {
    /// Adds another end, where there is one.
    #[must_use]
    fn related_some(self, span: Option<Span>, message: &str) -> Self;
}

impl RelatedSome for Diagnostic {
    fn related_some(self, span: Option<Span>, message: &str) -> Diagnostic {
        match span {
            Some(s) => self.related(s, message),
            None => self,
        }
    }
}
