//! What users get for every kind of bad input: the whole rendered output, as a golden file in
//! `bad_input/`, and the exit code. `UPDATE_EXPECT=1` writes the files anew.

use std::path::Path;

use plimsoll_tests::program::Run;
use plimsoll_tests::server::{Reply, Server, kubeconfig};
use plimsoll_tests::world::World;

/// Runs the program and compares everything it printed with the golden file; what differs from
/// run to run was replaced by the caller's pairs.
#[track_caller]
fn check(name: &str, world: &World, arguments: &[&str], code: i32, replace: &[(&str, &str)]) {
    compare(name, world, arguments, &world.run(arguments), code, replace);
}

/// The same for a run that was made in another way.
#[track_caller]
pub fn compare(
    name: &str,
    world: &World,
    arguments: &[&str],
    run: &Run,
    code: i32,
    replace: &[(&str, &str)],
) {
    let mut text = format!(
        "$ plimsoll {}\n{}{}exit {}\n",
        arguments.join(" "),
        run.stdout,
        run.stderr,
        run.code.map_or("by a signal".into(), |c| c.to_string())
    );
    for folder in [world.path().canonicalize().unwrap().as_path(), world.path()] {
        text = text.replace(&folder.display().to_string(), "FOLDER");
    }
    for (from, to) in replace {
        text = text.replace(from, to);
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("hermetic/bad_input").join(format!("{name}.txt"));
    expect_test::expect_file![file].assert_eq(&text);
    assert_eq!(run.code, Some(code), "{}", run.all());
    for word in ["panicked", "RUST_BACKTRACE", "thread '"] {
        assert!(!text.contains(word), "a panic reached the user\n{text}");
    }
}

/// `validate` of one file.
#[track_caller]
fn validate(name: &str, text: &str) {
    let world = World::sandbox();
    world.write("main.hcl", text);
    check(name, &world, &["validate"], 1, &[]);
}

const APP: &str = r#"project "shop" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
"#;

#[test]
fn syntax_errors_of_several_blocks_are_told_at_once() {
    validate(
        "syntax",
        r#"project "shop" {}

app "one" {
  replicas = = 2
}

app "two" {
  container "web" {
    image = "web:1
  }
}

app "three" {
  container "web" { image = 12.5.1 }
}
"#,
    );
}

#[test]
fn shapes_that_hcl_does_not_allow_on_one_line_are_shown_as_they_must_be_written() {
    validate(
        "one-line",
        r#"project "shop" {}

volume "logs" { empty_dir {} }

app "web" {
  container "web" {
    image = "web:1"
    post_start { exec { command = ["true"] } }
    port "http" { container_port = 80, protocol = "TCP" }
  }
}
"#,
    );
}

#[test]
fn mistakes_in_files_of_yaml_are_shown_there() {
    let world = World::sandbox();
    world.write("main.hcl", "project \"shop\" {}\n\nmanifest \"shop\" {\n  yaml = [for f in fileset(\"k8s\", \"*.yaml\") : file(\"k8s/${f}\")]\n}\n");
    std::fs::create_dir(world.path().join("k8s")).unwrap();
    world.write(
        "k8s/1-web.yaml",
        "# The shop.\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicsa: 2\n  minReadySeconds: soon\n  template:\n    spec:\n      containers:\n      - name: web\n        imagee: web:1\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: 12345\n",
    );
    world.write(
        "k8s/2-twice.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: b\n  a: c\n",
    );
    world.write("k8s/3-broken.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n");
    let bomb: String =
        (1..9).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "))).collect();
    world.write("k8s/4-laughs.yaml", format!("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{bomb}"));
    world.write("k8s/5-control.yaml", "apiVersion: v1\nkind: \"Config\u{7}Map\"\n");
    check("yaml-files", &world, &["validate"], 1, &[]);
}

#[test]
fn unknown_blocks_and_attributes_get_the_nearest_name() {
    validate(
        "unknown-names",
        r#"project "shop" {}

ap "web" {
  replicas = 1
}

app "web" {
  replica = 2
  containr "web" {
    image = "web:1"
  }
  container "web" {
    imge  = "web:1"
    image = "web:1"
    port "http" { containerPort = 80 }
  }
}
"#,
    );
}

#[test]
fn wrong_types_name_both_shapes() {
    validate(
        "wrong-types",
        r#"project "shop" {}

app "web" {
  replicas = "two"
  labels   = ["a", "b"]
  container "web" {
    image   = 12
    command = "run"
    env     = { A = { b = 1 } }
    port "http" { container_port = 80.5 }
    port "more" { container_port = 70000 }
  }
}

service "web" {
  app = "web"
}
"#,
    );
}

#[test]
fn missing_references_are_named_with_what_there_is() {
    validate(
        "missing-references",
        r#"project "shop" {}

app "web" {
  container "web" {
    image = "web:${var.tga}"
    env = {
      A = service.api.host
      B = local.nothing
      C = secret.db.keys.password
    }
    port "http" { container_port = 80 }
    mount "/data" { volume = volume.date }
  }
}

variable "tag" {
  default = "1"
}

volume "data" {
  claim { size = "1Gi" }
}

service "web" {
  app = app.web
  port "http" {
    port        = 80
    target_port = app.web.ports.https
  }
}
"#,
    );
}

#[test]
fn cycles_are_named_in_full() {
    validate(
        "cycle-of-values",
        r#"project "shop" {}

locals {
  a = local.b
  b = "${local.c}!"
  c = local.a
}
"#,
    );
    validate(
        "cycle-of-blocks",
        r#"project "shop" {}

app "one" {
  depends_on = [app.two]
  container "c" { image = "one:1" }
}

app "two" {
  depends_on = [app.three]
  container "c" { image = "two:1" }
}

app "three" {
  depends_on = [app.one]
  container "c" { image = "three:1" }
}
"#,
    );
}

#[test]
fn missing_and_wrong_variables_are_told_for_every_environment() {
    let world = World::sandbox();
    world.write(
        "main.hcl",
        r#"project "shop" {}

variable "tag" {
  type = string
}

variable "replicas" {
  type = number
}

environment "dev" {
  context = "dev"
  values  = { tag = "main", replicas = 1 }
}

environment "staging" {
  context = "staging"
  values  = { tag = "main", replica = 2 }
}

environment "prod" {
  context     = "prod"
  values_file = "prod.values.hcl"
}

app "web" {
  replicas = var.replicas
  container "web" { image = "web:${var.tag}" }
}
"#,
    );
    world.write("prod.values.hcl", "tag      = \"v1\"\nreplicas = \"many\"\n");
    check("variables", &world, &["validate"], 1, &[]);
    check("variables-while-planning-dev", &world, &["plan", "-e", "dev"], 1, &[]);
    world.write("main.hcl", world.read("main.hcl").replace("replica = 2", "replicas = 2"));
    world.write("prod.values.hcl", "tag      = \"v1\"\nreplicas = 3\n");
    check("no-environment-chosen", &world, &["plan"], 1, &[]);
    check("unknown-environment", &world, &["plan", "-e", "prd"], 1, &[]);
}

#[test]
fn files_that_are_no_text_are_named() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    world.write("latin1.hcl", b"# caf\xe9\nlocals {\n  a = 1\n}\n");
    world.write("nul.hcl", b"locals {\n  b = \"\0\"\n}\n");
    std::fs::create_dir(world.path().join("folder.hcl")).unwrap();
    std::os::unix::fs::symlink("nowhere", world.path().join("dangling.hcl")).unwrap();
    check("not-text", &world, &["validate"], 1, &[]);
}

