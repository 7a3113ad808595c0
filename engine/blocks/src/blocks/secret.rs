//! `secret`: data that nobody may see, as a Secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_model::{Address, BlockScope, Diagnostic, Export, Gvk, Leaf, Node, Origin, Report, Value};
use serde_json::Value as Json;

use super::config::{MAX_DATA, check_source, data_size, key_handles, name};
use super::meta::Meta;
use crate::compile::Objects;
use crate::declare::{Block, Content, Map, ToNode, Tree, Val};
use crate::handles::SECRET_KEY;
use crate::identity::SALT;
use crate::live;
use crate::syntax;
use crate::world::{Item, World};

/// Data that nobody may see: it stands in no plan and in no state.
#[derive(Debug, Clone, Block)]
#[block(name = "secret", label = "name")]
pub struct Secret {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// Text by key: `{ password = var.password }`.
    #[attr(manual, keys = syntax::DATA_KEY)]
    pub data: Option<Val<Map<String>>>,
    /// The name of a Secret that exists already, instead of data.
    #[attr(manual, known, syntax = syntax::DNS_NAME)]
    pub existing: Option<Val<String>>,
    /// The keys of an existing one that expressions may name.
    #[attr(manual, known, syntax = syntax::DATA_KEY)]
    pub keys: Vec<Val<String>>,
    /// What it holds: `Opaque`, `kubernetes.io/tls`, `kubernetes.io/dockerconfigjson`, …
    pub r#type: Option<Val<String>>,
    /// Whether the apps that use an existing one are rolled when its data changes, which the next plan sees.
    #[attr(manual, known, default = "false")]
    pub roll_on_change: Option<Val<bool>>,
    /// Whether the data may never change: a change replaces the object, as the plan shows.
    pub immutable: Option<Val<bool>>,
}

/// What expressions read from a secret.
pub static EXPORTS: &[Export] = &[
    Export { name: "name", doc: "The name of its object.", eval: name },
    Export { name: "keys", doc: "Its keys: `secret.db.keys.password`, for `env`.", eval: keys },
];

fn keys(scope: &mut dyn BlockScope) -> Value {
    key_handles(scope, SECRET_KEY, |_, _, _| None)
}

impl Secret {
    /// Data or an existing one.
    pub fn check(&self, item: &Item<'_>, _: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        self.check_type(report);
        check_source(
            self.data.as_ref().map(|d| d.span),
            self.existing.as_ref().map(|e| e.span),
            self.keys.first().map(|k| k.span),
            self.roll_on_change.as_ref(),
            item,
            report,
        );
        if data_size(self.data.iter().filter_map(|d| d.known()).flatten()) > MAX_DATA {
            report.push(
                Diagnostic::error("data-too-large", "data is too large")
                    .detail(format!(
                        "An object holds 1 MiB of data at most; {} has more.",
                        item.block.address
                    ))
                    .at(item.block.header_span, ""),
            );
        }
    }

