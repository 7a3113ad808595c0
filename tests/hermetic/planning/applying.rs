//! Rules of planning and applying: what an apply sends, in which order, and what it waits for; whose a field is.

use super::{Section, rule};

pub(super) const SECTIONS: &[Section] = &[
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
                "Every apply, one that changes nothing too, waits for what stays as it is and is not ready, and fails as the first one did.",
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
                "A lost state is made anew from labels and uids, for what is declared: the next plan is empty. What is not declared is told and stays.",
                &[],
                &["tests/src/scenarios/rebuild.rs a_lost_state_is_rebuilt_and_prunes_again"],
                &[
                    "tests/hermetic/told.rs a_state_is_rebuilt_over_another_only_where_that_is_said",
                    "tests/hermetic/told.rs what_is_not_declared_is_not_recorded_and_stays",
                    "tests/hermetic/told.rs what_a_plan_refuses_gets_no_digest_by_a_rebuild",
                    "tests/hermetic/kills.rs while_a_state_is_rebuilt_over_another",
                ],
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
