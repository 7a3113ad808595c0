//! Rules of planning and applying: what a plan compares, of which part, and what it replaces.

use super::{Section, rule};

pub(super) const SECTIONS: &[Section] = &[
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
                "A part tells of its own hosts and pods, and touches nothing of the rest.",
                &[
                    "engine/plan/src/tests/scope.rs a_host_that_something_outside_of_the_plan_answers_for_does_not_stop",
                ],
                &["tests/src/scenarios/targets.rs a_part_tells_of_its_own_hosts_and_pods"],
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
            rule(
                "A definition does not go while an object of its type is let go or forgotten.",
                &[
                    "engine/plan/src/tests/releases.rs a_definition_does_not_go_while_an_object_of_its_type_stays",
                ],
                &[],
                &[],
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
                    "tests/src/scenarios/claims.rs a_set_that_is_scaled_after_the_plan_loses_no_pod",
                ],
                &[
                    "tests/hermetic/kills.rs while_claims_grow_and_their_set_is_made_anew",
                    "tests/hermetic/kills.rs while_a_set_that_is_scaled_is_made_anew",
                ],
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
                "Pods that are there before their set are taken up by it, rolled where they are not as it says, and told so.",
                &[
                    "engine/plan/src/tests/growth.rs pods_that_are_there_before_their_set_are_taken_up",
                    "engine/plan/src/tests/growth.rs a_set_without_claims_takes_its_pods_up_as_well",
                    "engine/plan/src/tests/growth.rs pods_that_are_not_as_the_template_says_are_rolled_when_they_are_taken_up",
                    "engine/plan/src/tests/growth.rs a_number_that_an_autoscaler_owns_is_enough_for_all_pods_that_are_there",
                    "engine/plan/src/tests/growth.rs pods_beyond_the_number_that_is_declared_are_told_with_their_claims",
                ],
                &[],
                &[
                    "tests/hermetic/kills.rs while_claims_grow_and_their_set_is_made_anew",
                    "tests/hermetic/kills.rs while_a_set_that_is_scaled_is_made_anew",
                ],
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
];
