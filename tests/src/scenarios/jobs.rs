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

/// A job is waited for, runs once, and is refused where what runs in it changes; a schedule may change.
pub async fn jobs_run_and_do_not_change(world: World) {
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
    let refused = world.run(&["plan"]).expect_code(1);
    for part in ["cannot change would change", "spec.template", "migrate:2", "another name"] {
        assert!(refused.all().contains(part), "the refusal tells {part}\n{}", refused.all());
    }

    world.configure(&text("migrate:1", "0 4 1 1 *"));
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert!(get(&client, &of("Job", "migrate")).await.is_none());
    assert!(get(&client, &of("CronJob", "report")).await.is_none());
}