#[test]
fn hostile_text_is_told_where_it_stands() {
    let world = World::sandbox();
    world.write("a-bom-crlf.hcl", "\u{feff}project \"shop\" {}\r\n\r\napp \"web\" {\r\n  replicsa = 1\r\n  container \"web\" {\r\n    image = \"web:1\"\r\n  }\r\n}\r\n");
    world.write(
        "b-control.hcl",
        "locals {\n  bell = \"a\u{7}b\"\n  up   = \"\u{1b}[31mred\"\n  \u{1} = 2\n}\n",
    );
    world.write("c-bidi.hcl", "app \"x\" {\n  container \"x\" {\n    image = \"web:1\u{202e}gpj\"\n  }\n}\n");
    check("hostile-text", &world, &["validate"], 1, &[]);
}

/// The HCL parser dedents `<<-` wrongly around directives and blank lines, and `${~` takes too much away. What users
/// get is what `terraform console` answers to the same text.
#[test]
fn the_known_faults_of_the_parser_do_not_reach_users() {
    let world = World::sandbox();
    let text = "project \"shop\" {}\n\nlocals {\n  dedent = <<-EOT\n    a\n\n    %{ for x in [1, 2] }\n      b${x}\n    %{ endfor }\n  EOT\n  strip  = \"a  ${~ \"b\" ~}  c\"\n  lines  = <<-EOT\n    x\n      ${~ \"y\" }\n  EOT\n}\n\nconfig \"c\" {\n  data = { dedent = jsonencode(local.dedent), strip = local.strip, lines = jsonencode(local.lines) }\n}\n";
    world.write("main.hcl", text);
    check("parser-faults", &world, &["plan"], 0, &[]);
    let shown = world.run(&["plan"]).stdout;
    for terraform in [r#""\"a\\n\\n\\n  b1\\n\\n  b2\\n\\n\"""#, r#""abc""#, r#""\"    x\\ny\\n\"""#] {
        assert!(shown.contains(terraform), "{terraform}\n{shown}");
    }
}

