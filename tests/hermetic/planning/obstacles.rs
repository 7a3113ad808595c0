//! Rules of planning and applying: what holds where a cluster or its objects are in a bad state.

use super::{Section, rule};

pub(super) const SECTIONS: &[Section] = &[(
    "Clusters in a bad state",
    &[
        rule(
            "A write that is refused is named with its cause and the block; what does not need it is done, what does is skipped, a second apply converges.",
            &[
                "engine/driver/src/tests/faults.rs every_refusal_of_a_write_is_named_where_it_stands_and_the_rest_goes_on",
                "engine/driver/src/tests/run.rs what_needs_something_that_failed_is_skipped_and_the_rest_goes_on",
            ],
            &["tests/src/scenarios/obstacles.rs a_finalizer_that_never_ends_is_named_and_the_rest_goes_on"],
            &[],
            &[],
        ),
        rule(
            "A request whose answer is lost is found by a look, never sent blindly; an interrupted one by the next command.",
            &[
                "engine/driver/src/tests/faults.rs a_create_whose_answer_is_lost_is_not_sent_twice",
                "engine/driver/src/tests/faults.rs an_update_whose_answer_is_lost_is_found_by_a_get",
                "engine/driver/src/tests/interrupted.rs an_update_that_never_arrived_is_not_taken_as_done_because_the_version_moved",
            ],
            &[],
            &["tests/hermetic/kills.rs at_random_moments"],
            &["tests/real/main.rs killed_at_random_moments"],
        ),
        rule(
            "An object that is being deleted stops what needs it, with what holds it.",
            &["engine/plan/src/tests/refusals.rs an_object_that_is_being_deleted_is_an_error"],
            &["tests/src/scenarios/obstacles.rs an_object_that_is_being_deleted_stops_what_needs_it"],
            &[],
            &[],
        ),
        rule(
            "A finalizer that never ends is waited for in its time, and named.",
            &["engine/driver/src/tests/ends.rs what_holds_a_deleted_object_is_told_without_secrets"],
            &["tests/src/scenarios/obstacles.rs a_finalizer_that_never_ends_is_named_and_the_rest_goes_on"],
            &[],
            &[],
        ),
        rule(
            "What a controller made and looks after is not taken, by an import neither.",
            &["engine/plan/src/tests/adoption.rs what_a_controller_looks_after_is_not_taken_over"],
            &["tests/src/scenarios/obstacles.rs what_a_controller_looks_after_is_refused"],
            &[],
            &[],
        ),
        rule(
            "An object without its labels or its field managers stays ours by the state's uid.",
            &[
                "engine/plan/src/tests/ownership.rs an_object_whose_field_managers_were_cleared_is_ours_by_its_uid",
                "engine/plan/src/tests/ownership.rs labels_that_somebody_took_away_come_back",
            ],
            &["tests/src/scenarios/obstacles.rs an_object_without_field_managers_stays_ours"],
            &[],
            &[],
        ),
        rule(
            "Without field managers it is deleted, replaced and let go as any other, and keeps an autoscaler's number; one that another manager took over is forgotten.",
            &[
                "engine/plan/src/tests/removals.rs an_object_without_field_managers_goes_and_one_that_another_took_over_stays",
                "engine/driver/src/tests/faults.rs an_object_without_field_managers_is_deleted_and_one_of_another_manager_is_not",
                "engine/driver/src/tests/faults.rs an_object_without_field_managers_is_replaced",
                "engine/driver/src/tests/faults.rs what_is_let_go_loses_its_labels_whoever_manages_it",
                "engine/plan/src/tests/ownership.rs an_autoscaled_workload_without_field_managers_keeps_its_number",
            ],
            &["tests/src/scenarios/obstacles.rs an_object_without_field_managers_stays_ours"],
            &[],
            &[],
        ),
        rule(
            "A config that somebody made immutable is replaced.",
            &["engine/plan/src/tests/replaces.rs a_refusal_about_an_immutable_field_is_understood"],
            &["tests/src/scenarios/obstacles.rs a_config_that_somebody_made_immutable_is_replaced"],
            &[],
            &[],
        ),
        rule(
            "A definition without a structural schema is refused while planning; fields that it preserves are kept.",
            &[],
            &["tests/src/scenarios/obstacles.rs a_definition_without_a_structural_schema_is_refused"],
            &[],
            &[],
        ),
        rule(
            "A webhook that is down or silent, and an admission that rejects, stop their branch with their own words.",
            &[
                "providers/kubernetes/src/status.rs webhooks_quotas_and_namespaces_are_told_apart_from_missing_rights",
            ],
            &[],
            &[],
            &[
                "tests/real/refusals.rs a_webhook_that_is_down_stops_one_branch",
                "tests/real/refusals.rs a_webhook_that_never_answers_stops_one_branch",
                "tests/real/refusals.rs an_admission_that_rejects_stops_one_branch",
            ],
        ),
        rule(
            "A right that is missing for one kind is named with the question that shows it.",
            &[
                "engine/driver/src/diagnose.rs a_missing_right_names_verb_and_resource",
                "engine/driver/src/tests/faults.rs missing_rights_are_told_for_every_list_and_a_dead_cluster_once",
            ],
            &[],
            &["tests/hermetic/bad_input.rs missing_rights_and_a_token_that_expired"],
            &["tests/real/refusals.rs a_right_that_is_missing_for_one_kind_stops_one_branch"],
        ),
        rule(
            "A quota that is used up is told as such, planning and applying.",
            &["engine/plan/src/tests/refusals.rs a_quota_that_is_used_up_is_no_missing_right"],
            &[],
            &[],
            &["tests/real/refusals.rs a_quota_that_is_used_up_stops_one_branch"],
        ),
        rule(
            "An object whose type is not served is neither verified nor forgotten; a missing namespace is told once.",
            &[
                "engine/driver/src/tests/faults.rs an_object_whose_type_is_not_served_is_not_verified_and_not_forgotten",
                "engine/plan/src/tests/refusals.rs a_missing_namespace_is_told_once_whatever_goes_there",
            ],
            &[],
            &[],
            &[],
        ),
    ],
)];
