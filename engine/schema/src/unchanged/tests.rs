//! Proofs, by the rule.
