//! Requests as HTTP: paths, queries, deadlines, and answers read whole.
//!
//! Knows the shape of the API's paths and nothing of what is asked there.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, header};
use http_body_util::BodyExt;
use kube::client::Body;
use kube::{Client, Error};
use plimsoll_driver::{Cause, ClusterError, Resource};
use serde_json::Value as Json;

use crate::{connect::chain, status};

/// The largest answer that is read; a page of a LIST stays far below it.
const BODY_LIMIT: usize = 256 << 20;

/// One question on its way.
pub(crate) struct Question {
    pub verb: &'static str,
    /// What it is about, for errors.
    pub target: String,
    pub method: Method,
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub content_type: Option<&'static str>,
    pub accept: &'static str,
    pub body: Vec<u8>,
    pub deadline: Duration,
}

impl Question {
    pub(crate) fn get(
        verb: &'static str,
        target: impl ToString,
        path: String,
        deadline: Duration,
    ) -> Question {
        Question {
            verb,
            target: target.to_string(),
            method: Method::GET,
            path,
            query: Vec::new(),
            content_type: None,
            accept: "application/json",
            body: Vec::new(),
            deadline,
        }
    }

    fn error(&self, cause: Cause) -> ClusterError {
        ClusterError::new(self.verb, &self.target, cause)
    }

    fn request(&self) -> Result<Request<Body>, ClusterError> {
        let mut uri = self.path.clone();
        for (i, (key, value)) in self.query.iter().enumerate() {
            uri.push(if i == 0 { '?' } else { '&' });
            uri.push_str(key);
            uri.push('=');
            uri.push_str(&escape(value));
        }
        let mut request =
            Request::builder().method(self.method.clone()).uri(uri).header(header::ACCEPT, self.accept);
        if let Some(ty) = self.content_type {
            request = request.header(header::CONTENT_TYPE, ty);
        }
        request
            .body(Body::from(self.body.clone()))
            .map_err(|e| self.error(Cause::Invalid { message: e.to_string(), causes: Vec::new() }))
    }

    /// Sends the question and hands back the status and the head of the answer.
    pub(crate) async fn send(&self, client: &Client) -> Result<Response<Body>, ClusterError> {
        let request = self.request()?;
        match tokio::time::timeout(self.deadline, client.send(request)).await {
            Err(_) => Err(self.error(Cause::Timeout(self.deadline))),
            Ok(Err(e)) => Err(self.error(broken(&e))),
            Ok(Ok(response)) if response.status().is_success() => Ok(response),
            Ok(Ok(response)) => {
                let code = response.status().as_u16();
                let after = response
                    .headers()
                    .get(header::RETRY_AFTER)
                    .and_then(|v| v.to_str().ok()?.trim().parse().ok())
                    .map(Duration::from_secs);
                let body = tokio::time::timeout(self.deadline, collect(response)).await;
                let body = body.ok().and_then(Result::ok).unwrap_or_default();
                Err(self.error(status::cause(code, after, &body, self.verb)))
            }
        }
    }

    /// Sends the question and reads the whole answer: the status code and the bytes.
    pub(crate) async fn bytes(&self, client: &Client) -> Result<(u16, Bytes), ClusterError> {
        let whole = async {
            let response = self.send(client).await?;
            let code = response.status().as_u16();
            let body = collect(response).await.map_err(|cause| self.error(cause))?;
            Ok((code, body))
        };
        match tokio::time::timeout(self.deadline, whole).await {
            Ok(answer) => answer,
            Err(_) => Err(self.error(Cause::Timeout(self.deadline))),
        }
    }

    /// Sends the question and reads the answer as a JSON object.
    pub(crate) async fn json(&self, client: &Client) -> Result<(u16, Json), ClusterError> {
        let (code, bytes) = self.bytes(client).await?;
        let json: Json = serde_json::from_slice(&bytes)
            .map_err(|e| self.error(Cause::Nonsense(format!("the body is no JSON ({e})"))))?;
        match json.is_object() {
            true => Ok((code, json)),
            false => Err(self.error(Cause::Nonsense("the body is no JSON object".into()))),
        }
    }
}

