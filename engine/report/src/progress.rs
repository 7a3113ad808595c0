//! The progress and the end of an apply, as lines of text over plain data.
