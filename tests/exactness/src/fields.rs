//! The fields of an object that a manager holds, by its own `managedFields`.

use serde_json::{Map, Value as Json, json};

/// A step to a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A key of a map.
    Field(String),
    /// An item of a list, by some of its fields.
    Item(Json),
}

/// A field that a manager holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Where it is.
    pub path: Vec<Step>,
    /// Where it is, as RFC 6901 writes it for the object as it is.
    pub pointer: String,
    /// Its value.
    pub value: Json,
}

/// The fields of the entries for which `which` holds.
pub fn held(object: &Json, which: impl Fn(&Json) -> bool) -> Vec<Field> {
    let mut out = Vec::new();
    for entry in object["metadata"]["managedFields"].as_array().into_iter().flatten().filter(|e| which(e)) {
        walk(&entry["fieldsV1"], object, &mut Vec::new(), String::new(), &mut out);
    }
    out
}

/// Whether an entry is of a manager's own applies or updates, and of no subresource.
pub fn is_of(entry: &Json, manager: &str) -> bool {
    entry["manager"] == manager && entry["subresource"].is_null()
}

fn walk(fields: &Json, at: &Json, path: &mut Vec<Step>, pointer: String, out: &mut Vec<Field>) {
    let Some(map) = fields.as_object() else { return };
    if map.is_empty() {
        // What an item is found by is no value of its own: with another one it is another item.
        if let [.., Step::Item(keys), Step::Field(name)] = path.as_slice()
            && keys.get(name).is_some()
        {
            return;
        }
        out.push(Field { path: path.clone(), pointer, value: at.clone() });
        return;
    }
    for (key, below) in map {
        let (step, part) = match key.split_at_checked(2) {
            Some(("f:", name)) => (Step::Field(name.to_string()), name.replace('~', "~0").replace('/', "~1")),
            Some(("k:", keys)) => {
                let Ok(keys) = serde_json::from_str::<Json>(keys) else { continue };
                let items = at.as_array().map_or(&[][..], Vec::as_slice);
                let Some(index) = items.iter().position(|item| has(item, &keys)) else { continue };
                (Step::Item(keys), index.to_string())
            }
            _ => continue,
        };
        let pointer = format!("{pointer}/{part}");
        let value = match &step {
            Step::Field(name) => at.get(name),
            Step::Item(_) => part.parse::<usize>().ok().and_then(|i| at.get(i)),
        };
        // A field that is held and not there (an empty map) has no value to speak of.
        let Some(value) = value else { continue };
        path.push(step);
        walk(below, value, path, pointer, out);
        path.pop();
    }
}

fn has(item: &Json, keys: &Json) -> bool {
    keys.as_object().is_some_and(|keys| keys.iter().all(|(k, v)| &item[k.as_str()] == v))
}

/// The value at a path, wherever its list items are by now.
pub fn find<'a>(object: &'a Json, path: &[Step]) -> Option<&'a Json> {
    path.iter().try_fold(object, |at, step| match step {
        Step::Field(name) => at.get(name),
        Step::Item(keys) => at.as_array()?.iter().find(|item| has(item, keys)),
    })
}

/// An object that holds nothing but one field, as somebody applies it.
pub fn alone(object: &Json, path: &[Step], value: &Json) -> Json {
    let mut out = nest(path, value);
    out["apiVersion"] = object["apiVersion"].clone();
    out["kind"] = object["kind"].clone();
    out["metadata"]["name"] = object["metadata"]["name"].clone();
    out
}

fn nest(path: &[Step], value: &Json) -> Json {
    match path.split_first() {
        None => value.clone(),
        Some((Step::Field(name), rest)) => {
            let mut map = Map::new();
            map.insert(name.clone(), nest(rest, value));
            Json::Object(map)
        }
        Some((Step::Item(keys), rest)) => {
            let mut item = nest(rest, value);
            if let (Some(item), Some(keys)) = (item.as_object_mut(), keys.as_object()) {
                item.extend(keys.clone());
            }
            json!([item])
        }
    }
}

/// Another value of the same type.
pub fn another(value: &Json) -> Option<Json> {
    match value {
        Json::Bool(b) => Some((!b).into()),
        Json::Number(n) => n.as_i64().map(|n| (n + 1).into()),
        Json::String(text) if text.ends_with("Gi") || text.ends_with("Mi") => Some(format!("1{text}").into()),
        Json::String(text) => Some(format!("{text}x").into()),
        _ => None,
    }
}