/// Reads a body to its end.
async fn collect(response: Response<Body>) -> Result<Bytes, Cause> {
    let mut body = response.into_body();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| Cause::Unreachable { reason: chain(&e), sent: true })?;
        if let Ok(data) = frame.into_data() {
            if all.len() + data.len() > BODY_LIMIT {
                return Err(Cause::Nonsense(format!("the body is longer than {BODY_LIMIT} bytes")));
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(all.freeze())
}

/// Why no answer came.
pub(crate) fn broken(error: &Error) -> Cause {
    let reason = chain(error);
    match error {
        Error::Auth(_) => Cause::Unauthorized(reason),
        _ => Cause::Unreachable { reason: plain(&reason), sent: !before_a_connection(error) },
    }
}

/// Whether there never was a connection, so that nothing can have been sent. The client names that
/// case by one error of the chain; what the system says about a broken connection is not asked.
fn before_a_connection(error: &Error) -> bool {
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = next {
        let text = one.to_string();
        let text = text.trim_start_matches("ServiceError: ");
        if text == "client error (Connect)" || text == "dns error" || text == "tcp connect error" {
            return true;
        }
        next = one.source();
    }
    false
}

/// Without the client library's own preamble.
fn plain(reason: &str) -> String {
    let text = reason.trim_start_matches("ServiceError: ").trim_start_matches("HyperError: ");
    text.trim_start_matches("client error (Connect): ").to_string()
}

/// The path of a collection, or of one object of it.
pub(crate) fn path(resource: &Resource, namespace: Option<&str>, name: Option<&str>) -> String {
    let mut path = match resource.gvk.group.as_str() {
        "" => format!("/api/{}", segment(&resource.gvk.version)),
        group => format!("/apis/{}/{}", segment(group), segment(&resource.gvk.version)),
    };
    if let Some(ns) = namespace.filter(|_| resource.namespaced) {
        path.push_str("/namespaces/");
        path.push_str(&segment(ns));
    }
    path.push('/');
    path.push_str(&segment(&resource.plural));
    if let Some(name) = name {
        path.push('/');
        path.push_str(&segment(name));
    }
    path
}

/// One segment of a path; never more than one, whatever stands in a name.
fn segment(text: &str) -> String {
    match text {
        "." => "%2E".into(),
        ".." => "%2E%2E".into(),
        _ => escape(text),
    }
}

/// Percent-encoding of everything but unreserved characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Gvk;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    /// What a question to that address ends with.
    async fn ended(url: &str) -> Cause {
        let mut config = kube::Config::new(url.parse().unwrap());
        config.default_retry = false;
        let client = Client::try_from(config).unwrap();
        let question = Question::get("apply", "x", "/api".into(), Duration::from_secs(5));
        question.json(&client).await.unwrap_err().cause
    }

    #[tokio::test]
    async fn a_reset_after_sending_may_have_been_carried_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4];
            stream.read_exact(&mut request).await.unwrap();
            // Closed with bytes unread: the system resets the connection.
            drop(stream);
            request
        });
        let cause = ended(&format!("http://{address}")).await;
        assert_eq!(&server.await.unwrap(), b"GET ");
        assert!(matches!(cause, Cause::Unreachable { sent: true, .. }), "{cause:?}");
        let reset = Error::Service(Box::new(std::io::Error::from_raw_os_error(104)));
        assert!(reset.to_string().contains("Connection reset by peer"), "{reset}");
        assert!(matches!(broken(&reset), Cause::Unreachable { sent: true, .. }));
    }

    #[tokio::test]
    async fn without_a_connection_nothing_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        for url in [format!("http://{address}"), "http://no-such-host.invalid".to_string()] {
            let cause = ended(&url).await;
            assert!(matches!(cause, Cause::Unreachable { sent: false, .. }), "{cause:?}");
        }
    }

    #[test]
    fn paths_follow_the_api_and_names_cannot_leave_their_segment() {
        let resource = |group: &str, kind: &str, plural: &str, namespaced| Resource {
            gvk: Gvk::new(group, "v1", kind),
            plural: plural.into(),
            namespaced,
        };
        let deployments = resource("apps", "Deployment", "deployments", true);
        assert_eq!(
            path(&deployments, Some("shop"), Some("web")),
            "/apis/apps/v1/namespaces/shop/deployments/web"
        );
        assert_eq!(path(&deployments, None, None), "/apis/apps/v1/deployments");
        let namespaces = resource("", "Namespace", "namespaces", false);
        assert_eq!(path(&namespaces, Some("x"), Some("shop")), "/api/v1/namespaces/shop");
        assert_eq!(path(&namespaces, None, Some("../a?b")), "/api/v1/namespaces/..%2Fa%3Fb");
        assert_eq!(path(&namespaces, None, Some("..")), "/api/v1/namespaces/%2E%2E");
    }
}
