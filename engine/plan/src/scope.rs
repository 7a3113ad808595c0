//! Which part of a configuration a plan is about: `-target` and `-exclude`.
//!
//! Knows blocks and what they need. What is outside is neither asked about nor changed nor deleted.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Address, Diagnostic, ObjectId, Report, Selection};

use crate::input::PlanInput;
use crate::order;

/// The blocks that a plan is about.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// None: all of them.
    blocks: Option<BTreeSet<Address>>,
}

/// Who needs whom, by block.
#[derive(Debug, Default)]
struct Needs(BTreeMap<Address, BTreeSet<Address>>);

impl Needs {
    fn add(&mut self, from: &Address, to: &Address) {
        let (from, to) = (from.block_address(), to.block_address());
        if from != to {
            self.0.entry(from).or_default().insert(to);
        }
    }

    fn turned(&self) -> Needs {
        let mut out = Needs::default();
        self.0.iter().for_each(|(from, all)| all.iter().for_each(|to| out.add(to, from)));
        out
    }

    /// The blocks with everything that they lead to, within `among`.
    fn closure(&self, from: BTreeSet<Address>, among: &BTreeSet<Address>) -> BTreeSet<Address> {
        let mut open: Vec<Address> = from.iter().cloned().collect();
        let mut out = from;
        while let Some(next) = open.pop() {
            for to in self.0.get(&next).into_iter().flatten().filter(|to| among.contains(*to)) {
                if out.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
        out
    }
}

impl Scope {
    /// What a plan with these options is about. A target comes with what it needs; what is excluded goes
    /// with what needs it. For what is deleted it is the other way round: nothing goes before what needed
    /// it when it was applied, and whatever is left as it stands keeps what it needs.
    pub(crate) fn of(input: &PlanInput<'_>) -> Scope {
        let options = &input.options;
        if !options.named.is_partial() {
            return Scope::default();
        }
        let recorded: BTreeSet<Address> =
            input.recorded.resources.keys().map(Address::block_address).collect();
        let declared: BTreeSet<Address> = match options.destroy {
            true => BTreeSet::new(),
            false => input.desired.objects.iter().map(|o| o.address.block_address()).collect(),
        };
        let leaving: BTreeSet<Address> = recorded.difference(&declared).cloned().collect();

        let mut needs = Needs::default();
        let objects: Vec<(&Address, &ObjectId)> =
            input.desired.objects.iter().map(|o| (&o.address, &o.id)).collect();
        // Wishes count as well: most references are no more than that.
        order::edges(&objects, input.desired).iter().for_each(|e| needs.add(&e.from, &e.to));
        // What stands in the cluster needs what it needed when it was applied, whatever is declared now.
        let mut needed_there = Needs::default();
        for (address, resource) in &input.recorded.resources {
            resource.edges.iter().for_each(|needed| needed_there.add(address, needed));
        }

        let named = |selections: &BTreeSet<Selection>, among: &BTreeSet<Address>| -> BTreeSet<Address> {
            among.iter().filter(|a| selections.iter().any(|s| s.covers(a))).cloned().collect()
        };
        let mut blocks: BTreeSet<Address> = match options.named.targets.is_empty() {
            true => declared.union(&leaving).cloned().collect(),
            false => {
                let going = named(&options.named.targets, &leaving);
                let going = needed_there.turned().closure(going, &recorded);
                let mut kept = named(&options.named.targets, &declared);
                kept.extend(going.intersection(&declared).cloned());
                let kept = needs.closure(kept, &declared);
                kept.union(&going).cloned().collect()
            }
        };
        let without = needs.turned().closure(named(&options.named.exclude, &declared), &declared);
        let excluded = named(&options.named.exclude, &leaving);
        blocks.retain(|b| !without.contains(b) && !excluded.contains(b));
        let untouched: BTreeSet<Address> = recorded.difference(&blocks).cloned().collect();
        let needed = needed_there.closure(untouched, &recorded);
        blocks.retain(|b| !leaving.contains(b) || !needed.contains(b));
        Scope { blocks: Some(blocks) }
    }

    /// Whether the plan is about the block of this address.
    pub(crate) fn holds(&self, address: &Address) -> bool {
        self.blocks.as_ref().is_none_or(|blocks| blocks.contains(&address.block_address()))
    }
}

/// Says which names of the command line name nothing, and that the rest of the configuration is left out.
pub(crate) fn report(scope: &Scope, input: &PlanInput<'_>, report: &mut Report) {
    let options = &input.options;
    let declared = input.desired.objects.iter().map(|o| &o.address);
    let known: Vec<&Address> = declared.clone().chain(input.recorded.resources.keys()).collect();
    let flags = [("-target", &options.named.targets), ("-exclude", &options.named.exclude)];
    for (flag, selections) in flags {
        for selection in selections.iter().filter(|s| !known.iter().any(|a| s.covers(a))) {
            report.push(undeclared(flag, &selection.to_string()));
        }
    }
    let declared: Vec<&Address> = declared.collect();
    for (flag, addresses) in
        [("-allow-replace", &options.allow_replace), ("-replace", &options.named.replace)]
    {
        let names = |a: &Address| declared.iter().any(|d| *d == a || d.block_address() == *a);
        for address in addresses {
            if !names(address) {
                report.push(undeclared(flag, &address.to_string()));
            } else if !scope.holds(address) {
                report.push(
                    Diagnostic::error("address-not-planned", "an address is outside of the plan")
                        .detail(format!("{flag} {address}: -target or -exclude leaves it out."))
                        .help("name it as a target too, or plan it by itself"),
                );
            }
        }
    }
    if !options.named.is_partial() {
        return;
    }
    if input.about.protected && !options.named.allowed {
        report.push(
            Diagnostic::error("protected", "the environment is protected")
                .detail(format!("A plan about a part of {} leaves the rest unseen.", input.about.environment))
                .help("plan without -target and -exclude, or add -allow-protected"),
        );
    }
    let list = |flag: &str, all: &BTreeSet<Selection>| -> Vec<String> {
        all.iter().map(|s| format!("{flag} {s}")).collect()
    };
    let said = [list("-target", &options.named.targets), list("-exclude", &options.named.exclude)].concat();
    report.push(
        Diagnostic::warning("partial-plan", "the plan is about a part of the configuration")
            .detail(format!(
                "{}: whatever else is declared or left over is not looked at and stays as it is.",
                said.join(" ")
            ))
            .help("plan once more without them, to see what is left"),
    );
}

fn undeclared(flag: &str, name: &str) -> Diagnostic {
    Diagnostic::error("address-not-declared", "an address names nothing that is declared")
        .detail(format!("{flag} {name}: the configuration declares no object of that address."))
        .help("the addresses stand in the plan, behind each `#`")
}
