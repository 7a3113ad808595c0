//! YAML: `yamlencode` and `yamldecode`, with Terraform's bytes and Terraform's meaning of scalars.

mod decode;
mod encode;
mod scalar;

pub use decode::decode;
pub use encode::encode;
