//! Sources of a volume that hold data of their own: claims, network storage, folders of the node.

use crate::declare::{Block, Keyword, Map, Val};
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
    /// How large it is.
    #[attr(manual)]
    pub size: Val<Quantity>,
    /// Who may mount it, and how.
    #[attr(manual, known, default = "ReadWriteOnce")]
    pub access_mode: Val<AccessMode>,
    /// Whether it holds files or raw blocks.
    #[attr(manual)]
    pub volume_mode: Option<Val<VolumeMode>>,
}

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
    #[attr(to = "vers")]
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
    #[attr(manual, syntax = syntax::DNS_NAME)]
    pub driver: Val<String>,
    /// The volume's name at the driver; by default the object's.
    #[attr(manual)]
    pub volume_handle: Option<Val<String>>,
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
