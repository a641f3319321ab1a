//! Event streams over several connections.

use everruns_client::{Client, Error, Event, StreamOptions};
use everruns_core::{EventId, SessionId};
use futures::StreamExt as _;

use crate::stub::{answer, event_stream, serve};

const SESSION: SessionId = SessionId::from_u128(7);
const CONNECTED: &str = "event: connected\ndata: {\"status\":\"connected\"}";
const DISCONNECTING: &str = "event: disconnecting\ndata: {\"reason\":\"connection_cycle\",\"retry_ms\":1}";
const HEARTBEAT: &str = ": heartbeat";

fn frame(sequence: u32) -> String {
    let id = EventId::from_u128(sequence.into());
    format!(
        r#"event: turn.completed
id: {id}
retry: 100
data: {{"id":"{id}","type":"turn.completed","ts":"2026-04-18T10:00:01.000Z","session_id":"{SESSION}","sequence":{sequence},"context":{{}},"data":{{}}}}"#
    )
}

/// Reads events until there are `count` or the stream ends; returns them and the paths that were asked for.
async fn read(answers: Vec<String>, count: usize) -> (Vec<Result<Event, Error>>, Vec<String>) {
    let stub = serve(answers).await;
    let client = Client::new(&stub.url, "dev").expect("a client");
    let options = StreamOptions { exclude: vec!["output.message.delta".into()], ..StreamOptions::default() };
    let events = client.events().stream(SESSION, options);
    let events = events.take(count).collect().await;
    let path = |request: &String| request.split(' ').nth(1).expect("a path").to_owned();
    (events, stub.requests().await.iter().map(path).collect())
}

fn sequences(events: &[Result<Event, Error>]) -> Vec<i64> {
    events.iter().flatten().map(|event| event.sequence).collect()
}

#[tokio::test]
async fn goes_on_after_the_last_event() {
    let (one, two, three) = (frame(1), frame(2), frame(3));
    let (events, paths) = read(
        vec![
            event_stream(&[CONNECTED, &one, HEARTBEAT, &two, DISCONNECTING]),
            event_stream(&[CONNECTED, DISCONNECTING]),
            // Closed without a word, in the middle of an event: a loss, with a wait of one second.
            event_stream(&[CONNECTED]) + &three[..three.len() - 9],
            event_stream(&[CONNECTED, &three]),
        ],
        3,
    )
    .await;
    assert_eq!(sequences(&events), [1, 2, 3]);
    let start = format!("/v1/sessions/{SESSION}/sse?");
    let after_two = format!("{start}since_id={}&exclude=output.message.delta", EventId::from_u128(2));
    assert_eq!(
        paths,
        [format!("{start}exclude=output.message.delta"), after_two.clone(), after_two.clone(), after_two]
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_loss() {
    let one = frame(1);
    let broken = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n99\r\n:";
    let (events, paths) = read(vec![broken.to_owned(), event_stream(&[CONNECTED, &one])], 1).await;
    assert_eq!(sequences(&events), [1]);
    assert_eq!(paths.len(), 2);
}

#[tokio::test]
async fn waits_for_a_server_that_is_not_ready() {
    let one = frame(1);
    let (events, paths) = read(vec![answer(503, "starting"), event_stream(&[CONNECTED, &one])], 1).await;
    assert_eq!(sequences(&events), [1]);
    assert_eq!(paths.len(), 2);
}

#[tokio::test]
async fn ends_after_what_waiting_cannot_mend() {
    let check = async |answer: String, is_expected: fn(&Error) -> bool| {
        let (events, paths) = read(vec![answer], 9).await;
        let [Err(error)] = &events[..] else { panic!("{events:?}") };
        assert!(is_expected(error), "{error}");
        assert_eq!(paths.len(), 1);
    };
    let problem = r#"{"error":{"code":"not_found","message":"No such session"}}"#;
    let not_found = |error: &Error| matches!(error, Error::Api { status: 404, .. });
    let decode = |error: &Error| matches!(error, Error::Decode(_));
    check(answer(404, problem), not_found).await;
    check(answer(200, "<html>"), decode).await;
    check(event_stream(&["event: a\ndata: {}"]), decode).await;
}

#[tokio::test]
async fn one_connection_shows_every_frame() {
    let one = frame(1);
    let stub = serve(vec![event_stream(&[CONNECTED, HEARTBEAT, &one, DISCONNECTING])]).await;
    let client = Client::new(&stub.url, "dev").unwrap();
    let connection = client.events().connect(SESSION, &StreamOptions::default()).await.unwrap();
    let frames: Vec<_> = connection.map(Result::unwrap).collect().await;
    let names: Vec<&str> = frames.iter().map(|frame| frame.name.as_str()).collect();
    assert_eq!(names, ["connected", "turn.completed", "disconnecting"]);
    assert_eq!(frames[1].id, Some(EventId::from_u128(1).to_string()));
    assert_eq!(frames[1].retry_ms, Some(100));
    assert_eq!(frames[1].event().unwrap().sequence, 1);
}
