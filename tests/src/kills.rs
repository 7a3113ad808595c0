//! `kill -9` in the middle of an apply, and what must hold afterwards: the next command resolves
//! the journal, and the end is the one of a run that nobody interrupted.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::program::Run;
use crate::world::{World, get};

/// Two apps, of which one keeps data, with what belongs to them; `tag` is what changes.
pub fn application(tag: &str) -> String {
    format!(
        r#"project "kills" {{}}

config "site" {{
  data = {{ color = "blue", tag = "{tag}" }}
}}

volume "data" {{
  claim {{
    per_replica = true
    size        = "1Gi"
  }}
}}

app "db" {{
  kind     = "StatefulSet"
  replicas = 2
  container "db" {{
    image = "db:{tag}"
    port "sql" {{ container_port = 5432 }}
    mount "/data" {{ volume = volume.data }}
  }}
}}

app "web" {{
  container "web" {{
    image = "web:{tag}"
    env   = {{ DB = service.db.host, COLOR = config.site.keys.color }}
    port "http" {{ container_port = 80 }}
  }}
}}

service "db" {{ app = app.db }}
service "web" {{ app = app.web }}
"#
    )
}

/// How an interrupted apply went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// The next apply finds state and journal.
    WithState,
    /// State and journal are lost as well: the cluster's labels must suffice.
    WithoutState,
}

/// A world in which the first version is applied and the second one configured.
pub async fn prepared(world: World) -> World {
    world.configure(&application("1"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    // A third app goes away with the second version, so that an apply also deletes.
    world.configure(&(application("2").replace("service \"web\" { app = app.web }\n", "")));
    world
}

/// Runs the program in `world` with a crash point; whether it was killed.
pub fn crash_at(world: &World, point: &str, arguments: &[&str]) -> bool {
    let mut command = world.command(arguments);
    command.env("PLIMSOLL_CRASH", point).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().signal() == Some(9)
}

/// Runs the program in `world` and kills it after `delay`; whether it was still running.
pub fn kill_after(world: &World, delay: Duration, arguments: &[&str]) -> bool {
    let mut command = world.command(arguments);
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while start.elapsed() < delay {
        if let Some(status) = child.try_wait().unwrap() {
            return status.signal() == Some(9);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap().signal() == Some(9)
}

/// Goes on after an interruption, and asserts the end: applied, settled, nothing twice and
/// nothing left over. `what` names the interruption in messages.
#[track_caller]
pub fn assert_recovers(world: &World, afterwards: Afterwards, what: &str) {
    if afterwards == Afterwards::WithoutState {
        let _ = std::fs::remove_dir_all(world.path().join(".plimsoll/state"));
    }
    let arguments: &[&str] = match afterwards {
        Afterwards::WithState => &["apply", "-auto-approve"],
        Afterwards::WithoutState => &["apply", "-auto-approve", "-delete-unrecorded"],
    };
    let run = world.run(arguments);
    assert_eq!(run.code, Some(0), "after {what} ({afterwards:?}) the next apply fails\n{}", run.all());
    let plan: Run = world.run(&["plan", "-detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "after {what} ({afterwards:?}) the plan is not empty\n{}", plan.all());
}

/// The objects that an uninterrupted run ends with, without what differs from run to run.
pub async fn objects(world: &World) -> Vec<(String, Json)> {
    let client = world.client().await;
    let mut out = Vec::new();
    for (api_version, kind, name) in [
        ("v1", "ConfigMap", "site"),
        ("apps/v1", "StatefulSet", "db"),
        ("v1", "Service", "db-headless"),
        ("v1", "Service", "db-svc"),
        ("apps/v1", "Deployment", "web"),
        ("v1", "Service", "web-svc"),
        ("v1", "PersistentVolumeClaim", "data-db-0"),
        ("v1", "PersistentVolumeClaim", "data-db-1"),
    ] {
        let object = serde_json::json!({
            "apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": world.namespace()}
        });
        let live = get(&client, &object).await;
        let kept = live.map(|l| serde_json::json!({"labels": l["metadata"]["labels"], "data": l["data"], "template": l["spec"]["template"], "ports": l["spec"]["ports"]}));
        out.push((format!("{kind} {name}"), kept.unwrap_or(Json::Null)));
    }
    out
}

/// Pseudo-random numbers that a seed repeats (SplitMix64).
#[derive(Debug, Clone)]
pub struct Seeded(u64);

impl Seeded {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Seeded {
        Seeded(seed)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// Kills `count` applies at moments that `seed` chooses, half of them with the state lost too.
pub async fn random_moments(make: impl AsyncFn() -> World, seed: u64, count: usize) {
    let whole = prepared(make().await).await;
    let start = Instant::now();
    whole.run(&["apply", "-auto-approve"]).expect_code(0);
    // How long an apply takes varies with what else the machine does: it is measured again with
    // each one that ended before its kill.
    let mut length = start.elapsed();
    let wanted = objects(&whole).await;
    let mut random = Seeded::new(seed);
    let mut killed = 0;
    // Only interruptions count; those that came too late are no test of anything.
    for i in 0.. {
        if killed == count {
            break;
        }
        assert!(i < 4 * count, "only {killed} of {i} applies were still running when they were killed");
        let world = prepared(make().await).await;
        let delay = Duration::from_micros(random.below(length.as_micros() as u64 + 1));
        let start = Instant::now();
        if kill_after(&world, delay, &["apply", "-auto-approve"]) {
            killed += 1;
        } else {
            length = length.min(start.elapsed());
        }
        let afterwards = if i % 2 == 0 { Afterwards::WithState } else { Afterwards::WithoutState };
        let what = format!("a kill after {delay:?} (seed {seed}, number {i})");
        assert_recovers(&world, afterwards, &what);
        assert_eq!(without_names(objects(&world).await), without_names(wanted.clone()), "after {what}");
    }
}

/// Worlds on a real control plane have namespaces of their own, which host names mention.
fn without_names(objects: Vec<(String, Json)>) -> Vec<(String, Json)> {
    objects
        .into_iter()
        .map(|(name, mut json)| {
            forget_hosts(&mut json);
            (name, json)
        })
        .collect()
}

fn forget_hosts(json: &mut Json) {
    match json {
        Json::String(s) if s.ends_with(".svc") => *s = s.split('.').next().unwrap_or("").to_string(),
        Json::Array(items) => items.iter_mut().for_each(forget_hosts),
        Json::Object(map) => map.values_mut().for_each(forget_hosts),
        _ => {}
    }
}
