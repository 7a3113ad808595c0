//! The functions of the vocabulary: `field` and `resource`.

use plimsoll_model::{Value, VocabularyFunction};

use crate::handles::{FIELD, RESOURCE, handle};
use crate::syntax::is_label_key;

/// All functions.
pub static FUNCTIONS: &[VocabularyFunction] = &[
    VocabularyFunction {
        name: "field",
        doc: "A field of the pod, for `env` and `downward_api`: field(\"metadata.name\").",
        params: &["path"],
        call: field,
    },
    VocabularyFunction {
        name: "resource",
        doc: "A resource of the container, for `env`: resource(\"limits.cpu\").",
        params: &["resource"],
        call: resource,
    },
];

const FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const RESOURCES: &[&str] = &["cpu", "memory", "ephemeral-storage"];

fn field(args: &[Value]) -> Result<Value, (usize, String)> {
    let path = text(args, "a path such as \"metadata.name\"")?;
    let key = |prefix: &str| path.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("']"));
    let keyed = match (key("metadata.labels['"), key("metadata.annotations['")) {
        (Some(label), _) => is_label_key(label),
        (_, Some(annotation)) => is_label_key(&annotation.to_ascii_lowercase()),
        _ => false,
    };
    if FIELDS.contains(&path) || keyed {
        return Ok(handle(FIELD, None, [("path", Value::string(path))], None));
    }
    let near = crate::declare::nearest(path, FIELDS.iter().copied());
    let hint = near.map_or_else(String::new, |n| format!(" Did you mean \"{n}\"?"));
    Err((
        0,
        format!(
            "\"{path}\" is no field that a pod can read of itself. There are {}, metadata.labels['…'] and metadata.annotations['…'].{hint}",
            FIELDS.join(", ")
        ),
    ))
}

fn resource(args: &[Value]) -> Result<Value, (usize, String)> {
    let path = text(args, "a resource such as \"limits.cpu\"")?;
    let known = path.split_once('.').is_some_and(|(kind, name)| {
        matches!(kind, "limits" | "requests") && (RESOURCES.contains(&name) || name.starts_with("hugepages-"))
    });
    if known {
        return Ok(handle(RESOURCE, None, [("resource", Value::string(path))], None));
    }
    Err((
        0,
        format!(
            "\"{path}\" is no resource of a container. There are limits and requests of cpu, memory and ephemeral-storage, such as limits.cpu."
        ),
    ))
}

fn text<'a>(args: &'a [Value], wanted: &str) -> Result<&'a str, (usize, String)> {
    args.first().and_then(Value::as_str).ok_or_else(|| (0, format!("It takes {wanted}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(function: impl Fn(&[Value]) -> Result<Value, (usize, String)>, text: &str) -> bool {
        function(&[Value::string(text)]).is_ok()
    }

    #[test]
    fn fields_and_resources_are_checked() {
        assert!(ok(field, "metadata.name") && ok(field, "metadata.labels['app']"));
        assert!(!ok(field, "metadata.labels['a b']") && ok(field, "metadata.annotations['a.io/B']"));
        assert!(!ok(field, "metadata.labels['']") && !ok(field, "spec.replicas"));
        assert!(ok(resource, "limits.cpu") && !ok(resource, "cpu") && !ok(resource, "limits.disk"));
        let (_, message) = field(&[Value::string("metadata.nam")]).unwrap_err();
        assert!(message.ends_with("Did you mean \"metadata.name\"?"), "{message}");
    }
}
