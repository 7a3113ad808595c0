//! A body in which one attribute is known to the cluster alone, found by its name.

use std::collections::BTreeMap;

use plimsoll_model::{Attr, Block as BodyBlock, Body, Diagnostic, Origin, Type, Value};

use crate::blocks::lifecycle::Name;
use crate::declare::{AttrSchema, BlockSchema, NestedSchema, TypeSchema, capital, nearest};

/// What decides the attribute, in place of its value: nothing else says so.
pub(super) const SENTINEL: &str = "ignore_changes";

/// Keys that some map takes, for one that has none: a label's, a variable's, a resource's.
const SAMPLES: &[&str] = &["ignored", "cpu"];

/// A body with an attribute that only the cluster knows.
#[derive(Debug)]
pub(super) struct Placed {
    pub body: Body,
    /// The attribute's declaration.
    pub schema: &'static AttrSchema,
    pub keys: Keys,
}

/// The keys of a map under which values stand that only the cluster knows.
#[derive(Debug, Clone)]
pub(super) enum Keys {
    /// None: it is no map.
    None,
    /// The one that was named: what stands under it is meant, whatever that becomes.
    One(String),
    /// All of them: the map is meant, with every key that it may have.
    All(Vec<String>),
}

/// Finds the attribute that a name stands for. `block` is what messages call the block.
///
/// # Errors
/// There is none, and what was probably meant.
pub(super) fn place(
    block: &str,
    schema: &'static BlockSchema,
    body: &Body,
    name: &Name,
) -> Result<Placed, Box<Diagnostic>> {
    below(&At { name, block: block.to_string(), depth: 0 }, schema, body)
}

/// How far a name was followed.
struct At<'n> {
    name: &'n Name,
    /// The block that was come to, as messages name it.
    block: String,
    /// Its steps that lie behind.
    depth: usize,
}

impl<'n> At<'n> {
    fn steps(&self) -> &'n [String] {
        self.name.steps.get(self.depth..).unwrap_or_default()
    }

    fn nothing(&self, detail: String) -> Diagnostic {
        Diagnostic::error("ignore-of-nothing", "a name in ignore_changes stands for nothing")
            .detail(detail)
            .at(self.name.span, "")
    }

    /// The whole name with another rest after what lies behind.
    fn with(&self, rest: &[&str]) -> Name {
        let behind = self.name.steps.iter().take(self.depth).cloned();
        Name { steps: behind.chain(rest.iter().map(|s| s.to_string())).collect(), span: self.name.span }
    }
}

fn below(at: &At<'_>, schema: &'static BlockSchema, body: &Body) -> Result<Placed, Box<Diagnostic>> {
    let steps = at.steps();
    let first = steps.first().map_or("", String::as_str);
    if let Some(attr) = schema.all_attrs().find(|a| a.name == first) {
        let written = body.attrs.get(attr.name);
        let (value, keys) = unknown(attr.ty, attr, written.map(|a| &a.value), steps.get(1..).unwrap_or(&[]))
            .ok_or_else(|| {
                at.nothing(format!("`{first}` of {} takes {}: it has no such part.", at.block, attr.ty))
                    .help(format!("ignore_changes = [{}]", at.with(&[first])))
            })?;
        let span = at.name.span;
        let chooses = false;
        let value = value.with_origin(Origin::at(span));
        let attrs = body.attrs.with(attr.name, Attr { value, name_span: span, span, chooses });
        return Ok(Placed { body: Body { attrs, ..body.clone() }, schema: attr, keys });
    }
    match schema.all_blocks().find(|b| b.name == first) {
        Some(nested) => inside(at, nested, body),
        None => {
            let found = at.nothing(format!("{} has no attribute `{first}`.", capital(&at.block)));
            let names = schema.all_attrs().map(|a| a.name).chain(schema.all_blocks().map(|b| b.name));
            Err(Box::new(match nearest(first, names) {
                Some(near) => {
                    let rest: Vec<&str> = steps.iter().skip(1).map(String::as_str).collect();
                    found.help(format!("did you mean {}?", at.with(&[&[near], rest.as_slice()].concat())))
                }
                None => found.help("ignore_changes takes names of attributes, as they stand in the block"),
            }))
        }
    }
}

/// Follows a name into a nested block, which is made where it takes no label and is not there.
fn inside(at: &At<'_>, nested: &'static NestedSchema, body: &Body) -> Result<Placed, Box<Diagnostic>> {
    let steps = at.steps();
    let own: Vec<usize> = (0..body.blocks.len()).filter(|i| *body.blocks[*i].ty == *nested.name).collect();
    let label = |i: usize| body.blocks[i].labels.first().map_or("", |l| l.text.as_str());
    let which = steps.get(1).map(String::as_str);
    let (found, taken) = match (nested.labeled, nested.many) {
        (true, _) => (own.iter().copied().find(|i| Some(label(*i)) == which), 2),
        (false, true) => {
            let number = which.and_then(|w| w.parse::<usize>().ok());
            (number.and_then(|n| own.get(n).copied()), 2)
        }
        (false, false) => (own.first().copied(), 1),
    };
    let mut blocks = body.blocks.clone();
    let index = match (found, taken) {
        (Some(index), _) => index,
        (None, 1) => {
            let (ty, header_span) = (nested.name.into(), at.name.span);
            let body = Body::empty(at.name.span);
            blocks.push(BodyBlock { ty, header_span, labels: Vec::new(), body });
            blocks.len() - 1
        }
        _ => return Err(no_block(at, nested, &own.iter().map(|i| label(*i)).collect::<Vec<_>>()).into()),
    };
    let name = match (nested.labeled, which) {
        (true, Some(label)) => format!("{} \"{label}\"", nested.name),
        _ => nested.name.to_string(),
    };
    let at = At { name: at.name, block: name, depth: at.depth + taken };
    let block = blocks.get_mut(index).ok_or_else(|| at.nothing(String::new()))?;
    if at.steps().is_empty() {
        let attrs: Vec<String> =
            nested.block.all_attrs().take(3).map(|a| at.with(&[a.name]).to_string()).collect();
        return Err(at
            .nothing(format!("{} is a block: its attributes are ignored one by one.", capital(&at.block)))
            .help(format!("such as {}", attrs.join(", ")))
            .into());
    }
    let placed = below(&at, nested.block, &block.body)?;
    block.body = placed.body;
    Ok(Placed { body: Body { blocks, ..body.clone() }, ..placed })
}

