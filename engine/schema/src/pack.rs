//! Decodes the embedded schemas, once, when the first question is asked.
//!
//! The data is made by `pack/build.py`, which also describes its rows; nothing here is written by hand.

use std::{collections::BTreeMap, io::Read, sync::OnceLock};

use flate2::read::GzDecoder;
use plimsoll_model::Gvk;
use serde::Deserialize;

use crate::{Field, Json, Kind, Lists, Shape, Subresource, Type, TypeRef};

static DATA: &[u8] = include_bytes!("../data/schemas.json.gz");

/// All types and kinds.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) types: Vec<Type>,
    /// Sorted by group, version, kind.
    pub(crate) kinds: Vec<Kind>,
    pub(crate) any: TypeRef,
    pub(crate) raw: TypeRef,
}

/// The decoded pack. The data is part of the program, so decoding cannot fail except by a broken build,
/// which a test catches; the pack would then know no kind.
pub(crate) fn pack() -> &'static Pack {
    static PACK: OnceLock<Pack> = OnceLock::new();
    PACK.get_or_init(|| decode(DATA).unwrap_or_else(|_| assemble(Rows::default())))
}

#[derive(Deserialize, Default)]
struct Rows {
    minor: String,
    types: Vec<TypeRow>,
    kinds: Vec<KindRow>,
    #[serde(default)]
    scale: Option<u16>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TypeRow {
    Letter(char),
    Struct {
        n: String,
        f: BTreeMap<String, FieldRow>,
        #[serde(default)]
        a: u8,
    },
    Map {
        m: u16,
        #[serde(default)]
        a: u8,
    },
    List {
        l: u16,
        #[serde(default)]
        k: Vec<String>,
        #[serde(default)]
        s: u8,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FieldRow {
    Full((u16, u8, Json)),
    Flags((u16, u8)),
    Plain((u16,)),
}

#[derive(Deserialize)]
struct KindRow {
    g: String,
    v: String,
    k: String,
    p: String,
    t: u16,
    #[serde(default)]
    c: u8,
    verbs: Vec<String>,
    #[serde(default)]
    ns: u8,
    #[serde(default)]
    short: Vec<String>,
    #[serde(default)]
    sub: BTreeMap<String, SubRow>,
}

#[derive(Deserialize)]
struct SubRow {
    g: String,
    v: String,
    k: String,
    verbs: Vec<String>,
}

fn decode(data: &[u8]) -> Result<Pack, Box<dyn std::error::Error>> {
    let mut text = Vec::with_capacity(128 * 1024);
    GzDecoder::new(data).read_to_end(&mut text)?;
    let rows: Rows = serde_json::from_slice(&text)?;
    if rows.minor != crate::MINOR {
        return Err(format!("the data is of minor {}, not {}", rows.minor, crate::MINOR).into());
    }
    Ok(assemble(rows))
}

fn assemble(rows: Rows) -> Pack {
    let mut types: Vec<Type> = rows.types.into_iter().map(type_of).collect();
    let number = u16::try_from(types.len()).unwrap_or(u16::MAX);
    let (any, raw) = (TypeRef::embedded(number), TypeRef::embedded(number.saturating_add(1)));
    types.push(Type { name: String::new(), shape: Shape::Any });
    types.push(Type { name: String::new(), shape: Shape::Raw });
    let mut kinds: Vec<Kind> = rows.kinds.into_iter().map(kind_of).collect();
    if let Some(scale) = rows.scale {
        // No path of its own: it is what the `scale` subresource speaks.
        kinds.push(Kind {
            gvk: Gvk::new("autoscaling", "v1", "Scale"),
            plural: String::new(),
            singular: String::new(),
            namespaced: true,
            short_names: Vec::new(),
            verbs: Vec::new(),
            subresources: BTreeMap::new(),
            custom: false,
            root: TypeRef::embedded(scale),
            schema: None,
        });
    }
    kinds.sort_by(|a, b| a.gvk.cmp(&b.gvk));
    Pack { types, kinds, any, raw }
}

fn type_of(row: TypeRow) -> Type {
    match row {
        TypeRow::Letter(letter) => Type {
            name: String::new(),
            shape: match letter {
                's' => Shape::String,
                'y' => Shape::Bytes,
                't' => Shape::Time,
                'i' => Shape::Int32,
                'l' => Shape::Int64,
                'n' => Shape::Number,
                'b' => Shape::Boolean,
                'q' => Shape::Quantity,
                'x' => Shape::IntOrString,
                'r' => Shape::Raw,
                'o' => Shape::Object,
                _ => Shape::Any,
            },
        },
        TypeRow::Struct { n, f, a } => Type {
            name: n,
            shape: Shape::Struct {
                fields: f.into_iter().map(field_of).collect(),
                atomic: a == 1,
                open: false,
            },
        },
        TypeRow::Map { m, a } => {
            Type { name: String::new(), shape: Shape::Map { value: TypeRef::embedded(m), atomic: a == 1 } }
        }
        TypeRow::List { l, k, s } => {
            let merge = match (k.is_empty(), s) {
                (false, _) => Lists::Map(k),
                (true, 1) => Lists::Set,
                (true, _) => Lists::Atomic,
            };
            Type { name: String::new(), shape: Shape::List { item: TypeRef::embedded(l), merge } }
        }
    }
}

fn field_of((name, row): (String, FieldRow)) -> Field {
    let (ty, flags, default) = match row {
        FieldRow::Full((ty, flags, default)) => (ty, flags, Some(default)),
        FieldRow::Flags((ty, flags)) => (ty, flags, None),
        FieldRow::Plain((ty,)) => (ty, 0, None),
    };
    let flag = |bit: u8| flags & bit != 0;
    Field {
        name,
        ty: TypeRef::embedded(ty),
        required: flag(1),
        always: flag(2),
        kept: flag(4),
        default,
        filled: flag(8),
    }
}

fn kind_of(row: KindRow) -> Kind {
    Kind {
        singular: row.k.to_lowercase(),
        gvk: Gvk::new(row.g, row.v, row.k),
        plural: row.p,
        namespaced: row.ns == 1,
        short_names: row.short,
        verbs: row.verbs,
        subresources: row
            .sub
            .into_iter()
            .map(|(name, s)| (name, Subresource { gvk: Gvk::new(s.g, s.v, s.k), verbs: s.verbs }))
            .collect(),
        custom: row.c == 1,
        root: TypeRef::embedded(row.t),
        schema: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_data_decodes_and_is_of_the_stated_minor() {
        let pack = decode(DATA).unwrap();
        assert!(pack.kinds.len() > 60, "{}", pack.kinds.len());
        assert!(pack.types.len() > 600, "{}", pack.types.len());
    }

    #[test]
    fn every_reference_leads_to_a_type() {
        let pack = pack();
        let known = |t: TypeRef| assert!(pack.types.iter().any(|ty| std::ptr::eq(ty, t.get())));
        for ty in &pack.types {
            match &ty.shape {
                Shape::List { item, .. } => known(*item),
                Shape::Map { value, .. } => known(*value),
                Shape::Struct { fields, .. } => fields.iter().for_each(|f| known(f.ty)),
                _ => {}
            }
        }
    }
}
