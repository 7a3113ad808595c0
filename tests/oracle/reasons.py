"""Why no configuration reaches a complaint of Kubernetes' validation: rules for `paths`.

A rule is a pattern and a reason; the first pattern that is found in the text of a place decides. The
text is `GROUP/FUNCTION KIND SOURCE`, where SOURCE is what the call's line says from the call on:

    core/validateHandler Forbidden fldPath.Child("exec"), "may not specify more than 1 handler type"))

The reasons come in the order of the mechanisms: what is no creation, what no block makes, what no word
sets, what the API or the compiler writes itself, what is refused before an object exists.
"""
import re

UPDATE = "an update, or a running pod: nothing is created there"
STATUS = "status or a subresource: the product writes none"
KIND = "a kind that no block makes: only `manifest` can"
WINDOWS = "Windows: its fields have no word"
VOLUME = "a volume of another cloud, or one that is deprecated: only `raw` says it"
WORD = "a field without a word: only `raw` says it"
DEFAULT = "the API's own defaults fill the field before it is validated"
LISTED = "the attribute takes listed words: any other one is refused, and has no form in an object"
ONE = "of several sources, handlers or targets the compiler writes exactly one, or the block is refused"
DERIVED = "the compiler writes the field: it fits by construction"
REFERENCE = "the compiler writes it from a reference: what names nothing is refused, and has no form in an object"
NUMBER = "a number out of its range or a malformed quantity is refused, and has no form in an object"
GRAMMAR = "the attribute has a grammar: what does not fit it is refused, and has no form in an object"
SIZE = "more than a mebibyte: no generated configuration is that large"
LABEL = "a block's label: the language has none that is empty, and refuses two that are equal"
MAP = "the key of a map or the item of a block: there is none without"
GATE = "the API server is configured otherwise: a feature gate, or privileged pods that it forbids"
INTERNAL = "what the API itself thinks impossible"
OTHER = "not sorted"

