//! Variables of the configuration: the value in force for one environment.
//!
//! Precedence: default < process variable < `values` < values file < `--var-file` < `--var`.
//! Each value keeps where it was set.

use std::collections::{BTreeMap, HashMap};

use plimsoll_model::origin::VariableSource;
use plimsoll_model::{Diagnostic, Report, Span, Value};

use crate::declaration::{self, Declaration, Given, annotate, declare};
use crate::environment::Chosen;
use crate::eval::Evaluator;
use crate::eval::module::deprecation;
use crate::eval::scope::Scope;
use crate::inputs::{Inputs, PROCESS_PREFIX};
use crate::load::Loaded;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Block, Body, Expr, Key, Kind, Name};
use crate::syntax::parse::parse_expression;

/// How a value from the command line or the process is read.
fn is_literal(block: Option<&Block>) -> bool {
    match block.and_then(|b| b.body.attr("type")).map(|t| &t.expr.kind) {
        None => true,
        Some(Kind::Variable(name)) => matches!(&**name, "string" | "number" | "bool"),
        Some(_) => false,
    }
}

/// The key under which the expression of an outside value is kept.
fn given_key(flag: &str, name: &str, text: &str) -> String {
    format!("{flag} {name}={text}")
}

/// Reads what comes from outside: values files of the command line, and expressions in `--var`
/// and process variables.
pub fn prepare(loaded: &mut Loaded, inputs: &Inputs, report: &mut Report) {
    for path in &inputs.var_files {
        loaded.read_var_file(path, report);
    }
    let from_process = inputs
        .process
        .iter()
        .filter_map(|(k, v)| Some((k.clone(), k.strip_prefix(PROCESS_PREFIX)?.to_string(), v)));
    let from_line = inputs.vars.iter().map(|(k, v)| ("--var".to_string(), k.clone(), v));
    for (flag, name, text) in from_process.chain(from_line) {
        let index = loaded.catalog.variables.index.get(name.as_str());
        let block = index.and_then(|i| loaded.catalog.variables.items.get(*i));
        let key = given_key(&flag, &name, text);
        if block.is_none() || is_literal(block) || loaded.given.contains_key(&key) {
            continue;
        }
        // The text of a secret is not kept where a diagnostic could show it.
        let secret = block.is_some_and(|b| b.body.attr("sensitive").is_some());
        let shown = if secret { "*".repeat(text.len()) } else { text.clone() };
        let id = loaded.sources.add(format!("{flag} {name}"), shown);
        let expr = parse_expression(text, id, report);
        loaded.given.insert(key, expr);
    }
}

/// The variables of an environment by name; a variable without a usable value is poisoned.
pub fn resolve(
    loaded: &Loaded,
    fixed: &Evaluator,
    chosen: &Chosen,
    inputs: &Inputs,
    report: &mut Report,
) -> HashMap<Name, Value> {
    let mut given = collect(loaded, fixed, chosen, inputs, report);
    let mut out = HashMap::new();
    for block in &loaded.catalog.variables.items {
        let Some(label) = block.labels.first() else { continue };
        let value = match declare(&label.text, block, fixed, report) {
            Some(d) => {
                let source = given.remove(&*label.text);
                in_force(&d, source, chosen, report)
            }
            None => Value::poison(),
        };
        out.insert(label.text.clone(), value);
    }
    out
}

fn in_force(d: &Declaration, given: Option<Given>, chosen: &Chosen, report: &mut Report) -> Value {
    let name = d.name;
    let value = match given {
        Some(g) if g.value.is_null() && !d.nullable && d.default.is_some() => d.default.clone(),
        Some(g) => match d.accept(&g, report) {
            Some(v) => {
                if let Some(message) = deprecation(d.block) {
                    report.push(deprecated(d, message, &v));
                }
                Some(annotate(&v, name, &g.source))
            }
            None => return Value::poison(),
        },
        None => d.default.clone(),
    };
    let Some(value) = value else {
        if !chosen.incomplete {
            report.push(missing(d, chosen));
        }
        return Value::poison();
    };
    if value.is_null() && !d.nullable {
        report.push(d.not_null(value.origin.span()));
        return Value::poison();
    }
    value.sensitive_if(d.sensitive)
}

