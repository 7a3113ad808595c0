//! Losing power at every moment, with everything that was not synced lost, cut, or zeros.

use std::sync::Arc;

use super::script::{self, state_of};
use crate::faults::Memory;

#[test]
fn what_was_durable_survives_a_power_loss_at_every_moment() {
    let expected = script::expected();
    let disk = Memory::new();
    disk.record();
    let store = script::store(Arc::new(disk.clone()), script::FOLDER);
    // The moment after which each step is durable.
    let mut durable_at = vec![0];
    script::run(&store, &mut || durable_at.push(disk.moments())).unwrap();
    let mut cases = 0;
    for moment in 0..disk.moments() {
        let durable = durable_at.iter().rposition(|at| *at <= moment + 1).unwrap();
        for (i, left) in disk.after_power_loss(moment).into_iter().enumerate() {
            cases += 1;
            let case = format!("moment {moment}, state {i}, durable {durable}");
            let store = script::store(Arc::new(left.clone()), script::FOLDER);
            let found = store.read().unwrap_or_else(|e| panic!("{case}: {e:?} in {:?}", left.files()));
            let allowed: Vec<_> = expected[durable..].iter().take(2).map(state_of).collect();
            let between = found.as_ref().is_none_or(|r| r.journal.is_none()) && {
                // A snapshot that `begin` wrote before its journal.
                let serial = state_of(&found).map(|s| s.serial);
                matches!((durable, serial), (0, Some(0))) || serial == Some(2)
            };
            assert!(allowed.contains(&state_of(&found)) || between, "{case}: {found:#?}");
            script::recover(&store).unwrap_or_else(|e| panic!("{case}: {e:?}"));
        }
    }
    assert!(cases > 300, "{cases} cases");
}
