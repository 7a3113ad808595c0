//! For tests: configuration text to compiled objects and findings.
//!
//! A small reader of literals and references stands in for the language, so that the vocabulary
//! is tested alone; whole configurations run through the language in `tests/`.

use std::collections::BTreeMap;

use expect_test::Expect;
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::{Block as HclBlock, BlockLabel, Body as HclBody, Structure};
use plimsoll_model::config::{Project, Reference};
use plimsoll_model::value::Data;
use plimsoll_model::{
    Address, Attr, Block, BlockScope, Body, Config, ConfigBlock, Desired, DesiredObject, Environment, Label,
    Number, Origin, Report, Severity, SourceId, SourceMap, Span, Target, Value, Vocabulary,
};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::PlimsollVocabulary;

/// A configuration that was compiled.
pub struct Compiled {
    pub desired: Desired,
    pub report: Report,
    pub sources: SourceMap,
}

struct Reader<'a> {
    source: SourceId,
    blocks: BTreeMap<Address, &'a HclBlock>,
    references: Vec<Reference>,
    here: Address,
}

/// Compiles blocks in the namespace `shop` of the environment `test`.
pub fn compile(text: &str) -> Compiled {
    compile_in(text, "shop")
}

/// Compiles blocks in a namespace.
pub fn compile_in(text: &str, namespace: &str) -> Compiled {
    let mut sources = SourceMap::new();
    let source = sources.add("t.hcl", text);
    let body: HclBody = hcl_edit::parser::parse_body(text).unwrap();
    let declared: Vec<&HclBlock> = body.blocks().collect();
    let blocks = declared.iter().map(|b| (address(b), *b)).collect();
    let mut reader = Reader { source, blocks, references: Vec::new(), here: Address::new("", "") };
    let mut out = Vec::new();
    for (address, block) in reader.blocks.clone() {
        reader.here = address.clone();
        reader.references.clear();
        let mut body = reader.body(&block.body);
        let depends_on = body.attrs.shift_remove("depends_on").map(|a| {
            let targets = a.value.as_items().unwrap_or_default();
            targets.iter().filter_map(|v| Some((v.as_handle()?.address.clone()?, a.span))).collect()
        });
        let depends_on: Vec<(Address, Span)> = depends_on.unwrap_or_default();
        let mut references = std::mem::take(&mut reader.references);
        references.retain(|r| r.to != address && !depends_on.iter().any(|d| d.0 == r.to));
        references.sort_by(|a, b| (&a.to, !a.unknown).cmp(&(&b.to, !b.unknown)));
        references.dedup_by(|a, b| a.to == b.to);
        out.push(ConfigBlock { address, header_span: reader.header(block), body, references, depends_on });
    }
    let nowhere = Span::new(source, 0, 0);
    let config = Config {
        project: Project { name: "shop".into(), span: nowhere, body: Body::empty(nowhere) },
        environment: Environment {
            name: "test".into(),
            target: Target::Sandbox,
            namespace: namespace.into(),
            namespace_span: None,
            protected: false,
            labels: BTreeMap::new(),
            span: None,
        },
        blocks: out,
        outputs: Vec::new(),
    };
    let mut report = Report::new();
    let desired = crate::compile(&config, &mut report);
    Compiled { desired, report, sources }
}

fn address(block: &HclBlock) -> Address {
    Address::new(block.ident.as_str(), block.labels.first().map(BlockLabel::as_str).unwrap_or_default())
}

