//! For tests: random configurations with random mistakes, the same ones for the same seed.

/// A small generator of numbers; the same seed gives the same configurations.
pub struct Random(pub u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
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
];

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
    ],
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
    &["config \"c\" { data = { a = \"b\" } }", "config \"c\" { data = { a = \"b\", \"..x\" = \"y\" } }"],
    &[
        "secret \"s\" { data = { a = \"b\" } }",
        "secret \"s\" {\ndata = { a = \"b\" }\ntype = \"kubernetes.io/tls\"\n}",
        "secret \"s\" {\ndata = { a = \"b\" }\nimmutable = true\n}",
        "secret \"s\" { existing = \"x\" }",
    ],
];

fn lines(random: &mut Random, one_in: usize, places: &[&[&'static str]]) -> String {
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
    let mut out = format!(
        "app \"web\" {{\nkind = \"{kind}\"\n{}\ncontainer \"web\" {{\n{}\n}}\n}}\nservice \"web\" {{\napp = app.web\n{}\n}}\ningress \"web\" {{\n{}\nrule {{\n{}\n}}\n}}\n{}\n",
        lines(random, one_in, places),
        lines(random, one_in, CONTAINER),
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
