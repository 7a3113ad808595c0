//! `raw`: fields of the API that have no word yet, merged into a block's main object.
//!
//! Merged as server-side apply merges two managers: maps by key, keyed lists item by item, sets
//! joined, other lists whole. Checked against the embedded schema before.

use std::collections::HashSet;

use indexmap::IndexMap;
use plimsoll_model::{Diagnostic, Gvk, Leaf, Node, Report, Span, Value};
use plimsoll_schema::{Kind, Lists, Shape, Type, required, validate};

use crate::declare::{Context, FromValue, TypeSchema, Val};
use crate::misfit::{self, Writer};
use crate::words::{Place, Step};

/// An object of the API's fields, as it was written.
#[derive(Debug, Clone)]
pub struct Raw(Node);

impl Raw {
    /// The object.
    pub fn node(&self) -> &Node {
        &self.0
    }
}

impl FromValue for Raw {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Other("an object with the API's own fields", "{ spec = { paused = true } }");

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        match value.as_entries() {
            Some(_) => Some(Raw(Node::from_value(value))),
            None => {
                cx.wrong_type(value, Self::TYPE);
                None
            }
        }
    }
}

/// What is known of the object that fields are merged into.
#[derive(Debug)]
pub struct Target<'a> {
    /// The block, as messages name it.
    pub block: &'a str,
    /// Its type.
    pub gvk: &'a Gvk,
    /// The words of the block.
    pub words: Place,
    /// Whether an autoscale sets the number of replicas.
    pub scaled: bool,
}

/// Merges the fields of `raw` into an object and reports what cannot stand in it.
pub fn merge(root: &mut Node, raw: &Val<Raw>, target: &Target<'_>, report: &mut Report) {
    let Some(Raw(fields)) = raw.known() else { return };
    let kind = plimsoll_schema::kind(target.gvk);
    if let Some(kind) = kind
        && check(kind, fields, raw.span, report)
    {
        return;
    }
    let mut merger = Merger { target, span: raw.span, path: Vec::new(), refused: Vec::new(), report };
    merger.merge(kind.map(|k| k.root.get()), root, fields);
    merger.words(kind.map(|k| k.root.get()), fields, &target.words);
    if let Some(kind) = kind {
        check_required(kind, root, fields, report);
    }
}

/// Reports what does not fit the schema; whether there was anything.
fn check(kind: &Kind, fields: &Node, span: Span, report: &mut Report) -> bool {
    let found = validate::faults(kind, &fields.to_json());
    for misfit in &found {
        let place = misfit::node_at(fields, &misfit.path).origin().span().unwrap_or(span);
        report.push(misfit::finding(Writer::Raw, kind, misfit, "").at(place, ""));
    }
    !found.is_empty()
}

/// Reports required fields that a part of the object lacks to which `raw` gave something. What the block itself left
/// out is said where the block stands.
fn check_required(kind: &Kind, root: &Node, fields: &Node, report: &mut Report) {
    let mut written = HashSet::new();
    spans_of(fields, &mut written);
    for path in required::missing(kind, &misfit::present(root)) {
        let mut own = HashSet::new();
        spans_of(misfit::node_at(root, &path), &mut own);
        if let Some(place) = own.intersection(&written).min() {
            report.push(misfit::missing(Writer::Raw, kind, &path, "").at(*place, ""));
        }
    }
}

/// Every place in a tree.
fn spans_of(node: &Node, out: &mut HashSet<Span>) {
    out.extend(node.origin().span());
    match node {
        Node::Leaf(_) => {}
        Node::List(items, _) => items.iter().for_each(|n| spans_of(n, out)),
        Node::Map(map, _) => map.values().for_each(|n| spans_of(n, out)),
    }
}

/// Where a node, or the first thing in it that somebody wrote, stands.
fn first_span(node: &Node) -> Option<Span> {
    node.origin().span().or_else(|| node.leaves().iter().find_map(|(_, leaf)| leaf.origin.span()))
}

struct Merger<'a> {
    target: &'a Target<'a>,
    span: Span,
    path: Vec<String>,
    /// Where values stand that were refused: nothing more is said of them.
    refused: Vec<Span>,
    report: &'a mut Report,
}

