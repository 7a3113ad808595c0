//! Object names: module path, label and instance key joined by `-`, shortened with a hash where
//! they are too long.

use plimsoll_model::{Address, BlockScope, InstanceKey, Value};

/// The longest DNS label.
pub const LABEL: usize = 63;
/// The longest name of a StatefulSet: its pods carry a label that adds eleven characters.
pub const STATEFUL_SET: usize = 52;
/// The longest name of a CronJob: its jobs add a time, and their pods more.
pub const CRON_JOB: usize = 52;
/// What a service's name ends with.
pub const SERVICE_SUFFIX: &str = "-svc";
/// What the name of the service behind a StatefulSet ends with.
pub const HEADLESS_SUFFIX: &str = "-headless";

/// The name that follows from an address, with a suffix, in at most `limit` characters.
pub fn default_name(address: &Address, suffix: &str, limit: usize) -> String {
    let mut parts: Vec<String> = Vec::new();
    for module in &address.modules {
        parts.push(module.name.clone());
        parts.extend(module.key.as_ref().map(key_text));
    }
    parts.push(address.name.clone());
    parts.extend(address.key.as_ref().map(key_text));
    shorten(&format!("{}{suffix}", parts.join("-").replace('_', "-")), suffix, limit)
}

/// The name of an object that belongs to another one: both joined by `-`, at most a DNS label.
pub fn joined(name: &str, part: &str) -> String {
    shorten(&format!("{name}-{part}"), "", LABEL)
}

/// The limit of the default name of a block's main object.
pub fn limit(block: &str) -> usize {
    match block {
        "app" => STATEFUL_SET,
        "job" => CRON_JOB,
        _ => LABEL,
    }
}

/// The suffix of the default name of a block's main object.
pub fn suffix(block: &str) -> &'static str {
    if block == "service" { SERVICE_SUFFIX } else { "" }
}

fn key_text(key: &InstanceKey) -> String {
    match key {
        InstanceKey::Index(i) => i.to_string(),
        InstanceKey::Name(name) => name.clone(),
    }
}

/// The start of a long name and a hash of the whole, before the suffix.
fn shorten(name: &str, suffix: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_string();
    }
    let hash = &blake3::hash(name.as_bytes()).to_hex()[..8];
    let mut room = limit.saturating_sub(suffix.len() + hash.len() + 1).min(name.len());
    while !name.is_char_boundary(room) {
        room -= 1;
    }
    format!("{}-{hash}{suffix}", name[..room].trim_end_matches('-'))
}

/// The name of a block's main object, as an export: `name` where it is set, else the default.
pub fn exported(scope: &mut dyn BlockScope) -> Value {
    match scope.attr("name") {
        Some(name) if !name.is_null() => name,
        _ => {
            let address = scope.naming_address();
            Value::string(default_name(&address, suffix(&address.block), limit(&address.block)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_join_module_label_and_key() {
        let name = |text: &str| {
            let address: Address = text.parse().unwrap();
            default_name(&address, suffix(&address.block), limit(&address.block))
        };
        assert_eq!(name("volume.disk_ssd"), "disk-ssd");
        assert_eq!(name("service.web"), "web-svc");
        assert_eq!(name("module.shop[\"eu\"].app.web[2]"), "shop-eu-web-2");
    }

    #[test]
    fn long_names_keep_their_start_and_their_suffix() {
        let address = Address::new("service", "a".repeat(70));
        let name = default_name(&address, "-svc", LABEL);
        assert_eq!(name.len(), 63);
        assert!(name.starts_with("aaaa") && name.ends_with("-svc"));
        let other = default_name(&Address::new("service", "a".repeat(71)), "-svc", LABEL);
        assert_ne!(name, other);
        assert!(default_name(&Address::new("app", "ä".repeat(70)), "", STATEFUL_SET).len() <= STATEFUL_SET);
    }
}
