//! Random objects, made from the schema itself, and random changes to them.

use serde_json::{Map, json};

use crate::{
    Json, Kind, Lists, Shape, Type,
    field_set::{PathElement, element_of},
    kinds,
};

/// Fields that nearly every object has, so that most of what happens is in the interesting parts.
const LIKELY: &[&str] =
    &["spec", "template", "containers", "ports", "env", "volumes", "rules", "metadata", "labels"];

/// Words that some field understands.
const WORDS: &[&str] = &[
    "RollingUpdate",
    "Recreate",
    "OnDelete",
    "LoadBalancer",
    "NodePort",
    "ClusterIP",
    "ExternalName",
    "None",
    "ClientIP",
    "Container",
    "User",
    "Group",
    "ServiceAccount",
    "nginx",
    "nginx:1",
    "nginx:latest",
    "Nginx",
    "ghcr.io/a/b",
    "a@sha256:0",
    "localhost:5000/a/b_c:v1",
    "TCP",
    "UDP",
    "ExactCount",
];

const QUANTITIES: &[&str] = &[
    "1",
    "0",
    "500m",
    "1Gi",
    "1024Mi",
    "0.5",
    "1e3",
    "1.5Gi",
    "1000m",
    "1000k",
    "1024",
    "1536Ki",
    "0.1m",
    "100n",
    "1u",
    "-5",
    "+7",
    "-1500m",
    "1e-3",
    "2.5e2",
    "1E",
    "1Ei",
    "3E3",
    "12345678901234567890",
    "9223372036854775807",
    "9Ei",
    "100E",
    "0.00000000001",
    "-0.0001",
    "1.",
    ".5",
    "00012",
    "0.5Ki",
    "1.1Ki",
    "123456789.987654321",
    "1e2Ki",
    "1e0",
    "5e1",
];

/// A small generator of its own, so that a seed means the same case on every machine.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(super) fn kind(&mut self, among: &[(&str, &str)]) -> &'static Kind {
        let (api, name) = self.pick(among);
        crate::kind(&plimsoll_model::Gvk::from_api_version(api, name)).unwrap()
    }

    pub(super) fn any_kind(&mut self) -> &'static Kind {
        let all: Vec<&'static Kind> =
            kinds().filter(|k| !k.custom && k.verbs.iter().any(|v| v == "patch")).collect();
        all[self.below(all.len())]
    }

    /// An object of a kind; `density` is the chance of a field in percent.
    pub(super) fn object(&mut self, kind: &Kind, density: usize, nulls: bool) -> Json {
        let mut object = loop {
            let mut grower = Grower { random: self, density, nulls, budget: 600 };
            let value = grower.value(kind.root.get(), 0);
            if value.as_object().is_some_and(|m| !m.is_empty()) {
                break value;
            }
        };
        let map = object.as_object_mut().unwrap();
        map.insert("apiVersion".into(), json!(kind.gvk.api_version()));
        map.insert("kind".into(), json!(kind.gvk.kind));
        if map.get("metadata").is_some_and(Json::is_null) {
            map.remove("metadata");
        }
        object
    }

    /// A part of a value, with some leaves changed and some lists reordered.
    pub(super) fn part(&mut self, ty: &'static Type, value: &Json, keep: usize) -> Json {
        match (&ty.shape, value) {
            (Shape::Struct { .. } | Shape::Map { .. }, Json::Object(map)) => {
                let mut out = Map::new();
                for (name, value) in map {
                    let named = matches!(name.as_str(), "apiVersion" | "kind");
                    if named {
                        out.insert(name.clone(), value.clone());
                    } else if self.percent(if LIKELY.contains(&name.as_str()) { 97 } else { keep }) {
                        let part =
                            ty.child(name).map_or_else(|| value.clone(), |c| self.part(c.get(), value, keep));
                        out.insert(name.clone(), part);
                    }
                }
                Json::Object(out)
            }
            (Shape::List { item, merge }, Json::Array(items)) => {
                let mut out = Vec::new();
                for value in items {
                    if self.percent(keep) {
                        out.push(self.item_part(item.get(), merge, value, keep));
                    }
                }
                if self.percent(30) && out.len() > 1 {
                    let (a, b) = (self.below(out.len()), self.below(out.len()));
                    out.swap(a, b);
                }
                Json::Array(out)
            }
            _ if self.percent(12) => {
                let mut grower = Grower { random: self, density: 40, nulls: false, budget: 20 };
                grower.value(ty, 9)
            }
            _ => value.clone(),
        }
    }

    /// A part of a list's item, which keeps its key.
    fn item_part(&mut self, ty: &'static Type, merge: &Lists, value: &Json, keep: usize) -> Json {
        let (Lists::Map(keys), Json::Object(map)) = (merge, value) else {
            return if *merge == Lists::Set { value.clone() } else { self.part(ty, value, keep) };
        };
        let mut part = self.part(ty, value, keep);
        if let Some(out) = part.as_object_mut() {
            for key in keys {
                if let Some(value) = map.get(key) {
                    out.insert(key.clone(), value.clone());
                }
            }
        }
        part
    }
}

