//! Defaults, by the rule.
