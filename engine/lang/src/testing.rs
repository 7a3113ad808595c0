//! For tests: a small vocabulary, and evaluated configurations and reports as text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use plimsoll_model::{
    Address, Attr, BlockScope, Body, Config, Data, Diagnostic, Export, Handle, Report, SourceMap, Span, Type,
    Value, Vocabulary, VocabularyFunction,
};

use crate::{Facts, Inputs, Loaded, NoFacts, evaluate, load_texts};

/// Blocks `app`, `service`, `job` and `volume`, and the function `field`.
pub struct Fake;

fn name_of(scope: &mut dyn BlockScope) -> String {
    match scope.attr("name").and_then(|v| v.as_str().map(str::to_string)) {
        Some(name) => name,
        None => scope.naming_address().name.replace('_', "-"),
    }
}

fn port(kind: &str, scope: &mut dyn BlockScope, number: Value, url: Option<String>) -> Value {
    let url = url.map(|u| ("url", Value::string(u)));
    let attrs = [("number", number.clone())].into_iter().chain(url).collect();
    let address = Some(scope.address().clone());
    Value::new(Data::Handle(Arc::new(Handle { kind: kind.into(), address, attrs, scalar: Some(number) })))
}

fn app_ports(scope: &mut dyn BlockScope) -> Value {
    let mut out = BTreeMap::new();
    for b in scope.nested(&["container", "port"]) {
        let number = b.body.value("container_port").cloned().unwrap_or_else(Value::poison);
        let value = port("app.port", scope, number, None);
        out.insert(b.labels[0].text.clone(), value);
    }
    Value::object(out)
}

fn service_host(scope: &mut dyn BlockScope) -> Value {
    let name = name_of(scope);
    Value::string(format!("{name}.{}.svc", scope.namespace()))
}

fn service_ports(scope: &mut dyn BlockScope) -> Value {
    let host = service_host(scope);
    let at = scope.header_span();
    let app = match scope.attr("app").and_then(|v| v.as_handle().and_then(|h| h.address.clone())) {
        Some(app) => app,
        None => return Value::poison(),
    };
    let ports = scope.export_of(&app, "ports", at);
    let mut out = BTreeMap::new();
    for (name, p) in ports.as_entries().into_iter().flat_map(|e| e.iter()) {
        let number = p.as_handle().and_then(|h| h.scalar.clone()).unwrap_or_else(Value::poison);
        let url = format!(
            "http://{}:{}",
            host.as_str().unwrap_or(""),
            number.as_number().map_or(0, |n| n.as_i64().unwrap_or(0))
        );
        out.insert(name.clone(), port("service.port", scope, number, Some(url)));
    }
    Value::object(out)
}

fn cluster_ip(scope: &mut dyn BlockScope) -> Value {
    match scope.fact(None, "spec.clusterIP") {
        Some(v) => v,
        None => Value::unknown(Type::String, format!("{}.cluster_ip", scope.address())),
    }
}

fn echo(scope: &mut dyn BlockScope) -> Value {
    scope.attr("echo").unwrap_or_else(Value::null)
}

const APP: &[Export] = &[
    Export { name: "name", doc: "Its object name.", eval: |s| Value::string(name_of(s)) },
    Export { name: "ports", doc: "Its ports.", eval: app_ports },
    Export { name: "echo", doc: "Its attribute echo.", eval: echo },
];

const SERVICE: &[Export] = &[
    Export { name: "host", doc: "Its host name.", eval: service_host },
    Export { name: "ports", doc: "Its ports.", eval: service_ports },
    Export { name: "cluster_ip", doc: "Its address.", eval: cluster_ip },
];

const FUNCTIONS: &[VocabularyFunction] = &[VocabularyFunction {
    name: "field",
    doc: "A field of the pod.",
    params: &["path"],
    call: |args| match args[0].as_str() {
        Some(path) => Ok(Value::new(Data::Handle(Arc::new(Handle {
            kind: "field".into(),
            address: None,
            attrs: [("path", Value::string(path))].into_iter().collect(),
            scalar: None,
        })))),
        None => Err((0, format!("a path is required, not {}.", args[0].describe()))),
    },
}];

impl Vocabulary for Fake {
    fn exports(&self, block: &str) -> Option<&'static [Export]> {
        match block {
            "app" => Some(APP),
            "service" => Some(SERVICE),
            "job" | "volume" | "autoscale" | "ingress" | "secret" => Some(&[]),
            _ => None,
        }
    }

    fn block_names(&self) -> Vec<&'static str> {
        vec!["app", "autoscale", "ingress", "job", "secret", "service", "volume"]
    }

    fn functions(&self) -> &'static [VocabularyFunction] {
        FUNCTIONS
    }
}

/// An evaluated configuration with its findings.
pub struct Run {
    pub loaded: Loaded,
    pub config: Option<Config>,
    pub report: Report,
}

