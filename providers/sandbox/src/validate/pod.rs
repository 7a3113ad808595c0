//! Pods and pod templates: containers, ports, volumes, mounts, probes.

use std::collections::BTreeSet;

use plimsoll_schema::Json;
use serde_json::json;

use super::{Faults, metadata};
use crate::object::{at, entries, items, text};
use crate::quantity::amount;
use crate::status::Fault;

/// A pod spec at `path`.
pub(super) fn spec(spec: &Json, path: &str, faults: &mut Faults) {
    let volumes: BTreeSet<&str> = items(spec, &["volumes"]).iter().map(|v| text(v, &["name"])).collect();
    self::volumes(spec, path, faults);
    faults.require(&spec["containers"], format!("{path}.containers"), "");
    let mut names = BTreeSet::new();
    for group in ["containers", "initContainers"] {
        for (i, container) in items(spec, &[group]).iter().enumerate() {
            let path = format!("{path}.{group}[{i}]");
            if !names.insert(text(container, &["name"])) && !text(container, &["name"]).is_empty() {
                faults.add(Fault::duplicate(format!("{path}.name"), &container["name"]));
            }
            let plain_init = group == "initContainers" && text(container, &["restartPolicy"]) != "Always";
            self::container(container, &path, &volumes, plain_init, faults);
        }
    }
    let policies = ["Always", "OnFailure", "Never"];
    faults.one_of(&spec["restartPolicy"], format!("{path}.restartPolicy"), &policies);
    faults.not_negative(
        &spec["terminationGracePeriodSeconds"],
        format!("{path}.terminationGracePeriodSeconds"),
    );
    affinity(&spec["affinity"], &format!("{path}.affinity"), faults);
}

fn volumes(spec: &Json, path: &str, faults: &mut Faults) {
    let mut names = BTreeSet::new();
    for (i, volume) in items(spec, &["volumes"]).iter().enumerate() {
        let path = format!("{path}.volumes[{i}]");
        if faults.require(&volume["name"], format!("{path}.name"), "") {
            metadata::label(&volume["name"], format!("{path}.name"), faults);
            if !names.insert(text(volume, &["name"])) {
                faults.add(Fault::duplicate(format!("{path}.name"), &volume["name"]));
            }
        }
        let sources: Vec<&str> = entries(volume, &[]).map(|(k, _)| k).filter(|k| *k != "name").collect();
        match sources.as_slice() {
            [] => faults.add(Fault::required(path, "must specify a volume type")),
            [_] => {}
            [_, second, ..] => {
                faults.add(Fault::forbidden(
                    format!("{path}.{second}"),
                    "may not specify more than 1 volume type",
                ));
            }
        }
    }
}

fn container(container: &Json, path: &str, volumes: &BTreeSet<&str>, plain_init: bool, faults: &mut Faults) {
    if faults.require(&container["name"], format!("{path}.name"), "") {
        metadata::label(&container["name"], format!("{path}.name"), faults);
    }
    faults.require(&container["image"], format!("{path}.image"), "");
    faults.one_of(
        &container["imagePullPolicy"],
        format!("{path}.imagePullPolicy"),
        &["Always", "IfNotPresent", "Never"],
    );
    let mut ports = BTreeSet::new();
    for (i, port) in items(container, &["ports"]).iter().enumerate() {
        let path = format!("{path}.ports[{i}]");
        if faults.require(&port["containerPort"], format!("{path}.containerPort"), "") {
            faults.port(&port["containerPort"], format!("{path}.containerPort"));
        }
        faults.one_of(&port["protocol"], format!("{path}.protocol"), &["SCTP", "TCP", "UDP"]);
        if let Some(name) = port["name"].as_str()
            && !ports.insert(name)
        {
            faults.add(Fault::duplicate(format!("{path}.name"), &port["name"]));
        }
    }
    environment(container, path, faults);
    mounts(container, path, volumes, faults);
    resources(container, path, faults);
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if container[probe].is_null() {
            continue;
        }
        if plain_init {
            faults.add(Fault::forbidden(
                format!("{path}.{probe}"),
                "may not be set for init containers without restartPolicy=Always",
            ));
            continue;
        }
        self::probe(&container[probe], &format!("{path}.{probe}"), probe != "readinessProbe", faults);
    }
}

