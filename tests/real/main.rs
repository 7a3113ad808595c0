//! What runs against a real control plane; started by `tests/cluster/run`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod coverage;
mod exactness;
mod full_disk;
mod plan_json;
mod refusals;
mod requests;
mod routes;

use plimsoll_tests::world::World;

plimsoll_tests::every_scenario!(|name: &'static str| World::real(name));
plimsoll_tests::every_example!(|name: &'static str| World::real(name));

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments() {
    plimsoll_tests::kills::random_moments(async || World::real("kills").await, 1_136, 40).await;
}
