//! For tests: every attribute and block of the vocabulary with every kind of value, and no panic.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::config::Project;
use plimsoll_model::value::Data;
use plimsoll_model::{
    Address, Attr, Block, Body, Config, ConfigBlock, Environment, Label, Report, SourceId, Span, Target,
    Type, Value,
};

use crate::declare::{BlockSchema, NestedSchema};
use crate::handles::handle;
use crate::schema;

const HERE: Span = Span { source: SourceId(0), start: 0, end: 1 };

fn values() -> Vec<Value> {
    let text = Value::string("ä");
    let of = |kind: &str| handle(kind, Some(Address::new(kind.split('.').next().unwrap(), "x")), [], None);
    vec![
        Value::null(),
        Value::poison(),
        Value::unknown(Type::String, "service.x.cluster_ip"),
        Value::bool(true),
        Value::number(0),
        Value::number(i64::MAX),
        Value::string(""),
        text.clone(),
        Value::string("-9"),
        Value::string("1.5"),
        Value::string("x".repeat(300)),
        Value::string("a").sensitive_if(true),
        Value::tuple(vec![]),
        Value::tuple(vec![Value::poison(), Value::null(), text.clone(), Value::unknown(Type::Any, "u")]),
        Value::new(Data::Set(Type::String, Arc::new(vec![text.clone()]))),
        Value::object(BTreeMap::new()),
        Value::object(BTreeMap::from([
            ("a".to_string(), Value::poison()),
            ("b".to_string(), Value::null()),
            ("cpu".to_string(), Value::string("1")),
            ("from".to_string(), of("config")),
            ("ä".to_string(), text.clone()),
            ("u".to_string(), Value::unknown(Type::Any, "u")),
        ])),
        of("app"),
        of("app.port"),
        of("volume"),
        of("config"),
        of("config.key"),
        of("secret"),
        of("service.port"),
        of("field"),
    ]
}

fn attr(value: Value) -> Attr {
    Attr { value, name_span: HERE, span: HERE, chooses: false }
}

/// A body in which every attribute has the same value, and every block stands `times` times.
fn body(schema: &BlockSchema, value: &Value, times: usize, label: Option<&str>) -> Body {
    let mut out = Body::empty(HERE);
    out.attrs = schema.all_attrs().map(|a| (a.name.into(), attr(value.clone()))).collect();
    for nested in schema.all_blocks() {
        for _ in 0..times {
            out.blocks.push(block(nested, value, times, label));
        }
    }
    out
}

fn block(nested: &NestedSchema, value: &Value, times: usize, label: Option<&str>) -> Block {
    let labels = label.map(|text| Label { text: text.into(), span: HERE });
    Block {
        ty: nested.name.into(),
        header_span: HERE,
        labels: labels.into_iter().filter(|_| nested.labeled || times > 1).collect(),
        body: body(nested.block, value, times, label),
    }
}

fn compile(bodies: Vec<(Address, Body)>) -> Report {
    let block = |(address, body): (Address, Body)| ConfigBlock {
        calls: Vec::new(),
        address,
        named_as: None,
        header_span: HERE,
        body,
        references: Vec::new(),
        depends_on: Vec::new(),
    };
    let config = Config {
        imports: Vec::new(),
        released: Vec::new(),
        policies: Vec::new(),
        project: Project { name: "p".into(), span: HERE, body: Body::empty(HERE) },
        environment: Environment {
            name: "e".into(),
            target: Target::Sandbox,
            namespace: "n".into(),
            namespace_span: None,
            protected: false,
            labels: BTreeMap::new(),
            span: None,
        },
        variables: BTreeMap::new(),
        blocks: bodies.into_iter().map(block).collect(),
        outputs: Vec::new(),
    };
    let mut report = Report::new();
    crate::compile(&config, &mut report);
    report
}

#[test]
fn any_value_anywhere_is_a_finding_and_never_a_panic() {
    for value in values() {
        for (times, label) in [(0, None), (1, Some("x")), (1, Some("Ä b")), (1, None), (2, Some("x"))] {
            let all = schema().iter().map(|s| (Address::new(s.name, "x"), body(s, &value, times, label)));
            compile(all.collect());
        }
    }
}

#[test]
fn one_attribute_at_a_time() {
    for schema in schema() {
        for a in schema.all_attrs() {
            for value in values() {
                let mut only = Body::empty(HERE);
                only.attrs = [(a.name.into(), attr(value))].into_iter().collect();
                compile(vec![(Address::new(schema.name, "x"), only)]);
            }
        }
    }
}

#[test]
fn what_failed_already_is_not_reported_again() {
    let poisoned = Value::poison();
    for schema in schema() {
        let report = compile(vec![(Address::new(schema.name, "x"), body(schema, &poisoned, 1, Some("/x")))]);
        let about_values = ["wrong-type", "missing-attribute", "not-allowed", "bad-syntax", "out-of-range"];
        let found: Vec<_> =
            report.items().iter().filter(|d| about_values.contains(&d.code.as_ref())).collect();
        assert!(found.is_empty(), "{found:#?}");
    }
}