impl Reader<'_> {
    fn span(&self, range: Option<std::ops::Range<usize>>) -> Span {
        let range = range.unwrap_or_default();
        Span::new(self.source, range.start, range.end)
    }

    fn header(&self, block: &HclBlock) -> Span {
        let start = self.span(block.ident.span());
        block.labels.last().map_or(start, |l| start.to(self.span(l.span())))
    }

    fn body(&mut self, body: &HclBody) -> Body {
        let mut out = Body::empty(self.span(body.span()));
        for structure in body {
            match structure {
                Structure::Attribute(a) => {
                    let span = self.span(a.span());
                    let attr = Attr { value: self.value(&a.value), name_span: self.span(a.key.span()), span };
                    out.attrs.insert(a.key.to_string(), attr);
                }
                Structure::Block(b) => out.blocks.push(self.block(b)),
            }
        }
        out
    }

    fn block(&mut self, block: &HclBlock) -> Block {
        let label = |l: &BlockLabel| Label { text: l.as_str().into(), span: self.span(l.span()) };
        let labels = block.labels.iter().map(label).collect();
        let header_span = self.header(block);
        Block { ty: block.ident.to_string(), header_span, labels, body: self.body(&block.body) }
    }

    fn value(&mut self, expr: &Expression) -> Value {
        let origin = Origin::at(self.span(expr.span()));
        let value = match expr {
            Expression::Null(_) => Value::null(),
            Expression::Bool(b) => Value::bool(*b.value()),
            Expression::Number(n) => Value::number(n.value().to_string().parse::<Number>().unwrap()),
            Expression::String(s) => Value::string(s.value().as_str()),
            Expression::Array(items) => Value::tuple(items.iter().map(|e| self.value(e)).collect()),
            Expression::Object(entries) => {
                let entry = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                    let key = match key {
                        ObjectKey::Ident(i) => i.to_string(),
                        ObjectKey::Expression(e) => self.value(e).as_str().unwrap().to_string(),
                    };
                    (key, self.value(value.expr()))
                };
                Value::object(entries.iter().map(entry).collect())
            }
            Expression::Variable(v) if v.as_str() == "self" => top(&self.here),
            Expression::FuncCall(call) => {
                let args: Vec<_> = call.args.iter().map(|a| self.value(a)).collect();
                if call.name.name.as_str() == "sensitive" {
                    args[0].clone().sensitive_if(true)
                } else {
                    let functions = PlimsollVocabulary.functions();
                    (functions.iter().find(|f| f.name == call.name.name.as_str()).unwrap().call)(&args)
                        .unwrap()
                }
            }
            Expression::Traversal(t) => {
                let Expression::Variable(root) = &t.expr else { panic!("{expr}") };
                let steps = t.operators.iter().map(|o| match o.value() {
                    TraversalOperator::GetAttr(name) => name.to_string(),
                    TraversalOperator::Index(e) => self.value(e).as_str().unwrap().to_string(),
                    _ => panic!("{expr}"),
                });
                let steps: Vec<String> = steps.collect();
                self.follow(root.as_str(), &steps, self.span(expr.span()))
            }
            other => panic!("the test reader has no {other}"),
        };
        value.with_origin(origin)
    }

    fn follow(&mut self, block: &str, steps: &[String], at: Span) -> Value {
        let to = Address::new(block, &steps[0]);
        let mut value = match steps.get(1) {
            None => top(&to),
            Some(export) => self.export(&to, export),
        };
        for step in steps.iter().skip(2) {
            let next = match &value.data {
                Data::Handle(h) => h.attrs.get(step).cloned(),
                _ => value.as_entries().and_then(|e| e.get(step)).cloned(),
            };
            value = next.unwrap_or_else(Value::poison);
        }
        self.references.push(Reference { to, span: at, unknown: value.contains_unknown() });
        value
    }

    fn export(&mut self, address: &Address, name: &str) -> Value {
        let exports = PlimsollVocabulary.exports(&address.block).unwrap();
        let Some(export) = exports.iter().find(|e| e.name == name) else { return Value::poison() };
        if !self.blocks.contains_key(address) {
            return Value::poison();
        }
        let (here, references) = (self.here.clone(), self.references.clone());
        let mut scope = Scope { reader: self, address: address.clone() };
        let value = (export.eval)(&mut scope);
        self.here = here;
        self.references = references;
        value
    }
}

fn top(address: &Address) -> Value {
    crate::handles::handle(&address.block, Some(address.clone()), [], None)
}

struct Scope<'a, 'b> {
    reader: &'a mut Reader<'b>,
    address: Address,
}

impl BlockScope for Scope<'_, '_> {
    fn address(&self) -> &Address {
        &self.address
    }

    fn header_span(&self) -> Span {
        self.reader.header(self.reader.blocks[&self.address])
    }

    fn attr(&mut self, name: &str) -> Option<Value> {
        let block = self.reader.blocks[&self.address];
        let attr = block.body.attributes().find(|a| a.key.as_str() == name)?;
        Some(self.reader.value(&attr.value))
    }

    fn nested(&mut self, path: &[&str]) -> Vec<Block> {
        let mut level = vec![self.reader.blocks[&self.address]];
        for ty in path {
            level =
                level.into_iter().flat_map(|b| b.body.blocks()).filter(|b| b.ident.as_str() == *ty).collect();
        }
        level.into_iter().map(|b| self.reader.block(b)).collect()
    }

