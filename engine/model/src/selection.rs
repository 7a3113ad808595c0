//! What a user names on the command line of a configuration: a module, a block, or one instance.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::{Address, BadAddress, ModuleStep};

/// A module with all that is in it, or a block with all that it makes. Without a key, every instance
/// is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selection {
    /// The way to a module, outermost call first.
    Module(Vec<ModuleStep>),
    /// A block.
    Block(Address),
}

impl Selection {
    /// Whether an address is among what is meant.
    pub fn covers(&self, address: &Address) -> bool {
        match self {
            Selection::Module(steps) => {
                steps.len() <= address.modules.len() && same_steps(steps, &address.modules)
            }
            Selection::Block(block) => {
                block.modules.len() == address.modules.len()
                    && same_steps(&block.modules, &address.modules)
                    && (&block.block, &block.name) == (&address.block, &address.name)
                    && (block.key.is_none() || block.key == address.key)
            }
        }
    }
}

fn same_steps(named: &[ModuleStep], steps: &[ModuleStep]) -> bool {
    named.iter().zip(steps).all(|(n, s)| n.name == s.name && (n.key.is_none() || n.key == s.key))
}

impl From<Address> for Selection {
    /// The block that an object's address belongs to.
    fn from(address: Address) -> Selection {
        Selection::Block(address.block_address())
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selection::Block(address) => address.fmt(f),
            Selection::Module(steps) => {
                let each = steps.iter().map(|s| {
                    let key = s.key.as_ref().map(ToString::to_string).unwrap_or_default();
                    format!("module.{}{key}", s.name)
                });
                f.write_str(&each.collect::<Vec<_>>().join("."))
            }
        }
    }
}

impl FromStr for Selection {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<Address>() {
            Ok(address) => Ok(address.into()),
            // The way to a module is that of any block in it.
            Err(bad) => match format!("{text}.app.x").parse::<Address>() {
                Ok(Address { modules, key: None, part: None, .. }) if !modules.is_empty() => {
                    Ok(Selection::Module(modules))
                }
                _ => Err(bad),
            },
        }
    }
}

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_blocks_and_instances_are_meant() {
        let covers = |selection: &str, address: &str| {
            selection.parse::<Selection>().unwrap().covers(&address.parse().unwrap())
        };
        assert!(covers("app.web", "app.web[\"eu\"]:headless"));
        assert!(covers("app.web:headless", "app.web"));
        assert!(covers("app.web[\"eu\"]", "app.web[\"eu\"]"));
        assert!(!covers("app.web[\"eu\"]", "app.web[\"us\"]"));
        assert!(!covers("app.web", "module.shop.app.web"));
        assert!(covers("module.shop", "module.shop[\"a\"].module.db.app.web"));
        assert!(covers("module.shop[\"a\"]", "module.shop[\"a\"].app.web"));
        assert!(!covers("module.shop[\"a\"]", "module.shop[\"b\"].app.web"));
        assert!(!covers("module.shop.module.db", "module.shop.app.db"));
        for text in ["app.web", "module.shop[\"a\"].module.db"] {
            assert_eq!(text.parse::<Selection>().map(|s| s.to_string()), Ok(text.to_string()));
        }
        for text in ["", "app", "module", "module.", "module.shop.", "module.shop.x"] {
            assert!(text.parse::<Selection>().is_err(), "{text}");
        }
    }
}
