//! Jobs: what runs once, what runs on a schedule, and what of them cannot change.

use serde_json::json;

use crate::world::{World, get};

fn text(image: &str, schedule: &str) -> String {
    format!(
        r#"project "night" {{}}

job "migrate" {{
  backoff_limit              = 2
  active_deadline_seconds    = 300
  completions                = 2
  completion_mode            = "Indexed"
  pod_failure_policy {{
    rule {{
      action = "Ignore"
      on_pod_condition {{ type = "DisruptionTarget" }}
    }}
  }}
  container "migrate" {{
    image   = "{image}"
    command = ["migrate"]
    env     = {{ DB = config.db.keys.url }}
  }}
}}

job "report" {{
  schedule                      = "{schedule}"
  time_zone                     = "Europe/Berlin"
  concurrency                   = "Forbid"
  successful_jobs_history_limit = 1
  restart_policy                = "OnFailure"
  raw                           = {{ metadata = {{ finalizers = [] }}, spec = {{ jobTemplate = {{ spec = {{ template = {{ spec = {{ hostname = "report" }} }} }} }} }} }}
  container "report" {{ image = "report:1" }}
}}

config "db" {{ data = {{ url = "postgres://db" }} }}
"#
    )
}

/// A job is waited for and runs once; what runs in it cannot change in place, so it is replaced and runs
/// again. A schedule may change.
pub async fn jobs_run_and_are_replaced(world: World) {
    world.configure(&text("migrate:1", "0 3 1 1 *"));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["create config.db", "create job.migrate", "create job.report"]);
    let client = world.client().await;
    let of = |kind: &str, name: &str| json!({"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": name, "namespace": world.namespace()}});
    let job = get(&client, &of("Job", "migrate")).await.unwrap();
    assert_eq!(job["status"]["succeeded"], 2, "{job}");
    let cron = get(&client, &of("CronJob", "report")).await.unwrap();
    assert_eq!(cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["hostname"], "report");

    world.configure(&text("migrate:1", "0 4 1 1 *"));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update job.report"]);

    world.configure(&text("migrate:2", "0 4 1 1 *"));
    let plan = world.run(&["plan"]).expect_code(0);
    for part in [
        "job.migrate must be replaced",
        "# forces the replacement",
        "runs again",
        "1 to add, 0 to change, 1 to destroy",
    ] {
        assert!(plan.all().contains(part), "the plan tells {part}\n{}", plan.all());
    }
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["replace job.migrate"]);
    let again = get(&world.client().await, &of("Job", "migrate")).await.unwrap();
    assert_ne!(again["metadata"]["uid"], job["metadata"]["uid"]);
    assert_eq!(again["status"]["succeeded"], 2, "{again}");
    drop(client);

    // What is told not to be destroyed is not replaced either.
    let kept = text("migrate:3", "0 4 1 1 *")
        .replace("  backoff_limit ", "  lifecycle { prevent_destroy = true }\n  backoff_limit ");
    world.configure(&kept);
    let refused = world.run(&["plan"]).expect_code(1);
    assert!(refused.all().contains("prevent-destroy"), "{}", refused.all());

    world.configure(&text("migrate:2", "0 4 1 1 *"));
    let client = world.client().await;
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert!(get(&client, &of("Job", "migrate")).await.is_none());
    assert!(get(&client, &of("CronJob", "report")).await.is_none());
}
