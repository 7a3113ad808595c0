//! `log`: what Alibaba's log service collects from a container, as `aliyun_logs_*` variables.

use plimsoll_model::{Diagnostic, Node, Origin, Report};

use super::env::generated;
use super::mount::Mount;
use crate::declare::{Block, Labeled, Map, Syntax, ToJson, Val};

static KEY: Syntax = Syntax {
    name: "a log key",
    rule: "lower-case letters, digits and `-`, starting and ending with a letter or digit",
    holds: crate::syntax::is_dns_label,
};

static TAG: Syntax = Syntax {
    name: "a tag's name",
    rule: "it has no `_`, `=` or `,`",
    holds: |t| !t.is_empty() && !t.contains(['_', '=', ',']),
};

static TAG_VALUE: Syntax =
    Syntax { name: "a tag's value", rule: "it has no `,`", holds: |t| !t.contains(',') };

static SOURCE: Syntax = Syntax {
    name: "a log source",
    rule: "`stdout`, or an absolute path whose file name may have wildcards",
    holds: |t| t == "stdout" || (t.starts_with('/') && !t.ends_with('/')),
};

/// What the log service collects from a container.
#[derive(Debug, Clone, Block)]
#[block(name = "log", label = "key")]
pub struct Log {
    /// `stdout`, or the path of text files, with wildcards: `/var/log/nginx/*.log`.
    #[attr(manual, known, syntax = SOURCE)]
    pub path: Val<String>,
    /// Tags of each line.
    #[attr(manual, known, keys = TAG, syntax = TAG_VALUE)]
    pub tags: Map<String>,
    /// The log store; by default the key.
    #[attr(manual, known, syntax = KEY)]
    pub logstore: Option<Val<String>>,
    /// The log project; by default the cluster's.
    #[attr(manual, known, syntax = KEY)]
    pub project: Option<Val<String>>,
    /// How many shards a new log store has; 2 where left out.
    #[attr(manual, known, range = 1..=10)]
    pub shards: Option<Val<u32>>,
    /// How many days a new log store keeps lines; 90 where left out.
    #[attr(manual, known, range = 1..=3650)]
    pub ttl: Option<Val<u32>>,
    /// The machine group; by default one made for the log store.
    #[attr(manual, known, syntax = KEY)]
    pub machine_group: Option<Val<String>>,
}

/// The variable's name for a part of a log's settings.
fn variable(key: &str, part: &str) -> String {
    format!("aliyun_logs_{key}{part}")
}

/// The variables of all logs of a container.
pub fn nodes(logs: &[Labeled<Log>]) -> Vec<Node> {
    logs.iter().flat_map(variables).collect()
}

fn variables(log: &Labeled<Log>) -> Vec<Node> {
    let key = &log.label;
    let mut out = Vec::new();
    let mut add = |part: &str, value: Option<serde_json::Value>, origin: &Origin, sensitive: bool| {
        if let Some(value) = value {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
            out.push(generated(variable(key, part), text, origin, sensitive));
        }
    };
    add("", log.path.known().map(ToJson::to_json), &log.path.origin, log.path.sensitive);
    if let Some(store) = &log.logstore
        && store.text() != Some(key)
    {
        add("_logstore", store.known().map(ToJson::to_json), &store.origin, store.sensitive);
    }
    let tags: Vec<String> =
        log.tags.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.text()?))).collect();
    if let Some(first) = log.tags.values().next() {
        let sensitive = log.tags.values().any(|v| v.sensitive);
        let origin = log.tags.values().fold(first.origin.clone(), |all, v| all.merge(&v.origin));
        add("_tags", Some(tags.join(",").into()), &origin, sensitive);
    }
    let texts = [("_project", &log.project), ("_machinegroup", &log.machine_group)];
    let numbers = [("_shard", &log.shards), ("_ttl", &log.ttl)];
    for (part, value) in texts {
        if let Some(value) = value {
            add(part, value.known().map(ToJson::to_json), &value.origin, value.sensitive);
        }
    }
    for (part, value) in numbers {
        if let Some(value) = value {
            add(part, value.known().map(ToJson::to_json), &value.origin, value.sensitive);
        }
    }
    out
}

/// Keys are well-formed and unique, and text files lie on a mount.
pub fn check(logs: &[Labeled<Log>], mounts: &[Labeled<Mount>], report: &mut Report) {
    for (i, log) in logs.iter().enumerate() {
        if !(KEY.holds)(&log.label) {
            report.push(
                Diagnostic::error("bad-log-key", "log key is malformed")
                    .detail(format!("\"{}\" is no log key: {}.", log.label, KEY.rule))
                    .at(log.label_span, "")
                    .help(format!("log \"{}\" {{ … }}", log.label.to_lowercase().replace(['_', '.'], "-"))),
            );
        }
        if let Some(first) = logs[..i].iter().find(|other| other.label == log.label) {
            report.push(
                Diagnostic::error("duplicate-log-key", "log key stands twice")
                    .detail(format!("A container has one log \"{}\".", log.label))
                    .at(log.label_span, "the second one")
                    .related(first.label_span, "the first one"),
            );
        }
        let Some(path) = log.path.text().filter(|p| *p != "stdout") else { continue };
        let directory = path.rsplit_once('/').map_or("/", |(dir, _)| if dir.is_empty() { "/" } else { dir });
        let covered = mounts.iter().any(|m| below(directory, &m.label));
        if !covered {
            report.push(
                Diagnostic::error("log-without-mount", "log files do not lie on a mount")
                    .detail(format!(
                        "The collector reads {path} from a volume, but nothing is mounted at `{directory}` in this container."
                    ))
                    .at(log.path.span, "")
                    .help(format!("mount \"{directory}\" {{ volume = volume.logs }}")),
            );
        }
    }
}

/// Whether a directory is `root` or lies in it.
fn below(directory: &str, root: &str) -> bool {
    let root = root.trim_end_matches('/');
    directory.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
