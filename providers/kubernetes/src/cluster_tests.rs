//! The questions against a scripted service under the real client: what goes out on the wire, and
//! how each kind of answer is read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use expect_test::{Expect, expect};
use futures::StreamExt;
use http::{Request, Response};
use kube::client::Body;
use plimsoll_driver::WatchEvent;

use super::*;

/// Answers one after the other; what was asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

enum Reply {
    Answer(u16, String),
    Hang,
    Cut,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = (u16, Json)>) -> Script {
        Script::replies(answers.into_iter().map(|(code, json)| Reply::Answer(code, json.to_string())))
    }

    fn replies(replies: impl IntoIterator<Item = Reply>) -> Script {
        Script { answers: Arc::new(Mutex::new(replies.into_iter().collect())), asked: Arc::default() }
    }

    fn cluster(&self) -> KubernetesCluster {
        let script = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let script = script.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect_bytes().await.unwrap();
                let mut line = format!("{} {}", head.method, head.uri);
                if !body.is_empty() {
                    let ty = head.headers.get("content-type").unwrap().to_str().unwrap().to_string();
                    line.push_str(&format!("\n  {ty}\n  {}", String::from_utf8_lossy(&body)));
                }
                script.asked.lock().unwrap().push(line);
                let next = script.answers.lock().unwrap().pop_front();
                match next {
                    Some(Reply::Answer(code, text)) => {
                        Ok(Response::builder().status(code).body(Body::from(text.into_bytes())).unwrap())
                    }
                    Some(Reply::Hang) => std::future::pending().await,
                    Some(Reply::Cut) | None => Err(std::io::Error::other("connection reset by peer")),
                }
            }
        });
        let client = Client::new(service, "default");
        KubernetesCluster::from_client(client).with_deadline(Duration::from_millis(100))
    }

    fn check(&self, expected: Expect) {
        expected.assert_eq(&self.asked.lock().unwrap().join("\n"));
    }
}

fn web() -> ObjectId {
    ObjectId { gvk: Gvk::new("apps", "v1", "Deployment"), namespace: Some("shop".into()), name: "web".into() }
}

fn scope() -> Scope {
    Scope { gvk: web().gvk, namespace: Some("shop".into()), selector: "plimsoll.dev/project=shop".into() }
}

fn how(dry_run: bool) -> Apply {
    Apply { manager: "plimsoll:shop".into(), force: false, dry_run }
}

