//! A consequence in words, as every rendering of a plan tells it.

use plimsoll_plan::{Consequence, Pods};

use crate::safe;

/// The words of a consequence: a sign and a text.
pub(crate) fn words(consequence: &Consequence) -> (char, String) {
    let name = |name: &String| safe::line(name);
    match consequence {
        Consequence::PodAdded(n) => ('+', format!("{}  pod", name(n))),
        Consequence::PodTakenUp(n) => ('=', format!("{}  pod, there already: taken up", name(n))),
        Consequence::PodRemoved(n) => ('-', format!("{}  pod", name(n))),
        Consequence::ClaimAdded(n) => ('+', format!("{}  claim", name(n))),
        Consequence::ClaimReused(n) => ('=', format!("{}  claim of before, with its data", name(n))),
        Consequence::ClaimKept(n) => ('=', format!("{}  claim, stays with its data", name(n))),
        Consequence::ClaimLost(n) => ('!', format!("{}  claim, DELETED WITH ITS DATA", name(n))),
        Consequence::Effect(effect) => (effect_sign(&effect.pods), safe::line(&effect.to_string())),
        Consequence::Adopted(who) => {
            let who: Vec<String> = who.iter().map(|w| safe::line(w)).collect();
            (
                '#',
                format!(
                    "(until now managed by {})",
                    if who.is_empty() { "nobody".into() } else { who.join(", ") }
                ),
            )
        }
        Consequence::AddressChanges { from, outside: true } => {
            ('!', format!("its address changes{}", until_now(from)))
        }
        Consequence::AddressChanges { from, outside: false } => {
            ('#', format!("(its address in the cluster changes{})", until_now(from)))
        }
        Consequence::AddressLost(from) => ('!', format!("its address goes{}", until_now(from))),
        Consequence::HostStops(host) => ('!', format!("{} stops answering", safe::line(host))),
        Consequence::Rolls(users) => {
            let users: Vec<String> = users.iter().map(|a| safe::line(&a.to_string())).collect();
            ('~', format!("rolls {}", users.join(", ")))
        }
        Consequence::ReplicasOwned(Some(n)) => {
            ('#', format!("(an autoscaler owns the number of replicas: {n})"))
        }
        Consequence::ReplicasOwned(None) => ('#', "(an autoscaler owns the number of replicas)".to_string()),
        Consequence::ReplicasLeft { by, first, now } => {
            let by = by.as_ref().map_or("an autoscaler".into(), |by| safe::line(by));
            ('#', format!("(replicas stays {now}: {by} owns it, and {first} is only the first number)"))
        }
        Consequence::ReplicasTakenBack { from, to } => {
            ('!', format!("replicas jump from {from} to {to}: no autoscaler owns them any more"))
        }
    }
}

/// The addresses that there were, where there were some.
fn until_now(addresses: &[String]) -> String {
    let names: Vec<String> = addresses.iter().map(|a| safe::line(a)).collect();
    if names.is_empty() { String::new() } else { format!(", until now {}", names.join(", ")) }
}

/// The sign of an effect: what interrupts is loud.
fn effect_sign(pods: &Pods) -> char {
    match pods {
        Pods::Start { .. } | Pods::Runs | Pods::BySchedule(_) => '+',
        Pods::Stop { .. } | Pods::Ends | Pods::NoMoreRuns => '-',
        Pods::Rolling { count: Some(0), .. }
        | Pods::Stay
        | Pods::OnDelete { .. }
        | Pods::Paused
        | Pods::Held
        | Pods::NextRun => '=',
        Pods::Recreate { .. } | Pods::Rolling { ready: 0, no_gap: false, .. } => '!',
        Pods::Rolling { .. } | Pods::RunsAgain => '~',
    }
}
