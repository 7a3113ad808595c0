//! What the tables of `plimsoll-random` lack: places whose items can change their order, and the
//! blocks that only a control plane judges (namespaces, manifests, routes).

/// Labels, for every block.
pub const LABELS: &[&str] = &[
    "",
    "labels = { team = \"a\" }",
    "labels = { team = \"b\", \"x.io/tier\" = \"\" }",
    "labels = { team = \"c\" }",
];

/// Annotations, for every block.
pub const ANNOTATIONS: &[&str] = &[
    "",
    "annotations = { note = \"one\" }",
    "annotations = { note = \"two\", \"x.io/other\" = \"more\\nlines\" }",
    "annotations = { note = \"\" }",
];

/// How many pods.
pub const REPLICAS: &[&str] = &["replicas = 2", "replicas = 1", "replicas = 3", "replicas = 0", ""];

/// Containers of a pod beside the first one.
pub const PODS_ORDER: &[&[&str]] = &[
    &[
        "",
        "init_container \"one\" { image = \"one:1\" }\ninit_container \"two\" { image = \"two:1\" }",
        "init_container \"two\" { image = \"two:1\" }\ninit_container \"one\" { image = \"one:1\" }",
    ],
    &[
        "",
        "toleration {\nkey = \"k1\"\noperator = \"Exists\"\n}\ntoleration {\nkey = \"k2\"\noperator = \"Exists\"\n}",
        "toleration {\nkey = \"k2\"\noperator = \"Exists\"\n}\ntoleration {\nkey = \"k1\"\noperator = \"Exists\"\n}",
    ],
    &[
        "",
        "container \"side\" { image = \"side:1\" }\ncontainer \"more\" { image = \"more:1\" }",
        "container \"more\" { image = \"more:1\" }\ncontainer \"side\" { image = \"side:1\" }",
    ],
];

/// Lists of a container.
pub const CONTAINER_ORDER: &[&[&str]] = &[
    &["", "args = [\"a\", \"b\", \"c\"]", "args = [\"b\", \"a\", \"c\"]", "args = [\"c\", \"a\", \"b\"]"],
    &["", "env_from = [config.c, secret.s]", "env_from = [secret.s, config.c]"],
    &[
        "",
        "port \"pa\" { container_port = 7001 }\nport \"pb\" { container_port = 7002 }",
        "port \"pb\" { container_port = 7002 }\nport \"pa\" { container_port = 7001 }",
    ],
    &[
        "",
        "mount \"/m1\" { volume = volume.e }\nmount \"/m2\" { volume = volume.e }",
        "mount \"/m2\" { volume = volume.e }\nmount \"/m1\" { volume = volume.e }",
    ],
];

/// Mounts of the claims that stand here.
pub const MOUNTS: &[&[&str]] =
    &[&["", "mount \"/k\" { volume = volume.k }"], &["", "mount \"/n\" { volume = volume.n }"]];

/// Ports of a service.
pub const SERVICE_ORDER: &[&[&str]] = &[&[
    "",
    "port \"y\" {\nport = 8081\ntarget_port = 80\n}\nport \"z\" {\nport = 8082\ntarget_port = 80\n}",
    "port \"z\" {\nport = 8082\ntarget_port = 80\n}\nport \"y\" {\nport = 8081\ntarget_port = 80\n}",
]];

/// Rules and paths of an ingress.
pub const INGRESS_ORDER: &[&[&str]] = &[
    &[
        "",
        "rule {\nhost = \"o.io\"\npath \"/x\" { backend = service.web.ports.http }\npath \"/y\" { backend = service.web.ports.http }\n}",
        "rule {\nhost = \"o.io\"\npath \"/y\" { backend = service.web.ports.http }\npath \"/x\" { backend = service.web.ports.http }\n}",
    ],
    &[
        "",
        "rule {\nhost = \"p.io\"\npath \"/\" { backend = service.web.ports.http }\n}\nrule {\nhost = \"q.io\"\npath \"/\" { backend = service.web.ports.http }\n}",
        "rule {\nhost = \"q.io\"\npath \"/\" { backend = service.web.ports.http }\n}\nrule {\nhost = \"p.io\"\npath \"/\" { backend = service.web.ports.http }\n}",
    ],
];

/// What an ingress answers with its own certificate.
pub const INGRESS_TLS: &[&str] = &[
    "",
    "tls {\nhosts = [\"a.io\"]\nsecret = secret.s\n}",
    "tls {\nhosts = [\"a.io\", \"o.io\"]\nsecret = secret.s\n}",
];

/// Metrics of an autoscale.
pub const AUTOSCALE_ORDER: &[&[&str]] = &[&[
    "",
    "external_metric \"qa\" { value = 5 }\nexternal_metric \"qb\" { value = 6 }",
    "external_metric \"qb\" { value = 6 }\nexternal_metric \"qa\" { value = 5 }",
]];

