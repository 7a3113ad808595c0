//! Services and Ingresses.

use std::collections::BTreeSet;

use plimsoll_schema::Json;

use super::{Faults, metadata};
use crate::object::{at, items, text};
use crate::status::Fault;

pub(super) fn service(service: &Json, faults: &mut Faults) {
    let spec = &service["spec"];
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    faults.one_of(&spec["type"], "spec.type", &types);
    faults.one_of(&spec["sessionAffinity"], "spec.sessionAffinity", &["ClientIP", "None"]);
    let headless = text(spec, &["clusterIP"]) == "None";
    let kind = text(spec, &["type"]);
    if kind == "ExternalName" {
        faults.require(&spec["externalName"], "spec.externalName", "");
    } else if !headless {
        faults.require(&spec["ports"], "spec.ports", "");
    }
    if headless && matches!(kind, "NodePort" | "LoadBalancer") {
        let why = format!("may not be set to 'None' for {kind} services");
        faults.add(Fault::invalid("spec.clusterIPs[0]", &spec["clusterIP"], &why));
    }
    let ports = items(spec, &["ports"]);
    let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for (i, port) in ports.iter().enumerate() {
        let path = format!("spec.ports[{i}]");
        let name = text(port, &["name"]);
        if name.is_empty() && ports.len() > 1 {
            faults.add(Fault::required(format!("{path}.name"), ""));
        } else if !name.is_empty() {
            metadata::label(&port["name"], format!("{path}.name"), faults);
            if !names.insert(name) {
                faults.add(Fault::duplicate(format!("{path}.name"), &port["name"]));
            }
        }
        if port["port"].is_null() || port["port"] == 0 {
            faults.add(Fault::invalid(
                format!("{path}.port"),
                &serde_json::json!(0),
                "must be between 1 and 65535, inclusive",
            ));
        } else {
            faults.port(&port["port"], format!("{path}.port"));
        }
        faults.one_of(&port["protocol"], format!("{path}.protocol"), &["SCTP", "TCP", "UDP"]);
        faults.port(&port["targetPort"], format!("{path}.targetPort"));
        let protocol = text(port, &["protocol"]);
        if !numbers.insert((port["port"].as_i64(), protocol)) {
            let double = serde_json::json!({"port": port["port"], "protocol": port["protocol"]});
            faults.add(Fault::duplicate(path.clone(), &double));
        }
        if port["nodePort"].as_i64().is_some_and(|n| n != 0) && !matches!(kind, "NodePort" | "LoadBalancer") {
            let why = format!("may not be used when `type` is '{kind}'");
            faults.add(Fault::forbidden(format!("{path}.nodePort"), &why));
        }
    }
}

pub(super) fn ingress(ingress: &Json, faults: &mut Faults) {
    let spec = &ingress["spec"];
    let rules = items(spec, &["rules"]);
    if rules.is_empty() && spec["defaultBackend"].is_null() {
        let why = "either `defaultBackend` or `rules` must be specified";
        faults.add(Fault::invalid("spec", &serde_json::json!([]), why));
    }
    for (i, rule) in rules.iter().enumerate() {
        let path = format!("spec.rules[{i}]");
        let host = text(rule, &["host"]);
        if host.parse::<std::net::IpAddr>().is_ok() {
            faults.add(Fault::invalid(
                format!("{path}.host"),
                &rule["host"],
                "must be a DNS name, not an IP address",
            ));
        } else {
            let plain = host.strip_prefix("*.").unwrap_or(host);
            metadata::subdomain(&serde_json::json!(plain), format!("{path}.host"), faults);
        }
        for (j, http) in items(rule, &["http", "paths"]).iter().enumerate() {
            let path = format!("{path}.http.paths[{j}]");
            if faults.require(&http["pathType"], format!("{path}.pathType"), "pathType must be specified") {
                let types = ["Exact", "ImplementationSpecific", "Prefix"];
                faults.one_of(&http["pathType"], format!("{path}.pathType"), &types);
            }
            let given = text(http, &["path"]);
            let absolute = text(http, &["pathType"]) != "ImplementationSpecific" || !given.is_empty();
            if absolute && !given.starts_with('/') {
                faults.add(Fault::invalid(format!("{path}.path"), &http["path"], "must be an absolute path"));
            }
            backend(&http["backend"], &format!("{path}.backend"), faults);
        }
    }
    if !spec["defaultBackend"].is_null() {
        backend(&spec["defaultBackend"], "spec.defaultBackend", faults);
    }
}

fn backend(backend: &Json, path: &str, faults: &mut Faults) {
    let service = &backend["service"];
    if service.is_null() {
        if backend["resource"].is_null() {
            faults.add(Fault::required(path, "backend must specify a service or a resource"));
        }
        return;
    }
    faults.require(&service["name"], format!("{path}.service.name"), "");
    let (name, number) = (at(service, &["port", "name"]), at(service, &["port", "number"]));
    if name.is_null() && number.is_null() {
        faults.add(Fault::required(path, "port name or number is required"));
    }
    faults.port(number, format!("{path}.service.port.number"));
}
