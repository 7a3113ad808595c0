//! What only a cluster knows and compilation needs: the salts of secrets, the hashes of existing data.
//!
//! Data and a pure hash; who asks the cluster, and where a new salt comes from, is the driver's.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Config, Gvk, Node, ObjectId, Report, Span};

use crate::identity::SALT;
use crate::vocabulary::Declared;

/// What was read from the cluster; empty where none was asked.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The salt of each secret whose object has one.
    pub salts: BTreeMap<Address, String>,
    /// The hash of what is in each existing config or secret with `roll_on_change`.
    pub hashes: BTreeMap<Address, String>,
}

/// A config or secret that the configuration only names.
#[derive(Debug, Clone)]
pub struct Existing {
    /// The block.
    pub address: Address,
    /// Its object.
    pub id: ObjectId,
    /// Where the name stands.
    pub span: Span,
    /// Whether the apps that use it follow its changes.
    pub roll_on_change: bool,
}

/// Every config and secret that exists already, in order of address.
pub fn existing(config: &Config) -> Vec<Existing> {
    let mut out = Vec::new();
    for block in config.blocks.iter().filter(|b| matches!(b.address.block.as_str(), "config" | "secret")) {
        // What is wrong with the block was reported when it was compiled.
        let Some(declared) = Declared::decode(block, &block.body, &mut Report::new()) else { continue };
        let (kind, existing, roll) = match &declared {
            Declared::Config(c) => ("ConfigMap", &c.existing, &c.roll_on_change),
            Declared::Secret(s) => ("Secret", &s.existing, &s.roll_on_change),
            _ => continue,
        };
        let Some((span, name)) = existing.as_ref().and_then(|e| Some((e.span, e.text()?))) else { continue };
        out.push(Existing {
            address: block.address.clone(),
            id: ObjectId {
                gvk: Gvk::new("", "v1", kind),
                namespace: Some(config.environment.namespace.clone()),
                name: name.to_string(),
            },
            span,
            roll_on_change: roll.as_ref().is_some_and(|r| r.known() == Some(&true)),
        });
    }
    out.sort_by(|a, b| a.address.cmp(&b.address));
    out
}

/// The secrets of which some app rolls with their data, and whose salt is not known.
pub fn without_salt(desired: &plimsoll_model::Desired) -> Vec<Address> {
    let salt = |root: &Node| root.get("metadata")?.get("annotations")?.get(SALT).cloned();
    let lacks = |o: &&plimsoll_model::DesiredObject| salt(&o.root).is_some_and(|s| s.contains_unknown());
    desired.objects.iter().filter(lacks).map(|o| o.address.clone()).collect()
}

/// Whether a text can be a salt: 128 bits in hexadecimal digits. A shorter one could be guessed together with
/// what it protects.
pub fn is_salt(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The hash of named data under a salt: equal for equal data on every machine, and nothing to guess from
/// for who has no salt.
pub fn salted<'d>(salt: &str, name: &str, data: impl Iterator<Item = (&'d str, &'d [u8])>) -> String {
    let key = blake3::derive_key("plimsoll.dev hash of a secret's data v1", salt.as_bytes());
    let mut hasher = blake3::Hasher::new_keyed(&key);
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(name.as_bytes());
    for (key, value) in data {
        part(key.as_bytes());
        part(value);
    }
    hasher.finalize().to_hex().as_str().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn a_hash_depends_on_salt_name_keys_and_values() {
        let hash = |salt, name, key, value: &str| salted(salt, name, [(key, value.as_bytes())].into_iter());
        let first = hash(SALT, "db", "password", "hunter2");
        assert_eq!(first, hash(SALT, "db", "password", "hunter2"));
        let others = [
            hash("00112233445566778899aabbccddeef0", "db", "password", "hunter2"),
            hash(SALT, "dc", "password", "hunter2"),
            hash(SALT, "db", "passwor", "dhunter2"),
            hash(SALT, "db", "password", "hunter3"),
        ];
        assert!(others.iter().all(|other| *other != first && other.len() == 32));
    }

    #[test]
    fn a_salt_is_of_full_length() {
        assert!(is_salt(SALT));
        for bad in
            ["", "0", &SALT[1..], "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeffa"]
        {
            assert!(!is_salt(bad), "{bad}");
        }
    }
}
