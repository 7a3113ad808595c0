//! What the cluster told about our objects, as the language asks for it.

use std::collections::BTreeMap;

use plimsoll_blocks::live::Live;
use plimsoll_lang::Facts;
use plimsoll_model::{Address, Number, Value};
use plimsoll_schema::PathElement;
use serde_json::Value as Json;

/// Live objects by address, generated parts and existing ones that a block only names included.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveFacts {
    pub(crate) objects: BTreeMap<Address, Json>,
    /// What compilation needs of the cluster.
    pub(crate) live: Live,
}

impl Facts for LiveFacts {
    fn fact(&self, address: &Address, part: Option<&str>, path: &str) -> Option<Value> {
        let address = match part {
            Some(part) => address.block_address().with_part(part),
            None => address.block_address(),
        };
        let object = self.objects.get(&address)?;
        // A key of data may hold dots, and an empty text is data as well.
        if let (Some(key), "config") = (path.strip_prefix("data."), address.block.as_str()) {
            return object.get("data")?.get(key).map(value);
        }
        let found = at(object, path)?;
        // A cluster IP that is not assigned yet is an empty text: still unknown.
        match found {
            Json::String(text) if text.is_empty() => None,
            Json::Null => None,
            found => Some(value(found)),
        }
    }
}

/// The value at a path as blocks write it, such as `spec.ports[name=http].nodePort`.
fn at<'a>(object: &'a Json, path: &str) -> Option<&'a Json> {
    plimsoll_plan::parse_path(path).0.iter().try_fold(object, |here, step| match step {
        PathElement::Field(name) => here.get(name),
        PathElement::Index(i) => here.get(i),
        PathElement::Key(key) => {
            let is = |item: &&Json| key.iter().all(|(name, value)| item.get(name) == Some(value));
            here.as_array()?.iter().find(is)
        }
        PathElement::Value(value) => here.as_array()?.iter().find(|item| *item == value),
    })
}

/// JSON as a value of the language.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(),
        Json::Bool(b) => Value::bool(*b),
        Json::Number(n) => n.to_string().parse::<Number>().map_or_else(|_| Value::null(), Value::number),
        Json::String(s) => Value::string(s.as_str()),
        Json::Array(items) => Value::tuple(items.iter().map(value).collect()),
        Json::Object(map) => Value::object(map.iter().map(|(k, v)| (k.clone(), value(v))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_found_by_address_part_and_path() {
        let service = Address::new("service", "api");
        let site = Address::new("config", "site");
        let headless = Address::new("app", "db").with_part("headless");
        let facts = LiveFacts {
            objects: BTreeMap::from([
                (
                    service.clone(),
                    json!({"spec": {"clusterIP": "10.0.0.1", "ports": [{"name": "http", "nodePort": 30000}], "x": ""}}),
                ),
                (headless, json!({"spec": {"clusterIP": "None"}})),
                (site.clone(), json!({"data": {"app.conf": "x", "none": ""}})),
            ]),
            live: Live::default(),
        };
        let fact = |address: &Address, part, path| facts.fact(address, part, path).map(|v| v.data);
        assert_eq!(fact(&service, None, "spec.clusterIP"), Some(Value::string("10.0.0.1").data));
        assert_eq!(fact(&service, None, "spec.ports[name=http].nodePort"), Some(value(&json!(30000)).data));
        assert_eq!(fact(&service, None, "spec.ports[0].nodePort"), Some(value(&json!(30000)).data));
        assert_eq!(fact(&service, None, "spec.ports[name=sql].nodePort"), None);
        assert_eq!(fact(&service, None, "spec.x"), None);
        assert_eq!(fact(&site, None, "data.app.conf"), Some(Value::string("x").data));
        assert_eq!(fact(&site, None, "data.none"), Some(Value::string("").data));
        assert_eq!(fact(&site, None, "data.app"), None);
        assert_eq!(fact(&service, None, "status.loadBalancer"), None);
        assert_eq!(
            fact(&Address::new("app", "db"), Some("headless"), "spec.clusterIP"),
            Some(Value::string("None").data)
        );
    }
}
