//! Everything that needs no cluster but the embedded one.

mod tidy;
