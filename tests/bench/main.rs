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

use measure::{Sample, median, program, timed};

/// Objects of each of the two kinds on the control plane.
const PAIRS: usize = 500;
/// Requests in flight, for the program and for the raw requests alike.
const PARALLELISM: usize = 16;
/// Counted runs of what can be repeated.
const RUNS: usize = 5;

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
    let folder = tempfile::tempdir().unwrap();
    let namespace = cluster.namespace("bench").await;
    let environment = format!(
        "environment \"bench\" {{\n  context = \"plimsoll-test\"\n  kubeconfig = \"{}\"\n  namespace = \"{namespace}\"\n}}\n",
        kubeconfig.display()
    );
    std::fs::write(folder.path().join("main.hcl"), project(PAIRS * 2, 0, &environment)).unwrap();
    let parallelism = PARALLELISM.to_string();
    let run = |arguments: &[&str], code: i32| {
        let mut all = arguments.to_vec();
        all.extend(["--parallelism", &parallelism]);
        timed(program(folder.path(), &all), code)
    };

    let beside = cluster.namespace("raw").await;
    let raw_dry_runs = cluster.creates(&beside, PAIRS, PARALLELISM, true).await;
    let plan = run(&["plan", "--out", "create.plan"], 0);
    rows.push(Row {
        what: format!("plan, {} objects to create", PAIRS * 2),
        sample: plan,
        raw: Some(raw_dry_runs),
        bound: "-".into(),
        holds: true,
    });
    let raw_creates = cluster.creates(&beside, PAIRS, PARALLELISM, false).await;
    let apply = run(&["apply", "create.plan"], 0);
    rows.push(Row {
        what: format!("apply of that plan, {} objects created", PAIRS * 2),
        sample: apply,
        raw: Some(raw_creates),
        bound: "at most 1.2 x the raw creates".into(),
        holds: apply.seconds <= 1.2 * raw_creates,
    });

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
    lists.sort_by(f64::total_cmp);
    let (list, plan) = (lists[lists.len() / 2], median(plans));
    rows.push(Row {
        what: format!("plan, {} objects unchanged", PAIRS * 2),
        sample: plan,
        raw: Some(list),
        bound: "at most 3 x the raw LISTs + 0.05 s, 60 MB".into(),
        holds: plan.seconds <= 3.0 * list + 0.05 && plan.peak_mb <= 60.0,
    });

    let changed = project(PAIRS * 2, 0, &environment).replace("\"1.27\"", "\"1.28\"");
    std::fs::write(folder.path().join("main.hcl"), changed).unwrap();
    let (mut asked, mut plans) = (Vec::new(), Vec::new());
    for i in 0..=RUNS {
        let raw = cluster.images(&beside, PAIRS, PARALLELISM).await;
        let plan = run(&["plan", "--detailed-exitcode"], 2);
        if i > 0 {
            asked.push(raw);
            plans.push(plan);
        }
    }
    asked.sort_by(f64::total_cmp);
    let (raw, plan) = (asked[asked.len() / 2], median(plans));
    rows.push(Row {
        what: format!("plan, every image of {PAIRS} changed"),
        sample: plan,
        raw: Some(raw),
        bound: "at most 1.3 x the raw dry runs".into(),
        holds: plan.seconds <= 1.3 * raw,
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
