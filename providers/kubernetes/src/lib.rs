//! The driver's Cluster over the kube client.
