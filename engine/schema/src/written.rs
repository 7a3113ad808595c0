//! Paths as people and servers write them, read and written.

use crate::{Json, Path, PathElement};

/// A path as servers write it: `.spec.containers[name="web"].image`, `spec.containers[0].image`.
pub fn parse_path(text: &str) -> Path {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(inner) = rest.strip_prefix('[') {
            let end = closing(inner);
            let (inside, after) = (inner.get(..end).unwrap_or(inner), inner.get(end + 1..).unwrap_or(""));
            let value = |t: &str| serde_json::from_str(t).unwrap_or_else(|_| Json::String(t.to_string()));
            if let Ok(name) = serde_json::from_str::<String>(inside) {
                steps.push(PathElement::Field(name));
            } else if let Ok(index) = inside.parse::<usize>() {
                steps.push(PathElement::Index(index));
            } else if let Some(v) = inside.strip_prefix('=') {
                steps.push(PathElement::Value(value(v)));
            } else if inside.contains('=') {
                let pairs = pairs(inside).into_iter().filter_map(|p| p.split_once('='));
                steps.push(PathElement::Key(pairs.map(|(k, v)| (k.to_string(), value(v))).collect()));
            } else {
                // A key of a map that is no plain name: `.metadata.annotations[a.b/c]`.
                steps.push(PathElement::field(inside));
            }
            rest = after;
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if !name.is_empty() {
            steps.push(PathElement::field(name));
        }
        if after == rest {
            break;
        }
        rest = after;
    }
    Path(steps)
}

/// Where the bracket ends that began before `text`; quotes and the brackets of a list may hold brackets.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (i, c) in unquoted(text) {
        match c {
            '[' => depth += 1,
            ']' if depth == 0 => return i,
            ']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The parts of a key; quotes may hold commas.
fn pairs(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let commas = unquoted(text).filter(|(_, c)| *c == ',').map(|(i, _)| i);
    for end in commas.chain([text.len()]) {
        parts.extend(text.get(start..end));
        start = end + 1;
    }
    parts
}

/// The characters of a text that stand in no quotes, with their places.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().filter(move |(_, c)| {
        let inside = quoted;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        !inside && *c != '"'
    })
}

/// A path in the form that [`parse_path`] reads back as the same path: keys of maps that are no plain names stand in
/// brackets, and texts that would be read as something else in quotes.
pub fn written(path: &Path) -> String {
    let mut out = String::new();
    for element in &path.0 {
        match element {
            PathElement::Field(name) if name.is_empty() || name.contains(['.', '[', ']']) => {
                let plain = is_plain(name) && !name.contains('=') && name.parse::<usize>().is_err();
                out.push_str(&if plain {
                    format!("[{name}]")
                } else {
                    format!("[{}]", Json::from(name.as_str()))
                });
            }
            PathElement::Field(name) if out.is_empty() => out.push_str(name),
            PathElement::Field(name) => out.push_str(&format!(".{name}")),
            PathElement::Key(key) => {
                let pairs: Vec<String> = key.iter().map(|(k, v)| format!("{k}={}", value(v))).collect();
                out.push_str(&format!("[{}]", pairs.join(",")));
            }
            PathElement::Value(v) => out.push_str(&format!("[={}]", value(v))),
            PathElement::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// A value as it is read back: a text without quotes where it is read as that text.
fn value(value: &Json) -> String {
    match value {
        Json::String(text) if is_plain(text) && serde_json::from_str::<Json>(text).is_err() => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a text may stand between brackets without quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['"', '\\', ',', '[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "spec.replicas",
            "spec.template.spec.containers[name=web].image",
            "spec.ports[port=80,protocol=TCP].nodePort",
            "metadata.annotations[example.com/note]",
            "spec.containers[0].image",
            "metadata.finalizers[=a.b/c]",
        ] {
            assert_eq!(written(&parse_path(text)), text);
        }
        for text in [r#"env[name="true"].value"#, r#"volumes[name="123"]"#, r#"data["a.b=c"]"#, r#"data[""]"#]
        {
            assert_eq!(written(&parse_path(text)), text);
        }
        assert_eq!(parse_path("metadata.labels[a.b/c]"), Path::fields(["metadata", "labels", "a.b/c"]));
    }
    #[test]
    fn no_text_is_read_back_as_something_else() {
        let texts = [
            "web",
            "123",
            "1.5",
            "true",
            "null",
            "",
            " ",
            "a,b",
            "a=b",
            "=",
            "a]b",
            "[",
            "a\"b",
            "\\",
            "\\\"]",
            "{}",
            "[1]",
            "a.b",
            "a.b=c",
            "é.\n",
            "a, protocol=TCP",
            "\"q\"",
            "1]",
        ];
        for text in texts {
            let string = Json::from(text);
            for element in [
                PathElement::field(text),
                PathElement::Value(string.clone()),
                PathElement::Key(vec![("name".into(), string.clone())]),
                PathElement::Key(vec![("ip".into(), string.clone()), ("port".into(), 80.into())]),
                PathElement::Value(serde_json::json!([text, {"a": text}])),
            ] {
                let path = Path(vec![PathElement::field("spec"), element.clone(), PathElement::field("x")]);
                assert_eq!(parse_path(&written(&path)), path, "{}", written(&path));
                let first = Path(vec![element]);
                assert_eq!(parse_path(&written(&first)), first, "{}", written(&first));
            }
        }
        let number =
            Path(vec![PathElement::field("ports"), PathElement::Value(80.into()), PathElement::Index(3)]);
        assert_eq!(parse_path(&written(&number)), number);
    }
}
