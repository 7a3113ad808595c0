//! The cluster while a request is answered: its objects, the time, and names that nobody else has.

use std::sync::Arc;

use plimsoll_schema::Json;

use crate::clock::rfc3339;
use crate::object;
use crate::resource::{Key, Resource};
use crate::store::Store;

/// The letters of generated names, as Kubernetes has them: no vowels, so no words.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub store: Store,
    /// What uids and generated names come from.
    pub seed: String,
    /// Seconds since 1970.
    pub now: i64,
    /// Nothing that happens will be kept.
    pub dry: bool,
}

impl Cluster {
    /// A cluster without objects.
    pub fn empty(seed: impl Into<String>) -> Cluster {
        Cluster { store: Store::default(), seed: seed.into(), now: 0, dry: false }
    }

    /// Now, as objects carry it.
    pub fn time(&self) -> String {
        rfc3339(self.now)
    }

    /// Bytes that nothing else got: every change moves the version. A dry run gets others than the real run.
    pub fn unique(&self, purpose: &str) -> [u8; 32] {
        let dry = if self.dry { "dry" } else { "" };
        *blake3::hash(format!("{}\n{dry}\n{}\n{purpose}", self.seed, self.store.version()).as_bytes())
            .as_bytes()
    }

    /// A new uid, in the form of a random UUID.
    pub fn uid(&self, key: &Key) -> String {
        let purpose = format!("uid\n{}\n{}\n{}", key.resource.plural(), key.namespace, key.name);
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = self.unique(&purpose);
        let (g, i) = ((g & 0x0f) | 0x40, (i & 0x3f) | 0x80);
        format!(
            "{a:02x}{b:02x}{c:02x}{d:02x}-{e:02x}{f:02x}-{g:02x}{h:02x}-{i:02x}{j:02x}-{k:02x}{l:02x}{m:02x}{n:02x}{o:02x}{p:02x}"
        )
    }

    /// Five letters for the end of a generated name.
    pub fn suffix(&self, prefix: &str) -> String {
        letters(&self.unique(prefix), 5)
    }

    pub fn get(&self, key: &Key) -> Option<Arc<Json>> {
        self.store.get(key).cloned()
    }

    /// The objects of a resource that this owner controls.
    pub fn controlled_by(&self, resource: Resource, owner: &Json) -> Vec<Arc<Json>> {
        let uid = object::uid(owner);
        self.store
            .dependents(uid)
            .iter()
            .filter(|key| key.resource == resource)
            .filter_map(|key| self.get(key))
            .filter(|o| object::controller(o)["uid"] == uid)
            .collect()
    }
}

/// The first letters of a hash, from the alphabet of generated names.
pub(crate) fn letters(hash: &[u8], count: usize) -> String {
    hash.iter()
        .take(count)
        .map(|b| char::from(LETTERS.get(usize::from(*b) % LETTERS.len()).copied().unwrap_or(b'x')))
        .collect()
}

/// A hash of what an object says, for names such as that of a ReplicaSet.
pub(crate) fn content_hash(parts: &[&Json]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part.to_string().as_bytes());
        hasher.update(b"\n");
    }
    letters(hasher.finalize().as_bytes(), 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn uids_come_from_the_seed_and_look_random() {
        let key = Resource::by_path("", "v1", "pods").unwrap().key("a", "b");
        let uid = |seed: &str, dry| Cluster { dry, ..Cluster::empty(seed) }.uid(&key);
        assert_eq!(uid("1", false), uid("1", false));
        assert_ne!(uid("1", false), uid("2", false));
        assert_ne!(uid("1", false), uid("1", true));
        let form: Vec<_> = uid("1", false).split('-').map(str::len).collect();
        assert_eq!(form, [8, 4, 4, 4, 12]);
        assert_eq!(uid("1", false).as_bytes()[14], b'4');
    }

    #[test]
    fn equal_content_has_equal_names() {
        assert_eq!(content_hash(&[&json!({"a": 1, "b": 2})]), content_hash(&[&json!({"b": 2, "a": 1})]));
        assert_ne!(content_hash(&[&json!({"a": 1})]), content_hash(&[&json!({"a": 2})]));
    }
}