#[test]
fn modules_and_templates_that_lead_back_to_themselves() {
    let world = World::sandbox();
    world.write("main.hcl", "project \"shop\" {}\n\nmodule \"a\" { source = \"./a\" }\n\nconfig \"c\" {\n  data = { x = templatefile(\"x.tftpl\", {}) }\n}\n");
    world.write("x.tftpl", "${templatefile(\"x.tftpl\", {})}");
    for (name, other) in [("a", "b"), ("b", "a")] {
        std::fs::create_dir(world.path().join(name)).unwrap();
        world.write(
            &format!("{name}/main.hcl"),
            format!("module \"{other}\" {{ source = \"../{other}\" }}\n"),
        );
    }
    check("recursion", &world, &["validate"], 1, &[]);
}

#[test]
fn files_outside_of_the_folder_are_not_read() {
    let world = World::sandbox();
    let outside = World::sandbox();
    outside.write("secret.txt", "hunter2");
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, world.path().join(name)).unwrap();
    link(&outside.path().join("secret.txt").display().to_string(), "link.txt");
    link("loop.txt", "loop.txt");
    link("..", "up");
    world.write(
        "main.hcl",
        "project \"shop\" {}\n\nconfig \"c\" {\n  data = {\n    link  = file(\"link.txt\")\n    loop  = file(\"loop.txt\")\n    up    = file(\"up/x\")\n    above = file(\"../x\")\n    root  = file(\"/etc/hostname\")\n    nul   = file(\"a\\u0000b\")\n    none  = file(\"none.txt\")\n    here  = file(\".\")\n    bytes = file(\"latin1.txt\")\n  }\n}\n\nmanifest \"m\" { yaml = file(\"link.txt\") }\n",
    );
    world.write("latin1.txt", b"caf\xe9");
    check("files-outside", &world, &["validate"], 1, &[]);
}

