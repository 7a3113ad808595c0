//! What the renderers print, over one plan that holds a bit of everything.

use std::time::Duration;

use expect_test::expect;
use plimsoll_model::source::Location;
use plimsoll_model::{Diagnostic, Report, SourceMap, Span};
use plimsoll_plan::{Accept, Action, Addition, Left, Verdict};
use serde_json::json;

use crate::example::{change, editor, empty, everything, known, operation};
use crate::style::Style;
use crate::{diagnostics, drift, json as as_json, markdown, progress, text};

#[test]
fn a_plan_reads_like_terraforms() {
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

        Changed in the cluster since the last apply, and to be set back:

          # app.worker will be updated in-place
          ~ Deployment default/worker                                                       main.hcl:3
              ~ spec.replicas: 7 → 3  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:41

          # config.flags will be created
            # (it was deleted in the cluster since the last apply)
          + ConfigMap default/flags   main.hcl:3
              + data.on: "1"          main.hcl:50

        Plimsoll will do the following:

          # ingress.nginx will be destroyed
            # (it is no longer declared)
          - Ingress default/nginx
                = disk-ssd-nginx-1  claim, stays with its data
                ! old  claim, DELETED WITH ITS DATA

          # app.nginx will be updated in-place
          ~ StatefulSet default/nginx                                                              main.hcl:3
              ~ spec.replicas: 2 → 3                                                               main.hcl:5
              ~ spec.template.spec.containers[name=nginx].image: "nginx:1.27" → "nginx:1.28"       main.hcl:25 (var.tag)
              - spec.template.spec.nodeName: "here"  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)
              ~ spec.template.spec.initContainers (order): ["b","a"] → ["a","b"]                   main.hcl:7
              - spec.template.spec.priorityClassName: "high"
              # changed in the cluster since the last apply, and to be set back:
              ~ spec.minReadySeconds: 9 → 5  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:6
                ~ 2 pods replaced one at a time, at least 2 stay ready; 1 more starts: image, init_containers and 2 more, main.hcl:25
                + nginx-2  pod
                + disk-ssd-nginx-2  claim
                # (1 more filled in by the server)
                # (1 more set by a webhook: metadata.annotations.mesh)

          # service.nginx will be created
            # (not verified: namespace dev is made by the same plan; checked when it is applied)
          + Service default/nginx-svc    main.hcl:3
              + spec.type: "ClusterIP"   main.hcl:88
                # (1 more filled in by the server)

          # config.site["eu"] will be updated in-place
          ~ ConfigMap default/site-eu   main.hcl:3
              ~ data.nginx.conf         main.hcl:60
                      listen 80;
                  -   root /a;
                  +   root /b;
                    }

          # secret.db will be updated in-place
          ~ Secret default/db                                          main.hcl:3
              ~ data.password: (sensitive value) → (sensitive value)   main.hcl:70

        Changes to outputs:
          + ip = (known after apply: service.nginx.cluster_ip)
          ~ url = "http://a" → "http://b"

        Added to these objects by others, and left as it is:

          # app.nginx (StatefulSet default/nginx)
              ? spec.template.spec.containers[name=debug]: {"image":"debug:1","name":"debug"}  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)

        Claims that stay without a pod, with their data:
          = PersistentVolumeClaim default/disk-ssd-nginx-1

        Plan: 2 to add, 4 to change, 1 to destroy.
    "#]].assert_eq(&text::plan(&everything(), Style::PLAIN));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let coloured = text::plan(&everything(), Style::COLOUR);
    assert!(coloured.contains("\u{1b}[32m+\u{1b}[0m"));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some(start) = rest.find('\u{1b}') {
        plain.push_str(&rest[..start]);
        let end = rest[start..].find('m').unwrap();
        rest = &rest[start + end + 1..];
    }
    plain.push_str(rest);
    assert_eq!(plain, text::plan(&everything(), Style::PLAIN));
}

