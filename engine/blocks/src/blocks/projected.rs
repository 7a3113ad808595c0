//! `projected`: keys of configs and secrets, facts of the pod and tokens, as files of one folder.

use std::collections::BTreeMap;

use plimsoll_model::value::Data;
use plimsoll_model::{Address, Diagnostic, Node, Origin, Report, Span, Value};

use super::data_files::{MODE, check_items, mode, write_items};
use crate::declare::{Block, Context, FromValue, Map, Nested, Tree, TypeSchema, Val};
use crate::handles::{self, ConfigRef, FIELD, SecretRef};
use crate::syntax;
use crate::world::World;

/// Several sources of files in one folder.
#[derive(Debug, Clone, Block)]
#[block(name = "projected")]
pub struct Projected {
    /// The files' mode: `"0440"`.
    #[attr(manual, syntax = MODE)]
    pub default_mode: Option<Val<String>>,
    /// Keys of a config.
    #[nested(manual)]
    pub config: Vec<Nested<ProjectedConfig>>,
    /// Keys of a secret.
    #[nested(manual)]
    pub secret: Vec<Nested<ProjectedSecret>>,
    /// Facts of the pod.
    #[nested(manual)]
    pub downward_api: Vec<Nested<DownwardApi>>,
    /// A token of the pod's service account.
    #[nested(manual)]
    pub service_account_token: Vec<Nested<AccountToken>>,
}

/// Keys of a config among other files.
#[derive(Debug, Clone, Block)]
#[block(name = "config")]
pub struct ProjectedConfig {
    /// The config.
    #[attr(manual)]
    pub from: Val<ConfigRef>,
    /// Which keys, and the file that each becomes; by default all.
    #[attr(manual, known, keys = syntax::DATA_KEY, syntax = syntax::FILE_PATH)]
    pub items: Map<String>,
    /// Whether pods start without it.
    pub optional: Option<Val<bool>>,
}

/// Keys of a secret among other files.
#[derive(Debug, Clone, Block)]
#[block(name = "secret")]
pub struct ProjectedSecret {
    /// The secret.
    #[attr(manual)]
    pub from: Val<SecretRef>,
    /// Which keys, and the file that each becomes; by default all.
    #[attr(manual, known, keys = syntax::DATA_KEY, syntax = syntax::FILE_PATH)]
    pub items: Map<String>,
    /// Whether pods start without it.
    pub optional: Option<Val<bool>>,
}

/// Facts of the pod as files.
#[derive(Debug, Clone, Block)]
#[block(name = "downward_api")]
pub struct DownwardApi {
    /// The files, and the fact that each holds: `{ labels = field("metadata.labels") }`.
    #[attr(manual, known, keys = syntax::FILE_PATH)]
    pub items: Map<PodFact>,
}

/// A token by which the pods prove to others who they are.
#[derive(Debug, Clone, Block)]
#[block(name = "service_account_token")]
pub struct AccountToken {
    /// The file.
    #[attr(syntax = syntax::FILE_PATH)]
    pub path: Val<String>,
    /// Whom it is for; by default the cluster's API.
    pub audience: Option<Val<String>>,
    /// How long it holds; the node renews it in time.
    #[attr(range = 600..=4294967296, default = 3600)]
    pub expiration_seconds: Val<i64>,
}

/// A fact of the pod that can be a file.
#[derive(Debug, Clone, PartialEq)]
pub struct PodFact {
    /// The field: `metadata.labels`.
    pub path: String,
}

impl FromValue for PodFact {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Other("field(…) of the pod's metadata", "field(\"metadata.labels\")");
    const REFERENCES: bool = true;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let path = match &value.data {
            Data::Handle(h) if h.kind == FIELD => handles::text(h, "path"),
            _ => None,
        };
        let path = path.filter(|p| p.starts_with("metadata."));
        if path.is_none() {
            cx.wrong_type(value, Self::TYPE);
        }
        path.map(|path| PodFact { path: path.into() })
    }
}

impl Projected {
    /// The configs and secrets whose keys are files.
    pub fn data_blocks(&self) -> Vec<Address> {
        let configs = self.config.iter().filter_map(|c| Some(c.from.known()?.address.clone()));
        configs.chain(self.secret.iter().filter_map(|s| Some(s.from.known()?.address.clone()))).collect()
    }

    /// Something is projected, keys exist, and no two are one file.
    pub fn check(&self, header: Span, world: &World<'_>, report: &mut Report) {
        let sources = self.config.len() + self.secret.len() + self.downward_api.len();
        if sources + self.service_account_token.len() == 0 {
            report.push(
                Diagnostic::error("nothing-projected", "nothing is projected")
                    .detail("A projected volume holds blocks `config`, `secret`, `downward_api` or `service_account_token`.")
                    .at(header, "")
                    .help("config { from = config.site }"),
            );
        }
        for config in &self.config {
            check_items("config", &config.items, config.from.known().map(|r| &r.address), world, report);
        }
        for secret in &self.secret {
            check_items("secret", &secret.items, secret.from.known().map(|r| &r.address), world, report);
        }
        self.check_files(world, report);
    }

