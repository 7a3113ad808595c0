//! What becomes of an object: made, changed, proven unchanged, not verified.

use super::*;

#[test]
fn an_absent_object_is_made() {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    check(
        &mut scene,
        expect![[r#"
            0 create app.web Deployment default/web (changed)
              9 fields
              effect 2 pods start
        "#]],
    );
    let (first, around) = scene.asked.split_first().unwrap();
    assert_eq!(first, "dry-run Deployment default/web as plimsoll:shop");
    assert_eq!(around, ["list Node", "list ResourceQuota in default"]);
}

#[test]
fn an_unchanged_object_is_proven_here_and_nothing_is_asked() {
    let mut scene = web("web:1");
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
    "#]],
    );
    assert!(scene.asked.is_empty(), "{:?}", scene.asked);
}

#[test]
fn what_stays_is_told_alike_whether_it_is_described_or_not() {
    let mut scene = web("web:1");
    let (described, _) = scene.plan();
    scene.options.describe_unchanged = false;
    let (told, _) = scene.plan();
    let (described, told) = (&described.operations[0], &told.operations[0]);
    assert!(described.live_digest.is_some() && !described.before.is_null() && !described.desired.is_null());
    assert!(told.live_digest.is_none() && told.before.is_null() && told.desired.is_null());
    let of = |o: &crate::Operation| {
        (o.action, o.verdict.clone(), o.address.clone(), o.uid.clone(), o.others.clone())
    };
    assert_eq!(of(described), of(told));
}

#[test]
fn an_unknown_minor_version_asks_for_every_object() {
    let mut scene = web("web:1");
    scene.minor = "1.99";
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
    "#]],
    );
    assert_eq!(scene.asked, ["dry-run Deployment default/web as plimsoll:shop"]);
}

#[test]
fn a_changed_field_is_shown_with_its_line() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed)
              Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
              effect 2 pods replaced one at a time, no gap: image, web.hcl:26
        "#]],
    );
}

#[test]
fn a_field_that_is_no_longer_set_is_a_removal() {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["containers"][0].as_object_mut().unwrap().remove("resources");
    scene.want("app.web", object);
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed)
              Removed spec.template.spec.containers[name=web].resources.requests.cpu: "100m" -> -
              effect 2 pods replaced one at a time, no gap: resources, web.hcl:15
        "#]],
    );
}

#[test]
fn swapped_init_containers_are_a_change() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["initContainers"] =
        json!([{"name": "one", "image": "one:1"}, {"name": "two", "image": "two:1"}]);
    scene.want("app.web", object.clone());
    scene.settle();
    scene.edited(&id(&object), "kubectl-edit", None, |o| {
        let list = o["spec"]["template"]["spec"]["initContainers"].as_array_mut().unwrap();
        list.swap(0, 1);
    });
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed)
              Drift spec.template.spec.initContainers: ["two","one"] -> ["one","two"] (order)  web.hcl:1
              effect 2 pods replaced one at a time, no gap: init_containers, web.hcl:1
        "#]],
    );
}

#[test]
fn what_goes_into_a_namespace_of_the_same_plan_is_verified_at_apply() {
    let mut scene = Scene::new();
    scene
        .want("namespace.dev", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev"}}));
    let mut object = service("web", 80);
    object["metadata"]["namespace"] = "dev".into();
    scene.want("service.web", object);
    check(
        &mut scene,
        expect![[r#"
        0 create namespace.dev Namespace dev (changed)
          3 fields
        1 create service.web Service dev/web (not verified: namespace dev is made by the same plan, after 0)
          6 fields
    "#]],
    );
    let (plan, _) = scene.plan();
    assert_eq!(plan.operations[1].after_unknown["spec"]["clusterIP"], true);
}

/// A definition of the type Widget, and an object of it, before the definition is there.
fn widget(scene: &mut Scene, version: &str, spec: serde_json::Value) {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "size": {"type": "integer"}, "color": {"type": "string", "default": "blue"}}}}});
    scene.want(
        "manifest.type",
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com"},
            "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}}),
    );
    let object = json!({"apiVersion": format!("example.com/{version}"), "kind": "Widget",
        "metadata": {"name": "w", "namespace": "default"}, "spec": spec});
    scene.missing_kinds.insert(id(&object).gvk);
    scene.want("manifest.widget", object);
}

