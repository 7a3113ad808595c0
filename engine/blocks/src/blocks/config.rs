//! `config`: data that apps read, as a ConfigMap.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_model::value::Data;
use plimsoll_model::{
    Address, BlockScope, Diagnostic, Export, Gvk, Leaf, Node, Origin, Report, Span, Type, Value,
};
use serde_json::Value as Json;

use super::meta::Meta;
use crate::compile::Objects;
use crate::declare::{Block, Content, Map, Val};
use crate::handles::{CONFIG_KEY, handle};
use crate::naming;
use crate::syntax;
use crate::world::{Item, World};

/// Data that apps read; changing it rolls the apps that use it.
#[derive(Debug, Clone, Block)]
#[block(name = "config", label = "name")]
pub struct Config {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// Text by key: `{ COLOR = "blue", "app.conf" = file("app.conf") }`.
    #[attr(manual, keys = syntax::DATA_KEY)]
    pub data: Option<Val<Map<String>>>,
    /// Bytes by key, in Base64: `{ "logo.png" = filebase64("logo.png") }`. They become files of volumes, never
    /// variables of a process.
    #[attr(manual, keys = syntax::DATA_KEY)]
    pub binary_data: Option<Val<Map<String>>>,
    /// The name of a ConfigMap that exists already, instead of data.
    #[attr(manual, known, syntax = syntax::DNS_NAME)]
    pub existing: Option<Val<String>>,
    /// The keys of an existing one that expressions may name.
    #[attr(manual, known, syntax = syntax::DATA_KEY)]
    pub keys: Vec<Val<String>>,
    /// Whether the apps that use an existing one are rolled when its data changes, which the next plan sees.
    #[attr(manual, known, default = "false")]
    pub roll_on_change: Option<Val<bool>>,
    /// Whether the data may never change: a change replaces the object, as the plan shows.
    pub immutable: Option<Val<bool>>,
}

/// What expressions read from a config.
pub static EXPORTS: &[Export] = &[
    Export { name: "name", doc: "The name of its object.", eval: name },
    Export { name: "keys", doc: "Its keys: `config.site.keys.color`.", eval: keys },
];

/// The name of the object: that of an existing one, or the block's own.
pub fn name(scope: &mut dyn BlockScope) -> Value {
    match scope.attr("existing") {
        Some(existing) if !existing.is_null() => existing,
        _ => naming::exported(scope),
    }
}

fn keys(scope: &mut dyn BlockScope) -> Value {
    let value = |scope: &dyn BlockScope, key: &str, own: Option<&Value>| {
        own.cloned().unwrap_or_else(|| {
            let known = scope.fact(None, &format!("data.{key}"));
            known.unwrap_or_else(|| Value::unknown(Type::String, format!("{}.keys.{key}", scope.address())))
        })
    };
    key_handles(scope, CONFIG_KEY, |scope, key, own| Some(value(scope, key, own)))
}

/// Handles of all keys: those of `data`, or those that `keys` lists of an existing object.
pub fn key_handles(
    scope: &mut dyn BlockScope,
    kind: &str,
    scalar: impl Fn(&dyn BlockScope, &str, Option<&Value>) -> Option<Value>,
) -> Value {
    let address = scope.address().clone();
    let mut all = BTreeMap::new();
    let data = scope.attr("data");
    if data.as_ref().is_some_and(Value::is_poison) {
        return Value::poison();
    }
    if let Some(entries) = data.as_ref().and_then(Value::as_entries) {
        for (key, own) in entries.iter().filter(|(_, v)| !v.is_null()) {
            let text = scalar(scope, key, Some(own));
            all.insert(
                key.clone(),
                handle(kind, Some(address.clone()), [("key", Value::string(key.as_str()))], text),
            );
        }
    }
    let listed = scope.attr("keys");
    if listed.as_ref().is_some_and(Value::is_poison) {
        return Value::poison();
    }
    for key in listed.iter().filter_map(Value::as_items).flatten() {
        if let Data::String(key) = &key.data {
            let text = scalar(scope, key, None);
            all.entry(key.to_string()).or_insert_with(|| {
                handle(kind, Some(address.clone()), [("key", Value::string(key.clone()))], text)
            });
        }
    }
    Value::object(all)
}

/// Data or an existing object, not both and not neither.
pub fn check_source(
    data: Option<Span>,
    existing: Option<Span>,
    keys: Option<Span>,
    roll: Option<&Val<bool>>,
    item: &Item<'_>,
    report: &mut Report,
) {
    if let (Some(data), Some(roll)) = (data, roll.filter(|_| existing.is_none())) {
        report.push(
            Diagnostic::error("roll-on-change-of-data", "apps follow declared data anyway")
                .detail("`roll_on_change` is for an existing object; a change of `data` rolls the apps that use it.")
                .at(roll.span, "")
                .related(data, "the data stands here")
                .help("remove `roll_on_change`"),
        );
    }
    match (data, existing) {
        (Some(data), Some(existing)) => report.push(
            Diagnostic::error("two-data-sources", "data is given twice")
                .detail(format!("{} takes `data` or `existing`, not both.", item.block.address))
                .at(existing, "")
                .related(data, ""),
        ),
        (None, None) => report.push(
            Diagnostic::error("no-data-source", "data is missing")
                .detail(format!(
                    "{} takes `data`, or the name of one that exists already as `existing`.",
                    item.block.address
                ))
                .at(item.block.header_span, "")
                .help("data = { key = \"value\" }"),
        ),
        _ => {}
    }
    if let (Some(data), Some(keys)) = (data, keys) {
        report.push(
            Diagnostic::error("keys-of-data", "keys are listed twice")
                .detail("`keys` lists the keys of an existing object; those of `data` are known.")
                .at(keys, "")
                .related(data, "the keys stand here")
                .help("remove `keys`"),
        );
    }
}

