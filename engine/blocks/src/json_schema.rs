//! The vocabulary as a JSON schema, for editors and checkers, from the declarations.
//!
//! Describes the JSON form of HCL: a block type holds an object by label, or the body itself, or a
//! list of them. Any attribute may be an expression, so each also takes a string with `${`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::declare::{AttrSchema, BlockSchema, Default, TypeSchema};
use crate::schema;

/// The schema, draft 2020-12.
pub fn json_schema() -> Json {
    let mut definitions = Definitions::default();
    let mut tops: Vec<_> = schema().to_vec();
    tops.sort_by_key(|top| top.name);
    let mut properties = Map::new();
    for top in tops {
        let body = definitions.of(top);
        properties.insert(top.name.into(), placed(body, top.label.is_some(), true, top.doc));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plimsoll's blocks",
        "type": "object",
        "properties": properties,
        "$defs": definitions.all,
    })
}

/// The bodies of blocks, each once. Declarations are the same where name and words are.
#[derive(Default)]
struct Definitions {
    names: BTreeMap<(&'static str, &'static str), String>,
    all: Map<String, Json>,
}

impl Definitions {
    fn of(&mut self, block: &'static BlockSchema) -> Json {
        let key = (block.name, block.doc);
        if let Some(name) = self.names.get(&key) {
            return json!({"$ref": format!("#/$defs/{name}")});
        }
        let same = self.names.keys().filter(|(name, _)| *name == block.name).count();
        let name = if same == 0 { block.name.to_string() } else { format!("{}_{}", block.name, same + 1) };
        self.names.insert(key, name.clone());
        let mut properties = Map::new();
        let mut required = Vec::new();
        for attr in block.all_attrs() {
            properties.insert(attr.name.into(), attribute(attr));
            if attr.required && attr.default.is_none() {
                required.push(attr.name);
            }
        }
        for nested in block.all_blocks() {
            let body = self.of(nested.block);
            properties.insert(nested.name.into(), placed(body, nested.labeled, nested.many, nested.doc));
            if nested.min > 0 {
                required.push(nested.name);
            }
        }
        properties.sort_keys();
        required.sort_unstable();
        let mut out = json!({"type": "object", "description": block.doc, "properties": properties});
        if !required.is_empty() {
            out["required"] = json!(required);
        }
        self.all.insert(name.clone(), out);
        json!({"$ref": format!("#/$defs/{name}")})
    }
}

/// A block in the block around it: by label, and as a list where there may be several.
fn placed(body: Json, labeled: bool, many: bool, doc: &str) -> Json {
    let repeated = json!({"type": "array", "items": body.clone()});
    let one = match many {
        true => json!({"anyOf": [body, repeated]}),
        false => body,
    };
    let mut out = if labeled { json!({"type": "object", "additionalProperties": one}) } else { one };
    out["description"] = doc.into();
    out
}

fn attribute(attr: &AttrSchema) -> Json {
    let mut out = json!({"anyOf": [typed(attr.ty, attr), {"type": "string", "pattern": "\\$\\{"}]});
    out["description"] = attr.doc.into();
    if let Some(default) = attr.default {
        out["default"] = match default {
            Default::Text(text) => text.into(),
            Default::Bool(yes) => yes.into(),
            Default::Whole(number) => number.into(),
        };
    }
    out
}

fn typed(ty: &TypeSchema, attr: &AttrSchema) -> Json {
    match ty {
        TypeSchema::Text => json!({"type": "string"}),
        TypeSchema::Bool => json!({"type": "boolean"}),
        TypeSchema::Whole => {
            let mut out = json!({"type": "integer"});
            if let Some(least) = attr.range.0 {
                out["minimum"] = least.into();
            }
            if let Some(most) = attr.range.1 {
                out["maximum"] = most.into();
            }
            out
        }
        TypeSchema::Keyword(values) => json!({"enum": values.iter().map(|v| v.0).collect::<Vec<_>>()}),
        TypeSchema::List(of) => json!({"type": "array", "items": typed(of, attr)}),
        TypeSchema::Map(of) => json!({"type": "object", "additionalProperties": typed(of, attr)}),
        // An expression, or what the words say.
        TypeSchema::Reference(what, _) | TypeSchema::Other(what, _) => json!({"description": what}),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_file_is_what_the_declarations_say() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/schema.json");
        expect_test::expect_file![file].assert_eq(&format!("{:#}\n", json_schema()));
    }

    #[test]
    fn every_reference_has_its_definition() {
        let schema = json_schema();
        let text = schema.to_string();
        for part in text.split("#/$defs/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schema["$defs"].get(name).is_some(), "no definition of {name}");
        }
        assert_eq!(schema["$defs"]["container"]["required"], json!(["image"]));
    }
}