/// Peers and ports of a network policy.
pub const POLICY_ORDER: &[&[&str]] = &[&[
    "",
    "ingress {\nfrom { pods = { a = \"b\" } }\nfrom { pods = { c = \"d\" } }\nport { port = 1 }\nport { port = 2 }\n}",
    "ingress {\nfrom { pods = { c = \"d\" } }\nfrom { pods = { a = \"b\" } }\nport { port = 2 }\nport { port = 1 }\n}",
]];

/// Secrets that images are pulled with.
pub const ACCOUNT_ORDER: &[&str] =
    &["", "image_pull_secrets = [secret.r, secret.q]", "image_pull_secrets = [secret.q, secret.r]"];

/// Rules of a role.
pub const ROLE_ORDER: &[&str] = &[
    "",
    "role {\nresources = [\"pods\"]\nverbs = [\"get\", \"list\"]\n}\nrole {\nresources = [\"events\"]\nverbs = [\"get\"]\n}",
    "role {\nresources = [\"events\"]\nverbs = [\"get\"]\n}\nrole {\nresources = [\"pods\"]\nverbs = [\"get\", \"list\"]\n}",
    "role {\nresources = [\"pods\"]\nverbs = [\"list\", \"get\"]\n}\nrole {\nresources = [\"events\"]\nverbs = [\"get\"]\n}",
];

/// Rules of a role of the cluster as a whole.
pub const CLUSTER_ROLE_ORDER: &[&str] = &[
    "",
    "cluster_role {\nresources = [\"nodes\"]\nverbs = [\"get\", \"list\"]\n}\ncluster_role {\nresources = [\"namespaces\"]\nverbs = [\"get\"]\n}",
    "cluster_role {\nresources = [\"namespaces\"]\nverbs = [\"get\"]\n}\ncluster_role {\nresources = [\"nodes\"]\nverbs = [\"get\", \"list\"]\n}",
];

/// What a config holds.
pub const CONFIG: &[&[&str]] = &[
    &[
        "data = { a = \"b\" }",
        "data = { a = \"c\" }",
        "data = { a = \"b\", z = \"several\\nlines\\n\" }",
        "data = { a = \"\", \"x.y\" = \"1\" }",
    ],
    &["", "immutable = true"],
];

/// The start of every value of a secret: it may be found nowhere but in the cluster.
pub const CANARY: &str = "kanari-";
/// How it begins in the `data` of a Secret: base64 of its first six letters.
const ENCODED: &str = "a2FuYXJp";

/// Whether a text holds a value of a secret.
pub fn holds_secret(text: &str) -> bool {
    text.contains(CANARY) || text.contains(ENCODED)
}

/// What a secret holds.
pub const SECRET: &[&[&str]] = &[
    &[
        "data = { a = \"kanari-one\" }",
        "data = { a = \"kanari-two\" }",
        "data = { a = \"kanari-one\", b = \"kanari-three\" }",
    ],
    &["", "immutable = true", "type = \"example.com/own\""],
];

/// A claim that pods share.
pub const CLAIM: &[&str] = &[
    "claim { size = \"1Gi\" }",
    "claim {\nsize = \"1Gi\"\naccess_mode = \"ReadWriteMany\"\n}",
    "claim {\nsize = \"1024Mi\"\nstorage_class = \"alicloud-disk-ssd\"\n}",
    "claim { size = \"2Gi\" }",
];

/// A volume that stands outside of the cluster.
pub const NAS: &[&str] = &[
    "nas { server = \"a.nas.example.com\" }",
    "nas {\nserver = \"b.nas.example.com\"\npath = \"/x\"\n}",
    "nas {\nserver = \"a.nas.example.com\"\nsize = \"2Gi\"\n}",
    "csi {\ndriver = \"x.io\"\nvolume_handle = \"h-@unique@\"\nattributes = { a = \"b\" }\n}",
];

/// A quota.
pub const QUOTA: &[&str] = &[
    "object = { apiVersion = \"v1\", kind = \"ResourceQuota\", spec = { hard = { pods = \"1000\", \"requests.cpu\" = \"4000000m\" } } }",
    "object = { apiVersion = \"v1\", kind = \"ResourceQuota\", spec = { hard = { pods = \"2000\" } } }",
];

/// The order of the scopes of a quota.
pub const QUOTA_ORDER: &[&str] = &[
    "raw = { spec = { scopes = [\"NotTerminating\", \"NotBestEffort\"] } }",
    "raw = { spec = { scopes = [\"NotBestEffort\", \"NotTerminating\"] } }",
];

/// Limits.
pub const LIMITS: &[&str] = &[
    "object = { apiVersion = \"v1\", kind = \"LimitRange\", spec = { limits = [{ type = \"Container\", defaultRequest = { cpu = 0.1 } }, { type = \"Pod\", max = { cpu = \"64000m\" } }] } }",
    "object = { apiVersion = \"v1\", kind = \"LimitRange\", spec = { limits = [{ type = \"Container\", defaultRequest = { cpu = \"200m\" } }, { type = \"Pod\", max = { cpu = 64 } }] } }",
];

