//! How large what a function makes may become: a text, and a collection.
//!
//! A few bytes of configuration can ask for more memory than there is (`join` of a long list of
//! long texts); what grows by multiplication is measured before it is made.

use super::Fault;

/// The largest text that an expression may make, in bytes.
pub const MAX_TEXT: usize = 16 << 20;

/// The largest collection that an expression may make, everything inside it counted.
pub const MAX_VALUES: usize = 1_000_000;

/// Refuses a text of `bytes` bytes that would be too large.
pub fn text_fits(bytes: usize) -> Result<(), Fault> {
    if bytes > MAX_TEXT {
        return Err(Fault::call(format!("the text would be larger than {} MiB", MAX_TEXT >> 20)));
    }
    Ok(())
}

/// Refuses a collection of `count` elements that would be too large.
pub fn values_fit(count: usize) -> Result<(), Fault> {
    if count > MAX_VALUES {
        return Err(Fault::call(format!("the result would have more than {MAX_VALUES} elements")));
    }
    Ok(())
}