    /// Files by path, with where each is decided.
    fn check_files(&self, world: &World<'_>, report: &mut Report) {
        let mut files: Vec<(String, Span)> = Vec::new();
        let mut add = |items: &Map<String>, from: Option<&Address>, at: Span| {
            let keys = from.and_then(|a| world.item(a)).and_then(|i| i.declared.data_keys());
            match items.is_empty() {
                true => files.extend(keys.into_iter().flatten().map(|key| (key, at))),
                false => files.extend(items.values().filter_map(|v| Some((v.text()?.to_string(), v.span)))),
            }
        };
        for config in &self.config {
            add(&config.items, config.from.known().map(|r| &r.address), config.header);
        }
        for secret in &self.secret {
            add(&secret.items, secret.from.known().map(|r| &r.address), secret.header);
        }
        let facts = self.downward_api.iter().flat_map(|d| d.items.iter().map(|(k, v)| (k.clone(), v.span)));
        files.extend(facts);
        let tokens = self.service_account_token.iter();
        files.extend(tokens.filter_map(|t| Some((t.path.text()?.to_string(), t.path.span))));
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (path, span) in &files {
            if let Some(first) = seen.insert(path, *span) {
                report.push(
                    Diagnostic::error("duplicate-file", "two sources make one file")
                        .detail(format!("The volume has one file `{path}`."))
                        .at(*span, "the second one")
                        .related(first, "the first one"),
                );
            }
        }
    }

    /// The volume as the API takes it.
    pub fn write_sources(&self, world: &World<'_>, tree: &mut Tree) {
        let mut sources = Vec::new();
        let mut add = |key: &str, header: Span, inner: Tree| {
            let mut source = Tree::new();
            source.put(key, Node::Map(inner.into_entries(), Origin::at(header)));
            sources.push(Node::Map(source.into_entries(), Origin::at(header)));
        };
        let named = |address: &Address, origin: &Origin, items: &Map<String>| {
            let mut inner = Tree::new();
            inner.put("name", Node::leaf(world.object_name(address)?, origin.clone()));
            write_items(items, &mut inner);
            Some(inner)
        };
        for config in &self.config {
            let Some(from) = config.from.known() else { continue };
            let Some(mut inner) = named(&from.address, &config.from.origin, &config.items) else { continue };
            config.block.write("", &mut inner);
            add("configMap", config.header, inner);
        }
        for secret in &self.secret {
            let Some(from) = secret.from.known() else { continue };
            let Some(mut inner) = named(&from.address, &secret.from.origin, &secret.items) else { continue };
            secret.block.write("", &mut inner);
            add("secret", secret.header, inner);
        }
        for facts in &self.downward_api {
            let mut inner = Tree::new();
            inner.list("items", facts.items.iter().filter_map(fact).collect());
            add("downwardAPI", facts.header, inner);
        }
        for token in &self.service_account_token {
            let mut inner = Tree::new();
            token.block.write("", &mut inner);
            add("serviceAccountToken", token.header, inner);
        }
        tree.put("sources", Node::List(sources, Origin::NONE));
        tree.put("defaultMode", self.default_mode.as_ref().and_then(mode));
    }
}

fn fact((path, value): (&String, &Val<PodFact>)) -> Option<Node> {
    let fact = value.known()?;
    let mut field = Tree::new();
    field.put("fieldPath", Node::leaf(fact.path.clone(), value.origin.clone()));
    let mut tree = Tree::new();
    tree.put("path", Node::leaf(path.clone(), value.origin.clone()));
    tree.put("fieldRef", Node::Map(field.into_entries(), value.origin.clone()));
    Some(Node::Map(tree.into_entries(), value.origin.clone()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, object};

    #[test]
    fn files_from_everywhere() {
        let volume = r#"
volume "all" {
  projected {
    default_mode = "0440"
    config {
      from  = config.site
      items = { color = "conf/color" }
    }
    secret {
      from     = secret.db
      optional = true
    }
    downward_api { items = { labels = field("metadata.labels"), name = field("metadata.name") } }
    service_account_token {
      path     = "token"
      audience = "vault"
    }
  }
}
config "site" { data = { color = "blue" } }
secret "db" { existing = "db" }
"#;
        let text = format!("{}{volume}", app("mount \"/all\" { volume = volume.all }", ""));
        object(
            &text,
            "app.web",
            expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              selector:
                matchLabels:
                  plimsoll.dev/app: web
                  plimsoll.dev/project: shop
              template:
                metadata:
                  annotations:
                    plimsoll.dev/config-hash: 7e76300f221c621b
                  labels:
                    app.kubernetes.io/managed-by: plimsoll
                    app.kubernetes.io/name: web
                    app.kubernetes.io/part-of: shop
                    plimsoll.dev/app: web
                    plimsoll.dev/environment: test
                    plimsoll.dev/project: shop
                spec:
                  containers:
                  - image: web:1
                    name: web
                    ports:
                    - containerPort: 80
                      name: http
                      protocol: TCP
                    volumeMounts:
                    - mountPath: /all
                      name: all
                  volumes:
                  - name: all
                    projected:
                      defaultMode: 288
                      sources:
                      - configMap:
                          items:
                          - key: color
                            path: conf/color
                          name: site
                      - secret:
                          name: db
                          optional: true
                      - downwardAPI:
                          items:
                          - fieldRef:
                              fieldPath: metadata.labels
                            path: labels
                          - fieldRef:
                              fieldPath: metadata.name
                            path: name
                      - serviceAccountToken:
                          audience: vault
                          expirationSeconds: 3600
                          path: token
        "#]],
        );
    }
}