#[test]
fn an_empty_folder_and_a_missing_one() {
    let world = World::sandbox();
    check("empty-folder", &world, &["validate"], 1, &[]);
    check("missing-folder", &world, &["validate", "elsewhere"], 1, &[]);
}

#[test]
fn no_project() {
    validate("no-project", "app \"web\" {\n  container \"web\" { image = \"web:1\" }\n}\n");
}

#[test]
fn two_projects_and_two_of_the_same_name() {
    validate(
        "duplicates",
        r#"project "shop" {}
project "shop" {}

app "web" {
  replicas = 1
  replicas = 2
  container "web" { image = "web:1" }
}

app "web" {
  container "web" { image = "web:1" }
}

variable "a" {
  default = 1
}
variable "a" {
  default = 2
}
"#,
    );
}

/// A world whose only environment leads to the context `broken` of `config`.
fn broken(config: &str) -> World {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    world.write("kubeconfig", config);
    world.write(
        "environments.hcl",
        "environment \"test\" {\n  context    = \"broken\"\n  kubeconfig = \"kubeconfig\"\n}\n",
    );
    world
}

#[test]
fn a_missing_kubeconfig_or_context() {
    let world = broken("");
    std::fs::remove_file(world.path().join("kubeconfig")).unwrap();
    check("no-kubeconfig", &world, &["plan"], 1, &[]);
    let world = broken(&kubeconfig("http://127.0.0.1:1").replace("name: broken", "name: another"));
    check("no-context", &world, &["plan"], 1, &[]);
    let world = broken("{ this is: not [ yaml");
    check("kubeconfig-is-no-yaml", &world, &["plan"], 1, &[]);
}

#[test]
fn a_cluster_that_refuses() {
    // Port 1 of the loopback interface: nobody listens there.
    let world = broken(&kubeconfig("http://127.0.0.1:1"));
    check("cluster-refuses", &world, &["plan"], 1, &[]);
}

#[test]
fn a_cluster_that_never_answers() {
    let server = Server::start(Reply::Silence);
    let world = broken(&server.kubeconfig());
    check(
        "cluster-silent",
        &world,
        &["plan", "--request-timeout", "1s"],
        1,
        &[(&server.address(), "ADDRESS")],
    );
}

#[test]
fn a_cluster_that_answers_nonsense() {
    let server = Server::start(Reply::Nonsense);
    check("cluster-nonsense", &broken(&server.kubeconfig()), &["plan"], 1, &[(&server.address(), "ADDRESS")]);
    let server = Server::start(Reply::Status(200, "<html>login</html>".into()));
    check("cluster-html", &broken(&server.kubeconfig()), &["plan"], 1, &[(&server.address(), "ADDRESS")]);
}

#[test]
fn missing_rights_and_a_token_that_expired() {
    let status = |code: u16, reason: &str, message: &str| {
        let body = serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message
        });
        Server::start(Reply::Status(code, body.to_string()))
    };
    let server = status(
        403,
        "Forbidden",
        "namespaces \"kube-system\" is forbidden: User \"dev\" cannot get resource \"namespaces\" in API group \"\" in the namespace \"kube-system\"",
    );
    check("no-rights", &broken(&server.kubeconfig()), &["plan"], 1, &[(&server.address(), "ADDRESS")]);
    let server = status(401, "Unauthorized", "Unauthorized");
    check("no-token", &broken(&server.kubeconfig()), &["plan"], 1, &[(&server.address(), "ADDRESS")]);
}

/// A world with one application, applied to the sandbox.
fn applied() -> World {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world
}

const STATE: &str = ".plimsoll/state/default/state.json";

