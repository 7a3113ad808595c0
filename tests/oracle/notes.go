// What decides a conditional default, in words. Matched by the end of the path, first match wins.
package main

var notes = []struct{ suffix, text string }{
	{"ontainers[].imagePullPolicy", "Always if the image's tag is latest or it has neither tag nor digest, else IfNotPresent; IfNotPresent for an empty or unreadable image."},
	{".image.pullPolicy", "As imagePullPolicy, by the volume's image.reference."},
	{"strategy.rollingUpdate", "An empty structure only if type is RollingUpdate (its own default)."},
	{"updateStrategy.rollingUpdate", "An empty structure only if type is RollingUpdate (its own default)."},
	{"rollingUpdate.maxSurge", "Only if type is RollingUpdate. A Deployment's is 25%, a DaemonSet's 0."},
	{"rollingUpdate.maxUnavailable", "Only if type is RollingUpdate. A Deployment's is 25%, a DaemonSet's 1."},
	{"rollingUpdate.partition", "0, only if type is RollingUpdate."},
	{"volumes[].emptyDir", "An empty structure if the volume names no source at all."},
	{"ports[].hostPort", "Pods only: containerPort if hostNetwork is set. Pod templates do not get it."},
	{"resources.requests", "Pods only (templates do not get it): each resource of limits that requests lacks, per key, so it also applies where requests exists."},
	{"spec.backoffLimit", "6, but 2147483647 if backoffLimitPerIndex is set."},
	{"spec.completions", "1, only if parallelism is absent too."},
	{"spec.parallelism", "1."},
	{"spec.podReplacementPolicy", "Failed if podFailurePolicy is set, else TerminatingOrFailed."},
	{"spec.policyTypes", "Ingress, and Egress too if there is an egress rule."},
	{"subjects[].apiGroup", "rbac.authorization.k8s.io for User and Group; empty, so absent, for ServiceAccount."},
	{"spec.ports[].targetPort", "Copied from port if absent, 0 or empty."},
	{"spec.sessionAffinityConfig", "Only if sessionAffinity is ClientIP; removed if it is None."},
	{"spec.sessionAffinityConfig.clientIP", "Only if sessionAffinity is ClientIP."},
	{"sessionAffinityConfig.clientIP.timeoutSeconds", "10800, only if sessionAffinity is ClientIP."},
	{"spec.externalTrafficPolicy", "Cluster if type is NodePort or LoadBalancer, or if externalIPs is set on a ClusterIP service; else absent."},
	{"spec.internalTrafficPolicy", "Cluster if type is ClusterIP, NodePort or LoadBalancer; absent for ExternalName."},
	{"spec.allocateLoadBalancerNodePorts", "true if type is LoadBalancer, else absent."},
	{"metadata.labels", "Copied: a Namespace gains kubernetes.io/metadata.name, a Job without labels takes those of its template."},
}
