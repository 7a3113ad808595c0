//! Names, labels and annotations; the keys of data.

use plimsoll_schema::Json;
use serde_json::json;

use super::Faults;
use crate::object::{self, entries};
use crate::resource::Resource;
use crate::status::Fault;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// Letters and digits at both ends, and what `inner` allows between them.
fn framed(text: &str, inner: impl Fn(char) -> bool, outer: impl Fn(char) -> bool) -> bool {
    !text.is_empty()
        && text.chars().all(|c| inner(c) || outer(c))
        && text.starts_with(&outer)
        && text.ends_with(&outer)
}

fn lower(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// Whether the text is a label of a host name.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && framed(text, |c| c == '-', lower)
}

/// Whether the text is a host name.
pub(super) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(|part| framed(part, |c| c == '-', lower))
}

pub(super) fn label(value: &Json, path: impl Into<String>, faults: &mut Faults) {
    if value.as_str().is_some_and(|t| !t.is_empty() && !is_label(t)) {
        faults.add(Fault::invalid(path, value, LABEL));
    }
}

pub(super) fn dns_1035(value: &Json, path: impl Into<String>, faults: &mut Faults) {
    let fits = |t: &str| is_label(t) && t.starts_with(|c: char| c.is_ascii_lowercase());
    if value.as_str().is_some_and(|t| !t.is_empty() && !fits(t)) {
        faults.add(Fault::invalid(path, value, DNS_1035));
    }
}

pub(super) fn subdomain(value: &Json, path: impl Into<String>, faults: &mut Faults) {
    if value.as_str().is_some_and(|t| !t.is_empty() && !is_subdomain(t)) {
        faults.add(Fault::invalid(path, value, SUBDOMAIN));
    }
}

pub(super) fn check(resource: Resource, object: &Json, faults: &mut Faults) {
    let name = &object["metadata"]["name"];
    if faults.require(name, "metadata.name", "name or generateName is required") {
        match (resource.group(), resource.name()) {
            ("", "Namespace") => label(name, "metadata.name", faults),
            ("", "Service") => dns_1035(name, "metadata.name", faults),
            ("rbac.authorization.k8s.io", _) => {}
            _ => subdomain(name, "metadata.name", faults),
        }
    }
    labels(&object["metadata"]["labels"], "metadata.labels", faults);
    for (key, _) in entries(object, &["metadata", "annotations"]) {
        qualified(&key.to_lowercase(), key, "metadata.annotations", faults);
    }
}

/// Labels of an object or of a template.
pub(super) fn labels(all: &Json, path: &str, faults: &mut Faults) {
    for (key, value) in entries(all, &[]) {
        qualified(key, key, path, faults);
        let text = value.as_str().unwrap_or_default();
        if text.len() > 63 {
            faults.add(Fault::invalid(path, value, "must be no more than 63 bytes"));
        }
        if !text.is_empty() && !framed(text, |c| "-_.".contains(c), |c| c.is_ascii_alphanumeric()) {
            faults.add(Fault::invalid(path, value, LABEL_VALUE));
        }
    }
}

fn qualified(key: &str, shown: &str, path: &str, faults: &mut Faults) {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(p, n)| (Some(p), n));
    let fits = name.len() <= 63 && framed(name, |c| "-_.".contains(c), |c| c.is_ascii_alphanumeric());
    if !fits || prefix.is_some_and(|p| !is_subdomain(p)) {
        faults.add(Fault::invalid(path, &json!(shown), QUALIFIED));
    }
}

/// The keys of a ConfigMap or Secret.
pub(super) fn data(object: &Json, faults: &mut Faults) {
    for field in ["data", "binaryData"] {
        for (key, _) in entries(object, &[field]) {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if key.is_empty() || key.len() > 253 || !key.chars().all(fits) {
                faults.add(Fault::invalid(format!("{field}[{key}]"), &json!(key), CONFIG_KEY));
            }
        }
    }
    if object::text(object, &["type"]) == "kubernetes.io/tls" {
        for key in ["tls.crt", "tls.key"] {
            faults.require(object::at(object, &["data", key]), format!("data[{key}]"), "");
        }
    }
}
