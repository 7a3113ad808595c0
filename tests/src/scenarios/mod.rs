//! Scenarios: what a user does, step by step, and what must hold after each step. Every one runs
//! on the embedded cluster and on a real control plane.

pub mod adoption;
pub mod behind_our_back;
pub mod claims;
pub mod custom;
pub mod data;
pub mod drift;
pub mod effects;
pub mod environments;
pub mod gateway;
pub mod ignored;
pub mod jobs;
pub mod kinds;
pub mod modules;
pub mod obstacles;
pub mod ownership;
pub mod readiness;
pub mod rebuild;
pub mod releases;
pub mod replaces;
pub mod targets;
pub mod walk;

/// Makes a test of every scenario, in a world that the expression makes from the scenario's name.
#[macro_export]
macro_rules! every_scenario {
    ($world:expr) => {
        $crate::every_scenario!(@each $world;
            walk::the_reference_application,
            data::a_changed_secret_rolls_its_app,
            data::what_exists_is_read_while_planning,
            effects::a_rollout_beyond_the_quota_is_refused,
            effects::who_is_rolled_and_which_host_moves,
            effects::what_a_plan_says_of_pods_comes_true,
            effects::a_class_that_no_pod_can_be_made_without,
            environments::two_environments_with_separate_states,
            environments::a_mistake_in_prod_is_told_while_planning_dev,
            modules::a_tenant_comes_and_goes,
            modules::a_moved_block_keeps_its_objects,
            ownership::a_replica_count_that_somebody_scaled_to_survives,
            ownership::a_conflict_names_the_other_manager_and_both_values,
            drift::drift_is_told_and_accepted_by_the_printed_edit,
            drift::an_edit_stands_apart_from_a_change_of_the_configuration,
            ignored::what_is_ignored_is_made_once_and_then_left_alone,
            ignored::an_object_that_is_ignored_as_a_whole_is_made_and_deleted,
            drift::a_rule_decides_whose_value_stands,
            drift::what_is_added_is_taken_out_where_the_configuration_says_so,
            drift::what_is_added_is_only_counted_where_it_is_ignored,
            adoption::what_kubectl_applied_is_taken_over,
            jobs::jobs_run_and_are_replaced,
            obstacles::an_object_that_is_being_deleted_stops_what_needs_it,
            obstacles::a_finalizer_that_never_ends_is_named_and_the_rest_goes_on,
            obstacles::an_object_without_field_managers_stays_ours,
            obstacles::a_config_that_somebody_made_immutable_is_replaced,
            obstacles::what_a_controller_looks_after_is_refused,
            obstacles::a_definition_without_a_structural_schema_is_refused,
            readiness::an_apply_without_changes_waits_for_what_is_not_ready,
            readiness::a_job_that_its_time_to_live_deleted_does_not_run_again,
            replaces::a_set_is_replaced_by_its_address_and_keeps_its_claims,
            claims::claims_grow_and_no_pod_is_restarted,
            claims::an_autoscaled_set_grows_with_all_of_its_pods,
            claims::a_set_that_is_scaled_after_the_plan_loses_no_pod,
            claims::a_class_that_lets_nothing_grow_is_named,
            releases::what_is_let_go_stays_and_is_nobodys,
            rebuild::a_lost_state_is_rebuilt_and_prunes_again,
            targets::a_part_is_applied_replaced_and_destroyed,
            targets::a_part_tells_of_its_own_hosts_and_pods,
            gateway::one_line_from_a_class_to_a_gateway,
            kinds::what_stands_around_an_app,
            kinds::what_has_no_block,
            custom::a_definition_and_its_resource_in_one_plan,
            behind_our_back::a_deleted_object_comes_back,
            behind_our_back::a_recreated_object_is_not_taken_for_ours,
            behind_our_back::a_create_leaves_alone_what_somebody_made_first,
            behind_our_back::a_namespace_with_somebodys_quota_stays,
            behind_our_back::an_edited_field_is_set_back,
            behind_our_back::an_added_container_is_never_called_no_changes,
            behind_our_back::swapped_init_containers_are_put_back,
        );
    };
    (@each $world:expr; $($module:ident::$name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let make = $world;
                $crate::scenarios::$module::$name(make(stringify!($module)).await).await;
            }
        )*
    };
}
