//! The rules of planning and applying, and where each is tested: `docs/explanation/planning.md`,
//! written from the table here after every test that it names was found in the sources.

use std::fmt::Write;

use expect_test::expect_file;

use crate::named::{root, scenario_link, test_link};

/// A rule, and the tests that hold it.
struct Rule {
    /// What is promised.
    text: &'static str,
    /// Tests without a cluster, by file and function: of one part, or against recorded answers.
    alone: &'static [&'static str],
    /// Scenarios, which run on the sandbox and on a real control plane.
    both: &'static [&'static str],
    /// Tests on the sandbox alone.
    sandbox: &'static [&'static str],
    /// Tests on a real control plane alone.
    real: &'static [&'static str],
}

const fn rule(
    text: &'static str,
    alone: &'static [&'static str],
    both: &'static [&'static str],
    sandbox: &'static [&'static str],
    real: &'static [&'static str],
) -> Rule {
    Rule { text, alone, both, sandbox, real }
}

/// The rules by their part of the way.
const RULES: &[(&str, &[Rule])] = &[
    (
        "Planning",
        &[
            rule(
                "The types of a cluster are asked for once, and again after a new definition.",
                &[
                    "providers/kubernetes/src/cluster_tests.rs an_unknown_kind_is_discovered_once_and_again_after_a_new_one",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "One list for each kind and namespace, page by page; an unchanged plan asks for nothing else.",
                &[
                    "providers/kubernetes/src/cluster_tests.rs lists_are_read_page_by_page_and_items_get_their_type",
                    "engine/driver/src/tests/run.rs a_second_plan_is_empty_and_sends_no_patch",
                ],
                &[],
                &[],
                &["tests/real/requests.rs a_plan_only_reads_and_a_settled_one_sends_no_dry_run"],
            ),
            rule(
                "An object is absent, terminating, somebody else's, or present.",
                &[
                    "engine/plan/src/tests/verdicts.rs an_absent_object_is_made",
                    "engine/plan/src/tests/refusals.rs an_object_that_is_being_deleted_is_an_error",
                    "engine/plan/src/tests/ownership.rs a_foreign_object_is_refused",
                ],
                &["tests/src/scenarios/adoption.rs what_kubectl_applied_is_taken_over"],
                &[],
                &[],
            ),
            rule(
                "\"Unchanged\" is proven here: the values at our fields, the set of our fields, the version of the type.",
                &[
                    "engine/schema/src/unchanged/tests.rs what_was_applied_is_unchanged",
                    "engine/schema/src/unchanged/tests.rs another_value_is_doubt",
                    "engine/schema/src/unchanged/tests.rs a_field_more_or_less_is_doubt",
                    "engine/schema/src/unchanged/tests.rs another_manager_version_or_object_is_doubt",
                    "engine/schema/tests/real.rs what_was_just_applied_is_proven_unchanged",
                    "engine/plan/src/tests/verdicts.rs an_unchanged_object_is_proven_here_and_nothing_is_asked",
                ],
                &[
                    "tests/src/scenarios/kinds.rs what_stands_around_an_app",
                    "tests/src/scenarios/kinds.rs what_has_no_block",
                ],
                &[],
                &[],
            ),
            rule(
                "Defaults are filled in, inside atomic lists and maps, too.",
                &[
                    "engine/schema/src/defaults/tests.rs inside_atomic_parts_defaults_are_filled_in_too",
                    "engine/schema/src/unchanged/tests.rs a_claim_template_gains_what_the_server_adds",
                    "engine/schema/src/oracle/defaults.rs defaults_are_those_of_the_api_server",
                ],
                &["tests/src/scenarios/walk.rs the_reference_application"],
                &[],
                &[],
            ),
            rule(
                "Quantities, whole numbers or names, times and base64 are compared by what they mean.",
                &[
                    "engine/schema/src/quantity.rs equality_is_of_value",
                    "engine/schema/src/canonical.rs quantities_take_the_form_that_is_stored",
                    "engine/schema/src/canonical.rs string_data_becomes_data_and_wins",
                    "engine/schema/src/unchanged/tests.rs string_data_is_looked_for_in_data",
                    "engine/schema/src/unchanged/tests.rs a_quantity_that_another_owns_in_other_words_is_doubt",
                ],
                &["tests/src/scenarios/walk.rs the_reference_application"],
                &[],
                &[],
            ),
            rule(
                "A null counts as left out; empty maps are owned and stored nowhere.",
                &[
                    "engine/schema/src/unchanged/tests.rs a_null_counts_as_left_out",
                    "engine/schema/src/unchanged/tests.rs empty_labels_are_owned_and_stored_nowhere",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "The order of our items in keyed lists counts, that of others' does not; sets are owned value by value.",
                &[
                    "engine/schema/src/unchanged/tests.rs two_swapped_init_containers_are_doubt",
                    "engine/schema/src/unchanged/tests.rs the_order_of_others_items_does_not_matter_but_ours_does",
                    "engine/schema/src/field_set.rs sets_are_owned_value_by_value_and_atomic_lists_whole",
                    "engine/plan/src/tests/verdicts.rs swapped_init_containers_are_a_change",
                ],
                &["tests/src/scenarios/behind_our_back.rs swapped_init_containers_are_put_back"],
                &[],
                &[],
            ),
            rule(
                "Fields that a definition preserves without knowing them are compared as they stand.",
                &["engine/schema/src/custom.rs unknown_fields_are_told_but_where_they_are_preserved"],
                &["tests/src/scenarios/custom.rs a_definition_and_its_resource_in_one_plan"],
                &[],
                &[],
            ),
            rule(
                "Everything else is a strict dry run that forces nothing; a server of an unknown minor is asked about every object.",
                &[
                    "providers/kubernetes/src/cluster_tests.rs an_apply_is_strict_names_its_manager_and_tells_created_from_changed",
                    "engine/plan/src/tests/verdicts.rs a_changed_field_is_shown_with_its_line",
                    "engine/plan/src/tests/verdicts.rs an_unknown_minor_version_asks_for_every_object",
                ],
                &[],
                &[],
                &["tests/real/requests.rs a_plan_only_reads_and_a_settled_one_sends_no_dry_run"],
            ),
            rule(
                "A diff holds our changes, what we no longer set, what the server adds, and what others added.",
                &[
                    "engine/plan/src/tests/verdicts.rs a_field_that_is_no_longer_set_is_a_removal",
                    "engine/plan/src/tests/verdicts.rs a_field_that_becomes_ours_without_changing_is_an_update",
                    "engine/plan/src/tests/ownership.rs a_container_that_kubectl_edit_added_is_named",
                ],
                &["tests/src/scenarios/behind_our_back.rs an_added_container_is_never_called_no_changes"],
                &[],
                &[],
            ),
            rule(
                "What goes into a namespace or is of a type of the same plan is verified at apply, and says so.",
                &[
                    "engine/plan/src/tests/verdicts.rs what_goes_into_a_namespace_of_the_same_plan_is_verified_at_apply",
                ],
                &["tests/src/scenarios/custom.rs a_definition_and_its_resource_in_one_plan"],
                &[],
                &[],
            ),
            rule(
                "A webhook that takes no dry run leaves the object not verified.",
                &[
                    "engine/plan/src/tests/verdicts.rs a_webhook_that_takes_no_dry_run_leaves_the_object_unverified",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "Planning writes nothing; without dry runs everything is a prediction.",
                &["engine/plan/src/tests/verdicts.rs without_probing_everything_is_a_prediction"],
                &[],
                &["tests/hermetic/extras.rs a_plan_without_dry_runs_says_that_nothing_was_verified"],
                &["tests/real/requests.rs a_plan_only_reads_and_a_settled_one_sends_no_dry_run"],
            ),
            rule(
                "What the cluster assigns is never promised.",
                &[
                    "engine/plan/src/assigned.rs a_new_service_gets_its_address_and_node_port_from_the_cluster",
                    "engine/plan/src/assigned.rs what_a_service_has_it_keeps",
                    "engine/plan/src/tests/verdicts.rs only_listed_fields_are_called_assigned_or_unknown",
                ],
                &["tests/src/scenarios/walk.rs the_reference_application"],
                &["tests/hermetic/told.rs an_assigned_node_port_is_known_after_the_apply"],
                &[],
            ),
            rule(
                "Changed, proven unchanged, or not verified with the reason: silence is no verdict.",
                &[
                    "engine/plan/src/tests/verdicts.rs a_cluster_that_does_not_answer_is_an_error_and_not_silence",
                    "engine/driver/src/tests/faults.rs an_object_whose_type_is_not_served_is_not_verified_and_not_forgotten",
                ],
                &[],
                &["tests/hermetic/bad_input.rs missing_rights_and_a_token_that_expired"],
                &[],
            ),
        ],
    ),
    (
        "Parts",
        &[
            rule(
                "A target comes with what it needs; what is excluded stays, with what needs it.",
                &[
                    "engine/plan/src/tests/scope.rs a_target_comes_with_what_it_needs_and_nothing_else_is_touched",
                    "engine/plan/src/tests/scope.rs what_is_excluded_stays_with_what_needs_it",
                ],
                &["tests/src/scenarios/targets.rs a_part_is_applied_replaced_and_destroyed"],
                &[],
                &[],
            ),
            rule(
                "A destroyed target goes with what needs it.",
                &["engine/plan/src/tests/scope.rs a_destroyed_target_goes_with_what_needs_it"],
                &["tests/src/scenarios/targets.rs a_part_is_applied_replaced_and_destroyed"],
                &[],
                &[],
            ),
        ],
    ),
    (
        "Letting go",
        &[
            rule(
                "What is removed with `destroy = false` stays as it is, without what marks it as ours.",
                &[
                    "engine/lang/src/removed/tests.rs blocks_modules_and_instances_are_let_go_also_by_the_module_that_had_them",
                    "engine/plan/src/release.rs marks_go_and_everything_else_stays",
                    "engine/plan/src/tests/releases.rs what_is_let_go_is_not_deleted",
                    "engine/plan/src/tests/releases.rs what_destroy_takes_leaves_what_is_let_go",
                    "engine/plan/src/tests/releases.rs what_was_protected_may_be_let_go",
                ],
                &["tests/src/scenarios/releases.rs what_is_let_go_stays_and_is_nobodys"],
                &["tests/hermetic/kills.rs while_objects_are_let_go"],
                &[],
            ),
            rule(
                "So does what only its labels mark as ours; what is nobody's already is forgotten.",
                &[
                    "engine/plan/src/tests/releases.rs what_only_labels_mark_is_let_go_too",
                    "engine/plan/src/tests/releases.rs what_is_nobodys_already_is_only_forgotten",
                ],
                &[],
                &["tests/hermetic/kills.rs while_objects_are_let_go"],
                &[],
            ),
        ],
    ),
    (
        "Replacing",
        &[
            rule(
                "A table says which fields cannot change, as the API server does.",
                &[
                    "engine/schema/src/oracle/immutable.rs refused_changes_are_those_that_the_api_server_refuses",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "The server's own refusal of an immutable field is understood.",
                &["engine/plan/src/tests/replaces.rs a_refusal_about_an_immutable_field_is_understood"],
                &[],
                &[],
                &[],
            ),
            rule(
                "The new object is tried beside the old one before that goes; deleted by its uid, then made.",
                &[
                    "engine/plan/src/tests/replaces.rs an_object_whose_field_cannot_change_is_replaced",
                    "engine/plan/src/tests/replaces.rs what_the_server_does_not_want_of_the_new_object_is_told_before_the_old_one_goes",
                ],
                &["tests/src/scenarios/jobs.rs jobs_run_and_are_replaced"],
                &[],
                &[],
            ),
            rule(
                "What holds data or an address is replaced only by its address, claims and namespaces never.",
                &[
                    "engine/plan/src/tests/replaces.rs a_set_is_replaced_only_by_its_address",
                    "engine/plan/src/tests/replaces.rs what_is_protected_or_holds_data_is_not_replaced",
                    "engine/plan/src/replace.rs what_is_not_known_to_be_plain_is_asked_for",
                ],
                &["tests/src/scenarios/replaces.rs a_set_is_replaced_by_its_address_and_keeps_its_claims"],
                &[],
                &[],
            ),
            rule(
                "Claims of a set grow when their size does; the set is made anew around its pods, and none is restarted.",
                &[
                    "engine/plan/src/tests/growth.rs claims_grow_and_the_set_is_made_anew_around_its_pods",
                    "engine/plan/src/tests/growth.rs with_another_reason_it_is_a_replacement_like_any_other",
                    "engine/plan/src/tests/growth.rs a_changed_template_rolls_the_pods_as_usual",
                    "engine/plan/src/tests/growth.rs what_is_ignored_of_the_pods_goes_on",
                    "engine/plan/src/tests/growth.rs what_is_protected_grows_only_where_it_is_named",
                ],
                &[
                    "tests/src/scenarios/claims.rs claims_grow_and_no_pod_is_restarted",
                    "tests/src/scenarios/claims.rs an_autoscaled_set_grows_with_all_of_its_pods",
                ],
                &["tests/hermetic/kills.rs while_claims_grow_and_their_set_is_made_anew"],
                &[],
            ),
            rule(
                "What cannot grow is told before anything is written, with its class; nothing shrinks.",
                &[
                    "engine/plan/src/tests/growth.rs what_cannot_grow_is_told_before_anything_is_written",
                    "engine/plan/src/tests/growth.rs claims_do_not_shrink",
                ],
                &["tests/src/scenarios/claims.rs a_class_that_lets_nothing_grow_is_named"],
                &[],
                &[],
            ),
            rule(
                "Pods that are there before their set are taken up by it, and told so.",
                &["engine/plan/src/tests/growth.rs pods_that_are_there_before_their_set_are_taken_up"],
                &[],
                &["tests/hermetic/kills.rs while_claims_grow_and_their_set_is_made_anew"],
                &[],
            ),
            rule(
                "`-replace` makes an object anew although nothing forces it.",
                &[
                    "engine/plan/src/tests/scope.rs what_is_named_is_replaced_although_nothing_forces_it",
                    "engine/plan/src/tests/scope.rs a_claim_is_not_replaced_by_name_either",
                ],
                &["tests/src/scenarios/targets.rs a_part_is_applied_replaced_and_destroyed"],
                &[],
                &[],
            ),
        ],
    ),
    (
        "Applying",
        &[
            rule(
                "Updates carry uid and resourceVersion, deletes too; what somebody made anew survives.",
                &[
                    "providers/kubernetes/src/cluster_tests.rs a_delete_carries_uid_and_version_and_tells_gone_from_terminating",
                ],
                &["tests/src/scenarios/behind_our_back.rs a_recreated_object_is_not_taken_for_ours"],
                &[],
                &[],
            ),
            rule(
                "An object is made by an apply; an answer that says it was there is a failure.",
                &[
                    "engine/driver/src/tests/faults.rs a_create_that_somebody_else_was_faster_with_fails_and_is_not_recorded",
                ],
                &["tests/src/scenarios/behind_our_back.rs a_create_leaves_alone_what_somebody_made_first"],
                &[],
                &[],
            ),
            rule(
                "Fields of ours that moved since the plan stop the apply; versions that moved do not.",
                &[
                    "engine/driver/src/tests/faults.rs an_edit_of_our_field_in_between_stops_the_update",
                    "engine/driver/src/tests/faults.rs a_status_write_in_between_does_not_stop_an_update",
                    "engine/driver/src/tests/saved.rs an_object_whose_diff_is_another_one_is_named_and_one_that_only_moved_is_not",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "What kubectl applied is handed over when applying, and predicted before.",
                &[
                    "engine/plan/src/tests/adoption.rs an_imported_object_is_taken_over_with_what_changes_and_who_managed_it",
                ],
                &["tests/src/scenarios/adoption.rs what_kubectl_applied_is_taken_over"],
                &[],
                &[],
            ),
            rule(
                "A finished job that its time to live deleted is not planned again.",
                &["engine/plan/src/tests/verdicts.rs a_finished_job_is_not_made_again"],
                &["tests/src/scenarios/jobs.rs jobs_run_and_are_replaced"],
                &["tests/hermetic/told.rs a_job_that_was_destroyed_runs_again"],
                &[],
            ),
            rule(
                "What is unchanged is not sent.",
                &["engine/driver/src/tests/run.rs a_second_plan_is_empty_and_sends_no_patch"],
                &[],
                &[],
                &["tests/real/requests.rs a_plan_only_reads_and_a_settled_one_sends_no_dry_run"],
            ),
            rule(
                "The answer of every write is compared with the plan.",
                &["engine/driver/src/tests/run.rs an_object_that_comes_out_otherwise_is_told_and_recorded"],
                &["tests/src/scenarios/walk.rs the_reference_application"],
                &[],
                &[],
            ),
        ],
    ),
    (
        "Order",
        &[
            rule(
                "Edges first, then the order of kinds.",
                &[
                    "engine/plan/src/tests/removals.rs operations_follow_the_edges_and_else_their_kinds",
                    "engine/graph/src/tests.rs order_gives_way_to_hard_edges",
                ],
                &["tests/src/scenarios/walk.rs the_reference_application"],
                &[],
                &[],
            ),
            rule(
                "What is printed as the order is what is carried out, with what each step waits for and why.",
                &[
                    "engine/driver/src/tests/order.rs the_order_that_is_printed_is_carried_out",
                    "engine/driver/src/tests/order.rs what_stays_as_it_is_is_passed_through",
                ],
                &[],
                &[
                    "tests/hermetic/order.rs the_order_is_printed_with_what_each_step_waits_for",
                    "tests/hermetic/order.rs an_apply_takes_the_steps_as_they_are_printed",
                ],
                &[],
            ),
            rule(
                "A claim is waited for until it is applied, not until it is bound.",
                &["providers/kubernetes/src/readiness/claim.rs bound_and_pending_are_ready_lost_is_not"],
                &["tests/src/scenarios/kinds.rs what_stands_around_an_app"],
                &[],
                &[],
            ),
            rule(
                "Deletes go the other way: an autoscaler before its target, a namespace last.",
                &[
                    "engine/plan/src/tests/removals.rs an_autoscaler_goes_before_its_target_changes",
                    "engine/plan/src/tests/removals.rs a_delete_waits_for_updates_of_what_depended_on_it",
                    "engine/plan/src/tests/removals.rs a_namespace_goes_when_everything_in_it_is_planned_to_go",
                ],
                &["tests/src/scenarios/behind_our_back.rs a_namespace_with_somebodys_quota_stays"],
                &[],
                &[],
            ),
        ],
    ),
    (
        "Waiting",
        &[
            rule(
                "One watch from where the list ended; cut or expired, it begins anew.",
                &[
                    "providers/kubernetes/src/cluster_tests.rs a_watch_begins_where_the_list_ended",
                    "providers/kubernetes/src/watch.rs an_expired_version_and_a_cut_line_end_the_watch",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "A status counts once it is about the generation that was written; every kind has its rule.",
                &[
                    "providers/kubernetes/src/readiness/deployment.rs the_rollout_passes_through_its_stages",
                    "providers/kubernetes/src/readiness/statefulset.rs pods_are_created_made_ready_and_updated",
                    "providers/kubernetes/src/readiness/statefulset.rs a_partition_and_on_delete_ask_for_less",
                    "providers/kubernetes/src/readiness/daemonset.rs every_node_has_an_available_pod_of_the_new_template",
                    "providers/kubernetes/src/readiness/job.rs a_job_ends_one_way_or_the_other",
                    "providers/kubernetes/src/readiness/crd.rs established_is_ready_and_refused_names_are_not",
                    "providers/kubernetes/src/readiness/autoscaler.rs able_to_scale_is_ready",
                ],
                &["tests/src/scenarios/walk.rs the_reference_application"],
                &[],
                &[],
            ),
            rule(
                "An apply that changes nothing waits for what is not ready, and fails as the first one did.",
                &[
                    "engine/driver/src/tests/run.rs what_an_earlier_apply_left_unready_is_waited_for",
                    "engine/driver/src/tests/run.rs an_apply_without_changes_fails_over_a_broken_rollout_as_the_first_one_did",
                ],
                &["tests/src/scenarios/readiness.rs an_apply_without_changes_waits_for_what_is_not_ready"],
                &[
                    "tests/hermetic/timeouts.rs an_apply_without_changes_fails_over_an_image_that_cannot_be_pulled",
                ],
                &[],
            ),
            rule(
                "A job that an apply saw complete does not run again when its time to live is over; one that nobody saw does, and that is said.",
                &[
                    "engine/driver/src/tests/run.rs a_job_that_any_apply_sees_complete_does_not_run_again",
                    "engine/plan/src/tests/verdicts.rs a_job_that_nobody_saw_complete_runs_again_and_that_is_said",
                ],
                &["tests/src/scenarios/readiness.rs a_job_that_its_time_to_live_deleted_does_not_run_again"],
                &[],
                &[],
            ),
            rule(
                "A pod of the new revision that cannot start ends the wait with its reason and output; one that no node takes does not.",
                &[
                    "providers/kubernetes/src/readiness/deployment.rs only_pods_of_the_new_revision_fail_a_rollout",
                    "providers/kubernetes/src/readiness/pod.rs unschedulable_is_waited_for",
                    "engine/driver/src/tests/run.rs a_failing_container_ends_the_wait_with_its_output",
                ],
                &[],
                &[],
                &[],
            ),
        ],
    ),
    (
        "Ownership",
        &[
            rule(
                "An autoscaler owns the replicas; they are given back when it goes.",
                &[
                    "engine/plan/src/tests/ownership.rs an_autoscaled_app_gets_its_first_number_once",
                    "engine/plan/src/tests/ownership.rs an_autoscale_that_arrives_later_takes_the_number_in_force",
                    "engine/plan/src/tests/ownership.rs an_autoscale_that_goes_gives_the_number_back",
                    "engine/schema/src/merge/tests.rs replicas_that_two_appliers_share_stay_when_one_leaves_them_out",
                ],
                &["tests/src/scenarios/ownership.rs a_replica_count_that_somebody_scaled_to_survives"],
                &[],
                &[],
            ),
            rule(
                "A conflict names path, manager, operation, subresource, time and both values.",
                &[
                    "engine/plan/src/tests/ownership.rs another_controllers_value_is_an_error_that_names_everything",
                ],
                &["tests/src/scenarios/ownership.rs a_conflict_names_the_other_manager_and_both_values"],
                &[],
                &[],
            ),
            rule(
                "What is ignored is made once and then stays as it is, ours or somebody else's.",
                &[
                    "engine/blocks/src/ignored.rs a_name_stands_for_the_fields_that_its_attribute_becomes",
                    "engine/plan/src/tests/ignored.rs a_change_of_the_configuration_is_not_planned",
                    "engine/plan/src/tests/ignored.rs a_change_in_the_cluster_is_left_to_whoever_made_it",
                    "engine/plan/src/tests/ignored.rs what_is_new_is_made_as_it_is_declared",
                    "engine/plan/src/tests/ignored.rs between_plan_and_apply_it_may_change",
                ],
                &["tests/src/scenarios/ignored.rs what_is_ignored_is_made_once_and_then_left_alone"],
                &[],
                &[],
            ),
            rule(
                "What a person edited is set back; the scale subresource gives way to an autoscaler; controllers are an error.",
                &[
                    "engine/plan/src/tests/ownership.rs a_value_that_a_person_edited_is_set_back",
                    "engine/plan/src/tests/ownership.rs a_person_who_scaled_is_set_back",
                    "engine/plan/src/tests/ownership.rs an_autoscaler_that_is_not_ours_keeps_its_number",
                ],
                &["tests/src/scenarios/behind_our_back.rs an_edited_field_is_set_back"],
                &[],
                &[],
            ),
            rule(
                "Deleted is what the state knows, is labelled ours, and has the same uid.",
                &[
                    "engine/plan/src/tests/removals.rs what_is_ours_and_no_longer_declared_is_deleted",
                    "engine/plan/src/tests/removals.rs an_object_that_is_gone_is_forgotten_and_a_recreated_one_survives",
                    "engine/plan/src/tests/removals.rs a_lost_state_makes_no_duplicates_and_deletes_nothing_unasked",
                    "engine/plan/src/tests/ownership.rs controllers_copies_of_our_labels_are_left_alone",
                ],
                &["tests/src/scenarios/behind_our_back.rs a_recreated_object_is_not_taken_for_ours"],
                &["tests/hermetic/told.rs rights_are_found_again_when_the_state_is_lost"],
                &[],
            ),
            rule(
                "A lost state is made anew from labels and uids: the next plan is empty, and what is declared no more is deleted.",
                &[],
                &["tests/src/scenarios/rebuild.rs a_lost_state_is_rebuilt_and_prunes_again"],
                &["tests/hermetic/told.rs a_state_is_rebuilt_over_another_only_where_that_is_said"],
                &[],
            ),
            rule(
                "What kubectl remembers of an adopted Secret is shown nowhere.",
                &[
                    "engine/plan/src/tests/saved.rs a_secret_and_a_kept_copy_are_hidden_whatever_the_state_says",
                ],
                &[],
                &[],
                &[],
            ),
            rule(
                "An object that exists is refused with the block to write, unless an import adopts it.",
                &[
                    "engine/plan/src/tests/adoption.rs an_object_of_somebody_else_is_refused_with_the_block_to_write",
                ],
                &["tests/src/scenarios/adoption.rs what_kubectl_applied_is_taken_over"],
                &[],
                &[],
            ),
            rule(
                "Nothing of a run goes into templates and selectors: the same input gives the same bytes.",
                &["engine/plan/src/tests/saved.rs the_same_input_gives_the_same_bytes"],
                &[],
                &[],
                &[],
            ),
        ],
    ),
];

#[test]
fn every_rule_has_its_tests_and_the_page_says_so() {
    let mut page = String::from(
        "<!-- Written by tests/hermetic/planning.rs: UPDATE_EXPECT=1 cargo test -p plimsoll-tests --test hermetic planning -->\n\
         # The rules of planning and applying\n\n\
         What a plan promises, and the tests that hold it. Tests without a cluster are of one part, or compare it with\n\
         recorded answers of a real API server or with Kubernetes' own code. A scenario runs on both clusters: in `cargo test` on\n\
         the sandbox, in `tests/cluster/run` on a real control plane.\n",
    );
    for (part, rules) in RULES {
        write!(
            page,
            "\n## {part}\n\n| Rule | Without a cluster | Sandbox | Real control plane |\n|-|-|-|-|\n"
        )
        .unwrap();
        for rule in *rules {
            let links = |places: &[&str], link: fn(&str) -> String| {
                places.iter().map(|p| link(p)).collect::<Vec<_>>().join(", ")
            };
            let both = links(rule.both, scenario_link);
            let beside = |one: String| match (both.is_empty(), one.is_empty()) {
                (true, true) => "—".to_string(),
                (false, false) => format!("{both}, {one}"),
                _ => format!("{both}{one}"),
            };
            let alone = links(rule.alone, test_link);
            let (sandbox, real) =
                (beside(links(rule.sandbox, test_link)), beside(links(rule.real, test_link)));
            assert!(!alone.is_empty() || sandbox != "—" || real != "—", "no test holds: {}", rule.text);
            writeln!(page, "| {} | {alone} | {sandbox} | {real} |", rule.text).unwrap();
        }
    }
    expect_file![root().join("docs/explanation/planning.md")].assert_eq(&page);
}
