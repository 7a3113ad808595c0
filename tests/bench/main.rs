//! The whole line, measured: the offline part at several sizes, then plan, apply and destroy of a
//! thousand objects on a real control plane, each beside the raw requests that it cannot avoid.
//!
//! Everything of one table is measured in one run on one machine; only ratios are worth
//! comparing between machines. `tests/bench/run` builds, starts the control plane and calls this.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod measure;
mod offline;
mod raw;

use std::fmt::Write as _;
use std::path::Path;

use measure::{Sample, median, middle, program, timed};

/// Objects of each of the two kinds on the control plane.
const PAIRS: usize = 500;
/// Requests in flight, for the program and for the raw requests alike.
const PARALLELISM: usize = 16;
/// Counted runs of what can be repeated.
const RUNS: usize = 5;
/// Rounds of what fills a namespace.
const ROUNDS: usize = 3;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut rows = Vec::new();
    offline::measure(&mut rows);
    if let Some(kubeconfig) = std::env::var_os("PLIMSOLL_TEST_KUBECONFIG") {
        online(Path::new(&kubeconfig), &mut rows).await;
    } else {
        println!("PLIMSOLL_TEST_KUBECONFIG is not set: only the offline part is measured");
    }
    println!(
        "{:<44} {:>10} {:>10} {:>10} {:>8} {:>9}  bound",
        "what", "seconds", "cpu", "raw", "ratio", "peak MB"
    );
    for row in &rows {
        println!("{row}");
    }
    let broken: Vec<_> = rows.iter().filter(|r| !r.holds).map(|r| r.what.as_str()).collect();
    if !broken.is_empty() {
        println!("\ndoes not hold: {}", broken.join(", "));
        std::process::exit(1);
    }
}

struct Row {
    what: String,
    sample: Sample,
    raw: Option<f64>,
    bound: String,
    holds: bool,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let raw = self.raw.map_or("-".into(), |r| format!("{r:.3}"));
        let ratio = self.raw.map_or("-".into(), |r| format!("{:.2}", self.sample.seconds / r));
        let verdict = if self.holds { "holds" } else { "DOES NOT HOLD" };
        write!(
            f,
            "{:<44} {:>10.4} {:>10.2} {:>10} {:>8} {:>9.1}  {} ({verdict})",
            self.what, self.sample.seconds, self.sample.cpu, raw, ratio, self.sample.peak_mb, self.bound
        )
    }
}

/// A project of `blocks` blocks, half of them apps and half services that refer to them.
fn project(blocks: usize, replicas: usize, environment: &str) -> String {
    let mut text = format!(
        "project \"bench\" {{}}\n{environment}\nvariable \"tag\" {{\n  type = string\n  default = \"1.27\"\n}}\n"
    );
    for i in 0..blocks / 2 {
        write!(
            text,
            r#"
app "a{i}" {{
  replicas = {replicas}
  container "main" {{
    image = "registry.example.com/team/a{i}:${{var.tag}}"
    env   = {{ NEXT = service.a{next}.ports.http.url, INDEX = "${{{i} + 1}}" }}
    resources {{
      requests = {{ cpu = "10m", memory = "16Mi" }}
      limits   = {{ cpu = "100m", memory = "64Mi" }}
    }}
    port "http" {{ container_port = 8080 }}
    readiness_probe {{
      http_get {{
        path = "/ready"
        port = "http"
      }}
    }}
  }}
}}
service "a{i}" {{ app = app.a{i} }}
"#,
            next = (i + 1) % (blocks / 2)
        )
        .unwrap();
    }
    text
}

