//! Tests of `manifest`: what it becomes, and what is refused.

use expect_test::{Expect, expect};
use plimsoll_model::Node;

use crate::testing::{check, compile, findings, yaml};

fn yaml_block(text: &str) -> String {
    format!("manifest \"m\" {{\nyaml = <<-EOT\n{text}\nEOT\n}}\n")
}

/// All objects and edges; nothing may be found.
fn objects(text: &str, expected: Expect) {
    let compiled = compile(text);
    assert_eq!(findings(&compiled.report, &compiled.sources), "");
    let mut out = String::new();
    for object in &compiled.desired.objects {
        out.push_str(&format!("--- {} = {}\n{}", object.address, object.id, yaml(&object.root.to_json())));
    }
    for edge in &compiled.desired.edges {
        out.push_str(&format!("{} -> {} {:?}\n", edge.from, edge.to, edge.kind));
    }
    expected.assert_eq(&out);
}

#[test]
fn an_object_as_attributes() {
    objects(
        "manifest \"fast\" {\nlabels = { tier = \"disk\" }\nobject = {\napiVersion = \"storage.k8s.io/v1\"\nkind = \"StorageClass\"\nmetadata = { annotations = { a = \"b\" } }\nprovisioner = \"csi.example.com\"\n}\n}",
        expect![[r#"
            --- manifest.fast = StorageClass fast
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata:
              annotations:
                a: b
                plimsoll.dev/address: manifest.fast
              labels:
                app.kubernetes.io/managed-by: plimsoll
                app.kubernetes.io/name: fast
                app.kubernetes.io/part-of: shop
                plimsoll.dev/environment: test
                plimsoll.dev/project: shop
                tier: disk
              name: fast
            provisioner: csi.example.com
        "#]],
    );
}

#[test]
fn documents_with_a_definition_and_its_objects() {
    let text = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: widgets.example.com\n  creationTimestamp: null\nspec:\n  group: example.com\n  scope: Cluster\n  names: {kind: Widget, plural: widgets}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object}}\n---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, labels: {a: b, app.kubernetes.io/managed-by: Helm}}\nspec: {size: 3}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: other}\ndata: {a: b}";
    objects(
        &yaml_block(text),
        expect![[r#"
        --- manifest.m:ConfigMap/other/c = ConfigMap other/c
        apiVersion: v1
        data:
          a: b
        kind: ConfigMap
        metadata:
          annotations:
            plimsoll.dev/address: manifest.m:ConfigMap/other/c
          labels:
            app.kubernetes.io/managed-by: plimsoll
            app.kubernetes.io/name: m
            app.kubernetes.io/part-of: shop
            plimsoll.dev/environment: test
            plimsoll.dev/project: shop
          name: c
          namespace: other
        --- manifest.m:CustomResourceDefinition/widgets.example.com = CustomResourceDefinition widgets.example.com
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          annotations:
            plimsoll.dev/address: manifest.m:CustomResourceDefinition/widgets.example.com
          labels:
            app.kubernetes.io/managed-by: plimsoll
            app.kubernetes.io/name: m
            app.kubernetes.io/part-of: shop
            plimsoll.dev/environment: test
            plimsoll.dev/project: shop
          name: widgets.example.com
        spec:
          group: example.com
          names:
            kind: Widget
            plural: widgets
          scope: Cluster
          versions:
          - name: v1
            schema:
              openAPIV3Schema:
                type: object
            served: true
            storage: true
        --- manifest.m:Widget/w = Widget w
        apiVersion: example.com/v1
        kind: Widget
        metadata:
          annotations:
            plimsoll.dev/address: manifest.m:Widget/w
          labels:
            a: b
            app.kubernetes.io/managed-by: plimsoll
            app.kubernetes.io/name: m
            app.kubernetes.io/part-of: shop
            plimsoll.dev/environment: test
            plimsoll.dev/project: shop
          name: w
        spec:
          size: 3
        manifest.m:Widget/w -> manifest.m:CustomResourceDefinition/widgets.example.com Applied
    "#]],
    );
}

#[test]
fn mistakes_in_documents_have_their_line() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicsa: 1\n  minReadySeconds: soon\n  template:\n    spec:\n      containers:\n      - name: a\n      - name: a\n---\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i}\n---\nkind: Pod\n---\napiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  uid: 1-2\n  labels: {plimsoll.dev/app: x}\nstatus:\n  loadBalancer: {}";
    check(
        &yaml_block(text),
        expect![[r#"
        error[manifest-wrong-type]: field of the object has the wrong type
          `spec.minReadySeconds` of apps/v1/Deployment is of type integer, but this is a string, on line 6, column 3 of the text.
          t.hcl:2: <<-EOT
        error[manifest-unknown-field]: field does not exist in the API
          apps/v1/Deployment has no field `spec.replicsa`, on line 5, column 3 of the text.
          t.hcl:2: <<-EOT
          help: did you mean `replicas`?
        error[manifest-double-item]: list item of the object stands twice
          `spec.template.spec.containers[1]` has the same key as an item before it, on line 11, column 9 of the text.
          t.hcl:2: <<-EOT
        error[removed-api-version]: API version exists no longer
          extensions/v1beta1/Ingress is gone since Kubernetes 1.22, on line 13, column 1 of the text.
          t.hcl:2: <<-EOT
          help: use networking.k8s.io/v1, and look up which fields have changed
        error[manifest-without-kind]: object has no type
          It needs `apiVersion`, as text, on line 17, column 1 of the text.
          t.hcl:2: <<-EOT
        error[manifest-without-name]: object has no name
          This ConfigMap needs `metadata.name`, as text that is known, on line 19, column 1 of the text.
          t.hcl:2: <<-EOT
        error[reserved-key]: label or annotation is reserved
          `plimsoll.dev/app` is how Plimsoll knows its objects, so it alone writes it, on line 27, column 12 of the text.
          t.hcl:2: <<-EOT
          help: remove `plimsoll.dev/app`
        warning[manifest-read-only]: field is written by the cluster
          `metadata.uid` is left out, on line 26, column 3 of the text.
          t.hcl:2: <<-EOT
          help: remove `metadata.uid`
        warning[manifest-read-only]: field is written by the cluster
          `status` is left out, on line 28, column 1 of the text.
          t.hcl:2: <<-EOT
          help: remove `status`
    "#]],
    );
}

#[test]
fn mistakes_of_the_block() {
    check(
        "manifest \"a\" {}\nmanifest \"b\" {\nname = \"x\"\nyaml = [1, \"a: [\"]\nobject = \"x\"\n}\nmanifest \"c\" {\nname = \"x\"\nyaml = \"a: 1\\na: 2\"\n}\nmanifest \"d\" {\nname = \"x\"\nobject = { apiVersion = \"v1\", kind = \"ConfigMap\", metadata = { name = \"y\" } }\n}\nmanifest \"e\" { object = { apiVersion = \"v1\", kind = \"ConfigMap\", dta = {} } }",
        expect![[r#"
            error[no-manifest]: object is missing
              manifest.a takes an `object`, or documents as `yaml`.
              t.hcl:1: manifest "a"
              help: yaml = file("app.yaml")
            error[name-of-documents]: documents have names of their own
              `name` of manifest.b could be the name of one of them only.
              t.hcl:3: "x"
              help: remove `name`
            error[two-manifests]: object is given twice
              manifest.b takes `object` or `yaml`, not both.
              t.hcl:4: [1, "a: ["]
              t.hcl:5: "x"
            error[wrong-type]: wrong type
              `yaml` of manifest.b takes a string or a list of strings, but this is a number.
              t.hcl:4: 1
              help: such as file("app.yaml")
            error[wrong-type]: wrong type
              `object` of manifest.b takes an object with the API's own fields, but this is a string.
              t.hcl:5: "x"
              help: such as { spec = { paused = true } }
            error[name-of-documents]: documents have names of their own
              `name` of manifest.c could be the name of one of them only.
              t.hcl:8: "x"
              help: remove `name`
            error[bad-yaml]: text is not YAML
              Line 2, column 1 of the text: the key `a` stands twice.
              t.hcl:9: "a: 1\na: 2"
            error[two-manifest-names]: name is given twice
              `metadata.name` and `name` say different things.
              t.hcl:12: "x"
              t.hcl:13: "y"
              help: remove `name`
            error[manifest-unknown-field]: field does not exist in the API
              v1/ConfigMap has no field `dta`.
              t.hcl:15: {}
              help: did you mean `data`?
        "#]],
    );
}

#[test]
fn one_object_belongs_to_one_block() {
    check(
        "config \"c\" { data = { a = \"b\" } }\nmanifest \"c\" { object = { apiVersion = \"v1\", kind = \"ConfigMap\" } }",
        expect![[r#"
            error[name-collision]: two blocks want one object
              config.c and manifest.c are both ConfigMap shop/c.
              t.hcl:2: manifest "c"   the second one
              t.hcl:1: config "c"   the first one
              help: name = "c-2" in one of them
        "#]],
    );
}

#[test]
fn secrets_in_documents_are_sensitive() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}";
    let compiled = compile(&yaml_block(text));
    let root = &compiled.desired.objects[0].root;
    let hidden: Vec<_> =
        root.leaves().into_iter().filter(|(_, l)| l.sensitive).map(|(p, _)| p.join(".")).collect();
    assert_eq!(hidden, ["stringData.password"]);
    assert_eq!(root.get("kind").and_then(Node::as_str), Some("Secret"));
}
