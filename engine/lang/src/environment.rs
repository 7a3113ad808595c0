//! Environments: which one is meant, and where it goes.

use std::collections::BTreeMap;

use plimsoll_model::{Data, Diagnostic, Environment, Report, Span, Target, Value};

use crate::catalog::Catalog;
use crate::eval::Evaluator;
use crate::eval::scope::Scope;
use crate::shape::check_shape;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Attr, Block, Expr, Kind};

/// The namespace of an environment that names none.
const DEFAULT_NAMESPACE: &str = "default";

/// The environment in force.
#[derive(Debug)]
pub struct Chosen<'a> {
    /// Where it goes.
    pub environment: Environment,
    /// `values`
    pub values: Option<&'a Expr>,
    /// `values_file`
    pub values_file: Option<&'a str>,
    /// Whether part of it failed, so that nothing can be said to be missing.
    pub incomplete: bool,
}

/// The names of the declared environments, in source order.
pub fn names(catalog: &Catalog) -> Vec<(String, Span)> {
    let labels = catalog.environments.items.iter().filter_map(|b| b.labels.first().map(|l| (b, l)));
    labels.map(|(b, l)| (l.text.to_string(), b.header_span)).collect()
}

/// What is said of an environment that is not declared.
pub fn unknown(catalog: &Catalog, wanted: &str) -> Diagnostic {
    let declared = names(catalog);
    let unknown = Diagnostic::error("unknown-environment", "no such environment");
    if declared.is_empty() {
        return unknown
            .detail(format!("There is no environment {wanted:?}: none is declared."))
            .help("leave -e out: without environment blocks there is one, on the sandbox");
    }
    let list: Vec<&str> = declared.iter().map(|(name, _)| name.as_str()).collect();
    let verb = if list.len() > 1 { "are" } else { "is" };
    let detail = format!("There is no environment {wanted:?}; declared {verb}: {}.", list.join(", "));
    let unknown = declared.iter().fold(unknown.detail(detail), |d, (name, span)| {
        d.related(*span, format!("environment {name} is declared here"))
    });
    match did_you_mean(wanted, list.iter().copied()) {
        Some(near) => unknown.help(format!("-e {near}")),
        None => unknown.help(each(&list)),
    }
}

/// The flags that choose each of some environments.
fn each(names: &[&str]) -> String {
    names.iter().map(|name| format!("-e {name}")).collect::<Vec<_>>().join(", or ")
}

/// The environment that `wanted` names, or the only one.
pub fn choose<'a>(
    catalog: &'a Catalog,
    wanted: Option<&str>,
    fixed: &Evaluator,
    report: &mut Report,
) -> Option<Chosen<'a>> {
    let declared = &catalog.environments;
    let block = match (wanted, declared.items.as_slice()) {
        (None | Some("default"), []) if !catalog.has_broken("environment") => return Some(implied(catalog)),
        (Some(name), _) if catalog.is_broken("environment", name) && !declared.index.contains_key(name) => {
            return None;
        }
        (Some(name), _) => match declared.index.get(name).and_then(|i| declared.items.get(*i)) {
            Some(block) => block,
            None => {
                report.push(unknown(catalog, name));
                return None;
            }
        },
        (None, [only]) if !catalog.has_broken("environment") => only,
        (None, []) => return None,
        (None, items) => {
            let list: Vec<&str> = items.iter().filter_map(|b| Some(&*b.labels.first()?.text)).collect();
            report.push(
                Diagnostic::error("environment-required", "which environment?")
                    .detail(format!("There are several: {}.", list.join(", ")))
                    .help(each(&list)),
            );
            return None;
        }
    };
    let mut chosen = read(block, fixed, report);
    chosen.incomplete |= catalog.incomplete;
    Some(chosen)
}

fn implied(catalog: &Catalog) -> Chosen<'static> {
    let environment = Environment {
        name: "default".into(),
        target: Target::Sandbox,
        namespace: DEFAULT_NAMESPACE.into(),
        namespace_span: None,
        protected: false,
        labels: BTreeMap::new(),
        span: None,
    };
    Chosen { environment, values: None, values_file: None, incomplete: catalog.incomplete }
}

