//! A plan as JSON, in Terraform's form.

use expect_test::expect;
use serde_json::json;

use crate::example::everything;
use crate::json as as_json;

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
