//! What a plan looks like in a terminal.

use expect_test::expect;
use plimsoll_model::source::Location;
use plimsoll_plan::{Action, Addition, Left, Verdict};
use serde_json::json;

use crate::example::{editor, empty, everything, known, operation};
use crate::style::Style;
use crate::{json as as_json, markdown, text};

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
