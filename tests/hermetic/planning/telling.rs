//! Rules of planning and applying: what a plan tells beside its changes: pods, losses, room, drift, addresses.

use super::{Section, rule};

pub(super) const SECTIONS: &[Section] = &[
    (
        "Telling what will happen",
        &[
            rule(
                "Each workload that changes says what becomes of its pods, with the cause and its line, as the controllers count.",
                &[
                    "engine/plan/src/tests/effects.rs a_deployment_rolls_as_its_strategy_says",
                    "engine/plan/src/tests/effects.rs the_causes_are_named_with_the_place_of_the_first",
                    "engine/plan/src/tests/effects.rs a_set_rolls_in_turn_above_its_partition",
                    "engine/plan/src/tests/effects.rs a_daemon_set_rolls_node_by_node",
                    "engine/plan/src/tests/effects.rs jobs_run_and_schedules_go_on",
                    "engine/plan/src/tests/effects.rs a_replaced_workload_is_down",
                    "engine/plan/src/tests/held.rs no_more_pods_stay_ready_than_are_there",
                ],
                &["tests/src/scenarios/effects.rs what_a_plan_says_of_pods_comes_true"],
                &[],
                &[],
            ),
            rule(
                "What a partition, OnDelete or `paused` held back goes on once it is let go; what is made paused starts nothing.",
                &[
                    "engine/plan/src/tests/held.rs what_was_held_back_goes_on_once_it_is_let_go",
                    "engine/plan/src/tests/held.rs a_deployment_that_is_made_paused_makes_no_pods_until_it_goes_on",
                    "engine/plan/src/tests/held.rs a_job_that_is_suspended_loses_its_pods",
                ],
                &["tests/src/scenarios/effects.rs what_a_plan_says_of_pods_comes_true"],
                &[],
                &[],
            ),
            rule(
                "A config or secret that changes names who it rolls, and they name it.",
                &[
                    "engine/plan/src/tests/losses.rs a_config_that_changes_names_who_is_rolled_and_the_app_names_the_config",
                ],
                &[
                    "tests/src/scenarios/effects.rs who_is_rolled_and_which_host_moves",
                    "tests/src/scenarios/data.rs a_changed_secret_rolls_its_app",
                ],
                &[],
                &[],
            ),
            rule(
                "Claims that come, stay or go with their data are named, and addresses and hosts that go; what is lost stands first.",
                &[
                    "engine/plan/src/tests/stateful.rs scaling_a_stateful_set_names_pods_and_claims",
                    "engine/plan/src/tests/stateful.rs claims_that_would_be_lost_and_claims_that_are_found_are_said_loudly",
                    "engine/plan/src/tests/losses.rs the_address_of_a_load_balancer_that_goes_is_named",
                    "engine/plan/src/tests/losses.rs a_replaced_service_gets_another_address",
                    "engine/plan/src/tests/losses.rs a_host_stops_answering_unless_another_object_takes_it",
                ],
                &["tests/src/scenarios/effects.rs who_is_rolled_and_which_host_moves"],
                &[],
                &[],
            ),
            rule(
                "A protected environment loses and replaces only what is named: `-allow-loss`, `-allow-replace`, `--allow-destroy`.",
                &["engine/plan/src/tests/losses.rs a_protected_environment_loses_only_what_is_named"],
                &[],
                &["tests/hermetic/losses.rs deletes_in_a_protected_environment_are_allowed_by_name"],
                &[],
            ),
            rule(
                "A quota below the new pods, or below the surge, refuses the rollout with the numbers; room that the same plan frees counts.",
                &[
                    "engine/plan/src/tests/surroundings.rs a_quota_below_the_surge_refuses_the_rollout_with_the_numbers",
                    "engine/plan/src/tests/surroundings.rs a_quota_below_all_pods_refuses_them_together",
                    "engine/plan/src/tests/surroundings.rs room_that_the_same_plan_frees_is_a_matter_of_order",
                    "engine/plan/src/tests/surroundings.rs pods_that_are_not_replaced_take_no_more_room",
                ],
                &["tests/src/scenarios/effects.rs a_rollout_beyond_the_quota_is_refused"],
                &[],
                &[],
            ),
            rule(
                "Pods that no node can hold are a warning with the numbers; nodes are listed for new wishes only.",
                &[
                    "engine/plan/src/tests/surroundings.rs a_pod_that_no_node_can_hold_is_a_warning_with_the_numbers",
                    "engine/plan/src/tests/surroundings.rs nodes_are_listed_only_for_new_wishes",
                    "engine/plan/src/tests/surroundings.rs only_nodes_that_take_the_pod_count",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "A disk that takes one pod refuses a rollout that needs two; one that may follow the pod is a warning.",
                &[
                    "engine/plan/src/tests/surroundings.rs a_rollout_that_needs_two_pods_on_a_claim_for_one_is_refused",
                    "engine/plan/src/tests/surroundings.rs a_disk_that_may_come_to_the_new_pod_stops_nothing",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "A disruption budget that never lets a pod go is a warning before anything is planned; it stops no rollout.",
                &[],
                &[],
                &[
                    "tests/hermetic/diagnostics.rs every_example_gets_its_finding_and_what_stands_instead_gets_none",
                ],
                &[],
            ),
            rule(
                "A class that is not there is told where it is named; one that no pod can be made without refuses the plan.",
                &[
                    "engine/plan/src/tests/surroundings.rs a_class_that_is_not_there_is_told_where_it_is_named",
                    "engine/plan/src/tests/surroundings.rs a_claim_without_a_class_needs_a_default_one",
                    "engine/plan/src/tests/surroundings.rs the_next_run_of_a_schedule_needs_its_class",
                ],
                &["tests/src/scenarios/effects.rs a_class_that_no_pod_can_be_made_without"],
                &[],
                &[],
            ),
            rule(
                "A host that an object of another namespace claims is told once it is new; so is what serves no gateway or class.",
                &[
                    "engine/plan/src/tests/surroundings.rs a_host_that_another_namespace_claims_is_told_once_it_is_new",
                    "engine/plan/src/tests/verdicts.rs a_gateway_and_its_class_are_looked_up_where_something_changes",
                ],
                &["tests/src/scenarios/effects.rs who_is_rolled_and_which_host_moves"],
                &[],
                &[],
            ),
            rule(
                "What may not be looked at is said, and fails nothing.",
                &[
                    "engine/plan/src/tests/surroundings.rs what_may_not_be_looked_at_is_said_and_fails_nothing",
                    "engine/plan/src/tests/surroundings.rs a_plan_without_changes_looks_at_nothing_around",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "Texts of several lines are compared line by line; each value stands with its line of the configuration.",
                &[
                    "engine/report/src/tests/text.rs a_plan_reads_like_terraforms",
                    "engine/report/src/diff.rs both_names_and_the_lines_around_are_shown",
                ],
                &[],
                &[],
                &[],
            ),
        ],
    ),
    (
        "Drift",
        &[
            rule(
                "What somebody did since the last apply stands apart from what the configuration changes, with manager and time.",
                &[
                    "engine/plan/src/tests/drift.rs an_edit_beside_a_change_of_the_configuration_is_told_with_who_made_it",
                    "engine/plan/src/tests/drift.rs a_change_of_the_configuration_is_no_drift",
                    "engine/plan/src/tests/drift.rs what_was_deleted_is_made_again_and_told",
                    "engine/plan/src/tests/drift.rs a_field_that_was_removed_has_drifted_though_nobody_is_named",
                ],
                &["tests/src/scenarios/drift.rs an_edit_stands_apart_from_a_change_of_the_configuration"],
                &[],
                &[],
            ),
            rule(
                "The edit that would accept a drifted value is told where one text of the configuration decides it alone, and only that text.",
                &[
                    "engine/plan/src/tests/drift.rs the_edit_of_a_literal_that_would_accept_it_is_told",
                    "engine/plan/src/tests/drift.rs a_value_from_a_variable_names_it_with_the_line_that_sets_it",
                    "engine/plan/src/tests/drift.rs what_stands_beside_a_literal_is_never_told",
                    "engine/plan/src/tests/drift.rs an_expression_that_makes_more_of_a_variable_is_not_edited_through_it",
                ],
                &["tests/src/scenarios/drift.rs drift_is_told_and_accepted_by_the_printed_edit"],
                &[],
                &[],
            ),
            rule(
                "What others added is told; `drift` counts it or takes it out again, by a patch that tests what it takes.",
                &[
                    "engine/plan/src/tests/conflicts.rs what_others_added_is_counted_where_it_is_ignored",
                    "engine/plan/src/tests/conflicts.rs what_others_added_is_taken_out_where_the_configuration_says_so",
                    "engine/plan/src/tests/conflicts.rs what_the_cluster_does_not_give_up_is_told",
                ],
                &[
                    "tests/src/scenarios/drift.rs what_is_added_is_only_counted_where_it_is_ignored",
                    "tests/src/scenarios/drift.rs what_is_added_is_taken_out_where_the_configuration_says_so",
                ],
                &[],
                &[],
            ),
            rule(
                "A rule of `conflict` decides by manager, path and subresource: force, yield or match; the first that fits holds.",
                &[
                    "engine/plan/src/tests/conflicts.rs force_takes_a_controllers_field",
                    "engine/plan/src/tests/conflicts.rs yield_leaves_the_field_to_its_manager_and_the_plan_is_empty",
                    "engine/plan/src/tests/conflicts.rs match_applies_their_value_with_ours_and_the_next_plan_is_empty",
                    "engine/plan/src/tests/conflicts.rs the_first_rule_that_fits_holds_and_a_subresource_narrows_it",
                    "engine/plan/src/tests/conflicts.rs a_refusal_prints_the_rule_to_write",
                ],
                &["tests/src/scenarios/drift.rs a_rule_decides_whose_value_stands"],
                &[],
                &[],
            ),
        ],
    ),
    (
        "Addresses",
        &[
            rule(
                "`import` takes over what exists, with what changes and who managed it; done once, it says nothing.",
                &[
                    "engine/plan/src/tests/adoption.rs an_imported_object_is_taken_over_with_what_changes_and_who_managed_it",
                    "engine/plan/src/tests/adoption.rs an_import_without_an_object_is_told_and_one_that_is_done_says_nothing",
                    "engine/plan/src/tests/adoption.rs what_is_another_environments_is_not_taken_over",
                ],
                &["tests/src/scenarios/adoption.rs what_kubectl_applied_is_taken_over"],
                &[],
                &[],
            ),
            rule(
                "`moved` keeps the objects of a block under another address; a rename without it is told how.",
                &[
                    "engine/plan/src/tests/removals.rs an_object_under_a_new_address_moves_in_the_state",
                    "engine/plan/src/tests/refusals.rs a_renamed_block_is_told_how_to_keep_its_objects",
                ],
                &["tests/src/scenarios/modules.rs a_moved_block_keeps_its_objects"],
                &["tests/hermetic/told.rs what_a_moved_block_gets_in_the_same_apply_is_recorded"],
                &[],
            ),
        ],
    ),
];
