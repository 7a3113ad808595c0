//! Who owns the number of replicas: the configuration, or an autoscaler.

/// The field manager that gives an autoscaled workload its first number and keeps it from falling
/// back when our own manager leaves the field out.
pub const MANAGER: &str = "plimsoll-replicas";
