//! Server-side apply by its rules.
