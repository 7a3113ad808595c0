//! Plans, events and diagnostics as text, JSON and Markdown.
