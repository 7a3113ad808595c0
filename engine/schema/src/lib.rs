//! What the Kubernetes API knows about its types: list keys, defaults, immutability, field sets, merge.
