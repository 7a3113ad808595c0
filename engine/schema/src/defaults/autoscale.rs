//! Defaults of autoscalers.

use serde_json::json;

use super::{Object, set_in};
use crate::Json;

/// The metric and the behaviour of an autoscaler that states none, or states it in part.
pub(super) fn autoscaler(spec: &mut Object) {
    if spec.get("metrics").and_then(Json::as_array).is_none_or(Vec::is_empty) {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        let metric = json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
        spec.insert("metrics".into(), json!([metric]));
    }
    if let Some(behavior) = spec.get_mut("behavior").and_then(Json::as_object_mut) {
        let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
        let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
        set_in(behavior, "scaleUp", "stabilizationWindowSeconds", json!(0));
        set_in(behavior, "scaleUp", "selectPolicy", json!("Max"));
        set_in(behavior, "scaleUp", "policies", json!([pods, percent]));
        set_in(behavior, "scaleDown", "selectPolicy", json!("Max"));
        set_in(behavior, "scaleDown", "policies", json!([percent]));
    }
}
