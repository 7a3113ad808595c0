//! For tests: what random configurations may hold at the limits of what the API takes: annotations
//! that the API reads, numbers and lengths, contents that a type promises.
//!
//! A row for each place, as in `pods.rs`; the first choice is nothing.

/// A text, thirty-three times.
macro_rules! many {
    ($text:literal) => {
        concat!(
            $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text,
            $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text,
            $text, $text, $text, $text, $text
        )
    };
}

/// What stands in an app.
pub const APP: &[&[&str]] = &[
    &[
        "",
        "pod_annotations = { \"controller.kubernetes.io/pod-deletion-cost\" = 5 }",
        "annotations = { \"controller.kubernetes.io/pod-deletion-cost\" = \"-7\" }",
        "pod_annotations = { \"controller.kubernetes.io/pod-deletion-cost\" = \"x\" }",
        "pod_annotations = { \"controller.kubernetes.io/pod-deletion-cost\" = \"05\" }",
        "annotations = { \"controller.kubernetes.io/pod-deletion-cost\" = 3000000000 }",
        "pod_annotations = { \"kubernetes.io/config.mirror\" = \"x\" }",
        "pod_annotations = { \"scheduler.alpha.kubernetes.io/tolerations\" = \"x\" }",
        "pod_annotations = { \"scheduler.alpha.kubernetes.io/tolerations\" = \"[{\\\"key\\\": \\\"a b\\\"}]\" }",
        "pod_annotations = { \"seccomp.security.alpha.kubernetes.io/pod\" = \"runtime/default\" }",
        "pod_annotations = { \"seccomp.security.alpha.kubernetes.io/pod\" = \"x\" }",
        "pod_annotations = { \"seccomp.security.alpha.kubernetes.io/pod\" = \"localhost/../x\" }",
        "pod_annotations = { \"container.seccomp.security.alpha.kubernetes.io/web\" = \"x\" }",
        "pod_annotations = { \"container.apparmor.security.beta.kubernetes.io/web\" = \"runtime/default\" }",
        "pod_annotations = { \"container.apparmor.security.beta.kubernetes.io/web\" = \"x\" }",
        "pod_annotations = { \"container.apparmor.security.beta.kubernetes.io/nobody\" = \"unconfined\" }",
        "pod_annotations = { \"container.apparmor.security.beta.kubernetes.io/web\" = \"unconfined\" }\nsecurity_context {\napp_armor_profile { type = \"RuntimeDefault\" }\n}",
    ],
    &[
        "",
        "container \"c\" { image = \"c:1\" }\ncontainer \"c\" { image = \"c:1\" }",
        "host_network = true\ncontainer \"c\" {\nimage = \"c:1\"\nport \"x\" {\ncontainer_port = 1\nhost_port = 2\n}\n}",
        "container \"c\" {\nimage = \"c:1\"\nport \"x\" { container_port = 1 }\nport \"x\" { container_port = 2 }\n}",
        "container \"c\" {\nimage = \"c:1\"\nport \"x\" {\ncontainer_port = 1\nhost_port = 70000\n}\n}",
        "init_container \"c\" {\nimage = \"c:1\"\nreadiness_probe { exec = [\"x\"] }\n}",
        "init_container \"c\" {\nimage = \"c:1\"\nstartup_probe { exec = [\"x\"] }\n}",
        "init_container \"c\" {\nimage = \"c:1\"\nliveness_probe { exec = [\"x\"] }\n}",
        "sidecar \"c\" {\nimage = \"c:1\"\nresize_policy \"cpu\" { restart_policy = \"RestartContainer\" }\n}",
    ],
    &[
        "",
        concat!("dns_config { searches = [", many!("\"a.io\","), "] }"),
        "toleration {\nkey = \"a\"\noperator = \"Lt\"\nvalue = \"5\"\n}",
        "priority_class = \"A b\"",
        "topology_spread {\ntopology_key = \"zone\"\nmatch \"x\" { in = [\"a\"] }\nmatch_label_keys = [\"x\"]\n}",
        "topology_spread {\ntopology_key = \"zone\"\nmatch \"x\" { exists = true }\nwhen_unsatisfiable = \"Never\"\n}",
        "pod_affinity {\npreferred {\ntopology_key = \"z\"\nweight = 101\napp = self\n}\n}",
        "pod_affinity {\nrequired {\ntopology_key = \"z\"\nmatch_label_keys = [\"a\"]\n}\n}",
        "node_affinity {\nrequired {}\n}",
        "host_users = false\nhost_network = true",
        "termination_grace_period_seconds = -1",
        "set_hostname_as_fqdn = true\nhost_network = true",
    ],
    &[
        "",
        "name = \"web.site\"",
        "name = \"0web\"",
        "name = \"a123456789-123456789-123456789-123456789-123456789-123456789-123\"",
        "name = \"a123456789-123456789-123456789-123456789-123456789-1234\"",
        "labels = { a = \"123456789-123456789-123456789-123456789-123456789-123456789-1234\" }",
        "labels = { \"a.io/123456789-123456789-123456789-123456789-123456789-123456789-1234\" = \"\" }",
    ],
];

