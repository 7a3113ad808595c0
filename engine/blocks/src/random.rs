//! For tests: random configurations with random mistakes, the same ones for the same seed.

/// A small generator of numbers; the same seed gives the same configurations.
pub struct Random(pub u64);

impl Random {
    /// A number below another one.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    /// One of the choices, the first ones more often.
    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let good = self.below(3) > 0;
        choices[if good { self.below(choices.len().div_ceil(2)) } else { self.below(choices.len()) }]
    }
}

/// Lines of a configuration: the place, and what may stand there (good ones first).
const CONTAINER: &[&[&str]] = &[
    &[
        "image = \"web:1\"",
        "image = \"reg.io/a/b:v1\"",
        "image = \"a b\"",
        "image = \"a\\tb:1\"",
        "image = \" web:1\"",
        "image = \"\"",
    ],
    &["", "image_pull_policy = \"Always\"", "image_pull_policy = \"never\""],
    &[
        "",
        "env = { A = 1, \"a.b-c\" = \"x\" }",
        "env = { \"1A\" = \"x\" }",
        "env = { \"A B\" = \"x\" }",
        "env = { \"\" = \"x\" }",
        "env = { \"ä\" = \"x\" }",
    ],
    &[
        "",
        "env_from = [config.c]",
        "env_from = [{ from = secret.s, prefix = \"P_\" }]",
        "env_from = [{ from = secret.s, prefix = \"1\" }]",
        "env_from = [{ from = secret.s, prefix = \"a=b\" }]",
    ],
    &[
        "port \"http\" { container_port = 80 }",
        "port \"h-2\" { container_port = 8080 }",
        "port \"8080\" { container_port = 8080 }",
        "port \"http\" { container_port = 70000 }",
        "port \"-a\" { container_port = 1 }",
    ],
    &[
        "",
        "port \"dns\" {\ncontainer_port = 53\nprotocol = \"UDP\"\n}",
        "port \"dns\" {\ncontainer_port = 53\nhost_port = 53\n}",
        "port \"h\" {\ncontainer_port = 1\nhost_ip = \"x\"\nhost_port = 1\n}",
    ],
    &[
        "resources {\nrequests = { cpu = \"100m\" }\n}",
        "resources {\nrequests = { cpu = 1, memory = \"1Gi\" }\nlimits = { cpu = 2, memory = \"2Gi\" }\n}",
        "resources {\nlimits = { cpu = \"0.5\" }\n}",
        "resources {\nrequests = { \"nvidia.com/gpu\" = 1 }\n}",
        "resources {\nlimits = { \"nvidia.com/gpu\" = \"500m\" }\n}",
        "resources {\nrequests = { \"hugepages-2Mi\" = \"2Mi\" }\n}",
        "resources {\nrequests = { cpu = 2 }\nlimits = { cpu = 1 }\n}",
        "resources {\nrequests = { \"ä/b\" = 1 }\nlimits = { \"ä/b\" = 1 }\n}",
        "resources {\nlimits = { cpu = \"0.0001\" }\n}",
    ],
    &[
        "",
        "liveness_probe {\nhttp_get {\nport = \"http\"\npath = \"/\"\n}\n}",
        "liveness_probe {\ntcp_socket { port = 80 }\n}",
        "liveness_probe { exec = [\"x\"] }",
        "liveness_probe {\nexec = [\"x\"]\nfailure_threshold = 0\n}",
        "liveness_probe {\nexec = [\"x\"]\nsuccess_threshold = 2\n}",
        "liveness_probe {\nhttp_get {\nport = 80\nhttp_header \"a b\" { value = \"1\" }\n}\n}",
        "liveness_probe {\ntcp_socket { port = \"8-\" }\n}",
    ],
    &[
        "",
        "readiness_probe {\ngrpc { port = 1 }\nsuccess_threshold = 2\n}",
        "readiness_probe {\ngrpc { port = 1 }\ntermination_grace_period_seconds = 2\n}",
    ],
    &[
        "",
        "pre_stop {\nsleep { seconds = 5 }\n}",
        "pre_stop {\nsleep { seconds = 0 }\n}",
        "pre_stop {\nsleep { seconds = 5000 }\n}",
        "post_start {\nhttp_get { port = 80 }\n}",
    ],
    &[
        "",
        "mount \"/d\" { volume = volume.e }",
        "mount \"/d\" {\nvolume = volume.e\nsub_path = \"a/b\"\n}",
        "mount \"/d\" {\nvolume = volume.e\nsub_path = \"../x\"\n}",
        "mount \"/d\" {\nvolume = volume.e\nsub_path_expr = \"$(A)\"\n}",
        "mount \"/d\" {\nvolume = volume.e\nmount_propagation = \"Bidirectional\"\n}",
    ],
    &[
        "",
        "mount \"/c\" { volume = volume.c }",
        "mount \"/s\" { volume = volume.s }",
        "mount \"/h\" { volume = volume.h }",
        "mount \"c:\" { volume = volume.c }",
    ],
    &["", "mount \"/p\" { volume = volume.p }"],
    &["", "log \"out\" { path = \"stdout\" }", "log \"a-b\" {\npath = \"/d/*.log\"\ntags = { x = \"y\" }\n}"],
    &[
        "",
        "security_context { privileged = true }",
        "security_context {\nrun_as_user = 1\nallow_privilege_escalation = false\n}",
        "security_context {\nprivileged = true\nallow_privilege_escalation = false\n}",
        "security_context {\nseccomp_profile { type = \"Localhost\" }\n}",
    ],
    &["", "termination_message_path = \"/x\"", "working_dir = \"x\""],
    &[
        "",
        "resize_policy \"cpu\" { restart_policy = \"NotRequired\" }",
        "resize_policy \"memory\" { restart_policy = \"RestartContainer\" }",
        "resize_policy \"nvidia.com/gpu\" { restart_policy = \"NotRequired\" }",
        "resize_policy \"cpu\" { restart_policy = \"NotRequired\" }\nresize_policy \"cpu\" { restart_policy = \"NotRequired\" }",
    ],
    &[
        "",
        "mount \"/r\" {\nvolume = volume.e\nread_only = true\nrecursive_read_only = \"Enabled\"\n}",
        "mount \"/r\" {\nvolume = volume.e\nrecursive_read_only = \"Disabled\"\n}",
        "mount \"/r\" {\nvolume = volume.e\nrecursive_read_only = \"IfPossible\"\n}",
        "mount \"/r\" {\nvolume = volume.e\nread_only = true\nrecursive_read_only = \"Enabled\"\nmount_propagation = \"HostToContainer\"\n}",
        "mount \"/r\" {\nvolume = volume.e\nmount_propagation = \"HostToContainer\"\n}",
        "mount \"/\" { volume = volume.e }",
    ],
    &[
        "",
        "device \"/dev/x\" { volume = volume.b }",
        "device \"/dev/x\" { volume = volume.e }",
        "mount \"/dev/x\" { volume = volume.b }",
        "device \"dev\" { volume = volume.b }",
        "device \"/dev/../x\" { volume = volume.b }",
        "device \"/d\" { volume = volume.b }\ndevice \"/d\" { volume = volume.b }",
        "device \"/dev/x\" { volume = volume.b }\ndevice \"/dev/y\" { volume = volume.b }",
    ],
    &["", "mount \"/j\" { volume = volume.j }"],
    &["", "mount \"/l\" { volume = volume.l }"],
    &["", "mount \"/i\" { volume = volume.i }"],
    &["", "mount \"/x\" { volume = volume.x }"],
    &[
        "",
        "security_context {\ncapabilities {\nadd = [\"NET_ADMIN\"]\ndrop = [\"ALL\"]\n}\n}",
        "security_context {\napp_armor_profile { type = \"RuntimeDefault\" }\nse_linux_options {\nuser = \"u\"\nrole = \"r\"\ntype = \"t\"\nlevel = \"s0\"\n}\n}",
        "security_context {\ncapabilities { add = [\"CAP_SYS_ADMIN\"] }\nallow_privilege_escalation = false\n}",
        "security_context {\ncapabilities { add = [\"SYS_ADMIN\"] }\nallow_privilege_escalation = false\n}",
        "security_context {\napp_armor_profile {\ntype = \"Localhost\"\nlocalhost_profile = \"a\"\n}\n}",
        "security_context {\napp_armor_profile {\ntype = \"Localhost\"\nlocalhost_profile = \" a\"\n}\n}",
        "security_context {\napp_armor_profile {\ntype = \"Unconfined\"\nlocalhost_profile = \"a\"\n}\n}",
        "security_context {\nseccomp_profile {\ntype = \"Localhost\"\nlocalhost_profile = \"../a\"\n}\n}",
        "security_context {\nseccomp_profile {\ntype = \"Localhost\"\nlocalhost_profile = \"/a\"\n}\n}",
        "security_context {\nrun_as_user = 3000000000\n}",
        "security_context {\nrun_as_group = -1\n}",
    ],
    &[
        "",
        "liveness_probe {\nhttp_get {\nport = 80\nscheme = \"HTTPS\"\nhost = \"a.io\"\nhttp_header \"X-A\" { value = \"1\" }\n}\nperiod_seconds = 5\ntimeout_seconds = 3\n}",
        "liveness_probe {\ntcp_socket { port = 1 }\ntermination_grace_period_seconds = 3\ninitial_delay_seconds = 0\n}",
        "startup_probe {\ngrpc {\nport = 1\nservice = \"a\"\n}\nfailure_threshold = 30\n}",
        "liveness_probe {\ntcp_socket { port = 1 }\ntermination_grace_period_seconds = 0\n}",
        "startup_probe {\nexec = [\"x\"]\nsuccess_threshold = 2\n}",
        "startup_probe {\ngrpc { port = 0 }\n}",
        "readiness_probe { exec = [] }",
        "readiness_probe {\nhttp_get {\nport = \"no\"\npath = \"x\"\n}\n}",
    ],
    &[
        "",
        "post_start { exec = [\"x\"] }",
        "pre_stop { exec = [] }",
        "pre_stop {\nhttp_get {\nport = \"http\"\nhttp_header \"a b\" { value = \"1\" }\n}\n}",
        "pre_stop {\nhttp_get { port = \"a--b\" }\n}",
        "pre_stop {\nsleep { seconds = -1 }\n}",
    ],
    &["", "stdin = true", "stdin = true\ntty = true\nstdin_once = true", "command = [\"a\"]\nargs = []"],
    &["", "termination_message_policy = \"FallbackToLogsOnError\"", "termination_message_path = \"x\""],
];

