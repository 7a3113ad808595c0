//! Load, observe, plan, execute: the one way through that every command drives.
