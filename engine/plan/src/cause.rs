//! The names of changed fields as the configuration spells them: what an effect is caused by.

/// Annotations of pods that hold a hash of what they read, what a change of it is called until it is known
/// which object it is, and the kind of that object.
pub(crate) const HASHES: [(&str, &str, &str); 2] =
    [("plimsoll.dev/config-hash", "configs", "ConfigMap"), ("plimsoll.dev/secret-hash", "secrets", "Secret")];

/// Where the API calls something otherwise than the configuration.
const NAMES: &[(&str, &str)] = &[
    ("hostAliases", "host_alias"),
    ("ports", "port"),
    ("priorityClassName", "priority_class"),
    ("runtimeClassName", "runtime_class"),
    ("serviceAccountName", "service_account"),
    ("strategy", "update_strategy"),
    ("tolerations", "toleration"),
    ("topologySpreadConstraints", "topology_spread"),
    ("volumeDevices", "device"),
    ("volumeMounts", "mount"),
    ("volumes", "volume"),
];

/// The attribute that a field belongs to, such as `image` of
/// `spec.template.spec.containers[name=web].image`.
pub(crate) fn name(steps: &[String]) -> String {
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let rest = match steps.as_slice() {
        ["spec", "jobTemplate", "spec", "template", rest @ ..] => rest,
        ["spec", "jobTemplate", rest @ ..] | ["spec", "template", rest @ ..] | rest => rest,
    };
    match rest {
        ["metadata", field, rest @ ..] => {
            let hash = HASHES.iter().find(|(annotation, ..)| rest.first() == Some(annotation));
            hash.map_or(*field, |(_, word, _)| word).to_string()
        }
        ["spec", list @ ("containers" | "initContainers"), rest @ ..] => match rest {
            [_, "lifecycle", hook, ..] => snake(hook),
            [_, field, ..] => snake(field),
            [key] => format!("{} {}", snake(list.trim_end_matches('s')), key_of(key)),
            [] => snake(list),
        },
        ["spec", "affinity", kind, ..] => snake(kind),
        ["spec", field, ..] => snake(field),
        [field, ..] => snake(field),
        [] => "pods".to_string(),
    }
}

/// `web` of `[name=web]`.
fn key_of(step: &str) -> &str {
    let inner = step.trim_matches(['[', ']']);
    inner.split_once('=').map_or(inner, |(_, value)| value)
}

fn snake(field: &str) -> String {
    if let Some((_, name)) = NAMES.iter().find(|(api, _)| *api == field) {
        return (*name).to_string();
    }
    let mut out = String::new();
    for c in field.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_as_in_the_configuration() {
        let of = |steps: &[&str]| name(&steps.iter().map(ToString::to_string).collect::<Vec<_>>());
        let pod = |rest: &[&str]| of(&[&["spec", "template"], rest].concat());
        assert_eq!(pod(&["spec", "containers", "[name=web]", "image"]), "image");
        assert_eq!(pod(&["spec", "containers", "[name=web]", "livenessProbe", "httpGet"]), "liveness_probe");
        assert_eq!(pod(&["spec", "containers", "[name=web]", "lifecycle", "preStop"]), "pre_stop");
        assert_eq!(pod(&["spec", "containers", "[name=web]", "volumeMounts", "[mountPath=/a]"]), "mount");
        assert_eq!(pod(&["spec", "containers", "[name=log]"]), "container log");
        assert_eq!(pod(&["spec", "initContainers"]), "init_containers");
        assert_eq!(pod(&["spec", "affinity", "podAntiAffinity"]), "pod_anti_affinity");
        assert_eq!(pod(&["metadata", "labels", "tier"]), "labels");
        let job = ["spec", "jobTemplate", "spec", "template", "spec", "containers", "[name=a]", "args"];
        assert_eq!(of(&job), "args");
        assert_eq!(of(&["spec", "jobTemplate", "spec", "backoffLimit"]), "backoff_limit");
        assert_eq!(of(&["spec", "schedule"]), "schedule");
        assert_eq!(of(&["spec", "replicas"]), "replicas");
    }
}