/// Further variables, in place of the container's.
const ENVIRONMENTS: &[&[&str]] = &[&[
    "",
    "env = { A = field(\"metadata.name\"), B = resource(\"limits.cpu\"), C = config.c.keys.a, D = secret.s.keys.a }",
    "env = { A = field(\"status.podIP\"), B = field(\"metadata.labels['a']\"), C = resource(\"requests.memory\") }",
    "env = { A = field(\"metadata.annotations['a.b/c']\") }",
    "env = { A = field(\"metadata.labels['a b']\") }",
    "env = { A = field(\"metadata.annotations['a/b/c']\") }",
    "env = { A = resource(\"limits.hugepages-2Mi\") }",
    "env = { A = resource(\"limits.hugepages-\") }",
    "env = { A = field(\"metadata.labels\") }",
    "env = { A = field(\"status.hostIPs\") }",
]];

const APP: &[&[&str]] = &[
    &["replicas = 2", "", "replicas = 0", "replicas = -1"],
    &[
        "",
        "labels = { a = \"b\" }",
        "labels = { \"x.io/y\" = \"\" }",
        "labels = { \"a/b/c\" = \"d\" }",
        "labels = { a = \"-\" }",
    ],
    &[
        "",
        "annotations = { \"a.b/C_d\" = \"any thing\" }",
        "annotations = { \"a b\" = \"c\" }",
        "annotations = { \"A.B/c\" = \"d\" }",
    ],
    &["", "selector = { run = \"web\" }", "selector = { run = \"a b\" }"],
    &["", "claim_retention { when_scaled = \"Delete\" }"],
    &[
        "",
        "update_strategy { max_unavailable = 1 }",
        "update_strategy { max_surge = \"20%\" }",
        "update_strategy { type = \"Recreate\" }",
        "update_strategy { type = \"OnDelete\" }",
        "update_strategy {\nmax_surge = 0\nmax_unavailable = 0\n}",
        "update_strategy { max_unavailable = \"120%\" }",
        "update_strategy { partition = 1 }",
    ],
    &[
        "",
        "min_ready_seconds = 5",
        "progress_deadline_seconds = 10",
        "revision_history_limit = 0",
        "ordinals { start = 3 }",
        "min_ready_seconds = 700",
    ],
    &["", "node_selector = { a = \"b\" }", "node_selector = { a = \"b c\" }"],
    &[
        "",
        "toleration { operator = \"Exists\" }",
        "toleration {\nkey = \"a\"\nvalue = \"b\"\n}",
        "toleration {\nkey = \"a\"\noperator = \"Exists\"\nvalue = \"b\"\n}",
        "toleration {\nkey = \"a\"\ntoleration_seconds = 3\neffect = \"NoSchedule\"\n}",
        "toleration { value = \"b\" }",
        "toleration {\nkey = \"a\"\nvalue = \"b c\"\n}",
    ],
    &["", "topology_spread { topology_key = \"zone\" }", "topology_spread { topology_key = \"a b\" }"],
    &[
        "",
        "node_affinity {\nrequired {\nmatch \"a\" { in = [\"b\"] }\n}\n}",
        "node_affinity {\npreferred {\nmatch \"a\" { gt = 1 }\n}\n}",
        "node_affinity {\nrequired {\nmatch \"a\" { in = [\"b c\"] }\n}\n}",
        "node_affinity {\npreferred {\nweight = 0\nmatch \"a\" { exists = true }\n}\n}",
    ],
    &[
        "",
        "pod_anti_affinity {\nrequired {\ntopology_key = \"kubernetes.io/hostname\"\napp = self\n}\n}",
        "pod_affinity {\npreferred {\ntopology_key = \"z\"\nmatch \"a\" { not_in = [\"b\"] }\n}\n}",
        "pod_affinity {\nrequired {\ntopology_key = \"z\"\nnamespaces = [\"A\"]\napp = self\n}\n}",
    ],
    &["", "service_account = \"x\"", "priority_class = \"p\"", "service_account = \"A\""],
    &["", "host_network = true", "termination_grace_period_seconds = 0", "dns_policy = \"Default\""],
    &[
        "",
        "security_context { fs_group = 1 }",
        "security_context {\nseccomp_profile { type = \"Localhost\" }\n}",
        "security_context {\nseccomp_profile {\ntype = \"RuntimeDefault\"\nlocalhost_profile = \"x\"\n}\n}",
    ],
    &[
        "",
        "init_container \"i\" { image = \"i:1\" }",
        "sidecar \"i\" { image = \"i:1\" }",
        "init_container \"web\" { image = \"i:1\" }",
        "sidecar \"i\" {\nimage = \"i:1\"\nport \"http\" { container_port = 1 }\n}",
        "init_container \"i\" {\nimage = \"i:1\"\nmount \"/d\" { volume = volume.e }\nresources {\nlimits = { cpu = 1 }\n}\n}",
        "init_container \"i\" {\nimage = \"i:1\"\nresize_policy \"cpu\" { restart_policy = \"NotRequired\" }\n}",
        "sidecar \"i\" {\nimage = \"i:1\"\nresize_policy \"cpu\" { restart_policy = \"NotRequired\" }\nliveness_probe { exec = [\"x\"] }\n}",
        "init_container \"i\" {\nimage = \"i:1\"\npost_start { exec = [\"x\"] }\n}",
        "init_container \"I\" { image = \"i:1\" }",
        "container \"c\" {\nimage = \"c:1\"\nport \"x\" {\ncontainer_port = 53\nprotocol = \"UDP\"\nhost_port = 53\n}\n}",
        "container \"c\" {\nimage = \"c:1\"\ndevice \"/dev/c\" { volume = volume.b }\n}",
    ],
    &[
        "",
        "hostname = \"h\"\nsubdomain = \"s\"",
        "hostname = \"H\"",
        "subdomain = \"a.b\"",
        "set_hostname_as_fqdn = true",
    ],
    &[
        "",
        "dns_config { nameservers = [\"10.0.0.1\"] }",
        "dns_policy = \"None\"\ndns_config {\nnameservers = [\"10.0.0.1\"]\nsearches = [\"a.io\", \".\", \"_x.b.\"]\noptions = { ndots = 2, edns0 = \"\" }\n}",
        "dns_policy = \"None\"",
        "dns_policy = \"None\"\ndns_config { searches = [\"a.io\"] }",
        "dns_config { nameservers = [\"1.1.1.1\", \"1.1.1.2\", \"1.1.1.3\", \"1.1.1.4\"] }",
        "dns_config { nameservers = [\"x\"] }",
        "dns_config { nameservers = [\"010.0.0.1\"] }",
        "dns_config { nameservers = [\"fe80::1%eth0\"] }",
        "dns_config { nameservers = [\"::ffff:1.2.3.4\"] }",
        "dns_config { searches = [\"A b\"] }",
        "dns_config { searches = [\"a..b\"] }",
        "dns_config { searches = [\"\"] }",
        "dns_config { options = { \"\" = \"1\" } }",
    ],
    &[
        "",
        "host_alias \"10.0.0.1\" { hostnames = [\"a.io\", \"b\"] }",
        "host_alias \"::1\" { hostnames = [] }",
        "host_alias \"x\" { hostnames = [\"a\"] }",
        "host_alias \"10.0.0.1\" { hostnames = [\"A_b\"] }",
        "host_alias \"10.0.0.1\" { hostnames = [\"a\"] }\nhost_alias \"10.0.0.1\" { hostnames = [\"b\"] }",
    ],
    &[
        "",
        "host_pid = true",
        "host_ipc = true\nshare_process_namespace = true",
        "host_users = false",
        "host_pid = true\nshare_process_namespace = true",
        "host_users = false\nhost_pid = true",
        "host_users = false\nhost_ipc = true",
    ],
    &[
        "",
        "os = \"linux\"",
        "os = \"windows\"",
        "runtime_class = \"r\"",
        "runtime_class = \"R\"",
        "scheduler_name = \"s\"",
        "scheduler_name = \"\"",
    ],
    &[
        "",
        "preemption_policy = \"Never\"",
        "readiness_gates = [\"a.io/b\"]",
        "readiness_gates = [\"a b\"]",
        "enable_service_links = false",
    ],
    &[
        "",
        "automount_service_account_token = false",
        "image_pull_secrets = [secret.s]",
        "pod_annotations = { \"a.b/c\" = 1 }",
        "pod_annotations = { \"a b\" = 1 }",
    ],
    &[
        "",
        "security_context {\nsysctls = { \"net.core.somaxconn\" = 1024, \"kernel/shm_rmid_forced\" = 1 }\nsupplemental_groups = [1, 2]\nsupplemental_groups_policy = \"Strict\"\n}",
        "security_context {\nfs_group_change_policy = \"OnRootMismatch\"\nfs_group = 1\nse_linux_options { level = \"s0\" }\nse_linux_change_policy = \"Recursive\"\n}",
        "security_context {\nsysctls = { \"a b\" = 1 }\n}",
        "security_context {\nsysctls = { \"vm.swappiness\" = 1 }\n}",
        "security_context {\nsysctls = { \"kernel.msgmax\" = 1 }\n}",
        "security_context {\nrun_as_user = 0\nrun_as_non_root = true\n}",
        "security_context {\nsupplemental_groups = [-1]\n}",
        "security_context {\nfs_group = 3000000000\n}",
        "security_context {\napp_armor_profile { type = \"Localhost\" }\n}",
        "security_context {\nse_linux_change_policy = \"MountOption\"\n}",
    ],
    &[
        "",
        "topology_spread {\ntopology_key = \"zone\"\nmin_domains = 2\nnode_affinity_policy = \"Honor\"\nnode_taints_policy = \"Ignore\"\nmatch_label_keys = [\"pod-template-hash\"]\n}",
        "topology_spread {\ntopology_key = \"zone\"\nmatch \"x\" { in = [\"a\"] }\n}",
        "topology_spread {\ntopology_key = \"zone\"\nwhen_unsatisfiable = \"ScheduleAnyway\"\nmin_domains = 2\n}",
        "topology_spread {\ntopology_key = \"zone\"\nmatch_label_keys = [\"plimsoll.dev/app\"]\n}",
        "topology_spread {\ntopology_key = \"zone\"\nmatch_label_keys = [\"a b\"]\n}",
        "topology_spread {\ntopology_key = \"zone\"\nmatch_label_keys = [\"a\", \"a\"]\n}",
        "topology_spread {\ntopology_key = \"zone\"\nmatch_label_keys = [\"run\"]\n}",
        "topology_spread {\ntopology_key = \"zone\"\nmatch \"x\" { gt = 1 }\n}",
        "topology_spread {\ntopology_key = \"zone\"\nmax_skew = 0\n}",
        "topology_spread { topology_key = \"zone\" }\ntopology_spread { topology_key = \"zone\" }",
    ],
    &[
        "",
        "pod_affinity {\nrequired {\ntopology_key = \"z\"\napp = self\nnamespace_selector {}\nmatch_label_keys = [\"pod-template-hash\"]\n}\n}",
        "pod_affinity {\nrequired {\ntopology_key = \"z\"\napp = self\nmismatch_label_keys = [\"tenant\"]\nnamespace_selector {\nmatch \"a\" { exists = true }\n}\n}\n}",
        "pod_anti_affinity {\npreferred {\ntopology_key = \"z\"\nmatch \"a\" { exists = true }\nmatch_label_keys = [\"a\"]\n}\n}",
        "pod_anti_affinity {\npreferred {\ntopology_key = \"z\"\napp = self\nmatch_label_keys = [\"plimsoll.dev/app\"]\n}\n}",
        "pod_anti_affinity {\npreferred {\ntopology_key = \"z\"\napp = self\nmatch_label_keys = [\"b\"]\nmismatch_label_keys = [\"b\"]\n}\n}",
        "pod_affinity {\nrequired {\ntopology_key = \"z\"\napp = self\nnamespace_selector {\nmatch \"a\" { lt = 1 }\n}\n}\n}",
        "pod_affinity {\nrequired {\ntopology_key = \"a/b/c\"\napp = self\n}\n}",
        "pod_affinity {\nrequired {\ntopology_key = \"z\"\n}\n}",
        "node_affinity {\nrequired {\nmatch \"a\" {\nin = [\"x\"]\n}\nmatch \"b\" { exists = false }\nmatch \"c\" { lt = 3 }\n}\n}",
        "node_affinity {\nrequired {\nmatch \"a\" { not_in = [] }\n}\n}",
    ],
    &[
        "",
        "toleration {\nkey = \"a\"\noperator = \"Exists\"\neffect = \"NoExecute\"\ntoleration_seconds = -5\n}",
        "toleration {\nkey = \"a b\"\noperator = \"Exists\"\n}",
    ],
];

