//! The order that is printed is the order that is carried out.

use plimsoll_plan::schedule::{Schedule, Step};

use super::*;

const TIERS: &str = r#"
project "shop" {}

config "site" { data = { color = "blue" } }
secret "db" { data = { password = "hidden" } }

job "migrate" {
  container "migrate" {
    image = "migrate:1"
    env   = { COLOR = config.site.keys.color }
  }
}

app "api" {
  depends_on = [job.migrate]
  container "api" {
    image = "api:1"
    env   = { PASSWORD = secret.db.keys.password }
    port "http" { container_port = 80 }
  }
}
app "web" {
  container "web" {
    image    = "web:1"
    env_from = [config.site]
    env      = { API = service.api.ports.http.url }
    port "http" { container_port = 80 }
  }
}
service "api" { app = app.api }
service "web" { app = app.web }
ingress "web" {
  rule {
    host = "shop.test"
    path "/" { backend = service.web.ports.http }
  }
}
"#;

/// Plays the events again over the printed steps: each one begins when what it waits for is done, and never
/// before a smaller one that could begin.
fn replay(steps: &[Step<'_>], events: &[String]) {
    let name = |step: &Step<'_>| step.operation.id.to_string();
    let mut begun = vec![false; steps.len()];
    let (mut written, mut done) = (vec![false; steps.len()], vec![false; steps.len()]);
    for event in events {
        let Some((what, id)) = event.split_once(' ') else { continue };
        let Some(at) = steps.iter().position(|s| name(s) == id) else {
            panic!("{event}: not among the steps")
        };
        let can_begin = |step: &Step<'_>| {
            step.after.iter().all(|a| match a.step {
                Some(n) if a.ready => done[n - 1],
                Some(n) => written[n - 1],
                None => true,
            })
        };
        match what {
            "written" => written[at] = true,
            "done" => (written[at], done[at]) = (true, true),
            "Create" | "Update" | "Replace" | "Delete" => {
                assert!(can_begin(&steps[at]), "{event} began too early: {:?}", steps[at].after);
                let earlier = steps[..at].iter().enumerate().find(|(i, s)| !begun[*i] && can_begin(s));
                assert!(earlier.is_none(), "{event} began before {}", name(earlier.unwrap().1));
                begun[at] = true;
            }
            _ => {}
        }
    }
    assert!(begun.iter().all(|b| *b) && done.iter().all(|d| *d), "not every step was carried out");
}

/// Plans, carries out, and compares.
async fn carried_out_as_printed(bench: &Bench, destroy: bool) -> Vec<String> {
    let store = bench.store();
    let mut session = bench.session(&store);
    session.options.destroy = destroy;
    let plan = session.plan().await.unwrap().plan;
    bench.cluster.asked();
    let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
    assert!(told.outcome.succeeded(), "{:?}", told.events);
    let steps = Schedule::of(&plan).steps(true);
    replay(&steps, &told.events);
    // One at a time: the requests themselves.
    let requests = bench.cluster.writes();
    if bench.options.parallelism == 1 {
        let sent: Vec<String> = told
            .events
            .iter()
            .filter_map(|e| e.split_once(' '))
            .filter(|(what, _)| ["Create", "Update", "Replace", "Delete"].contains(what))
            .flat_map(|(what, id)| {
                let verbs: &[&str] = match what {
                    "Delete" => &["delete"],
                    "Replace" => &["delete", "apply"],
                    _ => &["apply"],
                };
                verbs.iter().map(move |verb| format!("{verb} {id}"))
            })
            .collect();
        assert_eq!(requests, sent);
    }
    let line = |s: &Step<'_>| {
        let after: Vec<String> = s
            .after
            .iter()
            .map(|a| {
                let ready = if a.ready { "!" } else { "" };
                format!("{}{ready} {:?}", a.operation.address, a.because)
            })
            .collect();
        format!("{} {:?} {} [{}]", s.number, s.operation.action, s.operation.address, after.join(", "))
    };
    steps.iter().map(line).collect()
}

#[tokio::test]
async fn the_order_that_is_printed_is_carried_out() {
    for parallelism in [1, 2, 16] {
        let mut bench = Bench::new(TIERS);
        bench.options.parallelism = parallelism;
        let made = carried_out_as_printed(&bench, false).await;
        // A change with a delete: what depended on it changes first.
        bench.edit(
            &TIERS
                .replace("service \"web\" { app = app.web }\n", "")
                .replace("env_from = [config.site]", "")
                .replace("env   = { COLOR = config.site.keys.color }", "")
                .replace("config \"site\" { data = { color = \"blue\" } }", "")
                .replace("backend = service.web", "backend = service.api"),
        );
        bench.options.allow_replace = ["job.migrate".parse().unwrap()].into();
        let changed = carried_out_as_printed(&bench, false).await;
        let gone = carried_out_as_printed(&bench, true).await;
        if parallelism == 1 {
            expect![[r#"
                1 Create config.site []
                2 Create secret.db []
                3 Create service.api []
                4 Create service.web []
                5 Create app.web [config.site Reference, service.api Reference, service.web Reference]
                6 Create job.migrate [config.site Reference]
                7 Create app.api [secret.db Reference, service.api Reference, job.migrate! DependsOn]
                8 Create ingress.web [service.web Reference]"#]]
            .assert_eq(&made.join("\n"));
            expect![[r#"
                1 Update app.web []
                2 Replace job.migrate []
                3 Update ingress.web []
                4 Delete service.web [app.web Remembered, ingress.web Remembered]
                5 Delete config.site [app.web Remembered, job.migrate Remembered]"#]]
            .assert_eq(&changed.join("\n"));
            expect![[r#"
                1 Delete ingress.web []
                2 Delete app.api []
                3 Delete app.web []
                4 Delete job.migrate [app.api Remembered]
                5 Delete service.api [ingress.web Remembered, app.api Remembered, app.web Remembered]
                6 Delete secret.db [app.api Remembered]"#]]
            .assert_eq(&gone.join("\n"));
        }
    }
}

#[tokio::test]
async fn what_stays_as_it_is_is_passed_through() {
    let mut bench = Bench::new(TIERS);
    bench.apply().await;
    // The job stays: whoever needs it ready waits for it, and through it for what it needs.
    bench.edit(&TIERS.replace("api:1", "api:2").replace("\"blue\"", "\"red\""));
    let steps = carried_out_as_printed(&bench, false).await;
    expect![[r#"
        1 Update config.site []
        2 Update app.web [config.site Reference]
        3 Update app.api [config.site DependsOn, job.migrate! DependsOn]"#]]
    .assert_eq(&steps.join("\n"));
}