async fn online(kubeconfig: &Path, rows: &mut Vec<Row>) {
    let cluster = raw::Cluster::connect(kubeconfig).await;
    let parallelism = PARALLELISM.to_string();
    let run_in = |folder: &Path, arguments: &[&str], code: i32| {
        let mut all = arguments.to_vec();
        all.extend(["--parallelism", &parallelism]);
        timed(program(folder, &all), code)
    };
    let environment_of = |namespace: &str| {
        format!(
            "environment \"bench\" {{\n  context = \"plimsoll-test\"\n  kubeconfig = \"{}\"\n  namespace = \"{namespace}\"\n}}\n",
            kubeconfig.display()
        )
    };

    // In turn, each in a namespace of its own, and each after the controllers are done with the one before.
    let (mut raw_dry_runs, mut raw_creates, mut made, mut applied) = (vec![], vec![], vec![], vec![]);
    let (mut beside, mut namespace, mut environment) = Default::default();
    let mut folder = tempfile::tempdir().unwrap();
    for _ in 0..ROUNDS {
        beside = cluster.namespace("raw").await;
        raw_dry_runs.push(cluster.creates(&beside, PAIRS, PARALLELISM, true).await);
        raw_creates.push(cluster.creates(&beside, PAIRS, PARALLELISM, false).await);
        cluster.quiet(&beside, PAIRS).await;
        namespace = cluster.namespace("bench").await;
        environment = environment_of(&namespace);
        folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.hcl"), project(PAIRS * 2, 0, &environment)).unwrap();
        made.push(run_in(folder.path(), &["plan", "--out", "create.plan"], 0));
        applied.push(run_in(folder.path(), &["apply", "--no-wait", "create.plan"], 0));
        cluster.quiet(&namespace, PAIRS).await;
    }
    rows.push(Row {
        what: format!("plan, {} objects to create", PAIRS * 2),
        sample: median(made),
        raw: Some(middle(raw_dry_runs)),
        bound: "-".into(),
        holds: true,
    });
    let ratios: Vec<f64> = applied.iter().zip(&raw_creates).map(|(a, raw)| a.seconds / raw).collect();
    let ratio = middle(ratios.clone());
    rows.push(Row {
        what: format!("apply of that plan, {} objects created", PAIRS * 2),
        sample: median(applied),
        raw: Some(middle(raw_creates)),
        bound: format!(
            "at most 1.2 x the raw creates, without waits (median of {}: {ratio:.2})",
            ratios.iter().map(|r| format!("{r:.2}")).collect::<Vec<_>>().join(", ")
        ),
        holds: ratio <= 1.2,
    });

    let run = |arguments: &[&str], code| run_in(folder.path(), arguments, code);
    let mut lists = Vec::new();
    let mut plans = Vec::new();
    for i in 0..=RUNS {
        let list = cluster.lists(&namespace, PARALLELISM).await;
        let plan = run(&["plan", "--detailed-exitcode"], 0);
        if i > 0 {
            lists.push(list);
            plans.push(plan);
        }
    }
    let (list, plan) = (middle(lists), median(plans));
    rows.push(Row {
        what: format!("plan, {} objects unchanged", PAIRS * 2),
        sample: plan,
        raw: Some(list),
        bound: "at most 3 x the raw LISTs + 0.05 s, 60 MB".into(),
        holds: plan.seconds <= 3.0 * list + 0.05 && plan.peak_mb <= 60.0,
    });

    let changed = project(PAIRS * 2, 0, &environment).replace("\"1.27\"", "\"1.28\"");
    std::fs::write(folder.path().join("main.hcl"), changed).unwrap();
    let (mut asked, mut plans, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..=RUNS {
        let raw = cluster.images(&beside, PAIRS, PARALLELISM).await;
        let plan = run(&["plan", "--detailed-exitcode"], 2);
        if i > 0 {
            asked.push(raw);
            plans.push(plan);
            ratios.push(plan.seconds / raw);
        }
    }
    let ratio = middle(ratios);
    rows.push(Row {
        what: format!("plan, every image of {PAIRS} changed"),
        sample: median(plans),
        raw: Some(middle(asked)),
        bound: format!("at most 1.3 x the raw dry runs (median of {RUNS} pairs: {ratio:.2})"),
        holds: ratio <= 1.3,
    });

    let raw_deletes = cluster.deletes(&beside, PAIRS, PARALLELISM).await;
    let destroy = run(&["destroy", "--auto-approve"], 0);
    rows.push(Row {
        what: format!("destroy, {} objects", PAIRS * 2),
        sample: destroy,
        raw: Some(raw_deletes),
        bound: "-".into(),
        holds: true,
    });
    cluster.forget(&[&namespace, &beside]).await;
}
