//! Two environments, compared.

use plimsoll_model::{Output, Value};

use super::*;
use crate::environments::{Comparison, Wants, compare};

fn told(comparison: &Comparison) -> String {
    let mut out = String::new();
    let mut line = |text: String| out.push_str(&(text + "\n"));
    comparison.only_first.iter().for_each(|(a, id)| line(format!("- {a} {id}")));
    comparison.only_second.iter().for_each(|(a, id)| line(format!("+ {a} {id}")));
    for (address, id, fields) in &comparison.different {
        line(format!("~ {address} {id}"));
        for f in fields {
            line(format!("  {}: {:?} -> {:?} {:?}", f.path, f.before, f.after, f.source.is_some()));
        }
    }
    for o in &comparison.outputs {
        line(format!("output {}: {:?} -> {:?}", o.name, o.before, o.after));
    }
    line(format!("{} the same", comparison.same));
    out
}

#[test]
fn environments_are_compared_field_by_field() {
    let (mut dev, mut prod) = (Scene::new(), Scene::new());
    dev.want("app.web", deployment("web", "web:1"));
    dev.want("app.debug", deployment("debug", "x:1"));
    dev.want("service.web", service("web", 80));
    let mut web = deployment("web", "web:1");
    web["spec"]["replicas"] = 5.into();
    web["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "2".into();
    web["spec"]["template"]["spec"]["containers"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({"name": "proxy", "image": "proxy:1"}));
    prod.want("app.web", web);
    prod.want("service.web", service("web", 80));
    prod.want("service.extra", service("extra", 81));
    for (scene, namespace, environment) in [(&mut dev, "shop-dev", "dev"), (&mut prod, "shop", "prod")] {
        for object in &mut scene.desired.objects {
            object.root.set(&["metadata", "namespace"], plimsoll_model::Node::generated(namespace));
            let label = ["metadata", "labels", crate::observe::ENVIRONMENT_LABEL];
            object.root.set(&label, plimsoll_model::Node::generated(environment));
        }
        let output = |name: &str, value: Value| Output { name: name.into(), value, span: Scene::span(1) };
        scene.desired.outputs = vec![
            output("where", Value::string(namespace)),
            output("same", Value::string("x")),
            output("secret", Value::string(format!("canary-{namespace}")).sensitive_if(true)),
        ];
    }
    let comparison = compare(
        Wants { desired: &dev.desired, namespace: "shop-dev" },
        Wants { desired: &prod.desired, namespace: "shop" },
        &prod.sources,
    );
    expect![[r#"
        - app.debug Deployment default/debug
        + service.extra Service default/extra
        ~ app.web Deployment default/web
          spec.replicas: Known(Number(2)) -> Known(Number(5)) true
          spec.template.spec.containers[name=proxy].image: Absent -> Known(String("proxy:1")) true
          spec.template.spec.containers[name=proxy].name: Absent -> Known(String("proxy")) true
          spec.template.spec.containers[name=web].resources.limits.cpu: Absent -> Known(String("2")) true
        output secret: Sensitive("first") -> Sensitive("second")
        output where: Known(String("shop-dev")) -> Known(String("shop"))
        1 the same
    "#]]
    .assert_eq(&told(&comparison));
    assert!(!format!("{comparison:?}").contains("canary"));
}