fn read<'a>(block: &'a Block, fixed: &Evaluator, report: &mut Report) -> Chosen<'a> {
    const ATTRS: [&str; 8] =
        ["context", "in_cluster", "kubeconfig", "labels", "namespace", "protected", "values", "values_file"];
    check_shape(block, &ATTRS, &["sandbox"], report);
    for b in block.body.blocks.iter().filter(|b| &*b.ty == "sandbox") {
        check_shape(b, &[], &[], report);
    }
    let mut incomplete = false;
    let mut text = |name: &str, report: &mut Report| -> Option<String> {
        let a = block.body.attr(name)?;
        let v = value(a, fixed);
        match v.as_str() {
            Some(s) if !s.is_empty() => Some(s.to_string()),
            _ => {
                incomplete = true;
                if !v.is_poison() {
                    report.push(wrong(a, "a string that is not empty", &v));
                }
                None
            }
        }
    };
    let context = text("context", report);
    let kubeconfig = text("kubeconfig", report);
    let namespace = text("namespace", report);
    text("values_file", report);
    let flag = |name: &str, report: &mut Report| {
        block.body.attr(name).is_some_and(|a| {
            let v = value(a, fixed);
            if v.as_bool().is_none() && !v.is_poison() {
                report.push(wrong(a, "true or false", &v));
            }
            v.as_bool() == Some(true)
        })
    };
    let in_cluster = flag("in_cluster", report);
    let protected = flag("protected", report);
    let sandbox = block.body.blocks.iter().find(|b| &*b.ty == "sandbox").map(|b| b.header_span);
    let context_at = block.body.attr("context").map(|a| a.span);
    let in_cluster_at = block.body.attr("in_cluster").filter(|_| in_cluster).map(|a| a.span);
    let places: Vec<Span> = [context_at, in_cluster_at, sandbox].into_iter().flatten().collect();
    const KINDS: &str = "context = \"…\", or sandbox {}, or in_cluster = true";
    match places.as_slice() {
        [] => report.push(
            Diagnostic::error("no-cluster", "environment names no cluster")
                .detail("The active kube context is never used.")
                .at(block.header_span, "")
                .help(format!("type {KINDS}")),
        ),
        [_] => {}
        [first, rest @ ..] => {
            let d = Diagnostic::error("two-clusters", "environment names two clusters")
                .detail(format!("It has one of {KINDS}."))
                .at(*first, "here");
            report.push(rest.iter().fold(d, |d, s| d.related(*s, "and here")));
        }
    }
    if let (Some(a), None) = (block.body.attr("kubeconfig"), context_at) {
        report.push(
            Diagnostic::error("stray-kubeconfig", "kubeconfig without a context")
                .detail("A kubeconfig holds contexts; the environment says which one.")
                .at(a.span, "")
                .help("type context = \"…\""),
        );
    }
    let target = match (context, in_cluster, sandbox) {
        (Some(context), ..) => Target::Context { context, kubeconfig, span: context_at },
        (None, true, _) => Target::InCluster,
        _ => Target::Sandbox,
    };
    if let (Some(n), Some(a)) = (&namespace, block.body.attr("namespace"))
        && !is_dns_label(n)
    {
        report.push(
            Diagnostic::error("bad-namespace", "invalid namespace")
                .detail("A namespace has at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends.")
                .at(a.expr.span, ""),
        );
    }
    let values_file = block.body.attr("values_file").and_then(|a| match &a.expr.bare().kind {
        Kind::String(path) => Some(&**path),
        _ => None,
    });
    Chosen {
        environment: Environment {
            name: block.labels.first().map_or_else(String::new, |l| l.text.to_string()),
            target,
            namespace: namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.into()),
            namespace_span: block.body.attr("namespace").map(|a| a.span),
            protected,
            labels: labels(block, fixed, report),
            span: Some(block.header_span),
        },
        values: block.body.attr("values").map(|a| &a.expr),
        values_file,
        incomplete,
    }
}

fn value(a: &Attr, fixed: &Evaluator) -> Value {
    fixed.eval(&a.expr, &Scope::fixed("an environment is the same whatever variables are"))
}

fn wrong(a: &Attr, wanted: &str, v: &Value) -> Diagnostic {
    Diagnostic::error("wrong-type", "wrong type")
        .detail(format!("{} is {wanted}, and this is {}.", a.name, v.describe()))
        .at(a.expr.span, "")
}

fn labels(block: &Block, fixed: &Evaluator, report: &mut Report) -> BTreeMap<String, String> {
    let Some(a) = block.body.attr("labels") else { return BTreeMap::new() };
    let v = value(a, fixed);
    let mut out = BTreeMap::new();
    let entries = match &v.data {
        Data::Object(entries) | Data::Map(_, entries) => entries,
        Data::Poison => return out,
        _ => {
            report.push(wrong(a, "an object of strings", &v));
            return out;
        }
    };
    for (k, v) in entries.iter() {
        match v.as_str() {
            Some(s) => {
                out.insert(k.clone(), s.to_string());
            }
            None if v.is_poison() => {}
            None => report.push(
                Diagnostic::error("wrong-type", "wrong type")
                    .detail(format!("The label {k} is a string, and this is {}.", v.describe()))
                    .at(v.origin.span().unwrap_or(a.expr.span), ""),
            ),
        }
    }
    out
}

fn is_dns_label(text: &str) -> bool {
    let fine = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(|c| fine(c) || c == b'-')
        && text.bytes().next().is_some_and(fine)
        && text.bytes().last().is_some_and(fine)
}

#[cfg(test)]
mod tests;