fn no_block(at: &At<'_>, nested: &NestedSchema, labels: &[&str]) -> Diagnostic {
    let steps = at.steps();
    let rest: Vec<&str> = steps.iter().skip(2).map(String::as_str).collect();
    let corrected = |step: &str| at.with(&[&[nested.name, step], rest.as_slice()].concat()).to_string();
    let which = steps.get(1).map(String::as_str);
    match (nested.labeled, which) {
        (true, Some(label)) => {
            let found = at.nothing(format!("{} has no {} \"{label}\".", capital(&at.block), nested.name));
            let without_label = nested.block.all_attrs().any(|a| a.name == label);
            if let (true, Some(first)) = (without_label, labels.first()) {
                let rest: Vec<&str> = steps.iter().skip(1).map(String::as_str).collect();
                let name = at.with(&[&[nested.name, first], rest.as_slice()].concat());
                return found.help(format!("did you mean {name}?"));
            }
            match nearest(label, labels.iter().copied()).or(labels.first().copied()) {
                Some(near) => found.help(format!("did you mean {}?", corrected(near))),
                None => found,
            }
        }
        (true, None) => {
            let found =
                at.nothing(format!("`{}` does not say which one of {} is meant.", nested.name, at.block));
            found.help(format!("such as {}.ATTRIBUTE", corrected(labels.first().unwrap_or(&"name"))))
        }
        (false, _) => at
            .nothing(format!(
                "{} may have several `{}` blocks, and there is none at that position.",
                at.block, nested.name
            ))
            .help(format!("{}[0].ATTRIBUTE is an attribute of the first one", at.with(&[nested.name]))),
    }
}

/// A value of which the part under `steps` is known to the cluster alone, and under which keys that part
/// stands; none where it has no such part.
fn unknown(
    ty: &'static TypeSchema,
    schema: &AttrSchema,
    value: Option<&Value>,
    steps: &[String],
) -> Option<(Value, Keys)> {
    let entries = value.and_then(Value::as_entries);
    let Some((key, rest)) = steps.split_first() else {
        let items = value.and_then(Value::as_items);
        return Some(match (ty, entries, items) {
            (TypeSchema::Map(of), _, _) => {
                let mut keys: Vec<String> = entries.into_iter().flatten().map(|(k, _)| k.clone()).collect();
                let holds = |key: &&&str| schema.keys.is_none_or(|syntax| (syntax.holds)(key));
                if keys.is_empty() {
                    keys.extend(SAMPLES.iter().find(holds).map(|key| key.to_string()));
                }
                let part = |key: &String| Some((key.clone(), unknown(of, schema, None, &[])?.0));
                (Value::object(keys.iter().filter_map(part).collect()), Keys::All(keys))
            }
            (TypeSchema::List(of), _, _) => {
                let length = items.map_or(1, |items| items.len().max(1));
                let part = |_| unknown(of, schema, None, &[]).map(|(value, _)| value);
                (Value::tuple((0..length).filter_map(part).collect()), Keys::None)
            }
            (_, None, None) => (Value::unknown(Type::Any, SENTINEL), Keys::None),
            _ => (value.map_or_else(Value::null, scalars), Keys::None),
        });
    };
    let inner = match ty {
        TypeSchema::Map(of) | TypeSchema::List(of) => of,
        _ => ty,
    };
    if let Some(items) = value.and_then(Value::as_items) {
        let index = key.parse::<usize>().ok().filter(|i| *i < items.len())?;
        let mut items = items.to_vec();
        let (part, keys) = unknown(inner, schema, items.get(index), rest)?;
        items[index] = part;
        return Some((Value::tuple(items), keys));
    }
    if entries.is_none() && !matches!(ty, TypeSchema::Map(_)) {
        return None;
    }
    let mut entries: BTreeMap<String, Value> = entries.cloned().unwrap_or_default();
    let (part, keys) = unknown(inner, schema, entries.get(key), rest)?;
    entries.insert(key.clone(), part);
    let keys = match rest {
        [] => Keys::One(key.clone()),
        _ => keys,
    };
    Some((Value::object(entries), keys))
}

/// The value with everything that is no list and no map known to the cluster alone.
fn scalars(value: &Value) -> Value {
    match (value.as_entries(), value.as_items()) {
        (Some(entries), _) => Value::object(entries.iter().map(|(k, v)| (k.clone(), scalars(v))).collect()),
        (_, Some(items)) => Value::tuple(items.iter().map(scalars).collect()),
        _ => Value::unknown(Type::Any, SENTINEL),
    }
}