fn deprecated(d: &Declaration, message: &str, value: &Value) -> Diagnostic {
    let base = Diagnostic::warning("deprecated", "use of something deprecated")
        .detail(format!("The variable {:?}: {message}", &**d.name));
    match value.origin.span() {
        Some(span) => base.at(span, "set here").related(d.block.header_span, "declared here"),
        None => base.at(d.block.header_span, "declared here"),
    }
}

fn missing(d: &Declaration, chosen: &Chosen) -> Diagnostic {
    let (name, secret) = (d.name, d.sensitive);
    let base = Diagnostic::error("missing-variable", "no value for required variable")
        .at(d.block.header_span, "declared here");
    let env = &chosen.environment.name;
    match chosen.environment.span {
        Some(span) => base
            .detail(format!(
                "The variable {name:?} has no default, and environment {env} sets no value for it."
            ))
            .related(span, "this environment")
            .help(match chosen.values_file {
                _ if secret => by_process(name),
                Some(file) => format!("type {name} = … in {file}"),
                None => {
                    format!("type values = {{ {name} = … }} in environment \"{env}\", or give --var {name}=…")
                }
            }),
        None => base.detail(format!("The variable {name:?} has no default.")).help(match secret {
            true => by_process(name),
            false => format!("type default = … in the variable, or give --var {name}=…"),
        }),
    }
}

/// How a secret is given without leaving it in a file or in a shell's history; a saved plan holds none either.
fn by_process(name: &str) -> String {
    format!(
        "set PLIMSOLL_VAR_{name} in the environment of the process; secrets are given again with every command"
    )
}

fn collect(
    loaded: &Loaded,
    fixed: &Evaluator,
    chosen: &Chosen,
    inputs: &Inputs,
    report: &mut Report,
) -> BTreeMap<String, Given> {
    let mut out = BTreeMap::new();
    let known = |name: &str| {
        loaded.catalog.variables.index.contains_key(name) || loaded.catalog.is_broken("variable", name)
    };
    let unknown = |name: &str, span: Option<Span>, from: &str| {
        let d = Diagnostic::error("unknown-variable", "value for undeclared variable")
            .detail(format!("{from} sets {name:?}, and no variable of that name is declared."))
            .at_some(span, "");
        match did_you_mean(name, loaded.catalog.variables.index.keys().map(|k| &**k)) {
            Some(near) => d.help(format!("did you mean {near}?")),
            None => d.help(format!("declare it: variable \"{name}\" {{}}")),
        }
    };
    let outside = |flag: &str, name: &str, text: &str| -> Value {
        let index = loaded.catalog.variables.index.get(name);
        if is_literal(index.and_then(|i| loaded.catalog.variables.items.get(*i))) {
            return Value::string(text);
        }
        match loaded.given.get(&given_key(flag, name, text)) {
            Some(Some(e)) => fixed.eval(e, &Scope::fixed("a value from outside is fixed")),
            _ => Value::poison(),
        }
    };
    for (key, text) in &inputs.process {
        let Some(name) = key.strip_prefix(PROCESS_PREFIX) else { continue };
        if known(name) {
            let source = VariableSource::Process(key.clone());
            out.insert(name.to_string(), Given { value: outside(key, name, text), source });
        } else {
            let mut d = unknown(name, None, &format!("The process variable {key}"));
            d.severity = plimsoll_model::Severity::Warning;
            report.push(d);
        }
    }
    if let Some(values) = chosen.values {
        from_object(values, fixed, &known, &unknown, &mut out, report);
    }
    let files = chosen.values_file.map(str::to_string).into_iter();
    let files = files.chain(inputs.var_files.iter().map(|p| format!("--var-file {}", p.display())));
    for file in files {
        if let Some(Some(body)) = loaded.values.get(&file) {
            from_body(body, fixed, &known, &unknown, &mut out, report);
        } else {
            // It was reported when it was read; what it would have set is not missing.
            loaded.catalog.variables.index.keys().for_each(|k| {
                out.entry(k.to_string())
                    .or_insert_with(|| Given { value: Value::poison(), source: VariableSource::CommandLine });
            });
        }
    }
    for (name, text) in &inputs.vars {
        if known(name) {
            let value = outside("--var", name, text);
            out.insert(name.clone(), Given { value, source: VariableSource::CommandLine });
        } else {
            report.push(unknown(name, None, "--var"));
        }
    }
    out
}

