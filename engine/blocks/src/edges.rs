//! Which object comes before which, and why.
//!
//! References become wishes, unless something read is unknown; a service comes before the app
//! behind it, a namespace before its contents, a claim before the pods that use it. What is
//! asked of a block without objects is passed on to what that block refers to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_model::{Address, DesiredObject, Edge, EdgeKind, Span};

use crate::compile::definition;
use crate::vocabulary::Declared;
use crate::world::{Item, World};

/// All edges between objects, sorted; of several between two addresses the strongest.
pub fn edges(world: &World<'_>, objects: &[DesiredObject]) -> Vec<Edge> {
    let mut parts: HashMap<Address, Vec<&DesiredObject>> = HashMap::with_capacity(objects.len());
    for object in objects {
        parts.entry(object.address.block_address()).or_default().push(object);
    }
    let mut all = Collected { world, parts, edges: Vec::with_capacity(2 * objects.len()) };
    all.namespaces(objects);
    all.types(objects);
    for item in &world.items {
        all.parts_of(item);
        all.references_of(item);
    }
    strongest(all.edges)
}

/// The edges sorted, one between two addresses: the first of the strongest, with the place of the
/// weaker ones before it where it has none.
fn strongest(mut edges: Vec<Edge>) -> Vec<Edge> {
    edges.sort_by(|a, b| a.from.cmp(&b.from).then_with(|| a.to.cmp(&b.to)));
    edges.dedup_by(|later, kept| {
        let same = later.from == kept.from && later.to == kept.to;
        if same && later.kind > kept.kind {
            (kept.kind, kept.span) = (later.kind, later.span.or(kept.span));
        }
        same
    });
    edges
}

struct Collected<'w> {
    world: &'w World<'w>,
    parts: HashMap<Address, Vec<&'w DesiredObject>>,
    edges: Vec<Edge>,
}

