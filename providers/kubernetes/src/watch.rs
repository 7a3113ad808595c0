//! A watch's body: JSON documents, one a line, over as many chunks as it pleases the network.

use bytes::BytesMut;
use futures::StreamExt;
use http_body_util::BodyExt;
use kube::client::Body;
use plimsoll_driver::{Cause, ClusterError, Watch, WatchEvent};
use serde_json::Value as Json;

use crate::{connect::chain, status};

/// The longest line; an object is far below it.
const LINE_LIMIT: usize = 16 << 20;

/// Reads events until the body ends or breaks.
pub(crate) fn events(body: Body, target: String) -> Watch {
    let state = (body, BytesMut::new(), target, false);
    futures::stream::unfold(state, |(mut body, mut buffer, target, ended)| async move {
        if ended {
            return None;
        }
        match next(&mut body, &mut buffer).await {
            None => None,
            Some(Ok(event)) => Some((Ok(event), (body, buffer, target, false))),
            Some(Err(cause)) => {
                Some((Err(ClusterError::new("watch", &target, cause)), (body, buffer, target, true)))
            }
        }
    })
    .boxed()
}

async fn next(body: &mut Body, buffer: &mut BytesMut) -> Option<Result<WatchEvent, Cause>> {
    loop {
        if let Some(end) = buffer.iter().position(|b| *b == b'\n') {
            let line = buffer.split_to(end + 1);
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Some(event(&line));
        }
        if buffer.len() > LINE_LIMIT {
            return Some(Err(Cause::Nonsense("an event of a watch is endless".into())));
        }
        match body.frame().await {
            None if buffer.iter().all(u8::is_ascii_whitespace) => return None,
            None => return Some(Err(Cause::Unreachable { reason: "the watch was cut".into(), sent: true })),
            Some(Err(e)) => return Some(Err(Cause::Unreachable { reason: chain(&e), sent: true })),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    buffer.extend_from_slice(&data);
                }
            }
        }
    }
}

fn event(line: &[u8]) -> Result<WatchEvent, Cause> {
    let mut json: Json = serde_json::from_slice(line)
        .map_err(|e| Cause::Nonsense(format!("an event of a watch is no JSON ({e})")))?;
    let object = json["object"].take();
    match json["type"].as_str() {
        Some("ADDED" | "MODIFIED") => Ok(WatchEvent::Changed(object)),
        Some("DELETED") => Ok(WatchEvent::Deleted(object)),
        Some("BOOKMARK") => Ok(WatchEvent::Bookmark(
            object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_string(),
        )),
        Some("ERROR") => {
            let code = object["code"].as_u64().and_then(|c| u16::try_from(c).ok()).unwrap_or(500);
            Err(status::cause(code, None, object.to_string().as_bytes(), "watch"))
        }
        other => Err(Cause::Nonsense(format!("a watch sent {}", other.unwrap_or("an event without a type")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> Vec<String> {
        let body = Body::from(text.as_bytes().to_vec());
        events(body, "Pod".into())
            .map(|e| match e {
                Ok(WatchEvent::Changed(o)) => format!("changed {}", o["metadata"]["name"]),
                Ok(WatchEvent::Deleted(o)) => format!("deleted {}", o["metadata"]["name"]),
                Ok(WatchEvent::Bookmark(v)) => format!("bookmark {v}"),
                Err(e) => e.to_string(),
            })
            .collect()
            .await
    }

    #[tokio::test]
    async fn events_are_read_line_by_line() {
        let text = concat!(
            r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#,
            "\n\n",
            r#"{"type":"DELETED","object":{"metadata":{"name":"a"}}}"#,
            "\n",
            r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}"#,
            "\n",
        );
        assert_eq!(read(text).await, ["changed \"a\"", "deleted \"a\"", "bookmark 7"]);
    }

    #[tokio::test]
    async fn an_expired_version_and_a_cut_line_end_the_watch() {
        let expired = r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#;
        assert_eq!(read(&format!("{expired}\n{expired}\n")).await, ["watch Pod: too old"]);
        assert_eq!(
            read(r#"{"type":"ADDED","obj"#).await,
            ["watch Pod: the cluster cannot be reached: the watch was cut"]
        );
    }
}
