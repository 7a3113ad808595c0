//! Tests of `manifest`: what it becomes, and what is refused.

use expect_test::{Expect, expect};
use plimsoll_model::Node;

use crate::testing::{check, compile, compile_files, findings, yaml};

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
            error[manifest-missing-field]: required field of the object is missing
              apps/v1/Deployment needs `spec.selector`, on line 4, column 1 of the text.
              t.hcl:2: <<-EOT
              help: selector: {…}, in `spec`
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

/// The findings of a manifest that reads files.
fn of_files(main: &str, files: &[(&str, &str)], expected: Expect) {
    let main = format!("project \"shop\" {{}}\n{main}");
    let files: Vec<_> = files.iter().copied().chain([("main.hcl", main.as_str())]).collect();
    let compiled = compile_files(&files, "default");
    let mut found = String::new();
    for d in compiled.report.sorted() {
        found.push_str(&format!("{}: {}\n", d.code, d.detail));
        for note in d.at.iter().chain(&d.related) {
            let at = compiled.sources.position(note.span.source, note.span.start);
            let (path, text) = (compiled.sources.path(note.span.source), compiled.sources.snippet(note.span));
            let text = text.lines().next().unwrap_or_default();
            found
                .push_str(format!("  {path}:{}:{} `{text}` {}", at.line, at.column, note.message).trim_end());
            found.push('\n');
        }
    }
    expected.assert_eq(&found);
}

#[test]
fn mistakes_in_a_file_stand_in_the_file() {
    let yaml = "# the app\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicsa: 1\n  minReadySeconds: soon\n  template:\n    spec:\n      containers:\n      - name: a\n        env:\n        - value: x\n---\napiVersion: v1\nkind: Service\nmetadata: {name: ü, uid: 1-2}\nspec:\n  ports: &ports\n  - targetPort: 80\n---\napiVersion: v1\nkind: Service\nmetadata: {name: t}\nspec:\n  ports: [{port: 80, nodePort: x}]\n";
    of_files(
        "manifest \"m\" { yaml = file(\"app.yaml\") }",
        &[("app.yaml", yaml)],
        expect![[r#"
        manifest-wrong-type: `spec.minReadySeconds` of apps/v1/Deployment is of type integer, but this is a string.
          app.yaml:7:3 `minReadySeconds`
          main.hcl:2:23 `file("app.yaml")` read here
        manifest-unknown-field: apps/v1/Deployment has no field `spec.replicsa`.
          app.yaml:6:3 `replicsa`
          main.hcl:2:23 `file("app.yaml")` read here
        manifest-item-without-key: `spec.template.spec.containers[0].env[0]` does not say which item of the list it is.
          app.yaml:13:11 ``
          main.hcl:2:23 `file("app.yaml")` read here
        manifest-missing-field: apps/v1/Deployment needs `spec.selector`.
          app.yaml:5:1 `spec`
          main.hcl:2:23 `file("app.yaml")` read here
        manifest-missing-field: v1/Service needs `spec.ports[0].port`.
          app.yaml:20:5 ``
          main.hcl:2:23 `file("app.yaml")` read here
        manifest-wrong-type: `spec.ports[0].nodePort` of v1/Service is of type integer, but this is a string.
          app.yaml:26:22 `nodePort`
          main.hcl:2:23 `file("app.yaml")` read here
    "#]],
    );
}

#[test]
fn every_file_of_a_folder_has_its_own_lines() {
    of_files(
        "locals { texts = [for f in fileset(\"k8s\", \"*.yaml\") : file(\"k8s/${f}\")] }\nmanifest \"m\" { yaml = local.texts }",
        &[
            ("k8s/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndta: {}\n"),
            ("k8s/b.yaml", "\u{feff}apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: b}\r\ndta: {}\r\n"),
            ("k8s/c.yaml", "a: &a [1]\nb: [*b]\n"),
            ("k8s/d.yaml", "a: 1\nb: 2\na: 3\n"),
        ],
        expect![[r#"
            manifest-unknown-field: v1/ConfigMap has no field `dta`.
              k8s/a.yaml:4:1 `dta`
              main.hcl:2:55 `file("k8s/${f}")` read here
            manifest-unknown-field: v1/ConfigMap has no field `dta`.
              k8s/b.yaml:4:1 `dta`
              main.hcl:2:55 `file("k8s/${f}")` read here
            bad-yaml: It cannot be read: while parsing node, found unknown anchor.
              k8s/c.yaml:2:5 ``
              main.hcl:2:55 `file("k8s/${f}")` read here
            bad-yaml: It cannot be read: the key `a` stands twice.
              k8s/d.yaml:3:1 `a`
              k8s/d.yaml:1:1 `a` the first one
              main.hcl:2:55 `file("k8s/${f}")` read here
        "#]],
    );
}

#[test]
fn a_text_that_was_changed_is_no_file() {
    of_files(
        "manifest \"a\" { yaml = \"${file(\"a.yaml\")}\\ndta: {}\" }\nmanifest \"b\" { yaml = try(file(\"b.yaml\"), \"\") }",
        &[
            ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
            ("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndta: {}"),
        ],
        expect![[r#"
            manifest-unknown-field: v1/ConfigMap has no field `dta`, on line 5, column 1 of the text.
              main.hcl:2:23 `"${file("a.yaml")}\ndta: {}"`
            manifest-unknown-field: v1/ConfigMap has no field `dta`.
              b.yaml:4:1 `dta`
              main.hcl:3:23 `try(file("b.yaml"), "")` read here
        "#]],
    );
}

#[test]
fn lines_with_secrets_are_not_shown() {
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: 12345\nimutable: true\n";
    of_files(
        "manifest \"m\" { yaml = file(\"s.yaml\") }\nmanifest \"n\" { yaml = sensitive(file(\"c.yaml\")) }\nmanifest \"o\" { yaml = file(\"t.yaml\") }",
        &[
            ("s.yaml", secret),
            ("c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndta: {}\n"),
            ("t.yaml", "kind: Secret\nstringData:\n  password: [hunter2\n"),
        ],
        expect![[r#"
            manifest-unknown-field: v1/Secret has no field `imutable`, on line 6, column 1 of the text.
              main.hcl:2:23 `file("s.yaml")`
            manifest-wrong-type: `stringData.password` of v1/Secret is of type string, but this is an integer, on line 5, column 3 of the text.
              main.hcl:2:23 `file("s.yaml")`
            manifest-unknown-field: v1/ConfigMap has no field `dta`, on line 4, column 1 of the text.
              main.hcl:3:23 `sensitive(file("c.yaml"))`
            bad-yaml: Line 3, column 13 of the text: unclosed bracket '['.
              main.hcl:4:23 `file("t.yaml")`
        "#]],
    );
    let compiled = compile_files(
        &[
            ("main.hcl", "project \"shop\" {}\nmanifest \"m\" { yaml = file(\"s.yaml\") }"),
            ("s.yaml", &secret.replace("12345", "x").replace("imutable", "immutable")),
        ],
        "default",
    );
    let leaves = compiled.desired.objects[0].root.leaves();
    let at = |name: &str| {
        let leaf = leaves.iter().find(|(path, _)| path.last().unwrap() == name).unwrap().1;
        compiled.sources.locate(leaf.origin.span().unwrap()).to_string()
    };
    assert_eq!((at("password"), at("immutable")), ("main.hcl:2".into(), "s.yaml:6".into()));
}