#[test]
fn an_object_of_a_type_of_the_same_plan_has_the_defaults_of_that_type() {
    let mut scene = Scene::new();
    widget(&mut scene, "v1", json!({"size": 3}));
    let (plan, _) = scene.plan();
    assert_eq!(plan.operations[1].after.value()["spec"], json!({"size": 3, "color": "blue"}));
}

#[test]
fn an_object_does_not_fit_a_type_of_the_same_plan() {
    for (version, spec, code) in [
        ("v1", json!({"sise": 3}), "does-not-fit-schema"),
        ("v1", json!({"size": "3"}), "does-not-fit-schema"),
        ("v2", json!({"size": 3}), "kind-missing"),
    ] {
        let mut scene = Scene::new();
        widget(&mut scene, version, spec);
        let (plan, _) = scene.plan();
        let errors: Vec<_> = plan.notices.iter().filter(|n| n.error).map(|n| n.code.as_str()).collect();
        assert_eq!(errors, [code]);
    }
}

#[test]
fn a_finished_job_is_not_made_again() {
    let mut scene = Scene::new();
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "default"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "m:1"}]}}}});
    scene.want("job.migrate", job);
    let digest =
        crate::digest::desired_digest(&scene.desired.objects[0].root, &crate::mask::Key::new([7; 32]));
    scene.recorded.completed_jobs.insert("job.migrate".parse().unwrap(), digest);
    check(
        &mut scene,
        expect![[r#"
        0 none job.migrate Job default/migrate (unchanged)
    "#]],
    );
}

#[test]
fn a_finished_job_that_lost_its_labels_is_found_and_gets_them_back() {
    let mut scene = Scene::new();
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "default"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "m:1"}]}}}});
    scene.want("job.migrate", job.clone());
    scene.settle();
    let digest =
        crate::digest::desired_digest(&scene.desired.objects[0].root, &crate::mask::Key::new([7; 32]));
    scene.recorded.completed_jobs.insert("job.migrate".parse().unwrap(), digest);
    let labels = scene.objects.get_mut(&id(&job)).unwrap()["metadata"]["labels"].as_object_mut().unwrap();
    labels.remove("plimsoll.dev/project").unwrap();
    check(
        &mut scene,
        expect![[r#"
        0 update job.migrate Job default/migrate (changed)
          Drift metadata.labels.plimsoll.dev/project: - -> "shop"  web.hcl:6
            stays with Made { at: Location { path: "web.hcl", line: 6 } }
          effect no restart
    "#]],
    );
}

#[test]
fn a_job_that_nobody_saw_complete_runs_again_and_that_is_said() {
    let mut scene = Scene::new();
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "default"},
        "spec": {"ttlSecondsAfterFinished": 0,
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "m:1"}]}}}});
    scene.want("job.migrate", job.clone());
    scene.settle();
    scene.objects.remove(&id(&job));
    let (plan, report) = scene.plan();
    assert_eq!(plan.operations[0].action, crate::plan::Action::Create);
    expect!["job-end-unseen: job.migrate (Job default/migrate) is gone. Either it finished, and was deleted 0 s later as it says, or somebody deleted it: no apply saw it complete."].assert_eq(
        &report.items().iter().map(|d| format!("{}: {}", d.code, d.detail)).collect::<Vec<_>>().join("\n"),
    );
}

#[test]
fn without_probing_everything_is_a_prediction() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    scene.options.probe = false;
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (not verified: planned without a dry run)
              Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
              effect 2 pods replaced one at a time, no gap: image, web.hcl:26
        "#]],
    );
    assert!(scene.asked.iter().all(|question| question.starts_with("list ")), "{:?}", scene.asked);
}