/// The same limits in another order.
pub const LIMITS_ORDER: &[&str] = &[
    "object = { apiVersion = \"v1\", kind = \"LimitRange\", spec = { limits = [{ type = \"Container\", max = { cpu = 64 } }, { type = \"Pod\", max = { cpu = 64 } }] } }",
    "object = { apiVersion = \"v1\", kind = \"LimitRange\", spec = { limits = [{ type = \"Pod\", max = { cpu = 64 } }, { type = \"Container\", max = { cpu = 64 } }] } }",
];

/// A template of pods that nothing uses.
pub const TEMPLATE: &[&str] = &[
    "object = { apiVersion = \"v1\", kind = \"PodTemplate\", template = { spec = { containers = [{ name = \"c\", image = \"c:1\", args = [\"a\", \"b\"] }] } } }",
    "object = { apiVersion = \"v1\", kind = \"PodTemplate\", template = { metadata = { labels = {} }, spec = { containers = [{ name = \"c\", image = \"c:2\", ports = [{ containerPort = 80 }, { containerPort = 80, protocol = \"UDP\" }] }] } } }",
];

/// The same containers in another order.
pub const TEMPLATE_ORDER: &[&str] = &[
    "object = { apiVersion = \"v1\", kind = \"PodTemplate\", template = { spec = { containers = [{ name = \"c\", image = \"c:1\" }, { name = \"d\", image = \"d:1\" }] } } }",
    "object = { apiVersion = \"v1\", kind = \"PodTemplate\", template = { spec = { containers = [{ name = \"d\", image = \"d:1\" }, { name = \"c\", image = \"c:1\" }] } } }",
];

/// A config map in a namespace of its own.
pub const INSIDE: &[&str] = &[
    "object = { apiVersion = \"v1\", kind = \"ConfigMap\", metadata = { namespace = namespace.more.name }, data = { a = \"1\" } }",
    "object = { apiVersion = \"v1\", kind = \"ConfigMap\", metadata = { namespace = namespace.more.name }, data = { a = \"2\", b = null } }",
];

/// A type of objects.
pub const TYPE: &[&str] = &[
    "object = {\napiVersion = \"apiextensions.k8s.io/v1\"\nkind = \"CustomResourceDefinition\"\nmetadata = { name = \"widgets.@unique@.example.com\" }\nspec = {\ngroup = \"@unique@.example.com\"\nscope = \"Namespaced\"\nnames = { kind = \"Widget\", plural = \"widgets\" }\nversions = [{\nname = \"v1\"\nserved = true\nstorage = true\nschema = { openAPIV3Schema = { type = \"object\", properties = { spec = { type = \"object\", properties = { size = { type = \"integer\" }, color = { type = \"string\", default = \"blue\" }, list = { type = \"array\", items = { type = \"string\" } } } } } } }\n}]\n}\n}",
    "object = {\napiVersion = \"apiextensions.k8s.io/v1\"\nkind = \"CustomResourceDefinition\"\nmetadata = { name = \"widgets.@unique@.example.com\" }\nspec = {\ngroup = \"@unique@.example.com\"\nscope = \"Namespaced\"\nnames = { kind = \"Widget\", plural = \"widgets\", shortNames = [\"wd\", \"wg\"] }\nversions = [{\nname = \"v1\"\nserved = true\nstorage = true\nschema = { openAPIV3Schema = { type = \"object\", properties = { spec = { type = \"object\", properties = { size = { type = \"integer\" }, color = { type = \"string\", default = \"blue\" }, list = { type = \"array\", items = { type = \"string\" } }, more = { type = \"integer\" } } } } } }\n}]\n}\n}",
];

/// The same type with its names in another order.
pub const TYPE_ORDER: &[&str] = &[
    "",
    "raw = { spec = { names = { categories = [\"one\", \"two\"] } } }",
    "raw = { spec = { names = { categories = [\"two\", \"one\"] } } }",
];

/// An object of that type.
pub const WIDGET: &[&str] = &[
    "object = { apiVersion = \"@unique@.example.com/v1\", kind = \"Widget\", metadata = { name = \"w\", annotations = { type = manifest.type.name } }, spec = { size = 3 } }",
    "object = { apiVersion = \"@unique@.example.com/v1\", kind = \"Widget\", metadata = { name = \"w\", annotations = { type = manifest.type.name } }, spec = { size = 4, color = \"red\" } }",
];

/// A list of that object.
pub const WIDGET_ORDER: &[&str] =
    &["", "raw = { spec = { list = [\"a\", \"b\"] } }", "raw = { spec = { list = [\"b\", \"a\"] } }"];
