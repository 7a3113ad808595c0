//! The arithmetic of a rolling update: how far the new ReplicaSet may grow and the old ones must shrink.
//!
//! Follows the Deployment controller of Kubernetes. Pure numbers; nothing is written here.

use plimsoll_schema::{Json, surge_and_unavailable};

/// A ReplicaSet in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Set {
    pub wanted: i64,
    pub available: i64,
}

/// The bounds of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub replicas: i64,
    pub surge: i64,
    pub unavailable: i64,
}

impl Bounds {
    /// From `maxSurge` and `maxUnavailable`; where both come to nothing, one pod may be unavailable.
    pub fn new(replicas: i64, surge: &Json, unavailable: &Json) -> Bounds {
        let (surge, unavailable) = surge_and_unavailable(replicas, surge, unavailable);
        Bounds { replicas, surge, unavailable }
    }

    /// How many replicas the new set should have now.
    pub fn new_set(self, new: i64, all: i64) -> i64 {
        if new >= self.replicas {
            return self.replicas;
        }
        let most = self.replicas + self.surge;
        new + (most - all).clamp(0, self.replicas - new)
    }

    /// How many replicas the old sets should have now, oldest first.
    pub fn old_sets(self, new: Set, old: &[Set]) -> Vec<i64> {
        let mut after: Vec<i64> = old.iter().map(|s| s.wanted).collect();
        let all: i64 = new.wanted + after.iter().sum::<i64>();
        let least = self.replicas - self.unavailable;
        let mut spare = all - least - (new.wanted - new.available).max(0);
        if spare <= 0 {
            return after;
        }
        // What does not work goes first.
        for (wanted, set) in after.iter_mut().zip(old) {
            let useless = (set.wanted - set.available).clamp(0, spare);
            *wanted -= useless;
            spare -= useless;
        }
        let available: i64 = new.available + old.iter().map(|s| s.available).sum::<i64>();
        let mut surplus = (available - least).max(0);
        for wanted in &mut after {
            let step = (*wanted).min(surplus);
            *wanted -= step;
            surplus -= step;
        }
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    /// Runs an update to its end; every step as `new/old (ready)`, all pods becoming ready between steps.
    fn walk(replicas: i64, surge: Json, unavailable: Json) -> String {
        let bounds = Bounds::new(replicas, &surge, &unavailable);
        let (mut new, mut old) = (0, replicas);
        let mut steps = vec![format!("{new}/{old}")];
        for _ in 0..100 {
            let grown = bounds.new_set(new, new + old);
            let shrunk = bounds
                .old_sets(Set { wanted: grown, available: new }, &[Set { wanted: old, available: old }])[0];
            if (grown, shrunk) == (new, old) {
                // Everything that was started is ready now.
                let settled = bounds
                    .old_sets(Set { wanted: new, available: new }, &[Set { wanted: old, available: old }])[0];
                if settled == old {
                    break;
                }
                old = settled;
            } else {
                (new, old) = (grown, shrunk);
            }
            steps.push(format!("{new}/{old}"));
        }
        steps.join(" ")
    }

    #[test]
    fn updates_reach_their_end_within_their_bounds() {
        expect!["0/3 1/3 1/2 2/2 2/1 3/1 3/0"].assert_eq(&walk(3, json!("25%"), json!("25%")));
        expect!["0/4 1/3 2/2 3/1 4/0"].assert_eq(&walk(4, json!("25%"), json!("25%")));
        expect!["0/2 0/1 1/1 1/0 2/0"].assert_eq(&walk(2, json!(0), json!(0)));
        expect!["0/10 10/0"].assert_eq(&walk(10, json!("100%"), json!("100%")));
    }

    #[test]
    fn what_does_not_work_is_given_up_first() {
        let bounds = Bounds::new(3, &json!(1), &json!(0));
        let broken = Set { wanted: 1, available: 0 };
        let sound = Set { wanted: 3, available: 3 };
        assert_eq!(bounds.old_sets(Set { wanted: 0, available: 0 }, &[sound, broken]), [3, 0]);
        assert_eq!(bounds.new_set(0, 4), 0);
    }
}
