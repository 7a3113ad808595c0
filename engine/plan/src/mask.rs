//! Secrets in plans: which values are sensitive, and the keyed hash that stands for one.

use serde_json::Value as Json;

/// The key of the hashes that stand for secret values.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// From the caller's secret bytes.
    pub fn new(secret: [u8; 32]) -> Key {
        Key(blake3::derive_key("plimsoll.dev plan secret values v1", &secret))
    }

    /// The hash of a value: equal for equal values under the same key.
    pub fn hash(&self, value: &Json) -> String {
        let hash = blake3::keyed_hash(&self.0, value.to_string().as_bytes());
        hash.to_hex().as_str().chars().take(32).collect()
    }
}