#[test]
fn a_state_of_another_cluster() {
    let world = applied();
    std::fs::remove_dir_all(world.path().join(".plimsoll/sandbox")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&world.read(STATE)).unwrap();
    let uid = state.to_string();
    let uid = uid.split("\"cluster_uid\":\"").nth(1).unwrap().split('"').next().unwrap().to_string();
    let run = world.run(&["plan"]);
    let live = run
        .all()
        .split(|c: char| !(c.is_ascii_hexdigit() || c == '-'))
        .filter(|w| w.len() == 36 && *w != uid)
        .map(str::to_string)
        .next()
        .unwrap_or_else(|| panic!("the live cluster is named\n{}", run.all()));
    check("another-cluster", &world, &["plan"], 1, &[(&uid, "UID-OF-STATE"), (&live, "UID-OF-CLUSTER")]);
}

#[test]
fn a_damaged_or_newer_state() {
    let world = applied();
    let good = world.read(STATE);
    world.write(STATE, &good[..good.len() / 2]);
    check("state-cut", &world, &["plan"], 1, &[]);
    world.write(STATE, "");
    check("state-empty", &world, &["plan"], 1, &[]);
    world.write(STATE, good.replacen("\"web\"", "\"wab\"", 1));
    check("state-edited", &world, &["plan"], 1, &[]);
    let mut newer: serde_json::Value = serde_json::from_str(&good).unwrap();
    newer["version"] = 99.into();
    world.write(STATE, newer.to_string());
    check("state-newer", &world, &["plan"], 1, &[]);
    world.write(STATE, &good);
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
}

#[test]
fn a_plan_that_somebody_changed_or_applied_already() {
    let world = applied();
    world.write("main.hcl", APP.replace("web:1", "web:2"));
    world.run(&["plan", "-out", "p"]).expect_code(0);
    let good = std::fs::read(world.path().join("p")).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    world.write("p", &bad);
    check("plan-tampered", &world, &["apply", "p"], 1, &[]);
    world.write("p", include_bytes!("../../engine/plan/fixtures/v1.plan"));
    check("plan-older", &world, &["apply", "p"], 1, &[]);
    world.write("p", String::from_utf8(good.clone()).unwrap().replacen("plan 3", "plan 4", 1));
    check("plan-newer", &world, &["show", "p"], 1, &[]);
    world.write("p", &good);
    world.write("main.hcl", APP.replace("web:1", "web:3"));
    check("plan-other-configuration", &world, &["apply", "p"], 4, &[]);
    world.write("main.hcl", APP.replace("web:1", "web:2"));
    world.run(&["apply", "p"]).expect_code(0);
    check("plan-applied-twice", &world, &["apply", "p"], 4, &[]);
    check("plan-missing", &world, &["apply", "no-such.plan"], 1, &[]);
}

#[test]
fn a_lock_that_somebody_holds() {
    let world = applied();
    let holder = plimsoll_state::Holder {
        user: "ann".into(),
        host: "ship".into(),
        pid: 4711,
        command: "apply".into(),
        since: "2026-01-02T03:04:05Z".parse().unwrap(),
    };
    let store = plimsoll_state::Store::of(world.path(), "default").unwrap();
    let lock = store.lock(&holder, std::time::Duration::ZERO).unwrap();
    let start = std::time::Instant::now();
    let run = world.run(&["apply", "-auto-approve"]);
    assert!(start.elapsed() < std::time::Duration::from_secs(5), "the loser leaves at once");
    let age = run.stderr.split("`apply` for ").nth(1).unwrap_or_else(|| panic!("{}", run.all()));
    let age = age.split(',').next().unwrap();
    check("lock-held", &world, &["apply", "-auto-approve"], 3, &[(age, "AGE")]);
    check("lock-held-state-rm", &world, &["state", "rm", "app.web"], 3, &[(age, "AGE")]);
    // Planning takes no lock.
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    drop(lock);
    world.run(&["apply", "-auto-approve"]).expect_code(0);
}

#[test]
fn a_reader_who_leaves() {
    let world = applied();
    let mut child = world
        .command(&["plan"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    let mut error = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut error).unwrap();
    assert_eq!((status.code(), error.as_str()), (Some(0), ""));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = world.command(&["plan"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}