/// Loads and evaluates files, the first environment or the one given.
pub fn run_with(files: &[(&str, &str)], env: Option<&str>, inputs: &Inputs, facts: &dyn Facts) -> Run {
    let mut report = Report::new();
    let mut loaded = load_texts(files, &mut report);
    let config = evaluate(&mut loaded, env, inputs, &Fake, facts, &mut report);
    Run { loaded, config, report }
}

/// Loads and evaluates a folder of the disk.
pub fn run_folder(dir: &std::path::Path) -> Run {
    let mut report = Report::new();
    let mut loaded = crate::load(dir, &mut report);
    let config = evaluate(&mut loaded, None, &Inputs::default(), &Fake, &NoFacts, &mut report);
    Run { loaded, config, report }
}

/// Loads and evaluates one file, with a project in front that stands on its first line.
pub fn run(text: &str) -> Run {
    run_with(&[("main.hcl", &format!("project \"t\" {{}}\n{text}"))], None, &Inputs::default(), &NoFacts)
}

/// The blocks and outputs of one file, as text; its findings where there are any.
pub fn evaluated(text: &str) -> String {
    let r = run(text);
    if !r.report.items().is_empty() {
        return show_report(&r.report, &r.loaded.sources);
    }
    show_config(&r)
}

/// Blocks and outputs.
pub fn show_config(r: &Run) -> String {
    let mut out = String::new();
    let Some(config) = &r.config else { return "nothing".into() };
    for b in &config.blocks {
        let _ = writeln!(out, "{}", b.address);
        if let Some(before) = &b.named_as {
            let _ = writeln!(out, "  named as {before}");
        }
        show_body(&b.body, 1, &mut out);
        for to in &b.references {
            let at = r.loaded.sources.locate(to.span);
            let _ = writeln!(out, "  -> {}{} at {at}", to.to, if to.unknown { " (unknown)" } else { "" });
        }
        for (to, _) in &b.depends_on {
            let _ = writeln!(out, "  => {to}");
        }
    }
    for i in &config.imports {
        let _ = writeln!(out, "import {}", i.to);
    }
    for r in &config.released {
        let _ = writeln!(out, "released {}", r.from);
    }
    for o in &config.outputs {
        let _ = writeln!(out, "output {} = {}", o.name, show(&o.value));
    }
    out
}

fn show_body(body: &Body, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    for (name, Attr { value, .. }) in body.attrs.iter() {
        let _ = writeln!(out, "{pad}{name} = {}", show(value));
    }
    for b in &body.blocks {
        let labels: String = b.labels.iter().map(|l| format!(" {:?}", l.text)).collect();
        let _ = writeln!(out, "{pad}{}{labels}", b.ty);
        show_body(&b.body, depth + 1, out);
    }
}

/// A value on one line.
pub fn show(v: &Value) -> String {
    let mark = if v.sensitive { "~" } else { "" };
    let text = match &v.data {
        Data::Null(_) => "null".into(),
        Data::Bool(b) => b.to_string(),
        Data::Number(n) => n.to_string(),
        Data::String(s) => format!("{s:?}"),
        Data::List(_, i) | Data::Tuple(i) => {
            format!("[{}]", i.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Data::Set(_, i) => format!("set[{}]", i.iter().map(show).collect::<Vec<_>>().join(", ")),
        Data::Map(_, m) | Data::Object(m) => {
            format!(
                "{{{}}}",
                m.iter().map(|(k, v)| format!("{k}: {}", show(v))).collect::<Vec<_>>().join(", ")
            )
        }
        Data::Unknown(_, what) => format!("<{what}>"),
        Data::Handle(h) => {
            let scalar = h.scalar.as_ref().map(|s| format!(" {}", show(s))).unwrap_or_default();
            format!(
                "&{}{}{scalar}",
                h.kind,
                h.address.as_ref().map(|a: &Address| format!(" {a}")).unwrap_or_default()
            )
        }
        Data::Poison => "POISON".into(),
    };
    format!("{mark}{text}")
}

/// Findings: code, summary, detail, places with the text there, help.
pub fn show_report(report: &Report, sources: &SourceMap) -> String {
    let mut out = String::new();
    let place = |span: Span| {
        let p = sources.position(span.source, span.start);
        let text = sources.snippet(span).split('\n').next().unwrap_or("").to_string();
        format!("{}:{}:{} `{text}`", sources.path(span.source), p.line, p.column)
    };
    for d in report.sorted() {
        let Diagnostic { severity, code, summary, detail, at, related, help } = d;
        let _ = writeln!(out, "{severity:?}[{code}] {summary}: {detail}");
        for n in at.iter().chain(related) {
            let _ = writeln!(out, "  {} {}", place(n.span), n.message);
        }
        if let Some(h) = help {
            let _ = writeln!(out, "  help: {}", h.replace('\n', "\n    "));
        }
    }
    out
}
