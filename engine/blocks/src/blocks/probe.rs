//! `liveness_probe`, `readiness_probe`, `startup_probe`: how a container is asked whether it is well.

use plimsoll_model::{Diagnostic, Node, Origin, Report};

use super::port::PortTarget;
use crate::declare::{Block, Keyword, Labeled, Nested, NestedField, Tree, Val};
use crate::syntax;

/// How a container is asked whether it is well.
#[derive(Debug, Clone, Block)]
#[block(name = "probe")]
pub struct Probe {
    /// A command in the container that exits with 0: `["pg_isready"]`.
    #[attr(manual)]
    pub exec: Option<Val<Vec<Val<String>>>>,
    /// A request that is answered with a status from 200 to 399.
    #[nested(manual)]
    pub http_get: Option<Nested<HttpGet>>,
    /// A connection that is accepted.
    #[nested(manual)]
    pub tcp_socket: Option<Nested<TcpSocket>>,
    /// A call of the gRPC health protocol.
    #[nested(manual)]
    pub grpc: Option<Nested<Grpc>>,
    /// Seconds after the container's start before it is asked first: 3 for HTTP and gRPC, 15 for TCP, 5 for a command.
    #[attr(manual, range = 0..)]
    pub initial_delay_seconds: Option<Val<u32>>,
    /// Seconds between two questions.
    #[attr(range = 1.., default = 10)]
    pub period_seconds: Val<u32>,
    /// Seconds that an answer may take.
    #[attr(range = 1.., default = 1)]
    pub timeout_seconds: Val<u32>,
    /// How many good answers in a row count as well; 1 for liveness and startup.
    #[attr(range = 1.., default = 1)]
    pub success_threshold: Val<u32>,
    /// How many bad answers in a row count as ill.
    #[attr(range = 1.., default = 3)]
    pub failure_threshold: Val<u32>,
    /// Seconds that the container has to end after this probe failed; by default the pod's own.
    #[attr(range = 1..)]
    pub termination_grace_period_seconds: Option<Val<i64>>,
}

/// The scheme of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Scheme {
    /// Plain.
    #[keyword("HTTP")]
    Http,
    /// Over TLS; the certificate is not verified.
    #[keyword("HTTPS")]
    Https,
}

/// A request to the container.
#[derive(Debug, Clone, Block)]
#[block(name = "http_get")]
pub struct HttpGet {
    /// HTTP or HTTPS.
    pub scheme: Option<Val<Scheme>>,
    /// The path.
    #[attr(syntax = syntax::ABSOLUTE_PATH)]
    pub path: Option<Val<String>>,
    /// The port's number or name.
    #[attr(known)]
    pub port: Val<PortTarget>,
    /// The host to ask instead of the pod.
    pub host: Option<Val<String>>,
    /// A header of the request; may repeat.
    #[nested(to = "httpHeaders")]
    pub http_header: Vec<Labeled<HttpHeader>>,
}

/// A header of a request.
#[derive(Debug, Clone, Block)]
#[block(name = "http_header", label = "name", label_key = "name")]
pub struct HttpHeader {
    /// Its value.
    pub value: Val<String>,
}

/// A connection to the container.
#[derive(Debug, Clone, Block)]
#[block(name = "tcp_socket")]
pub struct TcpSocket {
    /// The port's number or name.
    #[attr(known)]
    pub port: Val<PortTarget>,
    /// The host to ask instead of the pod.
    pub host: Option<Val<String>>,
}

/// A call of the gRPC health protocol.
#[derive(Debug, Clone, Block)]
#[block(name = "grpc")]
pub struct Grpc {
    /// The port's number.
    #[attr(known)]
    pub port: Val<u16>,
    /// The service to ask about.
    pub service: Option<Val<String>>,
}

/// Which of a container's probes this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Restarts an ill container.
    Liveness,
    /// Takes an ill container out of services.
    Readiness,
    /// Holds the others back until the container is up.
    Startup,
}

impl Role {
    /// The block's type.
    pub fn block(self) -> &'static str {
        match self {
            Role::Liveness => "liveness_probe",
            Role::Readiness => "readiness_probe",
            Role::Startup => "startup_probe",
        }
    }
}

