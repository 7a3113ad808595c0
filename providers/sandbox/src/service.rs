//! The tower service: HTTP in, HTTP out.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};

use crate::Sandbox;
use crate::request::Call;
use crate::server::{self, Answer};
use crate::status::Failure;

/// The body of an answer; that of a watch is a stream.
pub type ResponseBody = UnsyncBoxBody<Bytes, Infallible>;

/// Answers HTTP requests as a Kubernetes API server.
#[derive(Debug, Clone)]
pub struct SandboxService {
    sandbox: Sandbox,
}

impl SandboxService {
    pub(crate) fn new(sandbox: Sandbox) -> SandboxService {
        SandboxService { sandbox }
    }
}

impl<B> tower::Service<Request<B>> for SandboxService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: std::fmt::Display + Send,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<ResponseBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let sandbox = self.sandbox.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let answer = match body.collect().await {
                Ok(body) => server::answer(&sandbox, &Call::new(&parts, body.to_bytes().to_vec())),
                Err(error) => {
                    let failure = Failure::bad_request(format!("the body of the request broke off: {error}"));
                    Answer::Json(failure.code, failure.to_json())
                }
            };
            Ok(response(sandbox, answer))
        })
    }
}

fn response(sandbox: Sandbox, answer: Answer) -> Response<ResponseBody> {
    let full = |text: String| Full::new(Bytes::from(text)).boxed_unsync();
    let (code, media, body) = match answer {
        Answer::Json(code, json) => (code, "application/json", full(json.to_string())),
        Answer::Text(text) => (200, "text/plain", full(text)),
        Answer::Watch(watch) => {
            (200, "application/json", StreamBody::new(watch.stream(sandbox)).boxed_unsync())
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response
}
