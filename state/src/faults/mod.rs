//! File systems for tests: one that fails or stops at the nth call, and one in memory that loses
//! power. Never part of a release.

mod faulty;
mod memory;

pub use faulty::{Fault, Faulty};
pub use memory::Memory;
