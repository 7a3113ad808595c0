//! Fields that a write through a resource or a subresource does not change, and so never owns.

use super::FieldSet;
use crate::{Kind, field_set::Path};

/// The fields that the server's update strategy puts back for this kind and subresource.
pub(super) fn fields(kind: &Kind, subresource: Option<&str>) -> FieldSet {
    let set = |paths: &[&[&str]]| FieldSet::from_paths(paths.iter().map(|p| Path::fields(p.iter().copied())));
    if !kind.subresources.contains_key("status") {
        return FieldSet::new();
    }
    let name = kind.gvk.kind.as_str();
    match subresource {
        None if name == "CertificateSigningRequest" => set(&[&["spec"], &["status"]]),
        None => set(&[&["status"]]),
        Some("status") => match name {
            "Deployment" => set(&[&["spec"], &["metadata", "labels"]]),
            "Pod" => set(&[&["spec"], &["metadata", "deletionTimestamp"], &["metadata", "ownerReferences"]]),
            "CertificateSigningRequest" => set(&[&["spec"], &["status", "conditions"]]),
            "FlowSchema"
            | "PriorityLevelConfiguration"
            | "ResourceClaim"
            | "ServiceCIDR"
            | "ValidatingAdmissionPolicy"
            | "VolumeAttachment"
            | "CustomResourceDefinition"
            | "APIService" => set(&[&["spec"], &["metadata"]]),
            _ => set(&[&["spec"]]),
        },
        Some("approval") => set(&[&["spec"], &["status", "certificate"]]),
        Some("finalize") => set(&[&["status"]]),
        _ => FieldSet::new(),
    }
}
