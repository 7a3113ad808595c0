//! Defaults of resource requests and limits.

use serde_json::json;

use super::{Object, items_in, map_in, set};
use crate::{Json, Quantity};

/// Requests of containers are taken from their limits, resource by resource.
pub(super) fn requests_from_limits(spec: &mut Object) {
    for list in ["containers", "initContainers"] {
        for container in items_in(spec, list) {
            let Some(resources) = container.get_mut("resources").and_then(Json::as_object_mut) else {
                continue;
            };
            if let Some(Json::Object(limits)) = resources.get("limits").cloned()
                && let Some(requests) = map_in(resources, "requests")
            {
                copy_missing(&limits, requests);
            }
        }
    }
}

fn copy_missing(from: &Object, to: &mut Object) {
    from.iter().for_each(|(name, amount)| set(to, name, amount.clone()));
}

/// A limit range's defaults follow from its bounds.
pub(super) fn limit_range_item(item: &mut Object) {
    if item.get("type") != Some(&json!("Container")) {
        return;
    }
    let of =
        |item: &Object, name: &str| item.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
    let mut default = of(item, "default");
    copy_missing(&of(item, "max"), &mut default);
    let mut request = of(item, "defaultRequest");
    copy_missing(&default, &mut request);
    copy_missing(&of(item, "min"), &mut request);
    for (name, map) in [("default", default), ("defaultRequest", request)] {
        if !map.is_empty() {
            item.insert(name.into(), Json::Object(map));
        }
    }
}

/// A resource list keeps thousandths at most.
pub(super) fn round_up_to_milli(value: &mut Json) {
    if let Json::String(text) = value
        && let Some(quantity) = Quantity::parse(text)
    {
        *text = quantity.rounded_up_to_milli().canonical();
    }
}
