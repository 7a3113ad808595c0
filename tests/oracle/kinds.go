// The kinds that the product writes, with the registry strategies that prepare and validate
// them inside the API server. The table of defaults is made for the same kinds.
package main

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"

	// Types, conversions and defaults, registered in legacyscheme.Scheme.
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

// strategy is what every kind's registry brings.
type strategy interface {
	rest.RESTCreateStrategy
	rest.RESTUpdateStrategy
}

var strategies = map[schema.GroupVersionKind]strategy{
	{Version: "v1", Kind: "Pod"}:                                                    pod.Strategy,
	{Version: "v1", Kind: "Service"}:                                                service.Strategy,
	{Version: "v1", Kind: "ConfigMap"}:                                              configmap.Strategy,
	{Version: "v1", Kind: "Secret"}:                                                 secret.Strategy,
	{Version: "v1", Kind: "Namespace"}:                                              namespace.Strategy,
	{Version: "v1", Kind: "ServiceAccount"}:                                         serviceaccount.Strategy,
	{Version: "v1", Kind: "PersistentVolume"}:                                       persistentvolume.Strategy,
	{Version: "v1", Kind: "PersistentVolumeClaim"}:                                  persistentvolumeclaim.Strategy,
	{Group: "apps", Version: "v1", Kind: "Deployment"}:                              deployment.Strategy,
	{Group: "apps", Version: "v1", Kind: "StatefulSet"}:                             statefulset.Strategy,
	{Group: "apps", Version: "v1", Kind: "DaemonSet"}:                               daemonset.Strategy,
	{Group: "apps", Version: "v1", Kind: "ReplicaSet"}:                              replicaset.Strategy,
	{Group: "batch", Version: "v1", Kind: "Job"}:                                    job.Strategy,
	{Group: "batch", Version: "v1", Kind: "CronJob"}:                                cronjob.Strategy,
	{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"}:                    ingress.Strategy,
	{Group: "networking.k8s.io", Version: "v1", Kind: "IngressClass"}:               ingressclass.Strategy,
	{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"}:              networkpolicy.Strategy,
	{Group: "autoscaling", Version: "v2", Kind: "HorizontalPodAutoscaler"}:          horizontalpodautoscaler.Strategy,
	{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"}:                   poddisruptionbudget.Strategy,
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "Role"}:               role.Strategy,
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "RoleBinding"}:        rolebinding.Strategy,
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRole"}:        clusterrole.Strategy,
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRoleBinding"}: clusterrolebinding.Strategy,
	{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass"}:                  storageclass.Strategy,
}