/// What stands in a container.
pub const CONTAINER: &[&[&str]] = &[
    &[
        "",
        "resources {\nlimits = { \"example.com/a\" = 1 }\n}",
        "resources {\nlimits = { \"kubernetes.io/a\" = 1 }\n}",
        "resources {\nlimits = { \"requests.example.com/a\" = 1 }\n}",
        "resources {\nlimits = { storage = 1 }\n}",
        "resources {\nlimits = { pods = 1 }\n}",
        "resources {\nlimits = { gpu = 1 }\n}",
        "resources {\nlimits = { \"hugepages-3Mi\" = \"3Mi\", memory = \"1Gi\" }\n}",
        "resources {\nlimits = { \"hugepages-2Mi\" = \"3Mi\", memory = \"1Gi\" }\n}",
        "resources {\nlimits = { \"hugepages-x\" = \"2Mi\", memory = \"1Gi\" }\n}",
        "resources {\nlimits = { \"hugepages-2Mi\" = \"2Mi\" }\n}",
        "resources {\nlimits = { \"a.io/123456789-123456789-123456789-123456789-123456789-123456789-1234\" = 1 }\n}",
        "resources {\nrequests = { \"ephemeral-storage\" = \"-1\" }\n}",
        "resources {\nlimits = { \"attachable-volumes-x\" = 1 }\n}",
    ],
    &[
        "",
        "liveness_probe {}",
        "liveness_probe {\nexec = [\"x\"]\ntcp_socket { port = 80 }\n}",
        "liveness_probe {\nhttp_get {\nport = 80\npath = \"\"\n}\n}",
        "liveness_probe {\nhttp_get { port = 70000 }\n}",
        "liveness_probe {\nhttp_get {\nport = 80\nscheme = \"http\"\n}\n}",
        "startup_probe {\nexec = [\"x\"]\nperiod_seconds = 0\n}",
        "startup_probe {\nexec = [\"x\"]\ninitial_delay_seconds = -1\n}",
        "post_start {}",
        "post_start {\nexec = [\"x\"]\nsleep { seconds = 1 }\n}",
    ],
    &[
        "",
        "mount \"/v\" {\nvolume = volume.e\nsub_path = \"a\"\nsub_path_expr = \"b\"\n}",
        "mount \"/v\" { volume = volume.e }\nmount \"/v\" { volume = volume.c }",
        "mount \"\" { volume = volume.e }",
        "mount \"/v\" {\nvolume = volume.e\nsub_path_expr = \"../b\"\n}",
        "mount \"/v\" {\nvolume = volume.e\nsub_path_expr = \"/b\"\n}",
    ],
    &[
        "",
        "security_context { run_as_user = -1 }",
        "security_context { run_as_group = 3000000000 }",
        "security_context {\nseccomp_profile {\ntype = \"Unconfined\"\nlocalhost_profile = \"x\"\n}\n}",
        "image_pull_policy = \"Sometimes\"",
        "termination_message_policy = \"Both\"",
    ],
];