impl Config {
    /// Data or an existing one.
    pub fn check(&self, item: &Item<'_>, _: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        let keys = self.keys.first().map(|k| k.span);
        self.check_binary(&item.block.address, report);
        check_source(
            self.data.as_ref().or(self.binary_data.as_ref()).map(|d| d.span),
            self.existing.as_ref().map(|e| e.span),
            keys,
            self.roll_on_change.as_ref(),
            item,
            report,
        );
        let size = data_size(self.texts()) + self.bytes().map(|(k, v)| k.len() + v.len()).sum::<usize>();
        if size > MAX_DATA {
            report.push(
                Diagnostic::error("data-too-large", "data is too large")
                    .detail(format!(
                        "An object holds 1 MiB of data at most; {} has {size} bytes.",
                        item.block.address
                    ))
                    .at(item.block.header_span, ""),
            );
        }
    }

    /// Texts by key.
    fn texts(&self) -> impl Iterator<Item = (&String, &Val<String>)> {
        self.data.iter().filter_map(|d| d.known()).flatten()
    }

    /// Bytes by key, those that can be read.
    fn bytes(&self) -> impl Iterator<Item = (&String, Vec<u8>)> {
        let values = self.binary_data.iter().filter_map(|d| d.known()).flatten();
        values.filter_map(|(key, value)| Some((key, decoded(value.text()?)?)))
    }

    /// Bytes are Base64, under keys of their own.
    fn check_binary(&self, address: &Address, report: &mut Report) {
        for (key, value) in self.binary_data.iter().filter_map(|d| d.known()).flatten() {
            if value.text().is_some_and(|text| decoded(text).is_none()) {
                report.push(
                    Diagnostic::error("not-base64", "value is not Base64")
                        .detail(format!(
                            "`binary_data` of {address} takes bytes in Base64, and \"{key}\" is something else."
                        ))
                        .at(value.span, "")
                        .help(format!("\"{key}\" = filebase64(\"…\"); text belongs into `data`")),
                );
            }
            if let Some((_, text)) = self.texts().find(|(other, _)| *other == key) {
                report.push(
                    Diagnostic::error("key-of-both-data", "key is text and bytes")
                        .detail(format!("\"{key}\" of {address} stands in `data` and in `binary_data`."))
                        .at(value.span, "in `binary_data`")
                        .related(text.span, "in `data`")
                        .help(format!("remove \"{key}\" from one of them")),
                );
            }
        }
    }

    /// The keys that exist; none where an existing object's are not listed.
    pub fn data_keys(&self) -> Option<Vec<String>> {
        let mut declared = self.data.iter().chain(&self.binary_data).peekable();
        match declared.peek() {
            Some(_) => declared
                .map(|d| Some(d.known()?.keys().cloned().collect::<Vec<_>>()))
                .collect::<Option<Vec<_>>>()
                .map(|k| k.concat()),
            None if self.keys.is_empty() => None,
            None => Some(self.keys.iter().filter_map(|k| k.text().map(str::to_string)).collect()),
        }
    }

    /// The ConfigMap, unless it exists already.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        if self.existing.is_some() {
            return;
        }
        let gvk = Gvk::new("", "v1", "ConfigMap");
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        if !object.is_filled() {
            return out.push(object);
        }
        object.body.attr("data", &self.data);
        object.body.attr("binaryData", &self.binary_data);
        self.write("", &mut object.body);
        out.push(object);
    }
}

/// What an object may hold.
pub const MAX_DATA: usize = 1024 * 1024;

/// Bytes that are written in Base64, as the API reads them: ends of lines do not count.
fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.replace(['\n', '\r'], "")).ok()
}

/// The bytes of all keys and values.
pub fn data_size<'d>(data: impl IntoIterator<Item = (&'d String, &'d Val<String>)>) -> usize {
    data.into_iter().map(|(k, v)| k.len() + v.text().map_or(0, str::len)).sum()
}

