//! What is shown, compared as a whole.

mod drift;
mod findings;
mod json;
mod markdown;
mod progress;
mod text;
