//! `alibaba` of a service: settings of Alibaba's load balancer, as annotations.

use plimsoll_model::{Diagnostic, Report};

use super::service::{Service, ServiceType};
use crate::declare::{Block, Keyword, Tree, Val};

/// Settings of Alibaba's load balancer, as annotations.
#[derive(Debug, Clone, Block)]
#[block(name = "alibaba")]
pub struct Alibaba {
    /// Whether its address is public.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type")]
    pub address_type: Option<Val<AddressType>>,
    /// The id of an instance that exists already.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-id")]
    pub id: Option<Val<String>>,
    /// Whether listeners of an existing instance are replaced.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-force-override-listeners")]
    pub force_override_listeners: Option<Val<String>>,
    /// The instance's name.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-name")]
    pub name: Option<Val<String>>,
    /// The instance's size: `slb.s1.small`.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-spec")]
    pub spec: Option<Val<String>>,
    /// How the instance is paid: `PayBySpec` or `PayByCLCU`.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-instance-charge-type")]
    pub instance_charge_type: Option<Val<String>>,
    /// How traffic is paid: `paybytraffic` or `paybybandwidth`.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-charge-type")]
    pub charge_type: Option<Val<String>>,
    /// The bandwidth in Mbit/s.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-bandwidth")]
    pub bandwidth: Option<Val<String>>,
    /// The switch of an intranet instance.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-vswitch-id")]
    pub vswitch_id: Option<Val<String>>,
    /// Listeners by port: `https:443,http:80`.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-protocol-port")]
    pub protocol_port: Option<Val<String>>,
    /// The id of the certificate of HTTPS listeners.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-cert-id")]
    pub cert_id: Option<Val<String>>,
    /// The id of the access list.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-acl-id")]
    pub acl_id: Option<Val<String>>,
    /// How pods are picked: `wrr`, `rr`, …
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-scheduler")]
    pub scheduler: Option<Val<String>>,
}

/// Whether a load balancer's address is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum AddressType {
    /// Public.
    #[keyword("internet")]
    Internet,
    /// Inside the network.
    #[keyword("intranet")]
    Intranet,
}

const ALIBABA: &str = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-";
const ALIBABA_OLD: &str = "service.beta.kubernetes.io/alicloud-loadbalancer-";

/// Annotations have today's names, stand once and belong to a load balancer.
pub fn check_annotations(service: &Service, report: &mut Report) {
    let balanced = service.r#type.known().is_none_or(|t| *t == ServiceType::LoadBalancer);
    let mut set = Tree::new();
    if let Some(alibaba) = &service.alibaba {
        alibaba.block.write("", &mut set);
    }
    for (key, value) in &service.meta.annotations {
        if let Some(rest) = key.strip_prefix(ALIBABA_OLD) {
            report.push(
                Diagnostic::warning("old-annotation", "annotation has an old name")
                    .detail(format!("`{key}` still works; its name is now `{ALIBABA}{rest}`."))
                    .at(value.span, "")
                    .help(format!("\"{ALIBABA}{rest}\" = {}", value.shown())),
            );
        }
        if (key.starts_with(ALIBABA) || key.starts_with(ALIBABA_OLD)) && !balanced {
            report.push(
                Diagnostic::warning("annotation-without-load-balancer", "annotation has no effect")
                    .detail("It sets up a load balancer, which this service does not have.")
                    .at(value.span, "")
                    .related(service.r#type.span, "the type")
                    .help("type = \"LoadBalancer\""),
            );
        }
        if set.keys().any(|k| k == key)
            && let Some(alibaba) = &service.alibaba
        {
            report.push(
                Diagnostic::error("duplicate-annotation", "annotation is set twice")
                    .detail(format!("`{key}` is what the `alibaba` block sets."))
                    .at(value.span, "")
                    .related(alibaba.header, ""),
            );
        }
    }
}