    /// What the API asks of a secret of its type.
    fn check_type(&self, report: &mut Report) {
        let (Some(kind), Some((span, data))) =
            (&self.r#type, self.data.as_ref().and_then(|d| Some((d.span, d.known()?))))
        else {
            return;
        };
        let mut lacks = |what: String, help: String| {
            report.push(
                Diagnostic::error("secret-without-key", "key of the secret's type is missing")
                    .detail(format!("A secret of type {} needs {what}.", kind.shown()))
                    .at(span, "")
                    .related(kind.span, "the type")
                    .help(help),
            );
        };
        let is_missing = |key: &str| !data.contains_key(key);
        match kind.text() {
            Some("kubernetes.io/tls") => {
                let missing: Vec<&str> =
                    ["tls.crt", "tls.key"].into_iter().filter(|k| is_missing(k)).collect();
                if let Some(first) = missing.first() {
                    lacks(missing.join(" and "), format!("\"{first}\" = \"…\""));
                }
            }
            Some("kubernetes.io/basic-auth") if is_missing("username") && is_missing("password") => {
                lacks("username or password".into(), "username = \"…\"".into());
            }
            Some("kubernetes.io/ssh-auth") => {
                let key = "ssh-privatekey";
                // One that is empty is none to the API.
                if data.get(key).is_none_or(|v| v.text() == Some("")) {
                    lacks(format!("{key}, which is not empty"), format!("\"{key}\" = file(\"…\")"));
                }
            }
            Some("kubernetes.io/service-account-token") if !self.names_account() => {
                lacks(
                    format!("the annotation {ACCOUNT}"),
                    format!("annotations = {{ \"{ACCOUNT}\" = \"…\" }}"),
                );
            }
            Some("kubernetes.io/dockerconfigjson") if is_missing(DOCKER_CONFIG) => {
                lacks(DOCKER_CONFIG.into(), credentials(DOCKER_CONFIG));
            }
            Some("kubernetes.io/dockerconfigjson") => check_json(&data[DOCKER_CONFIG], kind, true, report),
            Some("kubernetes.io/dockercfg") => match data.get(".dockercfg") {
                Some(value) => check_json(value, kind, false, report),
                None => lacks(".dockercfg".into(), credentials(".dockercfg")),
            },
            _ => {}
        }
    }

    /// Whether an annotation names the account of a token; an empty name is none to the API.
    fn names_account(&self) -> bool {
        self.meta.annotations.get(ACCOUNT).is_some_and(|name| name.text() != Some(""))
    }

    /// The keys that exist; none where an existing object's are not listed.
    pub fn data_keys(&self) -> Option<Vec<String>> {
        match &self.data {
            Some(data) => data.known().map(|d| d.keys().cloned().collect()),
            None if self.keys.is_empty() => None,
            None => Some(self.keys.iter().filter_map(|k| k.text().map(str::to_string)).collect()),
        }
    }

    /// The hash of the data under the object's salt; none where one of both is not known yet.
    fn salted(&self, data: &Map<String>, item: &Item<'_>, world: &World<'_>) -> Option<String> {
        let salt = world.live.salts.get(&item.block.address)?;
        let known = |(key, value): (&'_ String, &Val<String>)| match &value.content {
            Content::Unknown(_) => None,
            Content::Known(text) => Some((key.clone(), text.clone())),
            Content::Poison => Some((key.clone(), String::new())),
        };
        // What is ignored changes without rolling anything.
        let counts = |(key, _): &(&String, _)| !self.meta.ignores(&["data", key]);
        let data: Vec<(String, String)> = data.iter().filter(counts).map(known).collect::<Option<_>>()?;
        Some(live::salted(salt, &item.name, data.iter().map(|(k, v)| (k.as_str(), v.as_bytes()))))
    }

    /// The Secret, unless it exists already; every value in it is sensitive.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        if self.existing.is_some() {
            return;
        }
        let gvk = Gvk::new("", "v1", "Secret");
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        if !object.is_filled() {
            return out.push(object);
        }
        self.write("", &mut object.body);
        if world.is_salted(&item.block.address) {
            object.annotations(salt(&item.block.address, world));
        }
        if let Some(data) = &self.data {
            let mut tree = Tree::new();
            for (key, value) in data.known().into_iter().flatten() {
                tree.put(key, encoded(value));
            }
            object.body.put("data", Node::Map(tree.into_entries(), data.origin.clone()));
        }
        out.push(object);
    }
}

/// The annotation that names the account of a token.
const ACCOUNT: &str = "kubernetes.io/service-account.name";

/// The key of the credentials of registries.
const DOCKER_CONFIG: &str = ".dockerconfigjson";

/// How credentials of a registry are written under a key.
fn credentials(key: &str) -> String {
    let one = "\"registry.example.com\" = { username = \"…\", password = var.password }";
    match key == DOCKER_CONFIG {
        true => format!("\"{key}\" = jsonencode({{ auths = {{ {one} }} }})"),
        false => format!("\"{key}\" = jsonencode({{ {one} }})"),
    }
}

/// Credentials are a JSON object; those of the newer form stand in `auths`, where the kubelet looks for them. Nothing
/// of the text is shown.
fn check_json(value: &Val<String>, kind: &Val<String>, in_auths: bool, report: &mut Report) {
    let Some(text) = value.text() else { return };
    let key = if in_auths { DOCKER_CONFIG } else { ".dockercfg" };
    match serde_json::from_str::<Json>(text) {
        Ok(Json::Object(map)) if !in_auths || map.get("auths").is_some_and(Json::is_object) => {}
        // The API takes null for an empty object.
        Ok(Json::Object(_) | Json::Null) => report.push(
            Diagnostic::warning("secret-without-auths", "credentials name no registry")
                .detail(format!(
                    "Registries stand in `auths` of {key}; without it, images are pulled as if there were no secret."
                ))
                .at(value.span, "")
                .related(kind.span, "the type")
                .help(credentials(key)),
        ),
        _ => report.push(
            Diagnostic::error("secret-not-json", "credentials are no JSON object")
                .detail(format!("{key} of a secret of type {} is a JSON object, and this is none.", kind.shown()))
                .at(value.span, "")
                .related(kind.span, "the type")
                .help(credentials(key)),
        ),
    }
}

/// The annotation that keys the hash of a secret's data. It is drawn once, when the object is made, and read
/// from there afterwards.
fn salt(secret: &Address, world: &World<'_>) -> Tree {
    let known = world.live.salts.get(secret);
    let leaf = Leaf {
        value: known.map_or(Json::Null, |s| s.clone().into()),
        unknown: known.is_none().then(|| format!("salt of {secret}")),
        sensitive: true,
        origin: Origin::NONE,
    };
    let mut tree = Tree::new();
    tree.put(SALT, Node::Leaf(leaf));
    tree
}