/// What a StatefulSet has besides.
const STATEFUL: &[&[&str]] = &[
    &[
        "",
        "service_name = \"web-svc\"",
        "service_name = service.web.name",
        "service_name = \"A\"",
        "service_name = \"0a\"",
    ],
    &["", "pod_management_policy = \"Parallel\"", "ordinals { start = 3 }", "ordinals { start = -1 }"],
    &["", "claim_retention {}"],
];

const SERVICE: &[&[&str]] = &[
    &["", "type = \"NodePort\"", "type = \"LoadBalancer\"", "type = \"Headless\""],
    &[
        "",
        "port \"http\" { port = 80 }",
        "port \"x\" {\nport = 443\ntarget_port = \"http\"\n}",
        "port \"x\" {\nport = 443\ntarget_port = 80\nnode_port = 30001\n}",
        "port \"x\" {\nport = 53\ntarget_port = \"dns\"\nprotocol = \"UDP\"\n}",
        "port \"x\" {\nport = 1\ntarget_port = 1\napp_protocol = \"a b\"\n}",
    ],
    &[
        "",
        "session_affinity = \"ClientIP\"",
        "publish_not_ready_addresses = true",
        "external_traffic_policy = \"Local\"",
        "internal_traffic_policy = \"Local\"",
        "load_balancer_class = \"x/y\"",
        "load_balancer_source_ranges = [\"10.0.0.0/8\"]",
        "load_balancer_source_ranges = [\"x\"]",
    ],
    &["", "name = \"s\"", "name = \"0s\"", "name = \"a.b\""],
    &["", "alibaba { address_type = \"intranet\" }"],
];

