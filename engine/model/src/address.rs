//! Addresses: the names by which configuration, plans and state speak of a block or an object.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The key of one instance of a block that has `count` or `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// From `count`.
    Index(u64),
    /// From `for_each`.
    Name(String),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::Index(i) => write!(f, "[{i}]"),
            InstanceKey::Name(n) => write!(f, "[\"{}\"]", n.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

/// One module call on the way to a block.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// The label of the `module` block.
    pub name: String,
    /// Its instance.
    pub key: Option<InstanceKey>,
}

/// `module.shop.app.web["eu"]:headless`: module path, block type, label, instance, generated part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Module calls, outermost first; empty in the root.
    pub modules: Vec<ModuleStep>,
    /// The block's type, such as `app`.
    pub block: String,
    /// The block's label.
    pub name: String,
    /// The instance.
    pub key: Option<InstanceKey>,
    /// The object generated beside the main one, such as `headless`; none for the main object.
    pub part: Option<String>,
}

impl Address {
    /// The address of a block in the root module, without instance or part.
    pub fn new(block: impl Into<String>, name: impl Into<String>) -> Self {
        Address { modules: Vec::new(), block: block.into(), name: name.into(), key: None, part: None }
    }

    /// The same address with an instance key.
    pub fn with_key(mut self, key: InstanceKey) -> Self {
        self.key = Some(key);
        self
    }

    /// The address of an object generated for this block.
    pub fn with_part(mut self, part: impl Into<String>) -> Self {
        self.part = Some(part.into());
        self
    }

    /// The address without its generated part: the block that it belongs to.
    pub fn block_address(&self) -> Address {
        Address { part: None, ..self.clone() }
    }

    /// The address without instance and part: the block as written.
    pub fn written(&self) -> Address {
        Address { part: None, key: None, ..self.clone() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for m in &self.modules {
            write!(f, "module.{}", m.name)?;
            if let Some(k) = &m.key {
                write!(f, "{k}")?;
            }
            f.write_str(".")?;
        }
        write!(f, "{}.{}", self.block, self.name)?;
        if let Some(k) = &self.key {
            write!(f, "{k}")?;
        }
        if let Some(p) = &self.part {
            write!(f, ":{p}")?;
        }
        Ok(())
    }
}

/// Text that is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAddress(pub String);

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not an address; one looks like app.web, app.web[\"eu\"] or app.web:headless",
            self.0
        )
    }
}

impl std::error::Error for BadAddress {}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadAddress(text.to_string());
        let mut rest = text;
        let mut modules = Vec::new();
        loop {
            let (first, after) = ident(rest).ok_or_else(bad)?;
            let after = after.strip_prefix('.').ok_or_else(bad)?;
            let (name, after) = ident(after).ok_or_else(bad)?;
            let (key, after) = key(after).ok_or_else(bad)?;
            if first == "module" {
                modules.push(ModuleStep { name: name.to_string(), key });
                rest = after.strip_prefix('.').ok_or_else(bad)?;
                continue;
            }
            let part = match after.strip_prefix(':') {
                Some(p) if !p.is_empty() => Some(p.to_string()),
                None if after.is_empty() => None,
                _ => return Err(bad()),
            };
            return Ok(Address { modules, block: first.to_string(), name: name.to_string(), key, part });
        }
    }
}

fn ident(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn key(text: &str) -> Option<(Option<InstanceKey>, &str)> {
    let Some(inner) = text.strip_prefix('[') else { return Some((None, text)) };
    if let Some(quoted) = inner.strip_prefix('"') {
        let mut name = String::new();
        let mut chars = quoted.char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' => name.push(chars.next()?.1),
                '"' => return Some((Some(InstanceKey::Name(name)), quoted[i + 1..].strip_prefix(']')?)),
                c => name.push(c),
            }
        }
        return None;
    }
    let (digits, after) = inner.split_once(']')?;
    Some((Some(InstanceKey::Index(digits.parse().ok()?)), after))
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_printing_and_reading() {
        for text in [
            "app.web",
            "app.web:headless",
            "app.web[0]",
            r#"module.shop["a\"b"].module.x.app.web["eu.1"]:headless"#,
        ] {
            assert_eq!(text.parse::<Address>().map(|a| a.to_string()), Ok(text.to_string()));
        }
        for text in ["", "app", "app.", "app.web[", "app.web[x]", "app.web:", "app.web.x", "module.x"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