RULES = [(re.compile(pattern), why) for pattern, why in [
    (r"InternalError", INTERNAL),
    # No creation.
    (r"/\w*(Update|Immutable|Unchanged|Resize\b|Modified|Mutation|UpgradeDowngrade|Transition|OnlyAdded|PvNodeAffinity)", UPDATE),
    (r"may not change once set|can only be modified in tandem|/validatePodResizeContainerOrdering", UPDATE),
    (r"/\w*(Status|Condition|Terminated|Waiting|Running|Ephemeral(Container|ContainersSpec)|PodIPs|HostIPs"
     r"|LinuxContainerUser|DeploymentRollback)", STATUS),
    (r"ephemeral ?[cC]ontainers", STATUS),
    # No block.
    (r"^storage/", KIND),
    (r"/\w*(Node(?!Selector|Affinity|Port|Preferred)|Taint|Avoid|Replication[cC]ontroller|ForRC|ReplicaSet|ResourceQuota"
     r"|ScopedResource|LimitRange|Endpoint|Binding\b|ComponentStatus|IPAddress|ServiceCIDR|PodTemplate\b"
     r"|ControllerRevision|VolumeAttachment|CSIDriver\b|CSINode|CSIStorageCapacity|VolumeAttributesClass\b|Eviction"
     r"|PodLogOptions|Scale\b|Event|Reset|IngressClass(?!Name)|[iI]ngressClass(Spec|Parameters)|Preconditions|TopologySelector|ValidateNonEmptySelector)", KIND),
    # A Pod of its own: what is asked of its nodes and annotations, templates are not.
    (r"/(ValidatePodCreate|validatePodMetadataAndSpec|validateSeccompAnnotationsAndFieldsMatch"
     r"|validateContainerOnlyForPod)\b", KIND),
    (r"PVC that gets created for an ephemeral volume|PVC name %q", KIND),
    (r"/(ValidateHasLabel|ValidateKubeFinalizer|validateKubeFinalizer)", KIND),
    # No word.
    (r"/\w*(Windows|HostProcess|GMSA)|windows", WINDOWS),
    (r"/\w*(RBD|Ceph|Cinder|Gluster|Flocker|Quobyte|ScaleIO|StorageOS|Photon|Portworx|Vsphere|AWS|GCE|Azure|FC|ISCSI"
     r"|GitRepo|FlexVolume|FlexPersistent|NFS|LocalVolume)", VOLUME),
    (r"/\w*(ResourceClaim|DynamicResource|WorkloadRef|SchedulingGroup|Workload|SchedulingGate|ProbeTermination"
     r"|PodLevelResources|PodResource|Certificate|ClusterTrustBundle|SignerName|UserNamespace|Swap|ImageVolume"
     r"|FileKey|StopSignal|ContainerRestartPolicy|PodHostName|SuccessPolicy|ProcMount|AllowList"
     r"|TypedLocalObjectReference|FieldSelector|ResourceDivisor)", WORD),
    (r"/ValidateUserAnnotations|/validateDataSourceRef", WORD),
    (r"source\.(ClusterTrustBundle|PodCertificate)|[tT]rust[bB]undle|signerName|labelSelector must be unset|keyType"
     r"|maxExpiration|credentialBundlePath", WORD),
    (r"restart(PolicyRules| rules)|manualSelector|managedBy|hostnameOverride|nodeName|activeDeadlineSeconds|procMount"
     r"|successPolicy|aggregationRule|invalid label selector\.|dataSourceRef|finalizer|automountServiceAccount", WORD),
    (r"/ValidatePodSpec Invalid .*(activeDeadline|nodeName)", WORD),
    # What the API writes itself.
    (r"Required .*\"(podManagementPolicy|updateStrategy|rollingUpdate|protocol|terminationGracePeriodSeconds"
     r"|terminationMessagePolicy|sessionAffinity|type|externalTrafficPolicy|internalTrafficPolicy"
     r"|allocateLoadBalancerNodePorts|apiVersion|clientIP|timeoutSeconds|path|scheme|pathType|uid|capacity)\"", DEFAULT),
    (r"/validate(ConcurrencyPolicy|PullPolicy|RestartPolicy|DNSPolicy|ClientIPAffinityConfig|AffinityTimeout"
     r"|PersistentVolumeClaimRetentionPolicyType) Required|/ValidatePreemptionPolicy Required", DEFAULT),
    # What the compiler writes.
    (r"/validatePersistentVolumeClaimResourceKey|may not use ReadWriteOncePod with other|must not be set when session affinity"
     r"|/ValidateServiceClusterIPsRelatedFields (Required|Invalid).*(first value must match|must be empty when|Required\(clusterIPsField)"
     r"|more than two policyTypes|/validateAppArmorAnnotationsAndFieldsMatchOnCreate", DERIVED),
    (r"iscsi\.initiatorName|may not be 'recycle'", VOLUME),
    (r"[Nn]ot auto-generated|will be auto-generated|does not match template|empty selector|invalid label selector"
     r"|Child\(\"selector\"\)", DERIVED),
    (r"may not specify more than (1|one)|must specify a (volume|handler) type|only one of|simultaneously|more than one field"
     r"|must specify one of|may not be specified when `value`|cannot set both|backend is required|port name or number is required"
     r"|must populate|specifying both|is required\"\)|in the context of inline|may not set both|must set either"
     r"|must specify (a|one)|specify at least one|mutually exclusive", ONE),
    (r"NotSupported|IsDecimalInteger|ParseInt\(toleration|/ValidateTolerations Invalid .*\"value\"|/validateResizePolicy Required|namespaced rules cannot apply|valid values|valid selector operator|must be either|must be 'OrderedReady|must be '%s' or '%s'"
     r"|type is required|validateOS Required|may only be \"", LISTED),
    # References: the compiler writes the name of the block that is meant, which was checked.
    (r"/(validateConfigMapKeySelector|validateSecretKeySelector|validateConfigMapEnvSource|validateSecretEnvSource"
     r"|validateSecretVolumeSource Required|validateConfigMapVolumeSource Required|validatePVSecretReference"
     r"|validateCSIVolumeSource|validateImagePullSecrets|ValidateCrossVersionObjectReference|ValidateRoleBindingSubject"
     r"|validateIngressBackend)\b", REFERENCE),
    (r"/validateProjectionSources Required projPath.Child\(\"name\"\)|/validateIngressTLS Invalid .*secretName"
     r"|/Validate(VolumeMounts|VolumeDevices) Required .*\"name\"", REFERENCE),
    # What the attribute's own grammar refuses.
    (r"/(validateScheduleFormat|validateTimeZone|ValidateEnvFrom|validatePersistentClaimVolumeSource)\b"
     r"|/ValidateAppArmorProfileField|Child\(\"(storageClassName|volumeAttributesClassName)\"\)"
     r"|/ValidateServiceClusterIPsRelatedFields .*'None' must be|/ValidateConfigMap Invalid .*(binaryData|present in binaryData)",
     GRAMMAR),
    (r"/Validate(Secret|ConfigMap) TooLong|/validatePodDNSConfig Invalid .*MaxDNSSearchListChars", SIZE),
    # Items, labels and keys.
    (r"/(ValidateVolumes|validateContainers|validateContainerCommon|ValidateEnv|validateSysctls|validateKeyToPath"
     r"|validateDownwardAPIVolumeFile|ValidateVolumeMounts|ValidateVolumeDevices|validateServicePort) (Required|Duplicate)"
     r"|/validateHTTPIngressRuleValue Required|/ValidateNodeSelector Required|/ValidatePersistentVolume\w* Required"
     r"|/validateEphemeralVolumeSource Required|/validateVolumeNodeAffinity|/ValidatePodTemplateSpecForStatefulSet Required"
     r"|/validatePodFailurePolicyRuleOnExitCodes Required|/validateDataSource Required|/validateScalingRules Required", MAP),
    # What has no form in an object.
    (r"must be greater than|greater than or equal|NonnegativeQuantity|isNegative|valid resource quantity|PositiveIntOrPercent"
     r"|fileModeErrorMsg|InclusiveRange|IsNegativeErrorMsg|\"(containerPort|hostPort|healthCheckNodePort|endPort)\"\)"
     r"|/validatePodSpecSecurityContext Invalid .*runAs(User|Group)", NUMBER),
    (r"disallowed by cluster policy|AllowPodLifecycleSleepActionZeroValue|/ValidateMatchLabelKeysInTopologySpread"
     r"|/ValidateEnv Invalid|must not be set for init containers|may not be set for non-init containers", GATE),
]]


def reason(text):
    """Why nothing reaches the place of a text, or OTHER."""
    return next((why for pattern, why in RULES if pattern.search(text)), OTHER)


ORDER = [UPDATE, STATUS, KIND, WINDOWS, VOLUME, WORD, DEFAULT, DERIVED, ONE, REFERENCE, LISTED, GRAMMAR, NUMBER, SIZE, LABEL, MAP, GATE,
         INTERNAL]
