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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    #[test]
    fn keys_tags_and_mounts() {
        let text = app(
            r#"
env = { "aliyun_logs_out" = "x" }
log "out" { path = "stdout" }
log "out" { path = "stdout" }
log "Bad_Key" {
  path = "/var/log/app/*.log"
  tags = { a_b = "c" }
  shards = 11
}
log "rel" { path = "var/log" }
"#,
            "",
        );
        check(
            &text,
            expect![[r#"
                error[duplicate-env]: environment variable is set twice
                  `aliyun_logs_out` is what a `log` block of the container sets.
                  t.hcl:7: "x"   set here
                  t.hcl:8: "stdout"   and by this log
                error[duplicate-log-key]: log key stands twice
                  A container has one log "out".
                  t.hcl:9: "out"   the second one
                  t.hcl:8: "out"   the first one
                error[bad-log-key]: log key is malformed
                  "Bad_Key" is no log key: lower-case letters, digits and `-`, starting and ending with a letter or digit.
                  t.hcl:10: "Bad_Key"
                  help: log "bad-key" { … }
                error[log-without-mount]: log files do not lie on a mount
                  The collector reads /var/log/app/*.log from a volume, but nothing is mounted at `/var/log/app` in this container.
                  t.hcl:11: "/var/log/app/*.log"
                  help: mount "/var/log/app" { volume = volume.logs }
                error[bad-key]: key is malformed
                  "a_b" is not a tag's name, which the keys of `tags` of log "Bad_Key" must be: it has no `_`, `=` or `,`.
                  t.hcl:12: "c"
                  help: "a-b" = …
                error[out-of-range]: number is out of range
                  11 is not between 1 and 10, which `shards` of log "Bad_Key" must be.
                  t.hcl:13: 11
                  help: shards = 10
                error[bad-syntax]: value is malformed
                  "var/log" is not a log source, which `path` of log "rel" takes: `stdout`, or an absolute path whose file name may have wildcards.
                  t.hcl:15: "var/log"
                  help: path = "/var/log"
            "#]],
        );
    }

    #[test]
    fn settings_of_the_log_store() {
        let text = app(
            r#"
mount "/var/log" { volume = volume.logs }
log "access" {
  path          = "/var/log/nginx/*.log"
  logstore      = "shared"
  project       = "shop"
  shards        = 4
  ttl           = 30
  machine_group = "web"
  tags          = { release = "v1", tier = "web" }
}
"#,
            "",
        );
        object(
            &format!("{text}\nvolume \"logs\" {{\nempty_dir {{}}\n}}"),
            "app.web",
            expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              selector:
                matchLabels:
                  plimsoll.dev/app: web
                  plimsoll.dev/project: shop
              template:
                metadata:
                  labels:
                    app.kubernetes.io/managed-by: plimsoll
                    app.kubernetes.io/name: web
                    app.kubernetes.io/part-of: shop
                    plimsoll.dev/app: web
                    plimsoll.dev/environment: test
                    plimsoll.dev/project: shop
                spec:
                  containers:
                  - env:
                    - name: aliyun_logs_access
                      value: /var/log/nginx/*.log
                    - name: aliyun_logs_access_logstore
                      value: shared
                    - name: aliyun_logs_access_tags
                      value: release=v1,tier=web
                    - name: aliyun_logs_access_project
                      value: shop
                    - name: aliyun_logs_access_machinegroup
                      value: web
                    - name: aliyun_logs_access_shard
                      value: "4"
                    - name: aliyun_logs_access_ttl
                      value: "30"
                    image: web:1
                    name: web
                    ports:
                    - containerPort: 80
                      name: http
                      protocol: TCP
                    volumeMounts:
                    - mountPath: /var/log
                      name: logs
                  volumes:
                  - emptyDir: {}
                    name: logs
        "#]],
        );
    }
}
