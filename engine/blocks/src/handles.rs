//! Kinds of references: which there are, what expressions read from them, where they are taken.
//!
//! | Kind | Written | Scalar | Taken by |
//! |-|-|-|-|
//! | `app` | `app.web` | – | `service.app`, `autoscale.target`, affinity `app` |
//! | `app.port` | `app.web.ports.http` | its number | `target_port`, probe ports |
//! | `service` | `service.api` | – | – |
//! | `service.port` | `service.api.ports.http` | its number | ingress `backend` |
//! | `volume` | `volume.data` | – | `mount.volume` |
//! | `config` | `config.site` | – | `env_from`, volume `config` |
//! | `config.key` | `config.site.keys.color` | its value | `env` |
//! | `secret` | `secret.db` | – | `env_from`, volume `secret`, `image_pull_secrets`, `tls` |
//! | `secret.key` | `secret.db.keys.password` | – | `env` |
//! | `namespace` | `namespace.shop` | – | – |
//! | `field` | `field("metadata.name")` | – | `env` |
//! | `resource` | `resource("limits.cpu")` | – | `env` |
//!
//! Every other block type is a kind of its own. Attributes that travel inside a handle are named
//! by the constants below.

use std::sync::Arc;

use plimsoll_model::value::Data;
use plimsoll_model::{Address, Handle, Value};

use crate::declare::{Context, FromValue, TypeSchema};

/// A port of an app: `name`, `number`, `protocol`.
pub const APP_PORT: &str = "app.port";
/// A port of a service: `name`, `port`, `number`, `host`, `url`, `node_port`.
pub const SERVICE_PORT: &str = "service.port";
/// A key of a config: `key`.
pub const CONFIG_KEY: &str = "config.key";
/// A key of a secret: `key`.
pub const SECRET_KEY: &str = "secret.key";
/// A field of the pod: `path`.
pub const FIELD: &str = "field";
/// A resource of the container: `resource`.
pub const RESOURCE: &str = "resource";

/// A handle as a value.
pub fn handle(
    kind: &str,
    address: Option<Address>,
    attrs: impl IntoIterator<Item = (&'static str, Value)>,
    scalar: Option<Value>,
) -> Value {
    let attrs = attrs.into_iter().collect();
    Value::new(Data::Handle(Arc::new(Handle { kind: kind.into(), address, attrs, scalar })))
}

/// The text of an attribute of a handle.
pub fn text<'a>(handle: &'a Handle, attr: &str) -> Option<&'a str> {
    handle.attrs.get(attr).and_then(Value::as_str)
}

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $what:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            /// The block.
            pub address: Address,
            /// What else the reference knows.
            pub handle: Arc<Handle>,
        }

        impl FromValue for $name {
            const TYPE: &'static TypeSchema = &TypeSchema::Reference($what, $example);
            const REFERENCES: bool = true;

            fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
                match &value.data {
                    Data::Handle(h) if h.kind == $kind => {
                        h.address.clone().map(|address| $name { address, handle: h.clone() })
                    }
                    _ => {
                        cx.wrong_type(value, Self::TYPE);
                        None
                    }
                }
            }
        }
    };
}

reference!(
    /// `app.web`
    AppRef, "app", "an app", "app.web"
);
reference!(
    /// `volume.data`
    VolumeRef, "volume", "a volume", "volume.data"
);
reference!(
    /// `config.site`
    ConfigRef, "config", "a config", "config.site"
);
reference!(
    /// `secret.db`
    SecretRef, "secret", "a secret", "secret.db"
);
reference!(
    /// `service.api.ports.http`
    ServicePortRef, SERVICE_PORT, "a port of a service", "service.api.ports.http"
);
