//! Marks of values: sensitivity, what is unknown, where things came from.

use std::sync::Arc;

use plimsoll_model::{Data, Origin, Value, VariableOrigin};

/// Whether a value or anything inside it is sensitive.
pub fn deep_sensitive(v: &Value) -> bool {
    v.sensitive || v.children().any(deep_sensitive)
}

/// What makes a value unknown: the text of the first unknown inside it.
pub fn unknown_of(v: &Value) -> Option<Arc<str>> {
    match &v.data {
        Data::Unknown(_, what) => Some(what.clone()),
        _ => v.children().find_map(unknown_of),
    }
}

/// Every variable that was read for a value or anything inside it.
pub fn variables_of(v: &Value, out: &mut Vec<VariableOrigin>) {
    out.extend_from_slice(v.origin.variables());
    for c in v.children() {
        variables_of(c, out);
    }
}

/// Gives `origin` to a value and to everything inside it that has none. A value that is the text of a file stays
/// that.
pub fn stamp(v: Value, origin: &Origin) -> Value {
    let data = match v.data {
        Data::List(t, items) => Data::List(t, stamp_items(items, origin)),
        Data::Set(t, items) => Data::Set(t, stamp_items(items, origin)),
        Data::Tuple(items) => Data::Tuple(stamp_items(items, origin)),
        Data::Map(t, entries) => Data::Map(t, stamp_entries(entries, origin)),
        Data::Object(entries) => Data::Object(stamp_entries(entries, origin)),
        other => other,
    };
    Value { data, sensitive: v.sensitive, origin: origin.with_text(v.origin.text()) }
}

type Entries = Arc<std::collections::BTreeMap<String, Value>>;

fn stamp_items(items: Arc<Vec<Value>>, origin: &Origin) -> Arc<Vec<Value>> {
    if items.iter().all(|v| v.origin != Origin::NONE) {
        return items;
    }
    let items = Arc::unwrap_or_clone(items);
    Arc::new(items.into_iter().map(|v| if v.origin == Origin::NONE { stamp(v, origin) } else { v }).collect())
}

fn stamp_entries(entries: Entries, origin: &Origin) -> Entries {
    if entries.values().all(|v| v.origin != Origin::NONE) {
        return entries;
    }
    let entries = Arc::unwrap_or_clone(entries);
    Arc::new(
        entries
            .into_iter()
            .map(|(k, v)| (k, if v.origin == Origin::NONE { stamp(v, origin) } else { v }))
            .collect(),
    )
}

/// The same value with `f` applied to its direct elements.
pub fn map_children(v: &Value, f: &dyn Fn(&Value) -> Value) -> Value {
    let items = |items: &Arc<Vec<Value>>| Arc::new(items.iter().map(f).collect::<Vec<_>>());
    let entries = |e: &Entries| Arc::new(e.iter().map(|(k, v)| (k.clone(), f(v))).collect());
    let data = match &v.data {
        Data::List(t, i) => Data::List(t.clone(), items(i)),
        Data::Set(t, i) => Data::Set(t.clone(), items(i)),
        Data::Tuple(i) => Data::Tuple(items(i)),
        Data::Map(t, e) => Data::Map(t.clone(), entries(e)),
        Data::Object(e) => Data::Object(entries(e)),
        other => other.clone(),
    };
    Value { data, sensitive: v.sensitive, origin: v.origin.clone() }
}