impl Merger<'_> {
    /// Warns of fields that have a word.
    fn words(&mut self, ty: Option<&'static Type>, fields: &Node, place: &Place) {
        match fields {
            Node::Leaf(_) => {}
            Node::List(items, _) => {
                let item = ty.and_then(Type::item).map(|t| t.get());
                items.iter().for_each(|i| self.words(item, i, place));
            }
            Node::Map(map, _) => {
                for (name, node) in map {
                    let child = ty.and_then(|t| t.child(name)).map(|t| t.get());
                    match place.step(name) {
                        Step::Word(_) if self.has_refused(node) => {}
                        Step::Word(word) => {
                            let shown = match node {
                                Node::Leaf(Leaf { value, unknown: None, sensitive: false, .. }) => {
                                    Some(value.to_string())
                                }
                                _ => None,
                            };
                            self.report.push(
                                Diagnostic::warning("raw-has-word", "a word exists for this field")
                                    .detail(format!(
                                        "`{}` of {} sets this field, and is checked with the rest.",
                                        word.name, self.target.block
                                    ))
                                    .at(node.origin().span().unwrap_or(self.span), "")
                                    .help(word.written(shown.as_deref())),
                            );
                        }
                        Step::Below(below) => self.words(child, node, &below),
                        Step::Nothing => {}
                    }
                }
            }
        }
    }

    fn has_refused(&self, node: &Node) -> bool {
        let refused = |span: Option<Span>| span.is_some_and(|s| self.refused.contains(&s));
        refused(node.origin().span()) || node.leaves().iter().any(|(_, l)| refused(l.origin.span()))
    }

    fn merge(&mut self, ty: Option<&'static Type>, base: &mut Node, fields: &Node) {
        match (base, fields) {
            (Node::Map(into, _), Node::Map(from, _)) => self.maps(ty, into, from),
            (Node::List(into, origin), Node::List(from, _)) => match ty.map(|t| &t.shape) {
                Some(Shape::List { item, merge: Lists::Map(keys) }) => {
                    let keys = Lists::Map(keys.clone());
                    for node in from {
                        let key = plimsoll_schema::element_of(&keys, *item, &node.to_json());
                        let same = into
                            .iter_mut()
                            .find(|n| plimsoll_schema::element_of(&keys, *item, &n.to_json()) == key);
                        match same {
                            Some(same) => self.merge(Some(item.get()), same, node),
                            None => into.push(node.clone()),
                        }
                    }
                }
                Some(Shape::List { merge: Lists::Set, .. }) => {
                    for node in from {
                        if !into.iter().any(|n| n.to_json() == node.to_json()) {
                            into.push(node.clone());
                        }
                    }
                }
                _ => {
                    let same = into.len() == from.len()
                        && into.iter().zip(from).all(|(a, b)| a.to_json() == b.to_json());
                    if !same {
                        let first = into.iter().find_map(first_span);
                        self.contradiction(origin.span().or(first), fields);
                    }
                }
            },
            (base, fields) => {
                if base.to_json() == fields.to_json() {
                    return;
                }
                let span = base.origin().span();
                if span.is_some() || self.is_ours() {
                    self.contradiction(span, fields);
                } else {
                    *base = fields.clone();
                }
            }
        }
    }

    fn maps(
        &mut self,
        ty: Option<&'static Type>,
        into: &mut IndexMap<String, Node>,
        from: &IndexMap<String, Node>,
    ) {
        for (name, node) in from {
            self.path.push(name.clone());
            let child = ty.and_then(|t| t.child(name)).map(|t| t.get());
            match into.get_mut(name) {
                _ if self.path.as_slice() == ["status"] => self.report.push(
                    Diagnostic::error("raw-status", "the status is written by the cluster")
                        .detail(format!("{} cannot set fields of `status`.", self.target.block))
                        .at(node.origin().span().unwrap_or(self.span), "")
                        .help("remove `status`"),
                ),
                _ if self.target.scaled && self.path.join(".") == "spec.replicas" => {
                    self.contradiction(None, node);
                }
                Some(base) => self.merge(child, base, node),
                None => {
                    into.insert(name.clone(), node.clone());
                }
            }
            self.path.pop();
        }
    }

    /// Whether a field is how the object is known, and so not a default to be set aside.
    fn is_ours(&self) -> bool {
        self.path.iter().any(|p| matches!(p.as_str(), "apiVersion" | "kind" | "metadata" | "selector"))
    }

    fn contradiction(&mut self, base: Option<Span>, fields: &Node) {
        self.refused.extend(fields.origin().span());
        let found = Diagnostic::error("raw-contradicts", "field is set twice")
            .detail(format!(
                "`raw` sets `{}` of {} to something else than the block does.",
                self.path.join("."),
                self.target.block
            ))
            .at(fields.origin().span().unwrap_or(self.span), "in `raw`");
        self.report.push(match base {
            Some(base) => found.related(base, "set here").help("remove it from `raw`"),
            None => found.help("remove it from `raw`: it follows from the rest of the configuration"),
        });
    }
}

