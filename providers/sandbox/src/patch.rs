//! JSON patch (RFC 6902) and JSON merge patch (RFC 7386).

use plimsoll_schema::Json;
use serde_json::json;

use crate::status::Failure;

/// The most operations that a JSON patch may have.
const MOST: usize = 10_000;

/// `document` after the operations of a JSON patch.
///
/// # Errors
/// Where the patch is malformed (400), or cannot be applied or a test fails (422).
pub(crate) fn json_patch(document: &Json, patch: &Json) -> Result<Json, Failure> {
    let Some(operations) = patch.as_array() else {
        return Err(Failure::bad_request("error decoding patch: a JSON patch is a list of operations"));
    };
    if operations.len() > MOST {
        return Err(Failure::bad_request(format!(
            "The allowed maximum operations in a JSON patch is {MOST}, got {}",
            operations.len()
        )));
    }
    let mut document = document.clone();
    for operation in operations {
        perform(&mut document, operation)?;
    }
    Ok(document)
}

fn perform(document: &mut Json, operation: &Json) -> Result<(), Failure> {
    let field = |name: &str| {
        operation[name].as_str().ok_or_else(|| {
            Failure::bad_request(format!("error decoding patch: operation without {name:?}: {operation}"))
        })
    };
    let value = || {
        operation.get("value").cloned().ok_or_else(|| {
            Failure::bad_request(format!("error decoding patch: operation without \"value\": {operation}"))
        })
    };
    let (name, path) = (field("op")?, field("path")?);
    match name {
        "add" => add(document, path, value()?),
        "remove" => remove(document, path).map(|_| ()),
        "replace" => {
            let value = value()?;
            *find(document, path)? = value;
            Ok(())
        }
        "move" => {
            let from = field("from")?;
            if path.starts_with(&format!("{from}/")) {
                return Err(Failure::unprocessable());
            }
            let value = remove(document, from)?;
            add(document, path, value)
        }
        "copy" => {
            let value = find(document, field("from")?)?.clone();
            add(document, path, value)
        }
        "test" => {
            let expected = value()?;
            let found = document.pointer(path).cloned().unwrap_or(Json::Null);
            if plimsoll_schema::equal(&found, &expected) { Ok(()) } else { Err(Failure::unprocessable()) }
        }
        other => Err(Failure::bad_request(format!("error decoding patch: Unexpected kind: {other}"))),
    }
}

fn find<'a>(document: &'a mut Json, path: &str) -> Result<&'a mut Json, Failure> {
    document.pointer_mut(path).ok_or_else(Failure::unprocessable)
}

/// The container of the value at `path`, and the last step to it.
fn parent<'a>(document: &'a mut Json, path: &str) -> Result<(&'a mut Json, String), Failure> {
    let (above, last) = path.rsplit_once('/').ok_or_else(Failure::unprocessable)?;
    let last = last.replace("~1", "/").replace("~0", "~");
    Ok((find(document, above)?, last))
}

fn add(document: &mut Json, path: &str, value: Json) -> Result<(), Failure> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    match parent(document, path)? {
        (Json::Object(map), name) => {
            map.insert(name, value);
            Ok(())
        }
        (Json::Array(list), position) if position == "-" => {
            list.push(value);
            Ok(())
        }
        (Json::Array(list), position) => match position.parse::<usize>() {
            Ok(i) if i <= list.len() => {
                list.insert(i, value);
                Ok(())
            }
            _ => Err(Failure::unprocessable()),
        },
        _ => Err(Failure::unprocessable()),
    }
}

fn remove(document: &mut Json, path: &str) -> Result<Json, Failure> {
    let removed = match parent(document, path)? {
        (Json::Object(map), name) => map.remove(&name),
        (Json::Array(list), position) => match position.parse::<usize>() {
            Ok(i) if i < list.len() => Some(list.remove(i)),
            _ => None,
        },
        _ => None,
    };
    removed.ok_or_else(Failure::unprocessable)
}

/// `document` after a merge patch: `null` takes fields away, lists are replaced.
pub(crate) fn merge_patch(document: &Json, patch: &Json) -> Json {
    let Some(changes) = patch.as_object() else { return patch.clone() };
    let mut merged = if document.is_object() { document.clone() } else { json!({}) };
    if let Some(map) = merged.as_object_mut() {
        for (name, change) in changes {
            if change.is_null() {
                map.remove(name);
            } else {
                let before = map.get(name).cloned().unwrap_or(Json::Null);
                map.insert(name.clone(), merge_patch(&before, change));
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_apply_in_order() {
        let document = json!({"a": [1, 2], "b": {"c/d": 3}});
        let patch = json!([
            {"op": "test", "path": "/a/0", "value": 1},
            {"op": "add", "path": "/a/-", "value": 3},
            {"op": "add", "path": "/a/0", "value": 0},
            {"op": "replace", "path": "/b/c~1d", "value": 4},
            {"op": "copy", "from": "/b/c~1d", "path": "/e"},
            {"op": "move", "from": "/e", "path": "/f"},
            {"op": "remove", "path": "/a/1"},
        ]);
        assert_eq!(json_patch(&document, &patch).unwrap(), json!({"a": [0, 2, 3], "b": {"c/d": 4}, "f": 4}));
    }

    #[test]
    fn what_does_not_apply_is_refused() {
        let document = json!({"a": {"b": 1}, "l": []});
        let code = |patch: Json| json_patch(&document, &patch).unwrap_err().code;
        assert_eq!(code(json!([{"op": "test", "path": "/a/b", "value": 2}])), 422);
        assert_eq!(code(json!([{"op": "remove", "path": "/x"}])), 422);
        assert_eq!(code(json!([{"op": "add", "path": "/l/1", "value": 2}])), 422);
        assert_eq!(code(json!([{"op": "move", "from": "/a", "path": "/a/b/c"}])), 422);
        assert_eq!(code(json!([{"op": "paint", "path": "/a"}])), 400);
        assert_eq!(code(json!([{"op": "add", "path": "/a"}])), 400);
        assert_eq!(code(json!({})), 400);
    }

    #[test]
    fn a_merge_patch_removes_with_null() {
        let document = json!({"a": {"b": 1, "c": 2}, "l": [1]});
        let patch = json!({"a": {"b": null, "d": {"e": null}}, "l": [2]});
        assert_eq!(merge_patch(&document, &patch), json!({"a": {"c": 2, "d": {}}, "l": [2]}));
    }
}
