//! The state of an environment: snapshot, journal, lock.
