//! The legal transitions of an operation, and what effects do to a state.

use std::fmt::Write;

use expect_test::expect;

use super::script::{address, claim, history, intent, new_state, put, resource};
use crate::{Effect, HISTORY_LIMIT, OperationId, Outcome, Phase, Verb};

#[test]
fn legal_transitions() {
    let mut table = String::new();
    for from in [Phase::Intended, Phase::Unknown, Phase::Done, Phase::Failed] {
        for outcome in [Outcome::Done { effects: Vec::new() }, Outcome::Failed, Outcome::Unknown] {
            match from.next(&outcome) {
                Ok(to) => writeln!(table, "{from:?} -> {to:?}").unwrap(),
                Err(e) => writeln!(table, "{from:?} -> {:?}: {e}", outcome.phase()).unwrap(),
            }
        }
    }
    expect![[r#"
        Intended -> Done
        Intended -> Failed
        Intended -> Unknown
        Unknown -> Done
        Unknown -> Failed
        Unknown -> Unknown: an operation that is unknown cannot become unknown
        Done -> Done: an operation that is done cannot become done
        Done -> Failed: an operation that is done cannot become failed
        Done -> Unknown: an operation that is done cannot become unknown
        Failed -> Done: an operation that is failed cannot become done
        Failed -> Failed: an operation that is failed cannot become failed
        Failed -> Unknown: an operation that is failed cannot become unknown
    "#]]
    .assert_eq(&table);
}

#[test]
fn an_operation_that_is_settled_cannot_be_settled_again() {
    let mut state = new_state();
    let id = OperationId { serial: 1, index: 0 };
    assert!(state.settle(id, &Outcome::Failed).is_err(), "never intended");
    state.intend(id, intent(Verb::Create, "web"));
    state.settle(id, &Outcome::Unknown).unwrap();
    assert_eq!(state.unresolved[&id].phase, Phase::Unknown);
    let effects = state.unresolved[&id].intent.effects_with_uid("u1");
    state.settle(id, &Outcome::Done { effects }).unwrap();
    assert_eq!(state.resources[&address("app.web")].uid, "u1");
    assert!(state.settle(id, &Outcome::Failed).is_err());
}

#[test]
fn a_move_takes_everything_along() {
    let mut state = new_state();
    state.apply(put("web", "u1"));
    let mut other = resource("api", "u2");
    other.edges = [(address("app.web"), plimsoll_model::EdgeKind::Ready)].into();
    state.apply(Effect::Put { address: address("app.api"), resource: other });
    state.apply(Effect::CompleteJob { address: address("app.web"), hash: "h".to_string() });
    state.apply(Effect::Move { from: address("app.web"), to: address("app.site") });
    state.apply(Effect::Move { from: address("app.site"), to: address("app.shop") });
    assert_eq!(state.moved_to(&address("app.web")), &address("app.shop"));
    assert_eq!(state.resources.keys().map(ToString::to_string).collect::<Vec<_>>(), ["app.api", "app.shop"]);
    assert!(state.resources[&address("app.api")].edges.contains_key(&address("app.shop")));
    assert!(state.completed_jobs.contains_key(&address("app.shop")));
    state.apply(Effect::Move { from: address("app.shop"), to: address("app.web") });
    assert_eq!(state.moved_to(&address("app.site")), &address("app.web"));
    assert_eq!(state.moved_to(&address("app.web")), &address("app.web"));
    state.apply(Effect::Move { from: address("app.web"), to: address("app.web") });
    assert!(state.resources.contains_key(&address("app.web")));
}

#[test]
fn claims_are_sorted_and_stand_once() {
    let mut state = new_state();
    for name in ["b", "a", "c", "a"] {
        state.apply(Effect::Retain { claim: claim(name) });
    }
    state.apply(Effect::Release { namespace: "shop".to_string(), name: "b".to_string() });
    state.apply(Effect::Release { namespace: "shop".to_string(), name: "none".to_string() });
    assert_eq!(state.retained_claims.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn the_history_forgets() {
    let mut state = new_state();
    (0..70).for_each(|serial| state.remember(history(serial)));
    assert_eq!(state.history.len(), HISTORY_LIMIT);
    assert_eq!((state.history[0].serial, state.history[49].serial), (20, 69));
}