/// The hash of the secrets among `blocks`, for an annotation that rolls the pods when one changes. Unknown
/// as long as a salt or something in the data is.
pub fn hash(blocks: &[Address], world: &World<'_>) -> Option<Node> {
    let mut parts = Vec::new();
    let secrets = blocks.iter().filter_map(|a| Some((a, world.item(a)?, world.item(a)?.declared.secret()?)));
    for (address, item, secret) in secrets {
        let rolls = secret.roll_on_change.as_ref().is_some_and(|r| r.known() == Some(&true));
        match &secret.data {
            Some(data) => parts.push((address, secret.salted(data.known()?, item, world))),
            None if rolls => parts.push((address, world.live.hashes.get(address).cloned())),
            None => {}
        }
    }
    let unknown = parts.iter().find(|(_, hash)| hash.is_none()).map(|(a, _)| format!("hash of {a}"));
    let known: Vec<String> = parts.iter().filter_map(|(_, hash)| hash.clone()).collect();
    let value = match unknown {
        Some(_) => Json::Null,
        None => blake3::hash(known.join(",").as_bytes()).to_hex()[..16].into(),
    };
    (!parts.is_empty()).then(|| Node::Leaf(Leaf { value, unknown, sensitive: false, origin: Origin::NONE }))
}

/// Text as the API holds bytes, never to be shown.
fn encoded(value: &Val<String>) -> Option<Node> {
    value.to_node().map(|node| match node {
        Node::Leaf(leaf) => {
            let value = leaf.value.as_str().map(|t| STANDARD.encode(t)).into();
            Node::Leaf(Leaf { value, sensitive: true, ..leaf })
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{check, compile, object};

    const TEXT: &str =
        "secret \"db\" {\ndata = { user = \"shop\", password = var.password }\ntype = \"Opaque\"\n}";

    #[test]
    fn a_secret_holds_bytes() {
        object(
            TEXT,
            "secret.db",
            expect![[r#"
            apiVersion: v1
            data:
              password: aHVudGVyMg==
              user: c2hvcA==
            kind: Secret
            metadata:
              name: db
            type: Opaque
        "#]],
        );
    }

    #[test]
    fn types_promise_keys() {
        check(
            "secret \"tls\" {\ndata = { \"tls.crt\" = \"x\" }\ntype = \"kubernetes.io/tls\"\n}",
            expect![[r#"
                error[secret-without-key]: key of the secret's type is missing
                  A secret of type "kubernetes.io/tls" needs tls.key.
                  t.hcl:2: { "tls.crt" = "x" }
                  t.hcl:3: "kubernetes.io/tls"   the type
                  help: "tls.key" = "…"
            "#]],
        );
    }

    #[test]
    fn pods_carry_a_hash_once_the_salt_is_known() {
        let app = "app \"web\" {\ncontainer \"c\" {\nimage = \"c:1\"\nenv = { P = secret.db.keys.password }\n}\n}\n";
        let text = format!("{app}secret \"db\" {{ data = {{ password = \"hunter2\" }} }}");
        let address = plimsoll_model::Address::new("secret", "db");
        let parts = |salt: Option<&str>| {
            let mut live = crate::live::Live::default();
            live.salts.extend(salt.map(|s| (address.clone(), s.to_string())));
            let desired = crate::testing::compile_live(&text, &live);
            let leaf = |index: usize, path: &[&str]| {
                let root = Some(&desired.objects[index].root);
                path.iter().fold(root, |node, key| node?.get(key)).cloned().unwrap()
            };
            let hash = leaf(0, &["spec", "template", "metadata", "annotations", "plimsoll.dev/secret-hash"]);
            (hash, leaf(1, &["metadata", "annotations", "plimsoll.dev/salt"]))
        };
        let (hash, salt) = parts(None);
        assert!(hash.contains_unknown() && salt.contains_unknown());
        let (one, salt) = parts(Some("00112233445566778899aabbccddeeff"));
        assert!(salt.leaves().iter().all(|(_, leaf)| leaf.sensitive));
        assert_eq!(one.as_str().map(str::len), Some(16));
        let (other, _) = parts(Some("ffeeddccbbaa99887766554433221100"));
        assert_ne!(one.as_str(), other.as_str());
    }

    #[test]
    fn every_value_is_sensitive() {
        let compiled = compile(TEXT);
        let data = compiled.desired.objects[0].root.get("data").unwrap();
        assert!(data.leaves().iter().all(|(_, leaf)| leaf.sensitive));
    }
}