    fn export_of(&mut self, address: &Address, export: &str, _: Span) -> Value {
        self.reader.export(address, export)
    }

    fn namespace(&self) -> String {
        "shop".into()
    }

    fn fact(&self, _: Option<&str>, _: &str) -> Option<Value> {
        None
    }
}

/// All findings, one paragraph each: severity, summary, detail, places, help.
pub fn findings(report: &Report, sources: &SourceMap) -> String {
    let mut out = String::new();
    for d in report.sorted() {
        let severity = if d.severity == Severity::Error { "error" } else { "warning" };
        out.push_str(&format!("{severity}[{}]: {}\n", d.code, d.summary));
        out.push_str(&format!("  {}\n", d.detail));
        for note in d.at.iter().chain(&d.related) {
            let place = sources.locate(note.span);
            let text = sources.snippet(note.span).lines().next().unwrap_or_default();
            out.push_str(format!("  {place}: {text}   {}", note.message).trim_end());
            out.push('\n');
        }
        if let Some(help) = &d.help {
            out.push_str(&format!("  help: {help}\n"));
        }
    }
    out
}

/// Checks the findings of a configuration.
pub fn check(text: &str, expected: Expect) {
    let compiled = compile(text);
    expected.assert_eq(&findings(&compiled.report, &compiled.sources));
}

/// Checks one compiled object, as YAML without the labels and annotations that all objects have.
pub fn object(text: &str, address: &str, expected: Expect) {
    let compiled = compile(text);
    let errors = compiled.report.items().iter().filter(|d| d.severity == Severity::Error).count();
    assert_eq!(errors, 0, "{}", findings(&compiled.report, &compiled.sources));
    let address: Address = address.parse().unwrap();
    let found = compiled.desired.objects.iter().find(|o| o.address == address).unwrap();
    for object in &compiled.desired.objects {
        round_trip(object);
    }
    let mut json = found.root.to_json();
    if let Some(metadata) = json.get_mut("metadata").and_then(|m| m.as_object_mut()) {
        metadata.remove("labels");
        metadata.remove("annotations");
        metadata.remove("namespace");
    }
    expected.assert_eq(&yaml(&json));
}

/// JSON as YAML.
pub fn yaml(json: &serde_json::Value) -> String {
    serde_saphyr::to_string(json).unwrap()
}

/// An app that has nothing wrong, with something added to its container and to itself.
pub fn app(container: &str, app: &str) -> String {
    format!(
        "app \"web\" {{\n{app}\ncontainer \"web\" {{\nimage = \"web:1\"\nport \"http\" {{ container_port = 80 }}\n{container}\n}}\n}}\n"
    )
}

/// Every field of an object is one that the API's own types have, with a value that they take.
pub fn round_trip(object: &DesiredObject) {
    use k8s_openapi::api::{apps, autoscaling, core, networking};
    fn through<T: Serialize + DeserializeOwned>(json: &serde_json::Value) -> serde_json::Value {
        let typed: T = serde_json::from_value(json.clone()).unwrap();
        serde_json::to_value(typed).unwrap()
    }
    let mut json = object.root.to_json();
    drop_nulls(&mut json);
    let back = match object.id.gvk.kind.as_str() {
        "Deployment" => through::<apps::v1::Deployment>(&json),
        "StatefulSet" => through::<apps::v1::StatefulSet>(&json),
        "DaemonSet" => through::<apps::v1::DaemonSet>(&json),
        "HorizontalPodAutoscaler" => through::<autoscaling::v2::HorizontalPodAutoscaler>(&json),
        "Ingress" => through::<networking::v1::Ingress>(&json),
        "Service" => through::<core::v1::Service>(&json),
        "ConfigMap" => through::<core::v1::ConfigMap>(&json),
        "Secret" => through::<core::v1::Secret>(&json),
        "Namespace" => through::<core::v1::Namespace>(&json),
        "PersistentVolume" => through::<core::v1::PersistentVolume>(&json),
        "PersistentVolumeClaim" => through::<core::v1::PersistentVolumeClaim>(&json),
        other => panic!("no type for {other}"),
    };
    assert_eq!(json, back, "{}", object.address);
}

fn drop_nulls(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