/// Reports fields for an object that the block does not make.
pub fn without_object(block: &str, raw: &Val<Raw>, report: &mut Report) {
    report.push(
        Diagnostic::error("raw-without-object", "there is no object to set fields of")
            .detail(format!("{block} makes no object of its own, so `raw` has nothing to go into."))
            .at(raw.span, "")
            .help("remove `raw`"),
    );
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, compile, object};

    #[test]
    fn fields_merge_by_the_keys_of_server_side_apply() {
        let raw = r#"raw = {
  metadata = { finalizers = ["shop.io/keep"] }
  spec = {
    paused = true
    template = { spec = {
      hostUsers  = false
      containers = [
        { name = "web", resizePolicy = [{ resourceName = "cpu", restartPolicy = "NotRequired" }] },
        { name = "extra", image = "extra:1" },
      ]
    } }
  }
}"#;
        object(
            &app("env = { A = 1 }", raw),
            "app.web",
            expect![[r#"
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  finalizers:
                  - shop.io/keep
                  name: web
                spec:
                  paused: true
                  selector:
                    matchLabels:
                      plimsoll.dev/app: web
                      plimsoll.dev/project: shop
                  template:
                    metadata:
                      labels:
                        app.kubernetes.io/managed-by: plimsoll
                        app.kubernetes.io/name: web
                        app.kubernetes.io/part-of: shop
                        plimsoll.dev/app: web
                        plimsoll.dev/environment: test
                        plimsoll.dev/project: shop
                    spec:
                      containers:
                      - env:
                        - name: A
                          value: "1"
                        image: web:1
                        name: web
                        ports:
                        - containerPort: 80
                          name: http
                          protocol: TCP
                        resizePolicy:
                        - resourceName: cpu
                          restartPolicy: NotRequired
                      - image: extra:1
                        name: extra
                      hostUsers: false
            "#]],
        );
    }

    #[test]
    fn required_fields_of_what_was_added() {
        let raw = r#"raw = {
  spec = { template = { spec = {
    containers     = [{ name = "web", livenessProbe = { httpGet = { path = "/" } } }, { name = "b", env = [{ value = "x" }] }]
    initContainers = [{ image = "x" }]
    volumes        = [{ name = "n", nfs = { server = "s" } }]
  } } }
}"#;
        check(
            &app("", raw),
            expect![[r#"
            error[raw-item-without-key]: list item has no key
              `spec.template.spec.containers[1].env[0]` does not say which item of the list it is.
              t.hcl:4: { value = "x" }
            error[raw-item-without-key]: list item has no key
              `spec.template.spec.initContainers[0]` does not say which item of the list it is.
              t.hcl:5: { image = "x" }
        "#]],
        );
        check(
            &app("", &raw.replace("{ image = \"x\" }", "").replace("[{ value = \"x\" }]", "[]")),
            expect![[r#"
                error[raw-missing-field]: required field is missing
                  apps/v1/Deployment needs `spec.template.spec.containers[0].livenessProbe.httpGet.port`.
                  t.hcl:4: { path = "/" }
                  help: port = 1, in `spec.template.spec.containers[0].livenessProbe.httpGet`
                error[raw-missing-field]: required field is missing
                  apps/v1/Deployment needs `spec.template.spec.volumes[0].nfs.path`.
                  t.hcl:6: { server = "s" }
                  help: path = "…", in `spec.template.spec.volumes[0].nfs`
                warning[raw-has-word]: a word exists for this field
                  `path` of app.web sets this field, and is checked with the rest.
                  t.hcl:4: "/"
                  help: path = "/", in `container.liveness_probe.http_get`
                warning[raw-has-word]: a word exists for this field
                  `env` of app.web sets this field, and is checked with the rest.
                  t.hcl:4: []
                  help: env = …, in `container`
            "#]],
        );
    }

    #[test]
    fn fields_that_do_not_fit_the_schema() {
        let raw = r#"raw = {
  spec = {
    pausd = true
    minReadySeconds = "soon"
    template = { spec = {
      overhead   = { cpu = "much" }
      containers = [{ imagePullPolicy = "Always" }, { name = "web" }, { name = "web" }]
    } }
  }
}"#;
        check(
            &app("", raw),
            expect![[r#"
                error[raw-unknown-field]: field does not exist in the API
                  apps/v1/Deployment has no field `spec.pausd`.
                  t.hcl:4: true
                  help: did you mean `paused`?
                error[raw-wrong-type]: field has the wrong type
                  `spec.minReadySeconds` of apps/v1/Deployment is of type integer, but this is a string.
                  t.hcl:5: "soon"
                error[raw-wrong-type]: field has the wrong type
                  `spec.template.spec.overhead.cpu` of apps/v1/Deployment is a quantity, but this is none.
                  t.hcl:7: "much"
                error[raw-item-without-key]: list item has no key
                  `spec.template.spec.containers[0]` does not say which item of the list it is.
                  t.hcl:8: { imagePullPolicy = "Always" }
                error[raw-double-item]: list item stands twice
                  `spec.template.spec.containers[2]` has the same key as an item before it.
                  t.hcl:8: { name = "web" }
            "#]],
        );
    }

    #[test]
    fn fields_that_have_a_word_and_fields_that_are_set() {
        let raw = r#"raw = {
  kind     = "Job"
  metadata = { name = "other" }
  spec = {
    replicas        = 3
    minReadySeconds = 2
    template = { spec = {
      priorityClassName = "high"
      nodeSelector      = { disk = "hdd" }
      securityContext   = { fsGroup = 1 }
      containers        = [{ name = "web", image = "web:2", args = ["a"] }]
    } }
  }
  status = { replicas = 1 }
}"#;
        let rest = "min_ready_seconds = 1\nnode_selector = { disk = \"ssd\" }";
        check(
            &app("args = [\"b\"]", &format!("{rest}\n{raw}")),
            expect![[r#"
                error[raw-contradicts]: field is set twice
                  `raw` sets `kind` of app.web to something else than the block does.
                  t.hcl:5: "Job"   in `raw`
                  help: remove it from `raw`: it follows from the rest of the configuration
                error[raw-contradicts]: field is set twice
                  `raw` sets `metadata.name` of app.web to something else than the block does.
                  t.hcl:6: "other"   in `raw`
                  t.hcl:1: app "web"   set here
                  help: remove it from `raw`
                error[raw-contradicts]: field is set twice
                  `raw` sets `spec.minReadySeconds` of app.web to something else than the block does.
                  t.hcl:9: 2   in `raw`
                  t.hcl:2: 1   set here
                  help: remove it from `raw`
                error[raw-contradicts]: field is set twice
                  `raw` sets `spec.template.spec.nodeSelector.disk` of app.web to something else than the block does.
                  t.hcl:12: "hdd"   in `raw`
                  t.hcl:3: "ssd"   set here
                  help: remove it from `raw`
                error[raw-contradicts]: field is set twice
                  `raw` sets `spec.template.spec.containers.image` of app.web to something else than the block does.
                  t.hcl:14: "web:2"   in `raw`
                  t.hcl:20: "web:1"   set here
                  help: remove it from `raw`
                error[raw-contradicts]: field is set twice
                  `raw` sets `spec.template.spec.containers.args` of app.web to something else than the block does.
                  t.hcl:14: ["a"]   in `raw`
                  t.hcl:22: ["b"]   set here
                  help: remove it from `raw`
                error[raw-status]: the status is written by the cluster
                  app.web cannot set fields of `status`.
                  t.hcl:17: { replicas = 1 }
                  help: remove `status`
                warning[raw-has-word]: a word exists for this field
                  `replicas` of app.web sets this field, and is checked with the rest.
                  t.hcl:8: 3
                  help: replicas = 3
                warning[raw-has-word]: a word exists for this field
                  `priority_class` of app.web sets this field, and is checked with the rest.
                  t.hcl:11: "high"
                  help: priority_class = "high"
                warning[raw-has-word]: a word exists for this field
                  `fs_group` of app.web sets this field, and is checked with the rest.
                  t.hcl:13: 1
                  help: fs_group = 1, in `security_context`
            "#]],
        );
    }

    #[test]
    fn nothing_to_merge_into_and_nothing_to_merge() {
        let text =
            "config \"c\" {\nexisting = \"c\"\nraw = { immutable = true }\n}\nnamespace \"n\" { raw = [1] }";
        check(
            text,
            expect![[r#"
            error[raw-without-object]: there is no object to set fields of
              config.c makes no object of its own, so `raw` has nothing to go into.
              t.hcl:3: { immutable = true }
              help: remove `raw`
            error[wrong-type]: wrong type
              `raw` of namespace.n takes an object with the API's own fields, but this is a list.
              t.hcl:5: [1]
              help: such as { spec = { paused = true } }
        "#]],
        );
    }

    #[test]
    fn sensitive_and_unknown_values_stay_what_they_are() {
        let text = format!(
            "{}service \"s\" {{ app = app.web }}\nconfig \"c\" {{\ndata = {{}}\nraw = {{ data = {{ a = var.password, b = service.s.cluster_ip }} }}\n}}",
            app("", "")
        );
        let compiled = compile(&text);
        let config = &compiled.desired.objects[1];
        let leaves = config.root.leaves();
        let marks: Vec<_> = leaves
            .iter()
            .filter(|(path, _)| path[0] == "data")
            .map(|(path, leaf)| (path[1].as_str(), leaf.sensitive, leaf.unknown.as_deref()))
            .collect();
        assert_eq!(marks, [("a", true, None), ("b", false, Some("service.s.cluster_ip"))]);
    }
}