const INGRESS: &[&[&str]] = &[
    &["", "class = \"nginx\"", "class = \"A b\""],
    &["host = \"a.io\"", "host = \"*.a.io\"", "", "host = \"1.2.3.4\"", "host = \"a_b.io\"", "host = \"*\""],
    &[
        "path \"/\" { backend = service.web.ports.http }",
        "path \"/a\" {\nbackend = service.web.ports.http\ntype = \"Exact\"\n}",
        "path \"a\" { backend = service.web.ports.http }",
        "path \"/a//b\" { backend = service.web.ports.http }",
        "path \"/a/../b\" { backend = service.web.ports.http }",
    ],
];

const AUTOSCALE: &[&[&str]] = &[
    &["max_replicas = 3", "max_replicas = 0"],
    &["", "min_replicas = 2", "min_replicas = 5", "min_replicas = 0"],
    &[
        "metric \"cpu\" { average_utilization = 70 }",
        "metric \"memory\" { average_value = \"1Gi\" }",
        "metric \"rps\" { average_value = 5 }",
        "metric \"cpu\" { average_value = 0 }",
        "metric \"a b\" { average_value = 5 }",
    ],
    &[
        "",
        "behavior {\nscale_down { stabilization_window_seconds = 5 }\n}",
        "behavior {\nscale_up {\npolicy {\ntype = \"Pods\"\nvalue = 1\nperiod_seconds = 10\n}\n}\n}",
        "behavior {\nscale_up {\nselect_policy = \"Max\"\n}\n}",
        "behavior {\nscale_up {}\n}",
    ],
];