struct Grower<'a> {
    random: &'a mut Random,
    density: usize,
    nulls: bool,
    budget: usize,
}

impl Grower<'_> {
    fn value(&mut self, ty: &'static Type, depth: usize) -> Json {
        if self.nulls && depth > 1 && self.random.percent(2) {
            return Json::Null;
        }
        match &ty.shape {
            Shape::String if self.random.percent(85) => {
                json!(*self.random.pick(&["a", "b", "c", "", "x<y&z"]))
            }
            Shape::String => json!(*self.random.pick(WORDS)),
            Shape::Bytes => json!(*self.random.pick(&["YQ==", "", "YWJj"])),
            Shape::Time => json!(*self.random.pick(&["2024-01-31T10:00:00Z", "2025-06-01T00:00:00Z"])),
            Shape::Int32 | Shape::Int64 => json!(*self.random.pick(&[0, 1, 2, 80, 443, -1])),
            Shape::Number => json!(*self.random.pick(&[0.0, 1.5, 2.0])),
            Shape::Boolean => json!(self.random.percent(50)),
            Shape::Quantity if self.random.percent(5) => json!(*self.random.pick(&[0.5, 2.0, 1024.0])),
            Shape::Quantity => json!(*self.random.pick(QUANTITIES)),
            Shape::IntOrString => match self.random.percent(50) {
                true => json!(*self.random.pick(&["http", "25%", ""])),
                false => json!(*self.random.pick(&[0, 80, 1])),
            },
            Shape::Any | Shape::Raw => self.anything(2),
            Shape::Object => json!({"a": self.anything(1)}),
            Shape::List { item, merge } => self.list(item.get(), *item, merge, depth),
            Shape::Map { value, .. } => {
                let mut map = Map::new();
                for _ in 0..self.random.below(4) {
                    let key = *self.random.pick(&["a", "b", "c", "cpu", "memory"]);
                    map.insert(key.into(), self.not_null(value.get(), depth + 1));
                }
                Json::Object(map)
            }
            Shape::Struct { fields, .. } => {
                let mut map = Map::new();
                for field in fields {
                    // Objects end: less grows the deeper it goes.
                    let chance = match depth {
                        0 => 90,
                        1..=3 => self.density.max(50),
                        4..=9 => self.density,
                        _ => self.density / 3,
                    };
                    let chance = if LIKELY.contains(&field.name.as_str()) { chance.max(85) } else { chance };
                    let skipped =
                        ty.name == "ObjectMeta" && matches!(field.name.as_str(), "managedFields" | "uid");
                    if !skipped && self.budget > 0 && self.random.percent(chance) {
                        self.budget -= 1;
                        map.insert(field.name.clone(), self.value(field.ty.get(), depth + 1));
                    }
                }
                Json::Object(map)
            }
        }
    }

    fn not_null(&mut self, ty: &'static Type, depth: usize) -> Json {
        let nulls = std::mem::replace(&mut self.nulls, false);
        let value = self.value(ty, depth);
        self.nulls = nulls;
        value
    }

    fn list(&mut self, ty: &'static Type, item: crate::TypeRef, merge: &Lists, depth: usize) -> Json {
        let mut out: Vec<Json> = Vec::new();
        let mut seen: Vec<PathElement> = Vec::new();
        for _ in 0..self.random.below(4) {
            let mut value = self.not_null(ty, depth + 1);
            if let (Lists::Map(keys), Some(map)) = (merge, value.as_object_mut()) {
                // Keys that are left out are completed by the schema's defaults, or make an item without a key.
                for key in keys {
                    let Some(ty) = ty.child(key) else { continue };
                    if self.random.percent(75) {
                        map.insert(key.clone(), self.not_null(ty.get(), depth + 2));
                    } else if self.random.percent(70) {
                        map.remove(key);
                    }
                }
            }
            match element_of(merge, item, &value) {
                // Doubles are refused by an apply: few, so that most cases get further.
                Some(element) if seen.contains(&element) && !self.random.percent(2) => {}
                Some(element) => {
                    seen.push(element);
                    out.push(value);
                }
                None if *merge == Lists::Atomic || self.random.percent(2) => out.push(value),
                None => {}
            }
        }
        Json::Array(out)
    }

    fn anything(&mut self, depth: usize) -> Json {
        match self.random.below(if depth == 0 { 4 } else { 6 }) {
            0 => json!("a"),
            1 => json!(7),
            2 => json!(true),
            3 => json!(1.5),
            4 => json!([self.anything(depth - 1)]),
            _ => json!({"a": self.anything(depth - 1), "b": self.anything(depth - 1)}),
        }
    }
}
