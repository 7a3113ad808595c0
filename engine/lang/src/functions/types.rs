//! tmp
pub const FUNCTIONS: &[super::Function] = &[];