const VOLUMES: &[&[&str]] = &[
    &[
        "volume \"e\" {\nempty_dir {}\n}",
        "volume \"e\" {\nempty_dir { size_limit = \"1Gi\" }\n}",
        "volume \"e\" {\nempty_dir { medium = \"Memory\" }\n}",
    ],
    &[
        "volume \"c\" {\nconfig { from = config.c }\n}",
        "volume \"c\" {\nconfig {\nfrom = config.c\nitems = { a = \"x/y\" }\ndefault_mode = \"0440\"\n}\n}",
        "volume \"c\" {\nconfig {\nfrom = config.c\nitems = { a = \"../y\" }\n}\n}",
        "volume \"c\" {\nconfig {\nfrom = config.c\nitems = { a = \"..y\" }\n}\n}",
    ],
    &["volume \"s\" {\nsecret { from = secret.s }\n}"],
    &[
        "volume \"h\" {\nhost_path { path = \"/x\" }\n}",
        "volume \"h\" {\nhost_path { path = \"/x/../y\" }\n}",
    ],
    &[
        "volume \"p\" {\nclaim { size = \"1Gi\" }\n}",
        "volume \"p\" {\nclaim {\nsize = \"1Gi\"\nper_replica = true\nstorage_class = \"x\"\n}\n}",
        "volume \"p\" {\nclaim { size = 0 }\n}",
        "volume \"p\" {\nclaim {\nsize = \"1Gi\"\nname = \"a.b\"\n}\n}",
        "volume \"p\" {\nnas {\nserver = \"x\"\n}\n}",
        "volume \"p\" {\ncsi {\ndriver = \"a b\"\n}\n}",
        "volume \"p\" {\ncsi {\ndriver = \"x.io\"\nattributes = { a = \"b\" }\n}\n}",
    ],
    &[
        "volume \"b\" {\nclaim {\nsize = \"1Gi\"\nvolume_mode = \"Block\"\n}\n}",
        "volume \"b\" {\nclaim {\nsize = \"1Gi\"\nvolume_mode = \"Block\"\nper_replica = true\n}\n}",
        "volume \"b\" {\nephemeral {\nsize = \"1Gi\"\nvolume_mode = \"Block\"\n}\n}",
        "volume \"b\" {\nclaim {\nsize = \"1Gi\"\n}\n}",
        "volume \"b\" {\nexisting_claim {\nname = \"b\"\nread_only = true\n}\n}",
        "volume \"b\" {\nexisting_claim { name = \"B\" }\n}",
    ],
    &[
        "volume \"j\" {\nprojected {\nconfig { from = config.c }\n}\n}",
        "volume \"j\" {\nprojected {\nsecret {\nfrom = secret.s\noptional = true\nitems = { a = \"b\" }\n}\ndownward_api { items = { labels = field(\"metadata.labels\"), n = field(\"metadata.name\") } }\ndefault_mode = \"0400\"\n}\n}",
        "volume \"j\" {\nprojected {\nservice_account_token {\npath = \"t\"\naudience = \"a\"\nexpiration_seconds = 600\n}\n}\n}",
        "volume \"j\" {\nprojected {}\n}",
        "volume \"j\" {\nprojected {\nservice_account_token {\npath = \"t\"\nexpiration_seconds = 5\n}\n}\n}",
        "volume \"j\" {\nprojected {\nservice_account_token { path = \"../t\" }\n}\n}",
        "volume \"j\" {\nprojected {\nservice_account_token { path = \"t\" }\ndownward_api { items = { t = field(\"metadata.uid\") } }\n}\n}",
        "volume \"j\" {\nprojected {\ndownward_api { items = { t = field(\"status.podIP\") } }\n}\n}",
        "volume \"j\" {\nprojected {\ndownward_api { items = { \"/t\" = field(\"metadata.name\") } }\n}\n}",
        "volume \"j\" {\nprojected {\ndownward_api { items = { t = field(\"metadata.labels['a b']\") } }\n}\n}",
        "volume \"j\" {\nprojected {\ndownward_api {}\n}\n}",
        "volume \"j\" {\nprojected {\nconfig {\nfrom = config.c\nitems = { a = \"x\" }\n}\nsecret {\nfrom = secret.s\nitems = { a = \"x\" }\n}\n}\n}",
        "volume \"j\" {\nprojected {\nconfig { from = config.c }\ndefault_mode = \"999\"\n}\n}",
    ],
    &[
        "volume \"l\" {\nephemeral { size = \"1Gi\" }\n}",
        "volume \"l\" {\nephemeral {\nsize = \"1Gi\"\nstorage_class = \"x\"\naccess_mode = \"ReadWriteOncePod\"\nvolume_mode = \"Filesystem\"\n}\n}",
        "volume \"l\" {\nephemeral { size = 0 }\n}",
        "volume \"l\" {\nephemeral {\nsize = \"1Gi\"\nstorage_class = \"A\"\n}\n}",
    ],
    &[
        "volume \"i\" {\ninline_csi { driver = \"x.io\" }\n}",
        "volume \"i\" {\ninline_csi {\ndriver = \"x.io\"\nfs_type = \"ext4\"\nread_only = true\nattributes = { a = \"b\" }\nnode_publish_secret = secret.s\n}\n}",
        "volume \"i\" {\ninline_csi { driver = \"\" }\n}",
        "volume \"i\" {\ninline_csi { driver = \"A.b\" }\n}",
        "volume \"i\" {\ninline_csi { driver = \"a_b\" }\n}",
    ],
    &[
        "volume \"x\" {\nempty_dir { medium = \"HugePages-2Mi\" }\n}",
        "volume \"x\" {\noss {\nbucket = \"abc\"\nurl = \"x\"\nsecret = secret.s\n}\n}",
        "volume \"x\" {\nclaim {\nsize = \"1Gi\"\nvolume_name = \"v\"\nvolume_attributes_class = \"fast\"\ndata_source {\nkind = \"VolumeSnapshot\"\nname = \"s\"\n}\n}\n}",
        "volume \"x\" {\ncsi {\ndriver = \"x.io\"\nvolume_handle = \"h\"\nfs_type = \"ext4\"\nread_only = true\nnode_publish_secret = secret.s\nnode_stage_secret = secret.s\n}\n}",
        "volume \"x\" {\nclaim {\nsize = \"1Gi\"\ndata_source {\nkind = \"PersistentVolumeClaim\"\nname = \"s\"\n}\n}\n}",
        "volume \"x\" {\nempty_dir { medium = \"HugePages\" }\n}",
        "volume \"x\" {\nempty_dir {\nmedium = \"HugePages-1Gi\"\nsize_limit = 0\n}\n}",
        "volume \"x\" {\nclaim {\nsize = \"1Gi\"\nstorage_class = \"A\"\n}\n}",
        "volume \"x\" {\nclaim {\nsize = \"1Gi\"\nvolume_name = \"V_\"\n}\n}",
        "volume \"x\" {\nclaim {\nsize = \"1Gi\"\ndata_source {\nkind = \"VolumeSnapshot\"\nname = \"\"\n}\n}\n}",
        "volume \"x\" {\ncsi {\ndriver = \"x.io\"\nvolume_handle = \"\"\n}\n}",
        "volume \"x\" {\nnas {\nserver = \"x\"\nversion = \"4.0\"\nsize = 0\n}\n}",
        "volume \"x\" {\nclaim {\nsize = \"1Gi\"\naccess_mode = \"ReadWriteOncePod\"\nper_replica = true\n}\n}",
        "volume \"x\" {\nclaim {\nsize = \"1Gi\"\nvolume_name = \"v\"\nper_replica = true\n}\n}",
    ],
    &["config \"c\" { data = { a = \"b\" } }", "config \"c\" { data = { a = \"b\", \"..x\" = \"y\" } }"],
    &[
        "secret \"s\" { data = { a = \"b\" } }",
        "secret \"s\" {\ndata = { a = \"b\" }\ntype = \"kubernetes.io/tls\"\n}",
        "secret \"s\" {\ndata = { a = \"b\" }\nimmutable = true\n}",
        "secret \"s\" { existing = \"x\" }",
    ],
];

