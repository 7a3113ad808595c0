//! Function calls: arguments, marks, `try` and `can`.

use std::sync::Arc;

use plimsoll_model::{Data, Diagnostic, Origin, Report, Span, Type, Value};

use super::Evaluator;
use super::expr::at;
use super::scope::Scope;
use crate::functions::{self, Fault, Function, Inside, Param};
use crate::suggest::did_you_mean;
use crate::syntax::ast::Call;
use crate::value::convert::convert;
use crate::value::marks::{deep_sensitive, stamp, unknown_of, variables_of};

/// An argument and where it stands.
type Argument = (Value, Span);

impl Evaluator<'_> {
    pub(crate) fn call(&self, call: &Call, span: Span, scope: &Scope) -> Value {
        let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
        if let Some(function) = functions::find(name) {
            if let functions::Call::Expressions = function.call {
                return if name == "can" {
                    self.can_call(call, span, scope)
                } else {
                    self.try_call(call, span, scope)
                };
            }
            let Some(args) = self.arguments(call, scope) else { return Value::poison() };
            return self.call_function(function, args, call, span);
        }
        if let Some(function) = self.vocabulary.functions().iter().find(|f| f.name == name) {
            let Some(args) = self.arguments(call, scope) else { return Value::poison() };
            return self.call_vocabulary(function, args, call, span);
        }
        let known =
            functions::all().map(|f| f.name).chain(self.vocabulary.functions().iter().map(|f| f.name));
        let d = Diagnostic::error("unknown-function", "call to unknown function")
            .detail(format!("There is no function named {:?}.", &*call.name))
            .at(call.name_span, "");
        if let Some((_, why)) = functions::LEFT_OUT.iter().find(|(n, _)| *n == name) {
            return self.fail(d.help(format!("Terraform's {name} does not exist here: {why}")));
        }
        self.fail(match did_you_mean(&call.name, known) {
            Some(near) => d.help(format!("did you mean {near}?")),
            None => d,
        })
    }

    /// The arguments, the last one spread where it is to be; none where one failed.
    fn arguments(&self, call: &Call, scope: &Scope) -> Option<Vec<Argument>> {
        let mut args: Vec<Argument> = call.args.iter().map(|a| (self.eval(a, scope), a.span)).collect();
        if call.expand {
            let (last, span) = args.pop()?;
            match &last.data {
                Data::Poison => return None,
                Data::List(_, items) | Data::Tuple(items) | Data::Set(_, items) => {
                    args.extend(items.iter().map(|v| (v.clone().sensitive_if(last.sensitive), span)))
                }
                Data::Unknown(..) => args.push((last, span)),
                _ => {
                    self.report(
                        Diagnostic::error("bad-expansion", "invalid expanding argument value")
                            .detail("The expanding argument (indicated by ...) must be of a tuple, list, or set type.")
                            .at(span, ""),
                    );
                    return None;
                }
            }
        }
        (!args.iter().any(|(v, _)| v.is_poison())).then_some(args)
    }

    fn call_function(&self, f: &'static Function, args: Vec<Argument>, call: &Call, span: Span) -> Value {
        if f.inside == Inside::Reads && args.iter().any(|(v, _)| v.contains_poison()) {
            return Value::poison();
        }
        let spread_unknown = call.expand && args.last().is_some_and(|(v, _)| v.is_unknown());
        if !spread_unknown && let Some(d) = arity(f, args.len(), call, span) {
            return self.fail(d);
        }
        let mut values = Vec::with_capacity(args.len());
        for (i, (v, at)) in args.iter().enumerate() {
            let Some(p) = f.params.get(i).or(f.rest.as_ref()) else { break };
            let bad = |why: String| {
                Diagnostic::error("bad-argument", "invalid function argument")
                    .detail(format!("Invalid value for {:?} parameter: {why}.", p.name))
                    .at(*at, format!("{}()", f.name))
            };
            if v.is_null() && !p.null {
                return self.fail(bad("argument must not be null".into()));
            }
            match convert(v, &p.want.constraint()) {
                Ok(v) => values.push(v),
                Err(e) => return self.fail(bad(e.to_string())),
            }
        }
        // What reads everything takes a step for each value.
        let read = values.iter().filter(|v| f.inside == Inside::Reads && v.children().next().is_some());
        if read.map(|v| self.weigh(v, span)).any(|w| w.is_none()) {
            return Value::poison();
        }
        let (sensitive, origin, mut unknown) = marks(&values, f.inside, span);
        if let functions::Call::Template(_) = f.call {
            // A template need not read what is unknown inside of its variables.
            unknown = values.iter().filter(|v| v.is_unknown()).find_map(unknown_of);
        }
        let secret = values.iter().any(deep_sensitive);
        if let Some(what) = unknown.filter(|_| !f.unknown) {
            return match self.later(f, &values) {
                Ok(ty) => Value { data: Data::Unknown(ty, what), sensitive, origin },
                Err(fault) => self.fault(f, fault, &args, secret, span),
            };
        }
        let result = match f.call {
            functions::Call::Values(compute) => compute(self.loaded, &values),
            functions::Call::Template(from) => self.text_call(from, f.name, &call.args, &values),
            functions::Call::Expressions => return Value::poison(),
        };
        match result {
            Ok(v) => {
                let shown = matches!(f.name, "issensitive" | "nonsensitive" | "type");
                let sensitive = !shown && (sensitive | v.sensitive);
                let v = stamp(v, &origin).sensitive_if(sensitive);
                let same = matches!(
                    f.name,
                    "lookup" | "element" | "one" | "coalesce" | "sensitive" | "nonsensitive"
                );
                if same { v } else { self.weighed(v, span) }
            }
            Err(fault) => self.fault(f, fault, &args, secret, span),
        }
    }

    /// Reports why a call failed.
    fn fault(&self, f: &Function, fault: Fault, args: &[Argument], secret: bool, span: Span) -> Value {
        let why = unless_secret(fault.why, secret);
        self.fail(match fault.argument {
            Some(i) => {
                let name = f.params.get(i).or(f.rest.as_ref()).map_or("", |p| p.name);
                Diagnostic::error("bad-argument", "invalid function argument")
                    .detail(format!("Invalid value for {name:?} parameter: {why}."))
                    .at(args.get(i).map_or(span, |a| a.1), format!("{}()", f.name))
            }
            None => Diagnostic::error("function-failed", "error in function call")
                .detail(format!("Call to function {:?} failed: {why}.", f.name))
                .at(span, ""),
        })
    }

    /// The type of a result whose arguments are not all known; or what is wrong with their types already.
    fn later(&self, f: &Function, values: &[Value]) -> Result<Type, Fault> {
        let functions::Call::Values(compute) = f.call else { return Ok(f.returns.constraint().ty()) };
        let open = |p: Option<&Param>| p.is_some_and(|p| p.want == functions::Want::Any);
        let decided = f.typed
            || values
                .iter()
                .enumerate()
                .any(|(i, v)| unknown_of(v).is_some() && open(f.params.get(i).or(f.rest.as_ref())));
        if !decided || values.iter().any(|v| v.is_unknown() && v.ty() == Type::Any) {
            return Ok(f.returns.constraint().ty());
        }
        let samples: Vec<Value> = values.iter().map(sample).collect();
        match compute(self.loaded, &samples) {
            Err(fault) if fault.of_types => Err(fault),
            Ok(v) if f.typed => Ok(v.ty()),
            _ => Ok(f.returns.constraint().ty()),
        }
    }

    fn call_vocabulary(
        &self,
        f: &'static plimsoll_model::VocabularyFunction,
        args: Vec<Argument>,
        call: &Call,
        span: Span,
    ) -> Value {
        if args.iter().any(|(v, _)| v.contains_poison()) {
            return Value::poison();
        }
        if args.len() != f.params.len() {
            return self.fail(
                Diagnostic::error("bad-arity", "wrong number of function arguments")
                    .detail(format!(
                        "Function {:?} expects {}: {}.",
                        f.name,
                        count(f.params.len()),
                        f.params.join(", ")
                    ))
                    .at(call.name_span, ""),
            );
        }
        let spans: Vec<Span> = args.iter().map(|a| a.1).collect();
        let values: Vec<Value> = args.into_iter().map(|a| a.0).collect();
        let (sensitive, origin, unknown) = marks(&values, Inside::Reads, span);
        if let Some(what) = unknown {
            return Value { data: Data::Unknown(Type::Any, what), sensitive, origin };
        }
        match (f.call)(&values) {
            Ok(v) => stamp(v, &origin).sensitive_if(sensitive),
            Err((_, _)) if sensitive => self.fail(
                Diagnostic::error("bad-argument", "invalid function argument")
                    .detail("An argument is not suitable, and it is sensitive, so no more can be said.")
                    .at(span, ""),
            ),
            Err((i, why)) => self.fail(
                Diagnostic::error("bad-argument", "invalid function argument")
                    .detail(format!(
                        "Invalid value for {:?} parameter: {why}",
                        f.params.get(i).unwrap_or(&"")
                    ))
                    .at(spans.get(i).copied().unwrap_or(span), format!("{}()", f.name)),
            ),
        }
    }

    /// The first argument that does not fail, evaluated one after the other; none where all do.
    fn first_of(&self, call: &Call, scope: &Scope) -> Result<Value, Option<Box<Diagnostic>>> {
        if call.expand && call.args.len() == 1 {
            let args = self.arguments(call, scope).ok_or(None)?;
            return args
                .into_iter()
                .next()
                .map(|(v, _)| v)
                .ok_or_else(|| Some(Box::new(no_expression(call))));
        }
        let mut found = Report::new();
        for arg in &call.args {
            let ((value, read), report) = self.capture(|| self.recording(|| self.eval(arg, scope)));
            if report.has_errors() {
                found.extend(report);
                continue;
            }
            self.record_all(&read, arg.span);
            return Ok(value);
        }
        if call.args.is_empty() {
            return Err(Some(Box::new(no_expression(call))));
        }
        let mut d = Diagnostic::error("function-failed", "error in function call")
            .detail("Call to function \"try\" failed: no expression succeeded. Each failure is listed.");
        for inner in found.items() {
            if let Some(note) = &inner.at {
                d = d.related(note.span, format!("{}: {}", inner.summary, inner.detail));
            }
        }
        Err(Some(Box::new(d)))
    }

    fn try_call(&self, call: &Call, span: Span, scope: &Scope) -> Value {
        match self.first_of(call, scope) {
            // What is unknown may yet fail, and then another expression counts.
            Ok(v) => match unknown_of(&v) {
                Some(what) => {
                    let mut variables = Vec::new();
                    variables_of(&v, &mut variables);
                    let origin = Origin::new(Some(span), variables);
                    Value { data: Data::Unknown(Type::Any, what), sensitive: deep_sensitive(&v), origin }
                }
                None => at(v, span),
            },
            Err(None) => Value::poison(),
            Err(Some(d)) => self.fail(d.at(span, "")),
        }
    }

    fn can_call(&self, call: &Call, span: Span, scope: &Scope) -> Value {
        let [arg] = call.args.as_slice() else {
            return self.fail(
                Diagnostic::error("bad-arity", "wrong number of function arguments")
                    .detail("Function \"can\" expects 1 argument.")
                    .at(call.name_span, ""),
            );
        };
        if call.expand {
            let Some(args) = self.arguments(call, scope) else { return Value::poison() };
            return match args.as_slice() {
                [(v, _)] => self.succeeded(v, span),
                [] => self.fail(
                    Diagnostic::error("bad-arity", "not enough function arguments")
                        .detail("Function \"can\" expects 1 argument(s). Missing value for \"expression\".")
                        .at(span, ""),
                ),
                _ => self.fail(
                    Diagnostic::error("bad-arity", "too many function arguments")
                        .detail("Function \"can\" expects only 1 argument(s).")
                        .at(arg.span, ""),
                ),
            };
        }
        let ((value, read), report) = self.capture(|| self.recording(|| self.eval(arg, scope)));
        if value.is_poison() && !report.has_errors() {
            return value;
        }
        if report.has_errors() {
            return Value { data: Data::Bool(false), sensitive: false, origin: value.origin.with_span(span) };
        }
        self.record_all(&read, arg.span);
        self.succeeded(&value, span)
    }

    /// What `can` says of an expression that did not fail: what is unknown may yet do.
    fn succeeded(&self, v: &Value, span: Span) -> Value {
        let data = unknown_of(v).map_or(Data::Bool(true), |what| Data::Unknown(Type::Bool, what));
        Value { data, sensitive: false, origin: v.origin.with_span(span) }
    }
}