impl Probe {
    /// Exactly one handler; one success is enough for liveness and startup.
    pub fn check(&self, role: Role, at: &Nested<Probe>, report: &mut Report) {
        let mut found = Vec::new();
        found.extend(self.exec.as_ref().map(|e| (e.span, "exec")));
        found.extend(self.http_get.as_ref().map(|h| (h.header, "http_get")));
        found.extend(self.tcp_socket.as_ref().map(|t| (t.header, "tcp_socket")));
        found.extend(self.grpc.as_ref().map(|g| (g.header, "grpc")));
        match found.as_slice() {
            [] => report.push(
                Diagnostic::error("no-handler", "handler is missing")
                    .detail(format!(
                        "`{}` takes exactly one of `http_get`, `tcp_socket`, `exec` and `grpc`.",
                        role.block()
                    ))
                    .at(at.header, "")
                    .help("tcp_socket { port = \"http\" }"),
            ),
            [_] => {}
            [(first, one), (second, other), ..] => report.push(
                Diagnostic::error("two-handlers", "more than one handler")
                    .detail(format!(
                        "`{}` takes exactly one of `http_get`, `tcp_socket`, `exec` and `grpc`; this has `{one}` and `{other}`.",
                        role.block()
                    ))
                    .at(*second, "")
                    .related(*first, ""),
            ),
        }
        check_command(self.exec.as_ref(), report);
        for header in self.http_get.iter().flat_map(|h| &h.http_header) {
            if !(syntax::HEADER_NAME.holds)(&header.label) {
                report.push(
                    Diagnostic::error("bad-header-name", "header name is malformed")
                        .detail(format!(
                            "\"{}\" is no header name: {}.",
                            header.label,
                            syntax::HEADER_NAME.rule
                        ))
                        .at(header.label_span, ""),
                );
            }
        }
        if role != Role::Readiness && self.success_threshold.known().is_some_and(|n| *n != 1) {
            report.push(
                Diagnostic::error("success-threshold", "success threshold must be 1")
                    .detail(format!(
                        "A `{}` counts the container as well after one good answer.",
                        role.block()
                    ))
                    .at(self.success_threshold.span, "")
                    .related(at.header, "only a readiness_probe may ask for more")
                    .help("success_threshold = 1"),
            );
        }
    }

    /// The ports that it names.
    pub fn ports(&self) -> impl Iterator<Item = &Val<PortTarget>> {
        let http = self.http_get.as_ref().map(|h| &h.port);
        http.into_iter().chain(self.tcp_socket.as_ref().map(|t| &t.port))
    }

    /// The probe as the API takes it, defaults written out.
    pub fn node(&self, at: &Nested<Probe>) -> Node {
        let mut tree = Tree::new();
        if let Some(exec) = &self.exec {
            let mut inner = Tree::new();
            inner.attr("command", exec);
            tree.map("exec", inner);
        }
        NestedField::write(&self.http_get, "httpGet", &mut tree);
        NestedField::write(&self.tcp_socket, "tcpSocket", &mut tree);
        NestedField::write(&self.grpc, "grpc", &mut tree);
        match &self.initial_delay_seconds {
            Some(delay) => tree.attr("initialDelaySeconds", delay),
            None => tree.fixed("initialDelaySeconds", self.default_delay()),
        };
        self.write("", &mut tree);
        Node::Map(tree.into_entries(), Origin::at(at.header))
    }

    fn default_delay(&self) -> i64 {
        if self.exec.is_some() {
            5
        } else if self.tcp_socket.is_some() {
            15
        } else {
            3
        }
    }
}

/// A command names a program.
pub fn check_command(exec: Option<&Val<Vec<Val<String>>>>, report: &mut Report) {
    if let Some(exec) = exec
        && exec.known().is_some_and(Vec::is_empty)
    {
        report.push(
            Diagnostic::error("empty-command", "command is empty")
                .detail("The list holds the program and its arguments, so it has one element at least.")
                .at(exec.span, "")
                .help("exec = [\"sh\", \"-c\", \"…\"]"),
        );
    }
}