/// A line for each place, the first choice unless one in so many is another.
pub fn lines(random: &mut Random, one_in: usize, places: &[&[&'static str]]) -> String {
    let line =
        |choices: &&[&'static str]| if random.below(one_in) == 0 { random.pick(choices) } else { choices[0] };
    places.iter().map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A configuration: a line for each place.
pub fn configuration(random: &mut Random) -> String {
    // Most places keep their first choice, so that a configuration has few mistakes, or none.
    let one_in = [3, 12, 24, 48][random.below(4)];
    let kind = ["Deployment", "Deployment", "StatefulSet", "DaemonSet"][random.below(4)];
    // A DaemonSet has no number of pods, and so nothing that scales it.
    let places = if kind == "DaemonSet" { &APP[1..] } else { APP };
    let mut stateful = String::new();
    if kind == "StatefulSet" {
        stateful = lines(random, one_in, STATEFUL);
    }
    let environment = lines(random, one_in, ENVIRONMENTS);
    let container = lines(random, one_in, CONTAINER);
    let container: Vec<_> =
        container.lines().filter(|l| environment.is_empty() || !l.starts_with("env =")).collect();
    let mut out = format!(
        "app \"web\" {{\nkind = \"{kind}\"\n{stateful}\n{}\ncontainer \"web\" {{\n{environment}\n{}\n}}\n}}\nservice \"web\" {{\napp = app.web\n{}\n}}\ningress \"web\" {{\n{}\nrule {{\n{}\n}}\n}}\n{}\n",
        lines(random, one_in, places),
        container.join("\n"),
        lines(random, one_in, SERVICE),
        lines(random, one_in, &INGRESS[..1]),
        lines(random, one_in, &INGRESS[1..]),
        lines(random, one_in, VOLUMES),
    );
    if kind != "DaemonSet" {
        let scaling = lines(random, one_in, AUTOSCALE);
        out.push_str(&format!("autoscale \"web\" {{\ntarget = app.web\n{scaling}\n}}\n"));
    }
    out
}
