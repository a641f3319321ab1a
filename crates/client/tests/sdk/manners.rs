//! What every call has in common: headers, repetition, pages, errors, and fields that only the server knows.

use std::time::Duration;

use everruns_client::{Client, Error, ListAgents, ListEvents};
use everruns_core::SessionId;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::json;

use crate::stub::{answer, answer_with, serve};

const SESSION: SessionId = SessionId::from_u128(7);
const BUSY: &str = r#"{"error":{"code":"unavailable","message":"Busy"}}"#;

fn capability(id: &str) -> String {
    format!(r#"{{"id":"{id}","name":"n","description":"d","status":"available","a_new_field":{{"x":1}}}}"#)
}

#[tokio::test]
async fn headers_say_who_and_why() {
    let stub = serve(vec![answer(200, &capability("a")), answer(204, "")]).await;
    let client = Client::builder(&stub.url).key("evr_pat_x").organization("org_1").build().unwrap();
    let client = client.with_reason("Größe + \"Zahl\"\n100%");
    client.capabilities().get("mcp:server").await.unwrap();
    client.agents().delete("a-name").await.unwrap();
    let requests = stub.requests().await;
    assert!(requests[0].starts_with("GET /v1/capabilities/mcp:server HTTP/1.1\r\n"), "{}", requests[0]);
    for request in &requests {
        for header in [
            "authorization: Bearer evr_pat_x\r\n",
            "x-org-id: org_1\r\n",
            "everruns-change-reason: Gr%C3%B6%C3%9Fe%20%2B%20%22Zahl%22%0A100%25\r\n",
        ] {
            assert!(request.contains(header), "{header} {request}");
        }
        assert!(!request.contains("idempotency-key"), "{request}");
    }
}

#[tokio::test]
async fn what_is_safe_is_repeated_when_the_server_says_when() {
    let busy = |status| answer_with(status, "retry-after: 0\r\n", BUSY);
    let check = async |answers: Vec<String>, call: fn(Client) -> Calling, requests: usize, works: bool| {
        let stub = serve(answers).await;
        let client = Client::builder(&stub.url).tries(3).build().unwrap();
        let outcome = call(client).await;
        assert_eq!(outcome.is_ok(), works, "{outcome:?}");
        assert_eq!(stub.requests().await.len(), requests);
    };
    let done = || answer(200, &capability("a"));
    let read: fn(Client) -> Calling = |client| Box::pin(async move { client.capabilities().get("a").await.map(drop) });
    let post: fn(Client) -> Calling =
        |client| Box::pin(async move { client.providers().sync_models("p").await.map(drop) });
    let post_once: fn(Client) -> Calling = |client| {
        Box::pin(async move { client.with_idempotency_key("k")?.providers().sync_models("p").await.map(drop) })
    };
    check(vec![busy(503), busy(429), done()], read, 3, true).await;
    check(vec![busy(503), busy(503), busy(503)], read, 3, false).await;
    check(vec![answer(503, BUSY)], read, 1, false).await;
    check(vec![busy(500)], read, 1, false).await;
    check(vec![busy(503)], post, 1, false).await;
    check(vec![busy(503), done()], post_once, 2, true).await;
    check(vec![answer_with(429, "retry-after: 3600\r\n", BUSY)], read, 1, false).await;
}

type Calling = std::pin::Pin<Box<dyn Future<Output = Result<(), Error>>>>;

#[tokio::test]
async fn an_idempotency_key_goes_with_posts_alone() {
    let stub = serve(vec![answer(200, "{}"), answer(204, "")]).await;
    let client = Client::builder(&stub.url).build().unwrap().with_idempotency_key("once-1").unwrap();
    client.providers().sync_models("p").await.unwrap();
    client.providers().delete("p").await.unwrap();
    let requests = stub.requests().await;
    assert!(requests[0].contains("idempotency-key: once-1\r\n"), "{}", requests[0]);
    assert!(!requests[1].contains("idempotency-key"), "{}", requests[1]);
    assert!(matches!(client.with_idempotency_key("a\nb"), Err(Error::Request(_))));
}

#[tokio::test]
async fn errors_tell_when_to_come_back_and_which_request_it_was() {
    let busy = answer_with(429, "retry-after: 7\r\nx-request-id: req-1\r\n", BUSY);
    let stub = serve(vec![busy]).await;
    let client = Client::builder(&stub.url).tries(1).build().unwrap();
    let error = client.capabilities().get("a").await.unwrap_err();
    assert_eq!((error.status(), error.retry_after()), (Some(429), Some(Duration::from_secs(7))));
    assert!(matches!(error, Error::Api { request_id: Some(id), .. } if id == "req-1"));
}

#[tokio::test]
async fn fields_that_only_the_server_knows_are_kept() {
    let stub = serve(vec![answer(200, &capability("a"))]).await;
    let seen = Client::builder(&stub.url).build().unwrap().capabilities().get("a").await.unwrap();
    assert_eq!(seen.id, "a");
    assert_eq!(serde_json::to_value(&seen).unwrap()["a_new_field"], json!({ "x": 1 }));
}

#[tokio::test]
async fn pages_follow_each_other() {
    let page = |items: &[&str], total: u32| {
        let items: Vec<String> = items.iter().map(|id| capability(id)).collect();
        answer(200, &format!(r#"{{"data":[{}],"total":{total},"offset":0,"limit":2}}"#, items.join(",")))
    };
    let stub = serve(vec![page(&["a", "b"], 3), page(&["c"], 3)]).await;
    let client = Client::builder(&stub.url).build().unwrap();
    let all: Vec<_> = client.capabilities().all(Default::default()).try_collect().await.unwrap();
    assert_eq!(all.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let requests = stub.requests().await;
    assert!(requests[0].starts_with("GET /v1/capabilities?offset=0&limit=100 "), "{}", requests[0]);
    assert!(requests[1].starts_with("GET /v1/capabilities?offset=2&limit=100 "), "{}", requests[1]);

    let stub = serve(vec![answer(404, "gone")]).await;
    let client = Client::builder(&stub.url).build().unwrap();
    let items: Vec<_> = client.agents().all(ListAgents::default()).collect().await;
    assert!(matches!(&items[..], [Err(Error::Api { status: 404, .. })]));
}

#[tokio::test]
async fn events_are_read_forward_to_the_end() {
    let event = |sequence: u32| {
        format!(
            r#"{{"id":"event_{sequence:032x}","type":"t","ts":"2026-04-18T10:00:01.000Z","session_id":"{SESSION}","sequence":{sequence},"context":{{}},"data":{{}},"hints":1}}"#
        )
    };
    let page = |events: &[u32]| {
        let events: Vec<String> = events.iter().map(|sequence| event(*sequence)).collect();
        answer(200, &format!(r#"{{"data":[{}]}}"#, events.join(",")))
    };
    let stub = serve(vec![page(&[1, 3]), page(&[4]), page(&[])]).await;
    let client = Client::builder(&stub.url).build().unwrap();
    let events: Vec<_> = client.events().all(SESSION, ListEvents::default()).try_collect().await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!(events[0].extra["hints"], 1);
    let after =
        |request: &String| request.split("after_sequence=").nth(1).expect("a cursor").starts_with(['0', '3', '4']);
    assert!(stub.requests().await.iter().all(after));
}

#[tokio::test]
async fn a_path_that_would_lead_elsewhere_is_not_sent() {
    let client = Client::new("http://127.0.0.1:1", "dev").unwrap();
    for path in ["../../agents", "a/../b", "./a"] {
        let refused = client.files().read(everruns_core::WorkspaceId::from_u128(1), path).await;
        assert!(matches!(refused, Err(Error::Request(_))), "{path} {refused:?}");
    }
}

#[tokio::test]
async fn images_are_sent_in_one_part() {
    let made = r#"{"id":"img_1","filename":"a.png","content_type":"image/png","size_bytes":3,"created_at":"2026-04-18T10:00:00.000Z"}"#;
    let stub = serve(vec![answer(201, made)]).await;
    let client = Client::builder(&stub.url).build().unwrap();
    let image = client.images().create("a.png", "image/png", b"abc").await.unwrap();
    assert_eq!(image.size_bytes, 3);
    let request = stub.requests().await.remove(0);
    assert!(request.contains("content-type: multipart/form-data; boundary=everruns-image-0\r\n"), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    assert_eq!(
        body,
        "--everruns-image-0\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
         content-type: image/png\r\n\r\nabc\r\n--everruns-image-0--\r\n"
    );
    let refused = client.images().create("a\"b", "image/png", b"").await;
    assert!(matches!(refused, Err(Error::Request(_))), "{refused:?}");
}

#[tokio::test]
async fn a_unix_socket_is_as_good_as_a_port() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let path = std::env::temp_dir().join(format!("everruns-client-{}.sock", std::process::id()));
    let listener = tokio::net::UnixListener::bind(&path).expect("a socket");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = vec![0; 4096];
        let read = stream.read(&mut head).await.expect("a request");
        stream.write_all(answer(200, &capability("a")).as_bytes()).await.expect("an answer");
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let client = Client::builder("http://localhost/").unix_socket(&path).build().unwrap();
    let outcome = client.capabilities().get("a").await;
    std::fs::remove_file(&path).expect("the socket is ours");
    assert_eq!(outcome.unwrap().id, "a");
    assert!(server.await.unwrap().starts_with("GET /v1/capabilities/a HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_stream_gives_up_when_it_was_told_to() {
    let stub = serve(vec![answer(503, BUSY), answer(503, BUSY)]).await;
    let client = Client::builder(&stub.url).tries(1).build().unwrap();
    let options = everruns_client::StreamOptions { losses_max: Some(1), ..Default::default() };
    let events: Vec<_> = client.events().stream(SESSION, options).collect().await;
    assert!(matches!(&events[..], [Err(Error::Api { status: 503, .. })]), "{events:?}");
    assert_eq!(stub.requests().await.len(), 2);
}