/// What stands in a service.
pub const SERVICE: &[&[&str]] = &[
    &[
        "",
        "annotations = { \"service.kubernetes.io/topology-mode\" = \"Auto\" }",
        "annotations = { \"service.kubernetes.io/topology-mode\" = \"Auto\", \"service.kubernetes.io/topology-aware-hints\" = \"Auto\" }",
        "annotations = { \"service.kubernetes.io/topology-mode\" = \"Auto\", \"service.kubernetes.io/topology-aware-hints\" = \"x\" }",
        "annotations = { \"service.beta.kubernetes.io/load-balancer-source-ranges\" = \"10.0.0.0/8\" }\ntype = \"LoadBalancer\"",
        "annotations = { \"service.beta.kubernetes.io/load-balancer-source-ranges\" = \"x\" }\ntype = \"LoadBalancer\"",
        "annotations = { \"service.beta.kubernetes.io/load-balancer-source-ranges\" = \"10.0.0.0/8\" }",
    ],
    &[
        "",
        "session_affinity = \"ClientIP\"\nsession_affinity_timeout_seconds = 0",
        "session_affinity = \"ClientIP\"\nsession_affinity_timeout_seconds = 86401",
        "session_affinity_timeout_seconds = 60",
        "cluster_ips = [\"None\"]",
        "cluster_ips = [\"None\", \"10.96.0.9\"]",
        "cluster_ips = [\"10.96.0.9\", \"fd00::9\", \"10.96.0.8\"]",
        "cluster_ips = [\"None\"]\ntype = \"NodePort\"",
        "cluster_ips = [\"None\"]\ntype = \"LoadBalancer\"",
        "cluster_ips = [\"10.96.0.9\", \"10.96.0.8\"]\nip_families = [\"IPv4\", \"IPv6\"]\nip_family_policy = \"RequireDualStack\"",
        "external_traffic_policy = \"Local\"\ntype = \"LoadBalancer\"\nhealth_check_node_port = 70000",
        "port \"y\" {\nport = 81\ntarget_port = 80\nnode_port = 30001\n}\nport \"z\" {\nport = 82\ntarget_port = 80\nnode_port = 30001\n}\ntype = \"NodePort\"",
        "port \"y\" {\nport = 81\ntarget_port = 80\n}\nport \"z\" {\nport = 81\ntarget_port = 80\n}",
        "port \"a--b\" { port = 81 }",
        "port \"y\" {\nport = 81\ntarget_port = 80\napp_protocol = \"kubernetes.io/h2c\"\n}",
        "load_balancer_class = \"x/y\"\ntype = \"LoadBalancer\"",
        "load_balancer_class = \"x y\"\ntype = \"LoadBalancer\"",
        "load_balancer_class = \"\"\ntype = \"LoadBalancer\"",
        "load_balancer_ip = \"x\"\ntype = \"LoadBalancer\"",
        "load_balancer_source_ranges = [\"10.0.0.0/33\"]\ntype = \"LoadBalancer\"",
        "load_balancer_source_ranges = [\" 10.0.0.0/8\"]\ntype = \"LoadBalancer\"",
        "load_balancer_source_ranges = []\ntype = \"ClusterIP\"",
    ],
];

/// What stands in an ingress, and in a rule of it.
pub const INGRESS: &[&[&str]] = &[
    &[
        "",
        "annotations = { \"kubernetes.io/ingress.class\" = \"nginx\" }",
        "class = \"nginx\"\nannotations = { \"kubernetes.io/ingress.class\" = \"nginx\" }",
        "class = \"nginx\"\nannotations = { \"kubernetes.io/ingress.class\" = \"other\" }",
        "default_backend = service.web.ports.http",
        "tls { secret = secret.s }",
        "tls { hosts = [\"*.a.io\"] }",
        "tls { hosts = [\"A b\"] }",
        "tls { hosts = [\"*\"] }",
        "tls { hosts = [\"1.2.3.4\"] }",
        "tls { hosts = [] }",
        "tls { hosts = [\"*.*.io\"] }",
    ],
    &[
        "",
        "path \"/x/..\" { backend = service.web.ports.http }",
        "path \"/x/.\" { backend = service.web.ports.http }",
        "path \"/x%2fy\" { backend = service.web.ports.http }",
        "path \"/x%2Fy\" { backend = service.web.ports.http }",
        "path \"/./x\" { backend = service.web.ports.http }",
        "path \"\" { backend = service.web.ports.http }",
        "path \"x\" {\nbackend = service.web.ports.http\ntype = \"ImplementationSpecific\"\n}",
        "path \"/x/..\" {\nbackend = service.web.ports.http\ntype = \"ImplementationSpecific\"\n}",
        "path \"\" {\nbackend = service.web.ports.http\ntype = \"ImplementationSpecific\"\n}",
        "path \"/y\" { backend = service.other.ports.x }",
    ],
];

