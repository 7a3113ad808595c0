//! The tower service: HTTP in, HTTP out.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

use crate::Sandbox;

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
    B: BodyExt + Send + 'static,
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
        let _sandbox = self.sandbox.clone();
        Box::pin(async move {
            let (_parts, body) = request.into_parts();
            let _body = body.collect().await.map(|b| b.to_bytes());
            Ok(Response::new(Full::new(Bytes::new()).boxed_unsync()))
        })
    }
}