fn no_expression(call: &Call) -> Diagnostic {
    Diagnostic::error("function-failed", "error in function call")
        .detail(format!("Call to function {:?} failed: at least one argument is required.", &*call.name))
}

/// Why a call failed, unless that could show a secret.
fn unless_secret(why: String, secret: bool) -> String {
    if secret {
        "an argument is not suitable, and it is sensitive, so no more can be said".into()
    } else {
        why
    }
}

/// A value of the same type as one that is unknown; what is known stays.
fn sample(v: &Value) -> Value {
    let Data::Unknown(ty, what) = &v.data else { return v.clone() };
    let inner = |ty: &Type| Value::unknown(ty.clone(), what.clone());
    match ty {
        Type::String => Value::string(""),
        Type::Number => Value::number(0),
        Type::Bool => Value::bool(false),
        Type::List(t) => Value::new(Data::List((**t).clone(), Arc::new(Vec::new()))),
        Type::Set(t) => Value::new(Data::Set((**t).clone(), Arc::new(Vec::new()))),
        Type::Map(t) => Value::new(Data::Map((**t).clone(), Arc::default())),
        Type::Tuple(ts) => Value::tuple(ts.iter().map(inner).collect()),
        Type::Object(fields) => {
            Value::object(fields.iter().map(|(k, f)| (k.clone(), inner(&f.ty))).collect())
        }
        Type::Any | Type::Handle(_) => v.clone(),
    }
}