/// What scales an app.
pub const AUTOSCALE: &[&[&str]] = &[&[
    "",
    "metric \"memory\" {}",
    "metric \"memory\" { average_utilization = 0 }",
    "metric \"memory\" {\naverage_value = 1\naverage_utilization = 5\n}",
    "metric \"rps\" {}",
    "metric \"rps\" { average_utilization = 5 }",
    "metric \"memory\" {\ncontainer = \"web\"\n}",
    "metric \"memory\" {\ncontainer = \"web\"\naverage_value = 1\naverage_utilization = 5\n}",
    "object_metric \"rps\" { describes = service.web }",
    "object_metric \"rps\" {\ndescribes = service.web\nvalue = 1\naverage_value = 1\n}",
    "external_metric \"queue\" {\nvalue = 1\naverage_value = 1\n}",
    "behavior {\nscale_down { stabilization_window_seconds = 3601 }\n}",
    "behavior {\nscale_down { stabilization_window_seconds = -1 }\n}",
    "behavior {\nscale_up {\npolicy {\ntype = \"Percent\"\nvalue = 0\nperiod_seconds = 10\n}\n}\n}",
    "behavior {\nscale_up {\npolicy {\ntype = \"Pods\"\nvalue = 1\nperiod_seconds = 1801\n}\n}\n}",
    "behavior {\nscale_up {\npolicy {\ntype = \"Pods\"\nvalue = 1\nperiod_seconds = 0\n}\n}\n}",
    "behavior {\nscale_up {\nselect_policy = \"Disabled\"\n}\n}",
]];

/// Secrets and volumes beside those that everything else names.
pub const BESIDE: &[&[&str]] = &[
    &[
        "",
        "secret \"t\" {\ntype = \"kubernetes.io/basic-auth\"\ndata = { username = \"a\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/basic-auth\"\ndata = { password = \"a\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/basic-auth\"\ndata = { a = \"a\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/basic-auth\"\ndata = {}\n}",
        "secret \"t\" { type = \"kubernetes.io/basic-auth\" }",
        "secret \"t\" {\ntype = \"kubernetes.io/ssh-auth\"\ndata = { \"ssh-privatekey\" = \"a\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/ssh-auth\"\ndata = { \"ssh-privatekey\" = \"\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/ssh-auth\"\ndata = { a = \"a\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockercfg\"\ndata = { \".dockercfg\" = \"{}\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockercfg\"\ndata = { \".dockercfg\" = \"x\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockercfg\"\ndata = { a = \"x\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockerconfigjson\"\ndata = { \".dockerconfigjson\" = jsonencode({ auths = {} }) }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockerconfigjson\"\ndata = { \".dockerconfigjson\" = \"{\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockerconfigjson\"\ndata = { \".dockerconfigjson\" = \"[1]\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockerconfigjson\"\ndata = { \".dockerconfigjson\" = \"{} x\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockerconfigjson\"\ndata = { \".dockerconfigjson\" = \"null\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/dockerconfigjson\"\ndata = { \".dockerconfigjson\" = \"\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/tls\"\ndata = { \"tls.crt\" = \"\", \"tls.key\" = \"\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/service-account-token\"\nannotations = { \"kubernetes.io/service-account.name\" = \"a\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/service-account-token\"\ndata = { a = \"b\" }\n}",
        "secret \"t\" {\ntype = \"kubernetes.io/service-account-token\"\nannotations = { \"kubernetes.io/service-account.name\" = \"\" }\ndata = { a = \"b\" }\n}",
        "secret \"t\" {\ntype = \"bootstrap.kubernetes.io/token\"\ndata = { a = \"b\" }\n}",
        "secret \"t\" {\ntype = \"a b\"\ndata = { a = \"b\" }\n}",
        "secret \"t\" { data = { \"a b\" = \"c\" } }",
        "secret \"t\" { data = { \"..\" = \"c\" } }",
        "secret \"t\" { data = {} }",
        "config \"t\" { data = { \"a b\" = \"c\" } }",
        "config \"t\" { data = { \".\" = \"c\" } }",
        "config \"t\" { data = {} }",
        "config \"T\" { data = { a = \"b\" } }",
        "config \"t\" {\nname = \"a_b\"\ndata = { a = \"b\" }\n}",
    ],
    &[
        "",
        "volume \"t\" {\nclaim {\nsize = \"1Gi\"\ndata_source {\nkind = \"Pod\"\nname = \"s\"\n}\n}\n}",
        "volume \"t\" {\nclaim {\nsize = \"1Gi\"\nvolume_attributes_class = \"A\"\n}\n}",
        "volume \"t\" {\nclaim {\nsize = \"-1Gi\"\n}\n}",
        "volume \"t\" {\nempty_dir { size_limit = \"-1\" }\n}",
        "volume \"t\" {\nhost_path {\npath = \"/x\"\ntype = \"Folder\"\n}\n}",
        "volume \"t\" {\nsecret { from = secret.s }\nconfig { from = config.c }\n}",
        "volume \"t\" {\nnas {\nserver = \"x\"\nsize = \"1Gi\"\n}\nname = \"A_b\"\n}",
    ],
];