#[test]
fn an_unknown_leaf_is_known_after_apply_and_stays_once_its_source_does() {
    let mut scene = Scene::new();
    scene.want("service.api", service("api", 80));
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "API", "value": "10.96.0.7"}]);
    scene.want("app.web", object.clone());
    scene.settle();
    let unknown = |scene: &mut Scene| {
        let want = scene.want("app.web", object.clone());
        for path in ["spec", "template", "spec", "containers"].windows(4) {
            let node = path.iter().try_fold(&mut want.root, |node, key| match node {
                plimsoll_model::Node::Map(map, _) => map.get_mut(*key),
                _ => None,
            });
            let Some(plimsoll_model::Node::List(items, _)) = node else { panic!() };
            items[0].set(
                &["env"],
                plimsoll_model::Node::List(
                    vec![{
                        let mut entry = plimsoll_model::Node::from_json(&json!({"name": "API"}));
                        entry.set(
                            &["value"],
                            plimsoll_model::Node::Leaf(plimsoll_model::Leaf {
                                value: serde_json::Value::Null,
                                unknown: Some("service.api.cluster_ip".into()),
                                sensitive: false,
                                origin: plimsoll_model::Origin::NONE,
                            }),
                        );
                        entry
                    }],
                    plimsoll_model::Origin::NONE,
                ),
            );
        }
    };
    unknown(&mut scene);
    check(
        &mut scene,
        expect![[r#"
        0 none service.api Service default/api (unchanged)
        1 none app.web Deployment default/web (unchanged)
    "#]],
    );
    // The service changes: its address may, too.
    scene.want("service.api", service("api", 81));
    check(
        &mut scene,
        expect![[r#"
            0 update service.api Service default/api (changed)
              Ours spec.ports[port=81,protocol=TCP].port: 80 -> 81  web.hcl:53
              Default spec.ports[port=81,protocol=TCP].targetPort: 80 -> 81
              ownership of spec.ports[port=80,protocol=TCP].name, spec.ports[port=80,protocol=TCP].port, spec.ports[port=81,protocol=TCP].name
            1 update app.web Deployment default/web (not verified: service.api.cluster_ip is known after apply)
              Ours spec.template.spec.containers[name=web].env[name=API].value: "10.96.0.7" -> (known after apply: service.api.cluster_ip)  web.hcl:28
              effect 2 pods replaced one at a time, no gap: env, web.hcl:28
        "#]],
    );
    let (plan, _) = scene.plan();
    let web = plan.operations.iter().find(|o| o.address.name == "web").unwrap();
    assert_eq!(web.after_unknown["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"], true);
}

#[test]
fn a_field_that_becomes_ours_without_changing_is_an_update() {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 30.into();
    scene.want("app.web", object);
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed)
              ownership of spec.template.spec.terminationGracePeriodSeconds
              effect no restart
        "#]],
    );
}

#[test]
fn a_webhook_that_takes_no_dry_run_leaves_the_object_unverified() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    scene.script.push_back(Answer::Refused(Refusal {
        status: 400,
        reason: "BadRequest".into(),
        message: "admission webhook \"x.example.com\" does not support dry run".into(),
        causes: vec![],
    }));
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (not verified: an admission webhook cannot be asked: admission webhook "x.example.com" does not support dry run)
              Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
              effect 2 pods replaced one at a time, no gap: image, web.hcl:26
        "#]],
    );
}

#[test]
fn a_cluster_that_does_not_answer_is_an_error_and_not_silence() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    scene.script.push_back(Answer::Failed("connection reset".into()));
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error not-verified: the cluster did not answer | app.web (Deployment default/web) could not be verified: connection reset
    "#]],
    );
}

#[test]
fn only_listed_fields_are_called_assigned_or_unknown() {
    let mut scene = Scene::new();
    scene.want("app.web", stateful_set("web", 2));
    scene.want("service.web", service("web", 80));
    let (plan, _) = scene.plan();
    for op in &plan.operations {
        assert_marks_are_listed(&op.id.gvk.kind, &mut Vec::new(), &op.after_unknown);
    }
}

fn assert_marks_are_listed(
    kind: &str,
    path: &mut Vec<plimsoll_schema::PathElement>,
    marks: &serde_json::Value,
) {
    use plimsoll_schema::{Path, PathElement};
    match marks {
        serde_json::Value::Bool(true) => {
            let path = Path(path.clone());
            assert!(crate::assigned::is_listed(kind, &path), "{kind} {path} is not in the list");
        }
        serde_json::Value::Object(map) => {
            for (name, marks) in map {
                path.push(PathElement::field(name));
                assert_marks_are_listed(kind, path, marks);
                path.pop();
            }
        }
        serde_json::Value::Array(items) => {
            for (i, marks) in items.iter().enumerate() {
                path.push(PathElement::Index(i));
                assert_marks_are_listed(kind, path, marks);
                path.pop();
            }
        }
        _ => {}
    }
}