#[test]
fn no_changes_is_said_only_when_it_is_true() {
    let mut plan = empty();
    plan.operations = vec![operation(Action::None, "app.web", ("apps", "Deployment"), "web")];
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

        No changes. The cluster matches the configuration.
    "#]]
    .assert_eq(&text::plan(&plan, Style::PLAIN));
    plan.operations[0].others =
        vec![Addition { path: "spec.paused".into(), value: known(true), owner: editor() }];
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

        Added to these objects by others, and left as it is:

          # app.web (Deployment default/web)
              ? spec.paused: true  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)

        No changes to what the configuration declares, but others added to its objects: see above.
    "#]]
    .assert_eq(&text::plan(&plan, Style::PLAIN));
    plan.operations[0].others.clear();
    let source = Location { path: "main.hcl".into(), line: 12 };
    plan.operations[0].left =
        vec![Left { path: "spec.replicas".into(), value: known(5), ours: known(2), source }];
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

          # app.web (Deployment default/web)
                # (spec.replicas stays 5: it is ignored; the configuration says 2)   main.hcl:12

        No changes, except what is ignored: see above.
    "#]]
    .assert_eq(&text::plan(&plan, Style::PLAIN));
    assert_eq!(
        as_json::plan(&plan)["resource_changes"][0]["plimsoll"]["left"],
        json!([{"path": "spec.replicas", "value": {"known": 5}, "ours": {"known": 2}, "source": {"path": "main.hcl", "line": 12}}])
    );
    plan.operations[0].left.clear();
    plan.operations[0].verdict = Verdict::NotVerified("secret.db is only known when it is applied".into());
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

        Not verified:
          ? app.web  not verified: secret.db is only known when it is applied

        Nothing to change as far as is known, but not everything could be verified: see above.
    "#]]
    .assert_eq(&text::plan(&plan, Style::PLAIN));
    plan.operations.clear();
    plan.unrecorded_deletes = vec![operation(Action::Delete, "app.old", ("apps", "Deployment"), "old")];
    expect![[r#"
        Environment default of project nginx, on the sandbox, the embedded cluster of this folder

        Objects that carry the labels of this environment, that the state does not know and that nobody declares.
        They stay, unless their deletion is confirmed with -delete-unrecorded:
          - Deployment default/old  (app.old)

        No changes to what the configuration declares, but objects of before are left: see above.
    "#]]
    .assert_eq(&text::plan(&plan, Style::PLAIN));
}

#[test]
fn the_json_has_terraforms_form() {
    let json = as_json::plan(&everything());
    assert_eq!(json["format_version"], "1.2");
    let addresses: Vec<&str> =
        json["resource_changes"].as_array().unwrap().iter().map(|c| c["address"].as_str().unwrap()).collect();
    assert_eq!(
        addresses,
        [
            "app.nginx",
            "service.nginx",
            "config.site[\"eu\"]",
            "secret.db",
            "ingress.nginx",
            "app.db",
            "app.worker",
            "config.flags"
        ]
    );
    expect![[r#"
        {
          "address": "config.site[\"eu\"]",
          "change": {
            "actions": [
              "update"
            ],
            "after": {
              "apiVersion": "v1",
              "kind": "ConfigMap",
              "metadata": {
                "name": "site-eu",
                "namespace": "default"
              }
            },
            "after_sensitive": {},
            "after_unknown": {},
            "before": {
              "apiVersion": "v1",
              "kind": "ConfigMap",
              "metadata": {
                "name": "site-eu",
                "namespace": "default"
              }
            },
            "before_sensitive": {}
          },
          "index": "eu",
          "mode": "managed",
          "name": "site",
          "plimsoll": {
            "adopted": false,
            "changes": [
              {
                "after": {
                  "known": "server {\n  listen 80;\n  root /b;\n}\n"
                },
                "before": {
                  "known": "server {\n  listen 80;\n  root /a;\n}\n"
                },
                "cause": "ours",
                "path": "data.nginx.conf",
                "source": {
                  "line": 60,
                  "path": "main.hcl"
                },
                "steps": [
                  "data",
                  "nginx",
                  "conf"
                ]
              }
            ],
            "consequences": [],
            "force": false,
            "grows": [],
            "hidden": 0,
            "keeps_pods": false,
            "left": [],
            "needs": [],
            "object": {
              "group": "",
              "kind": "ConfigMap",
              "name": "site-eu",
              "namespace": "default",
              "version": "v1"
            },
            "others": [],
            "ownership": [],
            "replaced_by": [],
            "reverts": [],
            "source": {
              "line": 3,
              "path": "main.hcl"
            },
            "uid": null,
            "vanished": false,
            "verdict": "changed",
            "yielded": []
          },
          "provider_name": "registry.plimsoll.dev/plimsoll/kubernetes",
          "type": "config"
        }
    "#]]
    .assert_eq(&format!("{:#}\n", json["resource_changes"][2]));
    expect![[r#"
        {
          "ip": {
            "actions": [
              "create"
            ],
            "after": null,
            "after_sensitive": false,
            "after_unknown": true,
            "before": null,
            "before_sensitive": false
          },
          "url": {
            "actions": [
              "update"
            ],
            "after": "http://b",
            "after_sensitive": false,
            "after_unknown": false,
            "before": "http://a",
            "before_sensitive": false
          }
        }
    "#]]
    .assert_eq(&format!("{:#}\n", json["output_changes"]));
    assert_eq!(json["resource_changes"][1]["change"]["after_unknown"], json!({"spec": {"clusterIP": true}}));
    assert_eq!(json["resource_changes"][3]["change"]["after_sensitive"], json!({"data": {"password": true}}));
    assert_eq!(json["resource_changes"][4]["change"]["actions"], json!(["delete"]));
    assert_eq!(json["resource_changes"][5]["change"]["actions"], json!(["no-op"]));
    assert_eq!(json["applyable"], true);
}

#[test]
fn modules_and_parts_keep_addresses_apart() {
    let mut plan = empty();
    plan.operations = vec![
        operation(Action::Create, "module.shop[\"a\"].app.web[0]", ("apps", "StatefulSet"), "web"),
        operation(Action::Create, "module.shop[\"a\"].app.web[0]:headless", ("", "Service"), "web-headless"),
    ];
    let json = as_json::plan(&plan);
    let part = |i: usize, name: &str| json["resource_changes"][i][name].clone();
    assert_eq!(part(0, "module_address"), "module.shop[\"a\"]");
    assert_eq!(
        (part(1, "type"), part(1, "name"), part(1, "index")),
        (json!("app"), json!("web:headless"), json!(0))
    );
}

#[test]
fn markdown_puts_destroys_first_and_folds_the_rest() {
    expect![[r####"
        ### Plan for `default` of `nginx` on `sandbox`

        Plan: 2 to add, 4 to change, 1 to destroy.

        #### :warning: 1 to destroy

        - `ingress.nginx` (Ingress default/nginx)

        #### :warning: Claims deleted with their data

        - `old`

        #### 2 changed in the cluster since the last apply, to be set back

        <details><summary><code>app.worker</code> (Deployment default/worker)</summary>

        ```diff
          # app.worker will be updated in-place
        !  Deployment default/worker                                                       main.hcl:3
        !      spec.replicas: 7 → 3  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:41
        ```

        </details>
        <details><summary><code>config.flags</code> (ConfigMap default/flags)</summary>

        ```diff
          # config.flags will be created
            # (it was deleted in the cluster since the last apply)
        +  ConfigMap default/flags   main.hcl:3
        +      data.on: "1"          main.hcl:50
        ```

        </details>

        #### 1 to add

        <details><summary><code>service.nginx</code> (Service default/nginx-svc)</summary>

        ```diff
          # service.nginx will be created
            # (not verified: namespace dev is made by the same plan; checked when it is applied)
        +  Service default/nginx-svc    main.hcl:3
        +      spec.type: "ClusterIP"   main.hcl:88
                # (1 more filled in by the server)
        ```

        </details>

        #### 3 to change

        <details><summary><code>app.nginx</code> (StatefulSet default/nginx)</summary>

        ```diff
          # app.nginx will be updated in-place
        !  StatefulSet default/nginx                                                              main.hcl:3
        !      spec.replicas: 2 → 3                                                               main.hcl:5
        !      spec.template.spec.containers[name=nginx].image: "nginx:1.27" → "nginx:1.28"       main.hcl:25 (var.tag)
        -      spec.template.spec.nodeName: "here"  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)
        !      spec.template.spec.initContainers (order): ["b","a"] → ["a","b"]                   main.hcl:7
        -      spec.template.spec.priorityClassName: "high"
              # changed in the cluster since the last apply, and to be set back:
        !      spec.minReadySeconds: 9 → 5  (set by kubectl-edit, Update, 2026-02-02T11:00:00Z)   main.hcl:6
        !        2 pods replaced one at a time, at least 2 stay ready; 1 more starts: image, init_containers and 2 more, main.hcl:25
        +        nginx-2  pod
        +        disk-ssd-nginx-2  claim
                # (1 more filled in by the server)
                # (1 more set by a webhook: metadata.annotations.mesh)
        ```

        </details>
        <details><summary><code>config.site&#91;"eu"&#93;</code> (ConfigMap default/site-eu)</summary>

        ```diff
          # config.site["eu"] will be updated in-place
        !  ConfigMap default/site-eu   main.hcl:3
        !      data.nginx.conf         main.hcl:60
                      listen 80;
        -            root /a;
        +            root /b;
                    }
        ```

        </details>
        <details><summary><code>secret.db</code> (Secret default/db)</summary>

        ```diff
          # secret.db will be updated in-place
        !  Secret default/db                                          main.hcl:3
        !      data.password: (sensitive value) → (sensitive value)   main.hcl:70
        ```

        </details>

        #### Added by others, left as it is

        - `app.nginx`: `spec.template.spec.containers[name=debug]` by `kubectl-edit`
    "####]].assert_eq(&markdown::plan(&everything()));
}

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

#[test]
fn markdown_says_what_it_cut() {
    let mut plan = empty();
    for i in 0..400 {
        let mut op =
            operation(Action::Update, &format!("app.web-{i}"), ("apps", "Deployment"), &format!("web-{i}"));
        op.changes = vec![change(
            "spec.x",
            known("`".repeat(100)),
            known("y".repeat(300)),
            plimsoll_plan::Cause::Ours,
            None,
        )];
        plan.operations.push(op);
    }
    let text = markdown::plan(&plan);
    assert!(text.chars().count() < 65_000, "{}", text.chars().count());
    let shown = text.matches("<details>").count();
    let note = format!("**Cut: {} more entries do not fit into a comment.**", 400 - shown);
    assert!(shown > 50 && text.contains(&note), "{shown}");
}

#[test]
fn hostile_names_stay_text() {
    let mut plan = everything();
    plan.header.target = "x\u{1b}]0;owned\u{7}`<script>".into();
    plan.header.sandbox = false;
    plan.operations[0].id.name = "a\u{1b}[2J\r<img src=x>".into();
    plan.operations[0].others[0].owner.manager = "```\n## heading\u{202e}".into();
    plan.operations[0].changes[1].after = known("\u{1b}[31mred");
    for out in [text::plan(&plan, Style::PLAIN), markdown::plan(&plan)] {
        assert!(!out.chars().any(|c| c != '\n' && c.is_control()), "{out:?}");
        assert!(!out.contains('\u{202e}'));
    }
    // In code nothing is HTML; outside of it nothing may be.
    let text = markdown::plan(&plan);
    let prose: String = text.split("```").step_by(2).collect();
    let outside: String = prose.split('`').step_by(2).collect();
    assert!(!outside.contains("<img") && !outside.contains("<script"), "{outside}");
}

fn findings() -> (Report, SourceMap) {
    let mut sources = SourceMap::new();
    let text = "app \"web\" {\n  replcas = 3\n\tkind = \"X\"\n}\n";
    let id = sources.add("web.hcl", text);
    let mut report = Report::new();
    report.push(
        Diagnostic::warning("old-name", "an old name is used")
            .at(Span::new(id, 26, 30), "")
            .related(Span::new(id, 0, 9), "in this block"),
    );
    report.push(
        Diagnostic::error("unknown-attribute", "the block has no such attribute")
            .detail("An app has no attribute replcas.\nIt has many others.")
            .at(Span::new(id, 14, 21), "not known \u{1b}[31m")
            .help("did you mean replicas?"),
    );
    report.push(Diagnostic::error("no-place", "nothing is where it should be"));
    (report, sources)
}

#[test]
fn findings_show_their_lines() {
    let (report, sources) = findings();
    expect![[r#"
        error[no-place]: nothing is where it should be

        error[unknown-attribute]: the block has no such attribute
          web.hcl:2: not known \u{1b}[31m
            2 |   replcas = 3
              |   ^^^^^^^
          An app has no attribute replcas.
          It has many others.
          help: did you mean replicas?

        warning[old-name]: an old name is used
          web.hcl:3
            3 |     kind = "X"
              | ^^^^^^^
          web.hcl:1: in this block
            1 | app "web" {
              | ---------
    "#]]
    .assert_eq(&diagnostics::human(&report, &sources, Style::PLAIN));
}

#[test]
fn findings_have_terraforms_json() {
    let (report, sources) = findings();
    expect![[r#"
        {
          "diagnostics": [
            {
              "code": "no-place",
              "detail": "",
              "severity": "error",
              "summary": "nothing is where it should be"
            },
            {
              "code": "unknown-attribute",
              "detail": "An app has no attribute replcas.\nIt has many others.",
              "help": "did you mean replicas?",
              "message": "not known \\u{1b}[31m",
              "range": {
                "end": {
                  "byte": 21,
                  "column": 10,
                  "line": 2
                },
                "filename": "web.hcl",
                "start": {
                  "byte": 14,
                  "column": 3,
                  "line": 2
                }
              },
              "severity": "error",
              "snippet": {
                "code": "  replcas = 3",
                "context": null,
                "highlight_end_offset": 9,
                "highlight_start_offset": 2,
                "start_line": 2,
                "values": []
              },
              "summary": "the block has no such attribute"
            },
            {
              "code": "old-name",
              "detail": "",
              "range": {
                "end": {
                  "byte": 30,
                  "column": 5,
                  "line": 3
                },
                "filename": "web.hcl",
                "start": {
                  "byte": 26,
                  "column": 1,
                  "line": 3
                }
              },
              "related": [
                {
                  "message": "in this block",
                  "range": {
                    "end": {
                      "byte": 9,
                      "column": 10,
                      "line": 1
                    },
                    "filename": "web.hcl",
                    "start": {
                      "byte": 0,
                      "column": 1,
                      "line": 1
                    }
                  }
                }
              ],
              "severity": "warning",
              "snippet": {
                "code": "    kind = \"X\"",
                "context": null,
                "highlight_end_offset": 4,
                "highlight_start_offset": 0,
                "start_line": 3,
                "values": []
              },
              "summary": "an old name is used"
            }
          ],
          "error_count": 2,
          "format_version": "1.0",
          "valid": false,
          "warning_count": 1
        }
    "#]]
    .assert_eq(&format!("{:#}\n", diagnostics::json(&report, &sources)));
}

#[test]
fn a_long_line_is_shown_in_part() {
    let mut sources = SourceMap::new();
    let id = sources.add("web.hcl", format!("{}HERE{}", "a".repeat(5_000), "b".repeat(5_000)));
    let mut report = Report::new();
    report.push(Diagnostic::error("x", "something").at(Span::new(id, 5_000, 5_004), "here"));
    let text = diagnostics::human(&report, &sources, Style::PLAIN);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[2].contains("HERE") && lines[2].chars().count() < 140, "{text}");
    assert_eq!(
        lines[2].find("HERE").map(|i| lines[2][..i].chars().count()),
        lines[3].find("^^^^").map(|i| lines[3][..i].chars().count())
    );
}

#[test]
fn an_apply_tells_what_it_does_and_how_it_ended() {
    let plan = everything();
    let op = &plan.operations[0];
    let lines = [
        progress::started(op, Style::PLAIN),
        progress::waiting(op, "1 of 3 pods ready", Duration::from_secs(70), Style::PLAIN),
        progress::finished(op, Duration::from_secs(75), Style::PLAIN),
        progress::failed(op, "the image cannot be pulled\nlast lines:\u{1b}", Style::PLAIN),
        progress::skipped(op, "service.nginx failed", Style::PLAIN),
    ];
    expect![[r#"
        app.nginx: Modifying... (StatefulSet default/nginx)
        app.nginx: Still waiting: 1 of 3 pods ready [1m10s]
        app.nginx: Modifications complete after 1m15s
        app.nginx: Failed: the image cannot be pulled
            last lines:\u{1b}
        app.nginx: Skipped: service.nginx failed"#]]
    .assert_eq(&lines.join("\n"));
    let ends = [
        (0, progress::End::Done),
        (1, progress::End::Failed("quota is used up".into())),
        (4, progress::End::Skipped("service.nginx failed".into())),
    ];
    expect![[r#"

        Failed:
          service.nginx (Service default/nginx-svc): quota is used up

        Skipped:
          ingress.nginx (Ingress default/nginx): service.nginx failed

        Apply incomplete. Resources: 0 added, 1 changed, 0 destroyed, 1 failed, 1 skipped.
    "#]]
    .assert_eq(&progress::report(&plan, &ends, Style::PLAIN));
    expect![[r#"

        Apply complete! Resources: 0 added, 1 changed, 0 destroyed.
    "#]]
    .assert_eq(&progress::report(&plan, &ends[..1], Style::PLAIN));
}