impl Collected<'_> {
    fn add(&mut self, from: &Address, to: &Address, kind: EdgeKind, span: Option<Span>) {
        if from != to {
            self.edges.push(Edge { from: from.clone(), to: to.clone(), kind, span });
        }
    }

    /// Everything in a namespace that the same configuration creates.
    fn namespaces(&mut self, objects: &[DesiredObject]) {
        let declared: BTreeMap<&str, &Address> = objects
            .iter()
            .filter(|o| o.id.gvk.kind == "Namespace")
            .map(|o| (o.id.name.as_str(), &o.address))
            .collect();
        for object in objects {
            if let Some(namespace) = object.id.namespace.as_deref().and_then(|n| declared.get(n)) {
                self.add(&object.address, namespace, EdgeKind::Applied, Some(object.span));
            }
        }
    }

    /// Every object whose type the same configuration declares.
    fn types(&mut self, objects: &[DesiredObject]) {
        let declared: BTreeMap<(String, String), &Address> = objects
            .iter()
            .filter_map(|o| definition(o).map(|d| ((d.gvk.group, d.gvk.kind), &o.address)))
            .collect();
        if declared.is_empty() {
            return;
        }
        for object in objects {
            let gvk = &object.id.gvk;
            if let Some(definition) = declared.get(&(gvk.group.clone(), gvk.kind.clone())) {
                self.add(&object.address, definition, EdgeKind::Applied, Some(object.span));
            }
        }
    }

    /// The main object of a block needs its generated ones.
    fn parts_of(&mut self, item: &Item<'_>) {
        if matches!(item.declared, Declared::Manifest(_)) {
            return;
        }
        let Some(parts) = self.parts.get(&item.block.address) else { return };
        let kind = match item.declared {
            Declared::Volume(_) => EdgeKind::Applied,
            _ => EdgeKind::Order,
        };
        let generated: Vec<_> =
            parts.iter().filter(|o| o.address.part.is_some()).map(|o| o.address.clone()).collect();
        for part in generated {
            self.add(&item.block.address, &part, kind, None);
        }
    }

    fn references_of(&mut self, item: &Item<'_>) {
        let from = &item.block.address;
        if !self.parts.contains_key(from) {
            return;
        }
        let behind = match &item.declared {
            Declared::Service(service) => {
                service.app.as_ref().and_then(|app| Some((app.known()?.address.clone(), app.span)))
            }
            _ => None,
        };
        for reference in &item.block.references {
            match &behind {
                Some((app, span)) if *app == reference.to => {
                    if self.parts.contains_key(app) && !reference.unknown {
                        self.add(app, from, EdgeKind::Order, Some(*span));
                    }
                }
                _ => {
                    let kind = if reference.unknown { EdgeKind::Applied } else { EdgeKind::Order };
                    for from in self.writers(item) {
                        self.need(&from, &reference.to, kind, reference.span);
                    }
                }
            }
        }
        for (to, span) in &item.block.depends_on {
            let needed = self.resolved(to);
            let sources: Vec<_> = self.parts[from].iter().map(|o| o.address.clone()).collect();
            for source in &sources {
                for target in &needed {
                    self.add(source, target, EdgeKind::Ready, Some(*span));
                }
            }
        }
    }

    /// The objects that a block's references are for: its main one, or all documents of a manifest.
    fn writers(&self, item: &Item<'_>) -> Vec<Address> {
        let address = &item.block.address;
        match (&item.declared, self.parts.get(address)) {
            (Declared::Manifest(_), Some(parts)) => parts.iter().map(|o| o.address.clone()).collect(),
            _ => vec![address.clone()],
        }
    }

    /// `from` needs the main object of `to`, or what stands behind it.
    fn need(&mut self, from: &Address, to: &Address, kind: EdgeKind, span: Span) {
        let claimed = |address: &Address| {
            matches!(self.world.item(address).map(|i| &i.declared), Some(Declared::Volume(_)))
        };
        let is_manifest =
            |a: &Address| matches!(self.world.item(a), Some(Item { declared: Declared::Manifest(_), .. }));
        let targets = self.resolved_mains(to).into_iter().flat_map(|main| match self.parts.get(&main) {
            Some(parts) if is_manifest(&main) => parts.iter().map(|o| o.address.clone()).collect(),
            _ => vec![main],
        });
        let targets: Vec<_> = targets.collect();
        let kinds: Vec<_> = targets
            .into_iter()
            .map(|t| if claimed(&t) { (t, EdgeKind::Applied.max(kind)) } else { (t, kind) })
            .collect();
        for (target, kind) in kinds {
            self.add(from, &target, kind, Some(span));
        }
    }

    /// The main objects that a block stands for: its own, or those of what it refers to.
    fn resolved_mains(&self, to: &Address) -> Vec<Address> {
        self.behind(to).into_iter().filter(|a| self.parts.contains_key(a)).collect()
    }

    /// All objects that a block stands for.
    fn resolved(&self, to: &Address) -> Vec<Address> {
        let blocks = self.behind(to);
        blocks.iter().filter_map(|b| self.parts.get(b)).flatten().map(|o| o.address.clone()).collect()
    }

    /// `to`, or the blocks with objects that are reached from it over blocks without any.
    fn behind(&self, to: &Address) -> BTreeSet<Address> {
        if self.parts.contains_key(to) {
            return BTreeSet::from([to.clone()]);
        }
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![to.clone()];
        while let Some(address) = open.pop() {
            if !seen.insert(address.clone()) {
                continue;
            }
            if self.parts.contains_key(&address) {
                found.insert(address);
            } else if let Some(item) = self.world.item(&address) {
                open.extend(item.block.references.iter().map(|r| r.to.clone()));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::{app, compile, compile_in};

    fn check(text: &str, namespace: &str, expected: Expect) {
        let compiled = compile_in(text, namespace);
        let edges = compiled.desired.edges.iter();
        expected
            .assert_eq(&edges.map(|e| format!("{} -> {} {:?}\n", e.from, e.to, e.kind)).collect::<String>());
    }

    #[test]
    fn the_reference_application() {
        let text = include_str!("../../../examples/01-nginx/main.hcl").replace("project \"nginx\" {}", "");
        check(
            &text,
            "shop",
            expect![[r#"
            app.nginx -> app.nginx:headless Order
            app.nginx -> service.nginx Order
            autoscale.nginx -> app.nginx Order
            ingress.nginx -> service.nginx Order
        "#]],
        );
    }

    #[test]
    fn namespaces_claims_and_unknown_values_are_hard() {
        let text = format!(
            "{}volume \"d\" {{\nclaim {{ size = \"1Gi\" }}\n}}\nvolume \"f\" {{\nconfig {{ from = config.c }}\n}}\nconfig \"c\" {{ data = {{ ip = service.s.cluster_ip }} }}\nservice \"s\" {{ app = app.web }}\nnamespace \"shop\" {{}}\nvolume \"n\" {{\nnas {{ server = \"x\" }}\n}}",
            app(
                "mount \"/d\" { volume = volume.d }\nmount \"/f\" { volume = volume.f }\nmount \"/n\" { volume = volume.n }",
                ""
            )
        );
        check(
            &text,
            "shop",
            expect![[r#"
            app.web -> config.c Order
            app.web -> namespace.shop Applied
            app.web -> service.s Order
            app.web -> volume.d Applied
            app.web -> volume.n Applied
            config.c -> namespace.shop Applied
            config.c -> service.s Applied
            service.s -> namespace.shop Applied
            volume.d -> namespace.shop Applied
            volume.n -> namespace.shop Applied
            volume.n -> volume.n:volume Applied
        "#]],
        );
        assert_eq!(crate::testing::findings(&compile(&text).report, &compile(&text).sources), "");
    }

    #[test]
    fn depends_on_waits_and_passes_through_blocks_without_objects() {
        let text = format!(
            "{}app \"job\" {{\ndepends_on = [app.web, volume.f]\nkind = \"StatefulSet\"\ncontainer \"c\" {{ image = \"c:1\" }}\n}}\nvolume \"f\" {{\nconfig {{ from = config.c }}\n}}\nconfig \"c\" {{ data = {{ a = \"b\" }} }}",
            app("", "")
        );
        check(
            &text,
            "shop",
            expect![[r#"
            app.job -> app.job:headless Order
            app.job -> app.web Ready
            app.job -> config.c Ready
            app.job:headless -> app.web Ready
            app.job:headless -> config.c Ready
        "#]],
        );
    }

    #[test]
    fn two_apps_may_use_each_others_services() {
        let one = |me: &str, other: &str| {
            format!(
                "app \"{me}\" {{\ncontainer \"c\" {{\nimage = \"c:1\"\nenv = {{ H = service.{other}.host }}\nport \"p\" {{ container_port = 1 }}\n}}\n}}\nservice \"{me}\" {{ app = app.{me} }}\n"
            )
        };
        check(
            &format!("{}{}", one("a", "b"), one("b", "a")),
            "shop",
            expect![[r#"
            app.a -> service.a Order
            app.a -> service.b Order
            app.b -> service.a Order
            app.b -> service.b Order
        "#]],
        );
    }
}
