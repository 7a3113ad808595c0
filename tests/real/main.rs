//! What runs against a real control plane; started by `tests/cluster/run`.
