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

impl HttpGet {
    /// Names of headers.
    pub fn check(&self, report: &mut Report) {
        for header in self.http_header.iter().filter(|h| !(syntax::HEADER_NAME.holds)(&h.label)) {
            report.push(
                Diagnostic::error("bad-header-name", "header name is malformed")
                    .detail(format!("\"{}\" is no header name: {}.", header.label, syntax::HEADER_NAME.rule))
                    .at(header.label_span, ""),
            );
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
        self.http_get.iter().for_each(|h| h.check(report));
        if let (Some(timeout), Some(period)) = (self.timeout_seconds.known(), self.period_seconds.known())
            && timeout > period
        {
            report.push(
                Diagnostic::warning(
                    "timeout-above-period",
                    "answers may take longer than the time between questions",
                )
                .detail(format!(
                    "The container is asked every {period} seconds, but an answer may take {timeout}."
                ))
                .at(self.timeout_seconds.span, "")
                .related(self.period_seconds.span, "the period")
                .help(format!("period_seconds = {timeout}")),
            );
        }
        if role == Role::Readiness
            && let Some(seconds) = &self.termination_grace_period_seconds
        {
            report.push(
                Diagnostic::error("grace-of-readiness", "a readiness probe ends nothing")
                    .detail(
                        "It takes the container out of services; only liveness and startup probes end it.",
                    )
                    .at(seconds.span, "")
                    .related(at.header, ""),
            );
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    #[test]
    fn exactly_one_handler_and_ports_that_exist() {
        let text = app(
            r#"
liveness_probe { success_threshold = 2 }
readiness_probe {
  exec = []
  tcp_socket { port = "htp" }
  success_threshold = 2
  termination_grace_period_seconds = 9
}
startup_probe {
  period_seconds = 0
  http_get {
    port = 70000
    path = "x"
  }
}
pre_stop {}
post_start {
  exec = ["x"]
  sleep { seconds = 1 }
}
"#,
            "",
        );
        check(
            &text,
            expect![[r#"
                error[no-handler]: handler is missing
                  `liveness_probe` takes exactly one of `http_get`, `tcp_socket`, `exec` and `grpc`.
                  t.hcl:7: liveness_probe
                  help: tcp_socket { port = "http" }
                error[success-threshold]: success threshold must be 1
                  A `liveness_probe` counts the container as well after one good answer.
                  t.hcl:7: 2
                  t.hcl:7: liveness_probe   only a readiness_probe may ask for more
                  help: success_threshold = 1
                error[empty-command]: command is empty
                  The list holds the program and its arguments, so it has one element at least.
                  t.hcl:9: []
                  help: exec = ["sh", "-c", "…"]
                error[two-handlers]: more than one handler
                  `readiness_probe` takes exactly one of `http_get`, `tcp_socket`, `exec` and `grpc`; this has `exec` and `tcp_socket`.
                  t.hcl:10: tcp_socket
                  t.hcl:9: []
                error[unknown-port]: port does not exist
                  The readiness_probe asks port "htp", which container "web" does not have.
                  t.hcl:10: "htp"
                  t.hcl:3: container "web"   the container
                  help: it has "http"
                error[grace-of-readiness]: a readiness probe ends nothing
                  It takes the container out of services; only liveness and startup probes end it.
                  t.hcl:12: 9
                  t.hcl:8: readiness_probe
                error[out-of-range]: number is out of range
                  0 is not at least 1, which `period_seconds` of startup_probe must be.
                  t.hcl:15: 0
                  help: period_seconds = 1
                error[out-of-range]: number is out of range
                  70000 is not between 1 and 65535, which `port` of http_get must be.
                  t.hcl:17: 70000
                  help: port = 65535
                error[bad-syntax]: value is malformed
                  "x" is not an absolute path, which `path` of http_get takes: it starts with `/`.
                  t.hcl:18: "x"
                  help: path = "/x"
                error[no-handler]: handler is missing
                  `pre_stop` takes exactly one of `exec`, `http_get` and `sleep`.
                  t.hcl:21: pre_stop
                  help: exec = ["…"]
                error[two-handlers]: more than one handler
                  `post_start` takes exactly one of `exec`, `http_get` and `sleep`; this has `exec` and `sleep`.
                  t.hcl:24: sleep
                  t.hcl:23: ["x"]
            "#]],
        );
    }

    #[test]
    fn delays_are_always_written() {
        let text = app(
            r#"
liveness_probe { exec = ["true"] }
readiness_probe {
  http_get {
    port = app.web.ports.http
    http_header "A" { value = "1" }
    http_header "A" { value = "2" }
  }
}
startup_probe {
  grpc { port = 9000 }
}
pre_stop {
  sleep { seconds = 5 }
}
"#,
            "",
        );
        object(
            &text,
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
                    lifecycle:
                      preStop:
                        sleep:
                          seconds: 5
                    livenessProbe:
                      exec:
                        command:
                        - "true"
                      failureThreshold: 3
                      initialDelaySeconds: 5
                      periodSeconds: 10
                      successThreshold: 1
                      timeoutSeconds: 1
                    name: web
                    ports:
                    - containerPort: 80
                      name: http
                      protocol: TCP
                    readinessProbe:
                      failureThreshold: 3
                      httpGet:
                        httpHeaders:
                        - name: A
                          value: "1"
                        - name: A
                          value: "2"
                        port: http
                      initialDelaySeconds: 3
                      periodSeconds: 10
                      successThreshold: 1
                      timeoutSeconds: 1
                    startupProbe:
                      failureThreshold: 3
                      grpc:
                        port: 9000
                      initialDelaySeconds: 3
                      periodSeconds: 10
                      successThreshold: 1
                      timeoutSeconds: 1
        "#]],
        );
    }
}
