//! Every promised feature on a real control plane: a strict dry run, then applied and read back.

use plimsoll_tests::world::World;

plimsoll_tests::rows!(row_tests!(|name: &'static str| World::real(name)));
