//! Scenario scripts, a scripted cluster that injects faults, and the helpers they share.
