//! What a pod shares with its node and its containers with each other, and the system they run on.

use plimsoll_model::{Diagnostic, Node, Report, Span};

use super::pod::Pod;
use crate::declare::{Block, Keyword, Tree, Val};
use crate::syntax;

/// What a pod shares, and the system that it runs on.
#[derive(Debug, Clone, Block)]
#[block(name = "isolation")]
pub struct PodIsolation {
    /// Whether the pods see their node's processes.
    #[attr(section = "pod", name = "host_pid", to = "hostPID")]
    pub host_pid: Option<Val<bool>>,
    /// Whether the pods share memory and queues with their node.
    #[attr(section = "pod", name = "host_ipc", to = "hostIPC")]
    pub host_ipc: Option<Val<bool>>,
    /// Whether users of the pods are users of their node; with `false`, root in a pod is nobody there.
    #[attr(section = "pod")]
    pub host_users: Option<Val<bool>>,
    /// Whether containers of a pod see each other's processes.
    #[attr(section = "pod")]
    pub share_process_namespace: Option<Val<bool>>,
    /// The system of the nodes that the images are made for.
    #[attr(manual, known)]
    pub os: Option<Val<Os>>,
    /// The name of the runtime class.
    #[attr(section = "pod", to = "runtimeClassName", syntax = syntax::DNS_NAME)]
    pub runtime_class: Option<Val<String>>,
}

/// The system of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Os {
    /// Linux.
    #[keyword("linux")]
    Linux,
    /// Windows.
    #[keyword("windows")]
    Windows,
}

fn on(setting: &Option<Val<bool>>) -> Option<Span> {
    setting.as_ref().filter(|v| v.known() == Some(&true)).map(|v| v.span)
}

impl PodIsolation {
    /// Settings that exclude each other.
    pub fn check(&self, pod: &Pod, report: &mut Report) {
        if let (Some(host), Some(shared)) = (on(&self.host_pid), on(&self.share_process_namespace)) {
            report.push(
                Diagnostic::error("processes-shared-twice", "processes are shared twice")
                    .detail("Containers that see the processes of their node see each other's already.")
                    .at(shared, "")
                    .related(host, "the processes of the node")
                    .help("remove `share_process_namespace`"),
            );
        }
        self.check_users(pod, report);
        if let Some(os) = self.os.as_ref().filter(|os| os.known() == Some(&Os::Windows)) {
            self.check_windows(os.span, pod, report);
        }
    }

    /// Who is nobody on the node cannot share what belongs to it.
    fn check_users(&self, pod: &Pod, report: &mut Report) {
        let Some(own) = self.host_users.as_ref().filter(|u| u.known() == Some(&false)) else { return };
        let shared = [
            ("host_network", pod.network.on_host().map(|h| h.span)),
            ("host_pid", on(&self.host_pid)),
            ("host_ipc", on(&self.host_ipc)),
        ];
        let devices = pod.containers().filter_map(|(_, c)| Some(("device", Some(c.device.first()?.header))));
        for (name, span) in shared.into_iter().chain(devices).filter_map(|(name, span)| Some((name, span?))) {
            report.push(
                Diagnostic::error("own-users-on-host", "users are the pod's own, but the node is shared")
                    .detail(format!("`host_users = false` makes the pod's users nobody on the node, which `{name}` needs them to be."))
                    .at(span, "")
                    .related(own.span, "the pod's own users")
                    .help(format!("remove `{name}`")),
            );
        }
    }

    /// What Windows does not have.
    fn check_windows(&self, os: Span, pod: &Pod, report: &mut Report) {
        let own = [
            ("host_pid", self.host_pid.as_ref().map(|v| v.span)),
            ("host_ipc", self.host_ipc.as_ref().map(|v| v.span)),
            ("host_users", self.host_users.as_ref().map(|v| v.span)),
            ("share_process_namespace", self.share_process_namespace.as_ref().map(|v| v.span)),
        ];
        let own = own.into_iter().filter_map(|(name, span)| Some((name, span?)));
        let security = pod.security_context.iter().flat_map(|s| s.of_linux());
        let containers = pod.containers().flat_map(|(_, c)| c.security_context.iter());
        let containers = containers.flat_map(|s| s.of_linux());
        for (name, span) in own.chain(security).chain(containers) {
            report.push(
                Diagnostic::error("not-on-windows", "Windows has no such setting")
                    .detail(format!("`{name}` means something on Linux only."))
                    .at(span, "")
                    .related(os, "the system")
                    .help(format!("remove `{name}`")),
            );
        }
    }

    /// Adds the system.
    pub fn write_os(&self, spec: &mut Tree) {
        if let Some(os) = &self.os {
            let mut tree = Tree::new();
            tree.attr("name", os);
            spec.put("os", Node::Map(tree.into_entries(), os.origin.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, object};

    #[test]
    fn what_is_shared() {
        let text = "host_pid = true\nhost_ipc = false\nhost_users = true\nos = \"linux\"\nruntime_class = \"gvisor\"";
        object(
            &app("", text),
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
                  - image: web:1
                    name: web
                    ports:
                    - containerPort: 80
                      name: http
                      protocol: TCP
                  hostIPC: false
                  hostPID: true
                  hostUsers: true
                  os:
                    name: linux
                  runtimeClassName: gvisor
        "#]],
        );
    }
}
