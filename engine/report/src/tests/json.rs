//! A plan as JSON, in Terraform's form.

use expect_test::expect;
use plimsoll_plan::{Action, Need, NeedCause};
use serde_json::json;

use crate::example::{empty, everything, operation};
use crate::json as as_json;
use crate::order;
use crate::style::Style;

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
fn what_is_let_go_is_not_told_as_deleted() {
    let mut plan = empty();
    plan.operations = vec![
        operation(Action::Release, "service.web", ("", "Service"), "web"),
        operation(Action::Release, "namespace.web", ("", "Namespace"), "web"),
        operation(Action::Delete, "app.web", ("apps", "Deployment"), "web"),
    ];
    plan.operations.iter_mut().enumerate().for_each(|(index, op)| op.index = index);
    let because = NeedCause::Namespace;
    plan.operations[1].needs = vec![Need { index: 0, ready: false, because, at: None }];
    let told = as_json::plan(&plan);
    let reasons: Vec<_> = (0..3).map(|i| told["resource_changes"][i]["action_reason"].clone()).collect();
    assert_eq!(reasons, [json!(null), json!(null), json!("delete_because_no_resource_config")]);
    assert_eq!(told["resource_changes"][0]["change"]["actions"], json!(["forget"]));
    let order = order::order(&plan, Style::PLAIN);
    assert!(order.contains("after 1 service.web is let go: it lies in the namespace\n"), "{order}");
}
