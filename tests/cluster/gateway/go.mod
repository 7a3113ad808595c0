// The definitions of the Gateway API that the test clusters install and that engine/schema knows.
// No package of the module is compiled, so `go mod tidy` must not run here: it would drop the line.
module plimsoll.dev/tests/cluster/gateway

go 1.26.0

require sigs.k8s.io/gateway-api v1.6.3