type Unknown<'u> = &'u dyn Fn(&str, Option<Span>, &str) -> Diagnostic;

fn from_object(
    values: &Expr,
    fixed: &Evaluator,
    known: &dyn Fn(&str) -> bool,
    unknown: Unknown,
    out: &mut BTreeMap<String, Given>,
    report: &mut Report,
) {
    let Kind::Object(items) = &values.bare().kind else {
        report.push(
            Diagnostic::error("bad-values", "values is an object")
                .detail("It sets variables by name.")
                .at(values.span, "")
                .help("values = { name = value }"),
        );
        return;
    };
    for item in items {
        let (name, span) = match &item.key {
            Key::Name(name, span) => (name.clone(), *span),
            Key::Expr(Expr { kind: Kind::String(s), span }) => (s.clone(), *span),
            Key::Expr(e) => {
                report.push(literal_only(e.span));
                continue;
            }
        };
        set(&name, span, &item.value, fixed, known, unknown, out, report);
    }
}

fn from_body(
    body: &Body,
    fixed: &Evaluator,
    known: &dyn Fn(&str) -> bool,
    unknown: Unknown,
    out: &mut BTreeMap<String, Given>,
    report: &mut Report,
) {
    for a in &body.attrs {
        set(&a.name, a.name_span, &a.expr, fixed, known, unknown, out, report);
    }
}

#[allow(clippy::too_many_arguments, reason = "one entry of either kind of values")]
fn set(
    name: &Name,
    span: Span,
    e: &Expr,
    fixed: &Evaluator,
    known: &dyn Fn(&str) -> bool,
    unknown: Unknown,
    out: &mut BTreeMap<String, Given>,
    report: &mut Report,
) {
    if !known(name) {
        report.push(unknown(name, Some(span), "This entry"));
        return;
    }
    let value = match computed_part(e) {
        Some(part) => {
            report.push(literal_only(part));
            Value::poison()
        }
        None => fixed.eval(e, &Scope::fixed("values are literals")),
    };
    out.insert(name.to_string(), Given { value, source: VariableSource::File(e.span) });
}

fn literal_only(span: Span) -> Diagnostic {
    Diagnostic::error("computed-value", "values hold literals only")
        .detail("What an environment sets is written out: it reads and computes nothing.")
        .at(span, "computed here")
        .help("write the value out, or compute it in locals from variables and env.name")
}

/// The first part of an expression that is no literal.
fn computed_part(e: &Expr) -> Option<Span> {
    match &e.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Invalid => None,
        Kind::Paren(inner) => computed_part(inner),
        Kind::Tuple(items) => items.iter().find_map(computed_part),
        Kind::Object(items) => items.iter().find_map(|i| {
            let key = match &i.key {
                Key::Name(..) => None,
                Key::Expr(k) => computed_part(k),
            };
            key.or_else(|| computed_part(&i.value))
        }),
        _ => Some(e.span),
    }
}

/// Checks the `validation` blocks of every variable that has a value.
pub fn validate(ev: &Evaluator, loaded: &Loaded) {
    for block in &loaded.catalog.variables.items {
        let Some(label) = block.labels.first() else { continue };
        if let Some(value) = ev.variables.get(&label.text) {
            declaration::validate(ev, block, value);
        }
    }
}

#[cfg(test)]
mod tests;