#[test]
fn an_output_of_what_stays_is_no_change_whatever_else_changes() {
    let mut scene = web("web:1");
    scene.want("service.api", service("api", 80));
    scene.settle();
    let value = plimsoll_model::Value::unknown(plimsoll_model::Type::String, "service.api.cluster_ip");
    scene.desired.outputs.push(plimsoll_model::Output { name: "ip".into(), value, span: Scene::span(1) });
    // A new output is a change, because the state does not have it.
    assert!(scene.plan().0.has_changes());
    scene.recorded.outputs.insert("ip".into(), "10.96.0.7".into());
    let kept = crate::Side::Known("10.96.0.7".into());
    assert!(!scene.plan().0.has_changes());
    // Something else changes.
    scene.want("app.web", deployment("web", "web:2"));
    let (plan, _) = scene.plan();
    assert_eq!((&plan.outputs[0].before, &plan.outputs[0].after), (&kept, &kept));
    // What it is made from changes.
    scene.want("service.api", service("api", 81));
    let (plan, _) = scene.plan();
    assert_eq!(plan.outputs[0].after, crate::Side::Unknown("service.api.cluster_ip".into()));
}

#[test]
fn an_unknown_output_is_no_change_of_its_own_when_the_state_is_lost() {
    let mut scene = Scene::new();
    scene.want("service.api", service("api", 80));
    scene.settle();
    let value = plimsoll_model::Value::unknown(plimsoll_model::Type::String, "service.api.cluster_ip");
    scene.desired.outputs.push(plimsoll_model::Output { name: "ip".into(), value, span: Scene::span(1) });
    scene.recorded = crate::Recorded { absent: true, ..Default::default() };
    assert!(!scene.plan().0.has_changes());
}

#[test]
fn a_gateway_and_its_class_are_looked_up_where_something_changes() {
    let api = "gateway.networking.k8s.io/v1";
    let mut scene = Scene::new();
    let route = json!({"apiVersion": api, "kind": "HTTPRoute", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"parentRefs": [{"name": "public", "namespace": "infra"}]}});
    scene.want("ingress.web:route", route.clone());
    check(
        &mut scene,
        expect![[r#"
        0 create ingress.web:route HTTPRoute default/web (changed)
          7 fields
        Warning nothing-serves: nothing takes the requests | The cluster has no Gateway infra/public, so nobody takes the requests of ingress.web:route until there is one.
    "#]],
    );
    assert_eq!(scene.asked[1..], ["get Gateway infra/public", "list GatewayClass"]);
    let gateway = json!({"apiVersion": api, "kind": "Gateway", "metadata": {"name": "public", "namespace": "infra"},
        "spec": {"gatewayClassName": "nginx"}});
    scene.objects.insert(id(&gateway), gateway);
    check(
        &mut scene,
        expect![[r#"
        0 create ingress.web:route HTTPRoute default/web (changed)
          7 fields
        Warning nothing-serves: nothing takes the requests | The cluster has no GatewayClass nginx, so nobody takes the requests of ingress.web:route until there is one.
    "#]],
    );
    // Who may not look hears that nobody looked.
    let (_, report) = {
        let object = labelled("ingress.web:route", route);
        scene.script.extend([Answer::Applied { status: 201, object }, Answer::Failed("no".into())]);
        scene.plan()
    };
    assert_eq!(report.items().iter().map(|d| &*d.code).collect::<Vec<_>>(), ["not-checked"], "{report:?}");
}

#[test]
fn a_declared_field_that_the_server_drops_is_told() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["spec"]["minReadySeconds"] = json!(5);
    object["spec"]["template"]["spec"]["hostNetwork"] = json!(false);
    object["spec"]["template"]["spec"]["tolerations"] =
        json!([{"key": "a", "tolerationSeconds": 5}, {"key": "b"}]);
    scene.want("app.web", object.clone());
    object["spec"]["template"]["spec"]["tolerations"] = json!([{"key": "a"}, {"key": "b"}]);
    object["spec"].as_object_mut().unwrap().remove("minReadySeconds");
    object["spec"]["template"]["spec"].as_object_mut().unwrap().remove("hostNetwork");
    let object = labelled("app.web", object);
    scene.script.push_back(Answer::Applied { status: 201, object });
    let (plan, report) = scene.plan();
    assert!(!plan.errored());
    let told: Vec<_> = report.items().iter().map(|d| format!("{}: {}", d.code, d.detail)).collect();
    assert_eq!(
        told,
        [
            "field-not-kept: app.web (Deployment default/web): spec.minReadySeconds is declared, and is not in the server's answer.",
            "field-not-kept: app.web (Deployment default/web): spec.template.spec.tolerations[0].tolerationSeconds is declared, and is not in the server's answer."
        ]
    );
}
