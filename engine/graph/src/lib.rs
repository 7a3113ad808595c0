//! The dependency graph: edges, cycles named in full, order, dot.
