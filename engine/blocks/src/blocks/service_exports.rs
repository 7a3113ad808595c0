//! What expressions read from a service: names, addresses, ports and their URLs.

use std::collections::BTreeMap;

use plimsoll_model::value::Data;
use plimsoll_model::{BlockScope, Export, Handle, Type, Value};

use crate::handles::{APP_PORT, SERVICE_PORT, handle};
use crate::naming;

/// What expressions read from a service.
pub static EXPORTS: &[Export] = &[
    Export { name: "name", doc: "The name of its object.", eval: naming::exported },
    Export { name: "host", doc: "The name under which it is reached in the cluster.", eval: host },
    Export {
        name: "ports",
        doc: "Its ports by name: `service.api.ports.http.url`, `.port`, `.host`, `.node_port`.",
        eval: ports,
    },
    Export { name: "cluster_ip", doc: "Its address in the cluster; known after apply.", eval: cluster_ip },
    Export {
        name: "load_balancer_address",
        doc: "The address or name of its load balancer; known after apply.",
        eval: load_balancer_address,
    },
];

fn host(scope: &mut dyn BlockScope) -> Value {
    let namespace = scope.namespace();
    let name = naming::exported(scope);
    match name.as_str() {
        Some(text) => Value::string(format!("{text}.{namespace}.svc")).sensitive_if(name.sensitive),
        None => name,
    }
}

fn cluster_ip(scope: &mut dyn BlockScope) -> Value {
    fact(scope, "spec.clusterIP", "cluster_ip", Type::String)
}

fn load_balancer_address(scope: &mut dyn BlockScope) -> Value {
    let ingress = "status.loadBalancer.ingress[0]";
    scope
        .fact(None, &format!("{ingress}.hostname"))
        .unwrap_or_else(|| fact(scope, &format!("{ingress}.ip"), "load_balancer_address", Type::String))
}

fn fact(scope: &dyn BlockScope, path: &str, what: &str, ty: Type) -> Value {
    scope.fact(None, path).unwrap_or_else(|| Value::unknown(ty, format!("{}.{what}", scope.address())))
}

fn ports(scope: &mut dyn BlockScope) -> Value {
    let own = scope.nested(&["port"]);
    let from_app = app_ports(scope);
    if from_app.is_poison() && own.is_empty() {
        return from_app;
    }
    let app_port = |name: &str| match from_app.as_entries().and_then(|e| e.get(name)).map(|v| &v.data) {
        Some(Data::Handle(h)) if h.kind == APP_PORT => h.scalar.clone(),
        _ => None,
    };
    let mut all = BTreeMap::new();
    if own.is_empty() {
        for name in from_app.as_entries().into_iter().flat_map(|e| e.keys()) {
            let number = app_port(name).unwrap_or_else(Value::poison);
            all.insert(name.clone(), port_handle(scope, name, number, None, None));
        }
        return Value::object(all);
    }
    for block in &own {
        let Some(label) = block.labels.first() else { continue };
        let number = block.body.value("port").filter(|v| !v.is_null()).cloned();
        let number = number.or_else(|| app_port(&label.text)).unwrap_or_else(Value::poison);
        let protocol = block.body.value("app_protocol").and_then(Value::as_str).map(str::to_string);
        let node_port = block.body.value("node_port").filter(|v| !v.is_null()).cloned();
        all.insert(label.text.clone(), port_handle(scope, &label.text, number, protocol, node_port));
    }
    Value::object(all)
}

fn app_ports(scope: &mut dyn BlockScope) -> Value {
    let span = scope.header_span();
    match scope.attr("app").map(|v| (v.origin.span(), v.data)) {
        Some((at, Data::Handle(h))) if h.kind == "app" => match &h.address {
            Some(address) => scope.export_of(address, "ports", at.unwrap_or(span)),
            None => Value::poison(),
        },
        // Nobody's ports: what is asked for them is told so.
        None => Value::object(BTreeMap::new()),
        Some((_, Data::Null(_))) => Value::object(BTreeMap::new()),
        _ => Value::poison(),
    }
}

fn port_handle(
    scope: &mut dyn BlockScope,
    name: &str,
    number: Value,
    protocol: Option<String>,
    node_port: Option<Value>,
) -> Value {
    let host = host(scope);
    let address = scope.address().clone();
    let node_port = node_port.unwrap_or_else(|| {
        fact(
            scope,
            &format!("spec.ports[name={name}].nodePort"),
            &format!("ports.{name}.node_port"),
            Type::Number,
        )
    });
    let mut attrs = vec![
        ("name", Value::string(name)),
        ("port", number.clone()),
        ("number", number.clone()),
        ("node_port", node_port),
        ("host", host.clone()),
    ];
    attrs.extend(url(name, protocol.as_deref(), &host, &number).map(|url| ("url", url)));
    handle(SERVICE_PORT, Some(address), attrs, Some(number))
}

/// The address of a port as a URL, where its scheme is known.
fn url(name: &str, protocol: Option<&str>, host: &Value, number: &Value) -> Option<Value> {
    let scheme = [protocol, Some(name)].into_iter().flatten().find_map(|text| match text {
        "http" | "kubernetes.io/h2c" | "kubernetes.io/ws" => Some("http"),
        "https" | "kubernetes.io/wss" => Some("https"),
        _ => None,
    })?;
    match (host.as_str(), &number.data) {
        (_, Data::Poison) | (None, _) => Some(Value::poison()),
        (Some(host), Data::Number(n)) => Some(Value::string(format!("{scheme}://{host}:{n}"))),
        (Some(host), Data::String(n)) => Some(Value::string(format!("{scheme}://{host}:{n}"))),
        (Some(host), Data::Handle(h)) => {
            let n = h.scalar.as_ref()?.as_number()?;
            Some(Value::string(format!("{scheme}://{host}:{n}")))
        }
        _ => None,
    }
}

/// The number that a handle of a service port stands for.
pub fn handle_number(handle: &Handle) -> Option<i64> {
    handle.attrs.get("number").and_then(|v| v.as_number()?.as_i64())
}
