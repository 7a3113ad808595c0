//! Addresses, values, objects, sources and diagnostics: the nouns that every other crate speaks in.