#[tokio::test]
async fn an_apply_is_strict_names_its_manager_and_tells_created_from_changed() {
    let object = json!({"metadata": {"name": "web", "uid": "u"}});
    let script = Script::new([(201, object.clone()), (200, object.clone())]);
    let cluster = script.cluster();
    assert!(cluster.apply(&web(), &json!({"kind": "Deployment"}), &how(false)).await.unwrap().created);
    assert!(!cluster.apply(&web(), &json!({}), &how(true)).await.unwrap().created);
    script.check(expect![[r#"
        PATCH /apis/apps/v1/namespaces/shop/deployments/web?fieldManager=plimsoll%3Ashop&force=false&fieldValidation=Strict
          application/apply-patch+yaml
          {"kind":"Deployment"}
        PATCH /apis/apps/v1/namespaces/shop/deployments/web?fieldManager=plimsoll%3Ashop&force=false&fieldValidation=Strict&dryRun=All
          application/apply-patch+yaml
          {}"#]]);
}

#[tokio::test]
async fn lists_are_read_page_by_page_and_items_get_their_type() {
    let item = |name: &str| json!({"metadata": {"name": name, "namespace": "shop"}});
    let script = Script::new([
        (
            200,
            json!({"kind": "TList", "metadata": {"continue": "t=", "resourceVersion": "7"}, "items": [item("b")]}),
        ),
        (200, json!({"kind": "TList", "metadata": {"resourceVersion": "7"}, "items": [item("a")]})),
    ]);
    let listing = script.cluster().list(&scope()).await.unwrap();
    let names: Vec<_> =
        listing.objects().map(|mut o| (o["kind"].take(), o["metadata"]["name"].take())).collect();
    assert_eq!(names, [(json!("Deployment"), json!("a")), (json!("Deployment"), json!("b"))]);
    assert_eq!(listing.resource_version, "7");
    script.check(expect![[r#"
        GET /apis/apps/v1/namespaces/shop/deployments?labelSelector=plimsoll.dev%2Fproject%3Dshop&limit=500
        GET /apis/apps/v1/namespaces/shop/deployments?labelSelector=plimsoll.dev%2Fproject%3Dshop&limit=500&continue=t%3D"#]]);
}

#[tokio::test]
async fn a_list_without_an_end_is_nonsense() {
    let page = |items: Json, token: &str| {
        (200, json!({"kind": "TList", "metadata": {"continue": token}, "items": items}))
    };
    let item = json!([{"metadata": {"name": "a"}}]);
    let check = async |script: Script, asked: usize, why: &str| {
        let error = script.cluster().list(&scope()).await.unwrap_err();
        assert_eq!(error.cause, Cause::Nonsense(why.into()));
        assert_eq!(script.asked.lock().unwrap().len(), asked);
    };
    let again = Script::new([page(item.clone(), "t"), page(item.clone(), "t")]);
    check(again, 2, "a page of the list continues with itself").await;
    let empty = Script::new([page(item.clone(), "t"), page(json!([]), "u")]);
    check(empty, 2, "a page of the list is empty and has a next one").await;
    let long = Script::new((0..=MOST_PAGES).map(|i| page(item.clone(), &format!("t{i}"))));
    check(long, MOST_PAGES, "the list has more than 10000 pages").await;
}

#[tokio::test]
async fn a_list_whose_pages_expire_is_read_once_more() {
    let script = Script::new([
        (
            200,
            json!({"kind": "TList", "metadata": {"continue": "t"}, "items": [{"metadata": {"name": "a"}}]}),
        ),
        (410, json!({"reason": "Expired", "message": "the provided continue parameter is too old"})),
        (200, json!({"kind": "TList", "metadata": {}, "items": [{"metadata": {"name": "a"}}]})),
    ]);
    assert_eq!(script.cluster().list(&scope()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_delete_carries_uid_and_version_and_tells_gone_from_terminating() {
    let script = Script::new([
        (200, json!({"kind": "Status", "apiVersion": "v1", "status": "Success"})),
        (200, json!({"kind": "Deployment", "metadata": {"name": "web", "deletionTimestamp": "t"}})),
    ]);
    let cluster = script.cluster();
    let when = Preconditions { uid: Some("u".into()), resource_version: Some("7".into()) };
    assert_eq!(cluster.delete(&web(), &when, Propagation::Background).await.unwrap(), Deleted::Gone);
    assert_eq!(cluster.delete(&web(), &when, Propagation::Orphan).await.unwrap(), Deleted::Terminating);
    script.check(expect![[r#"
        DELETE /apis/apps/v1/namespaces/shop/deployments/web
          application/json
          {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"7","uid":"u"},"propagationPolicy":"Background"}
        DELETE /apis/apps/v1/namespaces/shop/deployments/web
          application/json
          {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"7","uid":"u"},"propagationPolicy":"Orphan"}"#]]);
}

#[tokio::test]
async fn the_identity_is_the_uid_of_kube_system() {
    let namespace = json!({"metadata": {"uid": "k"}});
    // The two questions go out together; both answers fit both.
    let both = json!({"metadata": namespace["metadata"], "major": "1", "minor": "36+"});
    let script = Script::new([(200, both.clone()), (200, both)]);
    let identity = script.cluster().identity().await.unwrap();
    assert_eq!(identity, Identity { uid: "k".into(), version: "1.36".into() });
}

#[tokio::test]
async fn failures_are_told_apart() {
    let script = Script::replies([
        Reply::Hang,
        Reply::Cut,
        Reply::Answer(200, "<html>".into()),
        Reply::Answer(200, "[]".into()),
        Reply::Answer(401, json!({"message": "Unauthorized"}).to_string()),
        Reply::Answer(429, json!({"message": "slow down"}).to_string()),
        Reply::Answer(200, json!({"metadata": {"name": "other"}}).to_string()),
    ]);
    let cluster = script.cluster();
    let mut seen = Vec::new();
    for _ in 0..7 {
        let error = cluster.apply(&web(), &json!({}), &how(false)).await.unwrap_err();
        seen.push(format!(
            "{error}{}{}",
            if error.is_retryable() { " | again" } else { "" },
            if error.may_have_happened() { " | may have happened" } else { "" }
        ));
    }
    expect![[r#"
        apply Deployment shop/web: no answer within 0.1 s | again | may have happened
        apply Deployment shop/web: the cluster cannot be reached: connection reset by peer | again | may have happened
        apply Deployment shop/web: the answer makes no sense: the body is no JSON (expected value at line 1 column 1) | may have happened
        apply Deployment shop/web: the answer makes no sense: the body is no JSON object | may have happened
        apply Deployment shop/web: the credentials are not accepted: Unauthorized
        apply Deployment shop/web: the server is busy | again
        apply Deployment shop/web: the answer makes no sense: the answer is another object | may have happened"#]]
    .assert_eq(&seen.join("\n"));
}

#[tokio::test]
async fn an_unknown_kind_is_discovered_once_and_again_after_a_new_one() {
    let groups = |kind: &str| {
        json!({"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "example.com"}, "versions": [
            {"version": "v1", "resources": [{"resource": "things", "scope": "Namespaced",
             "responseKind": {"group": "example.com", "version": "v1", "kind": kind}}]}]}]})
    };
    let script = Script::new([
        (200, groups("Other")),
        (200, groups("Other")),
        (200, groups("Thing")),
        (200, groups("Thing")),
    ]);
    let cluster = script.cluster();
    let thing = Gvk::new("example.com", "v1", "Thing");
    assert_eq!(cluster.resource(&thing).await.unwrap(), None);
    assert_eq!(cluster.resource(&thing).await.unwrap(), None);
    cluster.rediscover().await;
    assert_eq!(cluster.resource(&thing).await.unwrap().map(|r| r.plural), Some("things".into()));
    assert_eq!(script.asked.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_watch_begins_where_the_list_ended() {
    let text = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"web\"}}}\n";
    let script = Script::replies([Reply::Answer(200, text.into()), Reply::Answer(410, "{}".into())]);
    let cluster = script.cluster();
    let events: Vec<_> = cluster.watch(&scope(), "7").await.unwrap().collect().await;
    assert!(matches!(&events[..], [Ok(WatchEvent::Changed(o))] if o["metadata"]["name"] == "web"));
    let Err(error) = cluster.watch(&scope(), "7").await else { panic!("watched") };
    assert!(matches!(error.cause, Cause::Expired(_)));
    script.check(expect![[r#"
        GET /apis/apps/v1/namespaces/shop/deployments?labelSelector=plimsoll.dev%2Fproject%3Dshop&watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=290
        GET /apis/apps/v1/namespaces/shop/deployments?labelSelector=plimsoll.dev%2Fproject%3Dshop&watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=290"#]]);
}

#[tokio::test]
async fn logs_and_events_are_read() {
    let event = |time: &str, ty: &str| json!({"type": ty, "reason": "Failed", "message": time, "lastTimestamp": time, "count": 2});
    let script = Script::replies([
        Reply::Answer(200, "one\ntwo\n".into()),
        Reply::Answer(200, json!({"items": [event("2", "Warning"), event("1", "Normal")]}).to_string()),
    ]);
    let cluster = script.cluster();
    let request = LogRequest {
        namespace: "shop".into(),
        pod: "web-0".into(),
        container: "web".into(),
        previous: true,
        lines: 10,
    };
    assert_eq!(cluster.logs(&request).await.unwrap(), "one\ntwo\n");
    let events = cluster.happenings(&web()).await.unwrap();
    assert_eq!(
        events.iter().map(|h| (h.message.as_str(), h.warning)).collect::<Vec<_>>(),
        [("1", false), ("2", true)]
    );
    script.check(expect![[r#"
        GET /api/v1/namespaces/shop/pods/web-0/log?container=web&tailLines=10&limitBytes=65536&previous=true
        GET /api/v1/namespaces/shop/events?fieldSelector=involvedObject.kind%3DDeployment%2CinvolvedObject.name%3Dweb"#]]);
}
