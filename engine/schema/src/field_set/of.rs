//! The field set of a value, by its type.

use std::sync::OnceLock;

use super::{FieldSet, Path, PathElement};
use crate::{Json, Lists, Shape, Type, TypeRef};

/// Replaced whole: nothing below it is owned on its own.
pub(crate) fn is_atomic(ty: &Type) -> bool {
    match &ty.shape {
        Shape::List { merge, .. } => *merge == Lists::Atomic,
        Shape::Map { atomic, .. } | Shape::Struct { atomic, .. } => *atomic,
        Shape::Raw => true,
        _ => false,
    }
}

/// A map, merged key by key.
pub(crate) fn is_map(ty: &Type) -> bool {
    matches!(ty.shape, Shape::Struct { .. } | Shape::Map { .. } | Shape::Object | Shape::Any | Shape::Raw)
}

/// What distinguishes an item of a list: the values of its key fields, completed with the schema's
/// defaults, or its own value. `None` where it has neither.
pub fn element_of(merge: &Lists, item: TypeRef, value: &Json) -> Option<PathElement> {
    match (merge, value) {
        (Lists::Atomic, _) => None,
        (Lists::Set, Json::Null | Json::Array(_) | Json::Object(_)) => None,
        (Lists::Set, scalar) => Some(PathElement::Value(scalar.clone())),
        (Lists::Map(keys), Json::Object(map)) => {
            let ty = item.get();
            let mut key: Vec<(String, Json)> = Vec::with_capacity(keys.len());
            for name in keys {
                let value = map.get(name).or_else(|| ty.field(name).and_then(|f| f.default.as_ref()));
                key.extend(value.map(|v| (name.clone(), v.clone())));
            }
            if key.is_empty() {
                return None;
            }
            key.sort_by(|a, b| a.0.cmp(&b.0));
            Some(PathElement::Key(key))
        }
        (Lists::Map(_), _) => None,
    }
}

/// What a walk notes beside the set.
#[derive(Default)]
struct Notes {
    /// A list has two items with the same key.
    doubled: bool,
    /// Items without a key are to leave a mark of their own.
    marks: bool,
}

/// Stands for items without a key.
const MARK: PathElement = PathElement::Index(usize::MAX);

pub(super) fn field_set(ty: &'static Type, value: &Json) -> FieldSet {
    let mut set = FieldSet::new();
    collect(ty, value, &mut set, &mut Notes::default());
    set
}

/// The same, with a mark for items without a key: pruning may leave nulls in a list, and where nothing else is
/// left they keep the list, as the API server's own walk has it.
pub(crate) fn marked_field_set(ty: &'static Type, value: &Json) -> FieldSet {
    let mut set = FieldSet::new();
    collect(ty, value, &mut set, &mut Notes { marks: true, ..Notes::default() });
    set
}

/// The same, or none where a list has two items with the same key.
pub(super) fn field_set_of_distinct(ty: &'static Type, value: &Json) -> Option<FieldSet> {
    let (mut set, mut notes) = (FieldSet::new(), Notes::default());
    collect(ty, value, &mut set, &mut notes);
    (!notes.doubled).then_some(set)
}

/// Adds what is below `value` to `set`; true where `value` is itself a leaf.
fn collect(ty: &'static Type, value: &Json, set: &mut FieldSet, notes: &mut Notes) -> bool {
    match value {
        _ if is_atomic(ty) => true,
        Json::Object(map) if is_map(ty) => {
            for (name, value) in map {
                let Some(child) = ty.child(name).map(TypeRef::get) else { continue };
                let mut below = FieldSet::new();
                let leaf = collect(child, value, &mut below, notes);
                let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                let free = ty.field(name).is_none();
                set.add(PathElement::field(name), leaf || empty || free, below);
            }
            false
        }
        Json::Array(items) => match &ty.shape {
            Shape::List { item, merge } => {
                list(*item, merge, items, set, notes);
                false
            }
            _ => true,
        },
        // A null has whatever form the type has: maps and keyed lists are empty then.
        Json::Null => !is_map(ty) && !matches!(ty.shape, Shape::List { .. }),
        _ => !is_map(ty) || matches!(ty.shape, Shape::Any),
    }
}

fn list(item: TypeRef, merge: &Lists, items: &[Json], set: &mut FieldSet, notes: &mut Notes) {
    let elements: Vec<Option<PathElement>> = items.iter().map(|i| element_of(merge, item, i)).collect();
    for (value, element) in items.iter().zip(&elements) {
        let Some(element) = element else {
            if notes.marks {
                set.add_member(MARK);
            }
            continue;
        };
        let mut below = FieldSet::new();
        // Doubles are owned as one, without what they hold.
        if elements.iter().flatten().filter(|e| *e == element).count() == 1 {
            collect(item.get(), value, &mut below, notes);
        } else {
            notes.doubled = true;
        }
        set.add(element.clone(), true, below);
    }
}

/// Without what nobody owns.
pub(crate) fn strip(set: &mut FieldSet) {
    static UNOWNED: OnceLock<FieldSet> = OnceLock::new();
    let unowned = UNOWNED.get_or_init(|| {
        let metadata = [
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        ];
        let mut paths: Vec<Path> = metadata.iter().map(|m| Path::fields(["metadata", m])).collect();
        paths.extend(["apiVersion", "kind", "metadata"].map(|name| Path::fields([name])));
        FieldSet::from_paths(paths)
    });
    set.subtract(unowned, false);
}
