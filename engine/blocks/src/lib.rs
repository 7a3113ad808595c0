//! The vocabulary: one file for each block, from declaration to Kubernetes objects.
