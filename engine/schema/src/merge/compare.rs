//! What differs between two objects, as field sets.

use super::walk::{Form, form, items_of, map_of};
use crate::{
    Json, Kind, Lists, Shape, Type, TypeRef,
    field_set::{FieldSet, PathElement, element_of, is_atomic},
};

/// What differs between an old and a new object. No field is in more than one of the sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Fields that only the new object has.
    pub added: FieldSet,
    /// Fields with another value.
    pub modified: FieldSet,
    /// Fields that only the old object has.
    pub removed: FieldSet,
}

impl Comparison {
    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }

    pub(super) fn without(mut self, fields: &FieldSet) -> Comparison {
        for set in [&mut self.added, &mut self.modified, &mut self.removed] {
            set.subtract(fields, true);
        }
        self
    }
}

/// Compares two objects of a kind.
pub fn compare(kind: &Kind, old: &Json, new: &Json) -> Comparison {
    let mut walker = Walker { path: Vec::new(), found: Comparison::default() };
    walker.value(kind.root.get(), Some(old), Some(new));
    walker.found
}

/// A step of the path; an element is only made of it where something differs.
enum Step<'a> {
    Field(&'a str),
    Element(PathElement),
}

struct Walker<'a> {
    path: Vec<Step<'a>>,
    found: Comparison,
}

#[derive(Clone, Copy)]
enum Change {
    Added,
    Modified,
    Removed,
}

impl<'a> Walker<'a> {
    fn report(&mut self, change: Change) {
        let element = |step: &Step<'a>| match step {
            Step::Field(name) => PathElement::field(*name),
            Step::Element(element) => element.clone(),
        };
        let path: Vec<PathElement> = self.path.iter().map(element).collect();
        match change {
            Change::Added => self.found.added.insert(&path),
            Change::Modified => self.found.modified.insert(&path),
            Change::Removed => self.found.removed.insert(&path),
        }
    }

    fn value(&mut self, ty: &'static Type, old: Option<&'a Json>, new: Option<&'a Json>) {
        let of_new = form(ty, new.or(old));
        let of_old = form(ty, old.or(new));
        if of_old != of_new {
            self.as_form(of_old, ty, old, new);
        }
        let leaf = self.as_form(of_new, ty, old, new);
        if !leaf {
            match (old, new) {
                (None, _) => self.report(Change::Added),
                (_, None) => self.report(Change::Removed),
                _ => {}
            }
        }
    }

    /// True where the values were compared as a whole.
    fn as_form(
        &mut self,
        form: Form,
        ty: &'static Type,
        old: Option<&'a Json>,
        new: Option<&'a Json>,
    ) -> bool {
        let leaf = match form {
            Form::Scalar => true,
            Form::Map => {
                let empty = |v: Option<&Json>| map_of(v).is_none_or(serde_json::Map::is_empty);
                is_atomic(ty) || (empty(old) && empty(new))
            }
            Form::List => {
                let empty = items_of(old).is_empty() && items_of(new).is_empty();
                is_atomic(ty) || empty || !matches!(ty.shape, Shape::List { .. })
            }
        };
        match (form, &ty.shape) {
            _ if leaf => self.leaf(old, new),
            (Form::List, Shape::List { item, merge }) => {
                self.lists(*item, merge, items_of(old), items_of(new))
            }
            _ => self.maps(ty, old, new),
        }
        leaf
    }

    fn leaf(&mut self, old: Option<&Json>, new: Option<&Json>) {
        match (old, new) {
            (None, _) => self.report(Change::Added),
            (_, None) => self.report(Change::Removed),
            (Some(old), Some(new)) if !crate::equal(old, new) => self.report(Change::Modified),
            _ => {}
        }
    }

    fn maps(&mut self, ty: &'static Type, old: Option<&'a Json>, new: Option<&'a Json>) {
        let (o, n) = (map_of(old), map_of(new));
        let added = n.into_iter().flat_map(|m| m.keys()).filter(|k| o.is_none_or(|m| !m.contains_key(*k)));
        for name in o.into_iter().flat_map(|m| m.keys()).chain(added) {
            let Some(child) = ty.child(name) else { continue };
            self.path.push(Step::Field(name));
            self.value(child.get(), o.and_then(|m| m.get(name)), n.and_then(|m| m.get(name)));
            self.path.pop();
        }
    }

    fn lists(&mut self, item: TypeRef, how: &Lists, old: &'a [Json], new: &'a [Json]) {
        if old == new {
            return;
        }
        let index = |items: &'_ [Json]| -> Vec<Option<PathElement>> {
            items.iter().map(|v| element_of(how, item, v)).collect()
        };
        let (left, right) = (index(old), index(new));
        let mut seen: Vec<&PathElement> = Vec::new();
        for element in left.iter().chain(&right).flatten() {
            if seen.contains(&element) {
                continue;
            }
            seen.push(element);
            let of = |keys: &[Option<PathElement>]| -> Vec<usize> {
                let same = keys.iter().enumerate().filter(|(_, k)| k.as_ref() == Some(element));
                same.map(|(i, _)| i).collect()
            };
            let (l, r) = (of(&left), of(&right));
            let l: Vec<&'a Json> = l.iter().map(|i| &old[*i]).collect();
            let r: Vec<&'a Json> = r.iter().map(|i| &new[*i]).collect();
            self.items(item.get(), element, &l, &r);
        }
    }

    /// Compares all items of one key; doubles are compared as a whole.
    fn items(&mut self, ty: &'static Type, element: &PathElement, old: &[&'a Json], new: &[&'a Json]) {
        self.path.push(Step::Element(element.clone()));
        match (old, new) {
            ([] | [_], [] | [_]) => self.value(ty, old.first().copied(), new.first().copied()),
            ([_, _, ..], [_, _, ..]) => {
                let same = old.len() == new.len() && old.iter().zip(new).all(|(o, n)| crate::equal(o, n));
                if !same {
                    self.report(Change::Modified);
                }
            }
            ([_, _, ..], _) => {
                if let Some(one) = new.first() {
                    self.value(ty, None, Some(one));
                }
                self.report(Change::Removed);
            }
            (_, [_, _, ..]) => {
                if let Some(one) = old.first() {
                    self.value(ty, Some(one), None);
                }
                self.report(Change::Added);
            }
        }
        self.path.pop();
    }
}
