//! Sources of a volume that hold data of their own: claims, network storage, folders of the node.

use crate::declare::{Block, Keyword, Map, Nested, Syntax, Val};
use crate::handles::SecretRef;
use crate::quantity::Quantity;
use crate::syntax;

/// A claim to a disk, shared by all pods or one for each replica.
#[derive(Debug, Clone, Block)]
#[block(name = "claim")]
pub struct Claim {
    /// The claim's name, or what the names of the replicas' claims start with.
    #[attr(manual, known, syntax = syntax::DNS_LABEL)]
    pub name: Option<Val<String>>,
    /// Whether each replica of a StatefulSet has its own, which stays when the pod goes.
    #[attr(manual, known)]
    pub per_replica: Option<Val<bool>>,
    /// The storage class; by default the cluster's.
    #[attr(manual, syntax = syntax::DNS_NAME)]
    pub storage_class: Option<Val<String>>,
    /// How large it is. It may become larger where its storage class can let it: the pods stay.
    #[attr(manual)]
    pub size: Val<Quantity>,
    /// Who may mount it, and how.
    #[attr(manual, known, default = "ReadWriteOnce")]
    pub access_mode: Val<AccessMode>,
    /// Whether it holds files or raw blocks.
    #[attr(manual, known)]
    pub volume_mode: Option<Val<VolumeMode>>,
    /// The name of the PersistentVolume to bind, where not any will do.
    #[attr(manual, syntax = syntax::DNS_NAME)]
    pub volume_name: Option<Val<String>>,
    /// The class of attributes, such as throughput, that the driver gives it.
    #[attr(manual, syntax = syntax::DNS_NAME)]
    pub volume_attributes_class: Option<Val<String>>,
    /// What it starts as a copy of.
    #[nested(manual)]
    pub data_source: Option<Nested<DataSource>>,
}

/// What a claim starts as a copy of.
#[derive(Debug, Clone, Block)]
#[block(name = "data_source")]
pub struct DataSource {
    /// Another claim, or a snapshot of one.
    #[attr(manual, known)]
    pub kind: Val<DataSourceKind>,
    /// Its name.
    #[attr(manual, syntax = syntax::DNS_NAME)]
    pub name: Val<String>,
}

/// What a claim can be a copy of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum DataSourceKind {
    /// A snapshot of a claim.
    VolumeSnapshot,
    /// Another claim.
    PersistentVolumeClaim,
}

/// A disk that each pod gets when it starts, and that goes with it.
#[derive(Debug, Clone, Block)]
#[block(name = "ephemeral")]
pub struct Ephemeral {
    /// The storage class; by default the cluster's.
    #[attr(manual, syntax = syntax::DNS_NAME)]
    pub storage_class: Option<Val<String>>,
    /// How large it is.
    #[attr(manual)]
    pub size: Val<Quantity>,
    /// Who may mount it, and how.
    #[attr(manual, known, default = "ReadWriteOnce")]
    pub access_mode: Val<AccessMode>,
    /// Whether it holds files or raw blocks.
    #[attr(manual, known)]
    pub volume_mode: Option<Val<VolumeMode>>,
}

/// A volume that a storage driver makes for each pod, such as secrets of a vault.
#[derive(Debug, Clone, Block)]
#[block(name = "inline_csi")]
pub struct InlineCsi {
    /// The driver's name.
    #[attr(syntax = DRIVER)]
    pub driver: Val<String>,
    /// The file system that it is formatted with.
    pub fs_type: Option<Val<String>>,
    /// Whether nobody can write to it.
    pub read_only: Option<Val<bool>>,
    /// What the driver needs to know.
    #[attr(to = "volumeAttributes")]
    pub attributes: Map<String>,
    /// The secret that the driver is shown.
    #[attr(manual)]
    pub node_publish_secret: Option<Val<SecretRef>>,
}

/// The name of a storage driver.
pub(super) static DRIVER: Syntax = Syntax {
    name: "the name of a driver",
    rule: "at most 63 letters, digits, `-` and `.`, each part starting and ending with a letter or digit",
    holds: |t| t.len() <= 63 && syntax::is_dns_name(&t.to_ascii_lowercase()),
};

static NFS: Syntax = Syntax {
    name: "a version of NFS",
    rule: "3, 4.0 or 4.1, in quotes",
    holds: |t| matches!(t, "3" | "4.0" | "4.1"),
};

static BUCKET: Syntax = Syntax {
    name: "the name of a bucket",
    rule: "3 to 63 lower-case letters, digits and `-`, starting and ending with a letter or digit",
    holds: |t| t.len() >= 3 && syntax::is_dns_label(t),
};

/// Who may mount a claim, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum AccessMode {
    /// The pods of one node.
    ReadWriteOnce,
    /// All pods, to read.
    ReadOnlyMany,
    /// All pods.
    ReadWriteMany,
    /// One pod.
    ReadWriteOncePod,
}

/// What a claim holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum VolumeMode {
    /// Files.
    Filesystem,
    /// Raw blocks.
    Block,
}

