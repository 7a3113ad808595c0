//! Syntax: text to trees with spans.
//!
//! Holds our own tree, the lowering from the parser's, a tolerant scanner and the recovery that
//! stands on it. Knows no block and evaluates nothing.
//!
//! What the parser (`hcl-edit` 0.10) gets wrong and is put right here: a byte order mark; the
//! first error ending everything; numbers rounded to a double; the indentation that `<<-` removes
//! and the blanks that `~` removes; escapes inside of directives of quoted strings; an empty
//! heredoc that runs on to the next marker of its name; quoted strings over several lines.
//!
//! What stays different from Terraform: a literal beyond a double's range (`1e400`) does not
//! parse; `$$$${` keeps three dollars, not two; texts are not composed to Unicode's NFC; a key
//! given twice in an object is an error.

pub mod ast;
pub mod explain;
pub mod free;
pub mod heredoc;
pub mod lower;
pub mod one_line;
pub mod parse;
pub mod scan;

#[cfg(test)]
mod tests;
