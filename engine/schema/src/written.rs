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
            if let Ok(index) = inside.parse::<usize>() {
                steps.push(PathElement::Index(index));
            } else if let Some(v) = inside.strip_prefix('=') {
                steps.push(PathElement::Value(value(v)));
            } else if inside.contains('=') {
                let pairs = inside.split(',').filter_map(|p| p.split_once('='));
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

/// Where the bracket ends that began before `text`; quotes may hold brackets.
fn closing(text: &str) -> usize {
    let mut quoted = false;
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ']' if !quoted => return i,
            _ => {}
        }
    }
    text.len()
}

/// A path in the form that [`parse_path`] reads back: keys of maps that are no plain names stand in
/// brackets.
pub fn written(path: &Path) -> String {
    let mut out = String::new();
    for element in &path.0 {
        match element {
            PathElement::Field(name) if name.contains(['.', '[', ']']) => out.push_str(&format!("[{name}]")),
            PathElement::Field(name) if out.is_empty() => out.push_str(name),
            other => out.push_str(&Path(vec![PathElement::field(""), other.clone()]).to_string()),
        }
    }
    out
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
        assert_eq!(parse_path("metadata.labels[a.b/c]"), Path::fields(["metadata", "labels", "a.b/c"]));
    }
}
