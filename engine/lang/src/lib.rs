//! HCL text to evaluated bodies.