/// The hash of the configs among `blocks`, for an annotation that rolls the pods when one changes.
pub fn hash(blocks: &[Address], world: &World<'_>) -> Option<Node> {
    let mut hasher = blake3::Hasher::new();
    let mut unknown = None;
    let mut any = false;
    for (address, config) in blocks.iter().filter_map(|a| Some((a, world.item(a)?.declared.config()?))) {
        if config.existing.is_some()
            && config.roll_on_change.as_ref().is_some_and(|r| r.known() == Some(&true))
        {
            any = true;
            match world.live.hashes.get(address) {
                Some(hash) => drop(hasher.update(hash.as_bytes())),
                None => unknown = Some(format!("hash of {address}")),
            }
        }
        if config.data.is_none() && config.binary_data.is_none() {
            continue;
        }
        any = true;
        let mut part = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        part(&world.object_name(address).unwrap_or_default());
        // What is ignored changes without rolling anything.
        let declared = [("data", &config.data), ("binary_data", &config.binary_data)];
        let entries = declared.into_iter().flat_map(|(word, data)| {
            let all = data.iter().filter_map(|d| d.known()).flatten();
            all.filter(move |(key, _)| !config.meta.ignores(&[word, key]))
        });
        for (key, value) in entries {
            part(key);
            match &value.content {
                Content::Known(text) => part(text),
                // Decided by the config itself: with what is not known yet, what is known may change.
                Content::Unknown(_) => unknown = Some(format!("hash of {address}")),
                Content::Poison => {}
            }
        }
    }
    let value = match unknown {
        Some(_) => Json::Null,
        None => hasher.finalize().to_hex()[..16].into(),
    };
    any.then(|| Node::Leaf(Leaf { value, unknown, sensitive: false, origin: Origin::NONE }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, compile, object};

    #[test]
    fn data_or_an_existing_one() {
        check(
            "config \"a\" {}\nconfig \"b\" {\ndata = { \"a/b\" = \"x\", c = [1] }\nexisting = \"b\"\nkeys = [\"x\"]\n}\nsecret \"s\" {}",
            expect![[r#"
                error[no-data-source]: data is missing
                  config.a takes `data`, or the name of one that exists already as `existing`.
                  t.hcl:1: config "a"
                  help: data = { key = "value" }
                error[bad-key]: key is malformed
                  "a/b" is not a data key, which the keys of `data` of config.b must be: at most 253 letters, digits, `-`, `_` and `.`.
                  t.hcl:3: "x"
                  help: "a-b" = …
                error[wrong-type]: wrong type
                  `data.c` of config.b takes a string, but this is a list.
                  t.hcl:3: [1]
                  help: data = { key = "…" }
                error[two-data-sources]: data is given twice
                  config.b takes `data` or `existing`, not both.
                  t.hcl:4: "b"
                  t.hcl:3: { "a/b" = "x", c = [1] }
                error[keys-of-data]: keys are listed twice
                  `keys` lists the keys of an existing object; those of `data` are known.
                  t.hcl:5: "x"
                  t.hcl:3: { "a/b" = "x", c = [1] }   the keys stand here
                  help: remove `keys`
                error[no-data-source]: data is missing
                  secret.s takes `data`, or the name of one that exists already as `existing`.
                  t.hcl:7: secret "s"
                  help: data = { key = "value" }
            "#]],
        );
    }

    #[test]
    fn a_config_map() {
        object(
            "config \"a\" {\ndata = { A = 1, \"b.conf\" = \"x\\ny\" }\nimmutable = true\n}",
            "config.a",
            expect![[r#"
                apiVersion: v1
                data:
                  A: "1"
                  b.conf: |-
                    x
                    y
                immutable: true
                kind: ConfigMap
                metadata:
                  name: a
            "#]],
        );
    }

    fn hash(text: &str) -> Option<String> {
        let compiled = compile(text);
        let app = &compiled.desired.objects[0];
        let annotations = app.root.get("spec")?.get("template")?.get("metadata")?.get("annotations")?;
        Some(annotations.get("plimsoll.dev/config-hash")?.as_str()?.to_string())
    }

    #[test]
    fn pods_carry_the_hash_of_what_they_read() {
        let text = |color: &str, env: &str| {
            format!("{}config \"c\" {{ data = {{ color = \"{color}\", other = \"x\" }} }}", app(env, ""))
        };
        let reads = "env = { C = config.c.keys.color }";
        assert_eq!(hash(&text("blue", "")), None);
        assert!(hash(&text("blue", reads)).is_some());
        assert_eq!(hash(&text("blue", reads)), hash(&text("blue", "env_from = [config.c]")));
        assert_ne!(hash(&text("blue", reads)), hash(&text("red", reads)));
    }

    #[test]
    fn data_that_is_known_after_apply_hashes_after_apply() {
        let text = format!(
            "{}config \"c\" {{ data = {{ ip = service.s.cluster_ip }} }}\nservice \"s\" {{ app = app.web }}",
            app("env_from = [config.c]", "")
        );
        object(
            &text,
            "config.c",
            expect![[r#"
            apiVersion: v1
            data:
              ip: null
            kind: ConfigMap
            metadata:
              name: c
        "#]],
        );
        let compiled = compile(&text);
        let unknown: Vec<_> = compiled.desired.objects[0]
            .root
            .leaves()
            .into_iter()
            .filter_map(|(_, l)| l.unknown.clone())
            .collect();
        assert_eq!(unknown, ["hash of config.c"]);
    }
}
