//! Requests and answers as they are on the wire: status, headers, bytes, frames.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::world::{KEY, World};

/// A test that waits longer for one thing hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Sends the request and reads the answer.
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let response = request.timeout(PATIENCE).send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body: response.text().await.expect("a body") }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    /// The JSON of an answer that has to be a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.json()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// That it is an error with the whole shape which clients look for.
    #[track_caller]
    pub(crate) fn check_problem(&self, status: u16, text: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.body);
        let body = self.json();
        let (code, detail) = (&body["code"], &body["detail"]);
        assert!(code.as_str().is_some_and(|code| !code.is_empty()), "{body}");
        assert!(detail.as_str().is_some_and(|detail| detail.contains(text)), "{text:?} is not in {body}");
        let id = self.header("x-request-id").expect("every answer has the id of its request");
        let mut wanted = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": status,
            "detail": detail,
            "code": code,
            "message": detail,
            "error": { "code": code, "message": detail },
            "instance": format!("urn:request:{id}"),
            "request_id": id,
        });
        if let Some(seconds) = self.header("retry-after") {
            wanted["retry_after_seconds"] = seconds.parse::<u32>().expect("seconds").into();
        }
        assert_eq!(body, wanted);
        assert_eq!(self.header("www-authenticate").is_some(), status == 401);
    }
}

/// A frame of an event stream as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<String>,
    pub(crate) data: String,
}

impl Frame {
    fn read(block: &str) -> Self {
        let mut frame = Self { name: String::new(), id: None, retry: None, data: String::new() };
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("event", name)) => frame.name = name.to_owned(),
                Some(("id", id)) => frame.id = Some(id.to_owned()),
                Some(("retry", millis)) => frame.retry = Some(millis.to_owned()),
                Some(("data", data)) if frame.data.is_empty() => frame.data = data.to_owned(),
                _ => panic!("an unexpected line: {line:?}"),
            }
        }
        frame
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// An open event stream.
pub(crate) struct Frames {
    pub(crate) headers: reqwest::header::HeaderMap,
    bytes: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    unread: Vec<u8>,
}

impl Frames {
    /// The next frame; `None` at the end. Heartbeats are left out.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("the stream says something in time")
    }

    async fn read(&mut self) -> Option<Frame> {
        loop {
            let end = self.unread.windows(2).position(|two| two == b"\n\n");
            if let Some(end) = end {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                let block = String::from_utf8(block).expect("UTF-8");
                if block == ": heartbeat\n\n" {
                    continue;
                }
                return Some(Frame::read(block.trim_end()));
            }
            match self.bytes.next().await {
                Some(piece) => self.unread.extend(piece.expect("the connection stands")),
                None => {
                    assert!(self.unread.is_empty(), "half a frame at the end");
                    return None;
                }
            }
        }
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Value {
        self.next().await.expect("one more event").json()
    }

    /// Events up to the first of this type, it included.
    pub(crate) async fn until(&mut self, type_name: &str) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let event = self.event().await;
            let found = event["type"] == type_name;
            events.push(event);
            if found {
                return events;
            }
        }
    }
}

impl World {
    /// A request to a path of the server, with the default organization's key.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).header(AUTHORIZATION, KEY)
    }

    /// A request without a key.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url()))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
        Answer::to(request.body(body.to_string())).await
    }

    /// A request with a JSON body and with these headers.
    pub(crate) async fn send(&self, verb: &str, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        let request = self.request(verb.parse().expect("a method"), path).header(CONTENT_TYPE, "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::to(request.body(body.to_string())).await
    }

    /// Opens an event stream and reads its first frame, which says that it is connected.
    pub(crate) async fn stream(&self, path: &str) -> Frames {
        self.stream_as(KEY, path).await
    }

    /// The same with this key.
    pub(crate) async fn stream_as(&self, key: &str, path: &str) -> Frames {
        let request = self.anonymous(Method::GET, path).header(AUTHORIZATION, key);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let headers = response.headers().clone();
        let mut frames = Frames { headers, bytes: response.bytes_stream().boxed(), unread: Vec::new() };
        let first = frames.next().await.expect("a first frame");
        let connected = r#"{"status":"connected"}"#.to_owned();
        assert_eq!(first, Frame { name: "connected".to_owned(), id: None, retry: None, data: connected });
        frames
    }
}
