//! Drift, alone.

use expect_test::expect;
use plimsoll_model::source::Location;
use plimsoll_plan::Accept;

use crate::drift;
use crate::example::everything;
use crate::style::Style;

#[test]
fn drift_is_told_alone_with_what_would_accept_it() {
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

        Changed in the cluster since the last apply:

          # app.nginx (StatefulSet default/nginx)
              ~ spec.minReadySeconds: 5 → 9  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:6

          # app.worker (Deployment default/worker)
              ~ spec.replicas: 3 → 7  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:41
                  to keep it, main.hcl:41: `replicas = 7` instead of `replicas = 3`

          # config.flags (ConfigMap default/flags)
              - deleted; the next apply makes it again
                  to leave it deleted: take the block away, main.hcl:3

        Added to these objects by others:

          # app.nginx (StatefulSet default/nginx)
              ? spec.template.spec.containers[name=debug]: {"image":"debug:1","name":"debug"}  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)

        Drift: 2 changed, 1 deleted, 1 with something added by others.
    "#]].assert_eq(&drift::text(&everything(), Style::PLAIN));
    let mut plan = everything();
    for op in &mut plan.operations {
        for change in &mut op.changes {
            change.accept = change.accept.take().map(|_| Accept::Edit {
                at: Location { path: "dev.hcl".into(), line: 2 },
                line: "workers = 3".into(),
                becomes: None,
                also: 2,
            });
            change.variables = vec!["var.workers".into()];
        }
    }
    plan.operations.retain(|op| op.address.to_string() == "app.worker");
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

        Changed in the cluster since the last apply:

          # app.worker (Deployment default/worker)
              ~ spec.replicas: 3 → 7  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:41 (var.workers)
                  to leave it out, dev.hcl:2 (var.workers): without `workers = 3`; the same text decides 2 more fields

        Drift: 1 changed, 0 deleted, 0 with something added by others.
    "#]].assert_eq(&drift::text(&plan, Style::PLAIN));
    plan.operations.clear();
    assert!(!drift::found(&plan));
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

        No drift. What was applied stands as it was applied.
    "#]]
    .assert_eq(&drift::text(&plan, Style::PLAIN));
}

#[test]
fn drift_as_json_has_both_values_and_the_edit() {
    let mut plan = everything();
    plan.operations.retain(|op| op.address.to_string() == "app.worker");
    expect![[r#"
        {
          "drift": [
            {
              "added": [],
              "address": "app.worker",
              "changes": [
                {
                  "accept": {
                    "edit": {
                      "also": 0,
                      "at": {
                        "line": 41,
                        "path": "main.hcl"
                      },
                      "becomes": "replicas = 7",
                      "line": "replicas = 3"
                    }
                  },
                  "configured": 3,
                  "live": 7,
                  "path": "spec.replicas",
                  "reorder": false,
                  "set_by": {
                    "manager": "kubectl-edit",
                    "operation": "Update",
                    "time": "2026-02-02T11:00:00Z"
                  },
                  "source": {
                    "line": 41,
                    "path": "main.hcl"
                  },
                  "steps": [
                    "spec",
                    "replicas"
                  ],
                  "variables": []
                }
              ],
              "deleted": false,
              "object": {
                "group": "apps",
                "kind": "Deployment",
                "name": "worker",
                "namespace": "default",
                "version": "v1"
              },
              "source": {
                "line": 3,
                "path": "main.hcl"
              }
            }
          ],
          "drifted": true,
          "environment": "default",
          "errored": false,
          "format_version": "1.0",
          "notices": [],
          "project": "nginx",
          "timestamp": "2026-03-01T12:00:00Z"
        }"#]]
    .assert_eq(&format!("{:#}", drift::json(&plan)));
    let json = drift::json(&everything());
    let addresses: Vec<&str> =
        json["drift"].as_array().unwrap().iter().map(|d| d["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["app.nginx", "app.worker", "config.flags"]);
}