/// A claim that exists already.
#[derive(Debug, Clone, Block)]
#[block(name = "existing_claim")]
pub struct ExistingClaim {
    /// Its name.
    #[attr(manual, known, syntax = syntax::DNS_NAME)]
    pub name: Val<String>,
    /// Whether nobody can write to it.
    #[attr(manual)]
    pub read_only: Option<Val<bool>>,
}

/// A file system of Alibaba's NAS.
#[derive(Debug, Clone, Block)]
#[block(name = "nas")]
pub struct Nas {
    /// The mount target: `….cn-hangzhou.nas.aliyuncs.com`.
    pub server: Val<String>,
    /// The folder on the server.
    #[attr(syntax = syntax::ABSOLUTE_PATH)]
    pub path: Option<Val<String>>,
    /// The version of NFS: `3` or `4.0`.
    #[attr(to = "vers", syntax = NFS)]
    pub version: Option<Val<String>>,
    /// How large the claim says it is; nothing enforces it.
    #[attr(manual)]
    pub size: Option<Val<Quantity>>,
    /// Who may mount it, and how.
    #[attr(manual, known, default = "ReadWriteMany")]
    pub access_mode: Val<AccessMode>,
}

/// A bucket of Alibaba's OSS.
#[derive(Debug, Clone, Block)]
#[block(name = "oss")]
pub struct Oss {
    /// The bucket.
    #[attr(syntax = BUCKET)]
    pub bucket: Val<String>,
    /// The endpoint: `oss-cn-hangzhou-internal.aliyuncs.com`.
    pub url: Val<String>,
    /// The folder in the bucket.
    #[attr(syntax = syntax::ABSOLUTE_PATH)]
    pub path: Option<Val<String>>,
    /// Options of the mount: `-o max_stat_cache_size=0`.
    #[attr(to = "otherOpts")]
    pub options: Option<Val<String>>,
    /// The secret with `akId` and `akSecret`.
    #[attr(manual)]
    pub secret: Option<Val<SecretRef>>,
    /// How large the claim says it is; nothing enforces it.
    #[attr(manual)]
    pub size: Option<Val<Quantity>>,
    /// Who may mount it, and how.
    #[attr(manual, known, default = "ReadWriteMany")]
    pub access_mode: Val<AccessMode>,
}

/// A volume of any other storage driver that exists already.
#[derive(Debug, Clone, Block)]
#[block(name = "csi")]
pub struct Csi {
    /// The driver's name.
    #[attr(manual, syntax = DRIVER)]
    pub driver: Val<String>,
    /// The volume's name at the driver; by default the object's.
    #[attr(manual, syntax = syntax::SOMETHING)]
    pub volume_handle: Option<Val<String>>,
    /// The file system that it is formatted with.
    #[attr(manual)]
    pub fs_type: Option<Val<String>>,
    /// Whether nobody can write to it.
    #[attr(manual)]
    pub read_only: Option<Val<bool>>,
    /// The secret that the driver is shown when a pod mounts it.
    #[attr(manual)]
    pub node_publish_secret: Option<Val<SecretRef>>,
    /// The secret that the driver is shown when a node gets it.
    #[attr(manual)]
    pub node_stage_secret: Option<Val<SecretRef>>,
    /// What the driver needs to know.
    #[attr(manual)]
    pub attributes: Map<String>,
    /// How large it is.
    #[attr(manual)]
    pub size: Option<Val<Quantity>>,
    /// Who may mount it, and how.
    #[attr(manual, known, default = "ReadWriteOnce")]
    pub access_mode: Val<AccessMode>,
}

/// A folder that is empty when a pod starts, and gone with it.
#[derive(Debug, Clone, Block)]
#[block(name = "empty_dir")]
pub struct EmptyDir {
    /// Where it lies; by default on the node's disk.
    pub medium: Option<Val<Medium>>,
    /// How large it may become.
    pub size_limit: Option<Val<Quantity>>,
}

/// Where an empty folder lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Medium {
    /// In memory.
    Memory,
    /// In huge pages, of the size that the pod requests.
    HugePages,
    /// In huge pages of 2 MiB.
    #[keyword("HugePages-2Mi")]
    HugePages2Mi,
    /// In huge pages of 1 GiB.
    #[keyword("HugePages-1Gi")]
    HugePages1Gi,
}

/// A file or folder of the node.
#[derive(Debug, Clone, Block)]
#[block(name = "host_path")]
pub struct HostPath {
    /// Its path.
    #[attr(syntax = syntax::NODE_PATH)]
    pub path: Val<String>,
    /// What it must be.
    pub r#type: Option<Val<HostPathType>>,
}

/// What a path of the node must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum HostPathType {
    /// A folder; it is made where missing.
    DirectoryOrCreate,
    /// A folder.
    Directory,
    /// A file; it is made where missing.
    FileOrCreate,
    /// A file.
    File,
    /// A socket.
    Socket,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
}