/// What the result of a call has from its arguments: sensitivity, origin, and what is unknown.
fn marks(values: &[Value], inside: Inside, span: Span) -> (bool, Origin, Option<Arc<str>>) {
    let mut variables = Vec::new();
    match inside {
        Inside::Reads => {
            values.iter().for_each(|v| variables_of(v, &mut variables));
            let origin = Origin::new(Some(span), variables);
            (values.iter().any(deep_sensitive), origin, values.iter().find_map(unknown_of))
        }
        // Elements keep what they know themselves: a look-up costs no walk over the whole map.
        Inside::Keeps => {
            values.iter().for_each(|v| variables.extend_from_slice(v.origin.variables()));
            let origin = Origin::new(Some(span), variables);
            let unknown = values.iter().find_map(|v| match &v.data {
                Data::Unknown(_, what) => Some(what.clone()),
                _ => None,
            });
            (values.iter().any(|v| v.sensitive), origin, unknown)
        }
    }
}

fn count(n: usize) -> String {
    format!("{n} argument{}", if n == 1 { "" } else { "s" })
}

fn arity(f: &Function, given: usize, call: &Call, span: Span) -> Option<Diagnostic> {
    let needed = f.params.len();
    if given < needed {
        let missing = f.params.get(given).map_or("", |p: &Param| p.name);
        let at_least = if f.rest.is_some() { "at least " } else { "" };
        return Some(
            Diagnostic::error("bad-arity", "not enough function arguments")
                .detail(format!(
                    "Function {:?} expects {at_least}{needed} argument(s). Missing value for {missing:?}.",
                    f.name
                ))
                .at(span, ""),
        );
    }
    (given > needed && f.rest.is_none()).then(|| {
        Diagnostic::error("bad-arity", "too many function arguments")
            .detail(format!("Function {:?} expects only {needed} argument(s).", f.name))
            .at(call.args.get(needed).map_or(span, |a| a.span), "")
    })
}