fn environment(container: &Json, path: &str, faults: &mut Faults) {
    for (i, variable) in items(container, &["env"]).iter().enumerate() {
        let path = format!("{path}.env[{i}]");
        faults.require(&variable["name"], format!("{path}.name"), "");
        let given = variable["value"].as_str().is_some_and(|v| !v.is_empty());
        if given && !variable["valueFrom"].is_null() {
            let why = "may not be specified when `value` is not empty";
            faults.add(Fault::invalid(format!("{path}.valueFrom"), &json!(""), why));
        }
    }
}

fn mounts(container: &Json, path: &str, volumes: &BTreeSet<&str>, faults: &mut Faults) {
    let mut places = BTreeSet::new();
    for (i, mount) in items(container, &["volumeMounts"]).iter().enumerate() {
        let path = format!("{path}.volumeMounts[{i}]");
        if !volumes.contains(text(mount, &["name"])) {
            faults.add(Fault::not_found(format!("{path}.name"), &mount["name"]));
        }
        if faults.require(&mount["mountPath"], format!("{path}.mountPath"), "")
            && !places.insert(text(mount, &["mountPath"]))
        {
            faults.add(Fault::invalid(format!("{path}.mountPath"), &mount["mountPath"], "must be unique"));
        }
    }
}

fn resources(container: &Json, path: &str, faults: &mut Faults) {
    for (resource, request) in entries(container, &["resources", "requests"]) {
        let limit = at(container, &["resources", "limits", resource]);
        if !limit.is_null() && amount(request) > amount(limit) {
            let why = format!(
                "must be less than or equal to {resource} limit of {}",
                limit.as_str().unwrap_or_default()
            );
            faults.add(Fault::invalid(format!("{path}.resources.requests"), request, &why));
        }
    }
}

fn probe(probe: &Json, path: &str, once: bool, faults: &mut Faults) {
    let handlers: Vec<&str> =
        ["exec", "grpc", "httpGet", "tcpSocket"].into_iter().filter(|h| !probe[h].is_null()).collect();
    match handlers.as_slice() {
        [] => faults.add(Fault::required(path, "must specify a handler type")),
        [_] => {}
        [_, second, ..] => {
            faults.add(Fault::forbidden(
                format!("{path}.{second}"),
                "may not specify more than 1 handler type",
            ));
        }
    }
    for handler in ["httpGet", "tcpSocket"] {
        if !probe[handler].is_null()
            && faults.require(&probe[handler]["port"], format!("{path}.{handler}.port"), "")
        {
            faults.port(&probe[handler]["port"], format!("{path}.{handler}.port"));
        }
    }
    for field in
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
    {
        faults.not_negative(&probe[field], format!("{path}.{field}"));
    }
    if once && probe["successThreshold"].as_i64().is_some_and(|n| n > 1) {
        faults.add(Fault::invalid(
            format!("{path}.successThreshold"),
            &probe["successThreshold"],
            "must be 1",
        ));
    }
}

fn affinity(affinity: &Json, path: &str, faults: &mut Faults) {
    let (required, preferred) =
        ("requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution");
    for kind in ["podAffinity", "podAntiAffinity"] {
        for (i, term) in items(affinity, &[kind, required]).iter().enumerate() {
            let path = format!("{path}.{kind}.{required}[{i}]");
            faults.require(&term["topologyKey"], format!("{path}.topologyKey"), "can not be empty");
        }
        for (i, term) in items(affinity, &[kind, preferred]).iter().enumerate() {
            let path = format!("{path}.{kind}.{preferred}[{i}]");
            weight(&term["weight"], &path, faults);
            let key = at(term, &["podAffinityTerm", "topologyKey"]);
            faults.require(key, format!("{path}.podAffinityTerm.topologyKey"), "can not be empty");
        }
    }
    for (i, term) in items(affinity, &["nodeAffinity", preferred]).iter().enumerate() {
        weight(&term["weight"], &format!("{path}.nodeAffinity.{preferred}[{i}]"), faults);
    }
}

fn weight(weight: &Json, path: &str, faults: &mut Faults) {
    if weight.as_i64().is_none_or(|w| !(1..=100).contains(&w)) {
        faults.add(Fault::invalid(format!("{path}.weight"), weight, "must be in the range 1-100"));
    }
}
