//! What runs against a real control plane; started by `tests/cluster/run`.

plimsoll_tests::every_scenario!(|name: &'static str| plimsoll_tests::world::World::real(name));
