//! The simulator over real sockets: what a client sees, and what the simulator saw of the client.

mod answers;
mod faults;
mod lists;

use std::time::Duration;

use everruns_simulator::{Dialect, Request, Settings, Simulator};
use serde_json::{Value, json};

/// A provider and a client that never waits for good.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    client: reqwest::Client,
}

/// What a client got.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its own end.
    pub(crate) is_whole: bool,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        // Where the whole workspace is built, reqwest wants the cryptography of its TLS named.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().expect("a client");
        Self { simulator: Simulator::start(settings).await.expect("a port"), client }
    }

    /// A request with the headers of every format's key.
    pub(crate) fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.client
            .post(format!("{}{path}", self.simulator.url()))
            .header("authorization", "Bearer key")
            .header("x-api-key", "key")
            .header("x-goog-api-key", "key")
            .header("anthropic-version", "2023-06-01")
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Asks a model for an answer.
    pub(crate) async fn speak(&self, dialect: Dialect, model: &str, stream: bool) -> Got {
        let (path, body) = request(dialect, model, stream);
        self.ask(&path, &body).await
    }

    /// Whether asking leads to no answer.
    pub(crate) async fn is_left_alone(&self, dialect: Dialect) -> bool {
        let (path, body) = request(dialect, "m", true);
        self.post(&path, &body).send().await.is_err()
    }

    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.simulator.url()))
    }

    pub(crate) async fn ask(&self, path: &str, body: &Value) -> Got {
        Self::read(self.post(path, body)).await
    }

    pub(crate) async fn read(request: reqwest::RequestBuilder) -> Got {
        let mut response = request.send().await.expect("an answer");
        let mut got = Got {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: vec![],
            is_whole: false,
        };
        loop {
            match response.chunk().await {
                Ok(Some(bytes)) => got.body.extend_from_slice(&bytes),
                Ok(None) => {
                    got.is_whole = true;
                    return got;
                }
                Err(error) if error.is_timeout() => panic!("the answer hangs"),
                Err(_) => return got,
            }
        }
    }

    pub(crate) async fn ended(&self, serial: u64) -> Request {
        self.simulator.ended(serial).await
    }
}

/// Every format.
pub(crate) const DIALECTS: &[Dialect] =
    &[Dialect::Responses, Dialect::Chat, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];

/// Where a format is asked for an answer of a model, and a lawful request.
pub(crate) fn request(dialect: Dialect, model: &str, stream: bool) -> (String, Value) {
    let escaped = percent_encoding::utf8_percent_encode(model, percent_encoding::NON_ALPHANUMERIC);
    match dialect {
        Dialect::Responses => ("/v1/responses".into(), json!({ "model": model, "stream": stream, "input": "Hello" })),
        Dialect::Chat => (CHAT.into(), chat(model, stream)),
        Dialect::Anthropic => (ANTHROPIC.into(), anthropic(model, stream)),
        Dialect::Gemini => {
            let verb = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
            let body = json!({ "contents": [{ "role": "user", "parts": [{ "text": "Hello" }] }] });
            (format!("/v1beta/models/{escaped}:{verb}"), body)
        }
        Dialect::Bedrock => {
            let verb = if stream { "converse-stream" } else { "converse" };
            let body = json!({ "messages": [{ "role": "user", "content": [{ "text": "Hello" }] }] });
            (format!("/model/{escaped}/{verb}"), body)
        }
    }
}

/// A lawful request for a model, with and without a stream.
pub(crate) fn chat(model: &str, stream: bool) -> Value {
    json!({ "model": model, "stream": stream, "messages": [{ "role": "user", "content": "Hello" }] })
}

/// The same for Anthropic.
pub(crate) fn anthropic(model: &str, stream: bool) -> Value {
    let mut body = chat(model, stream);
    body["max_tokens"] = 100.into();
    body
}

pub(crate) const CHAT: &str = "/v1/chat/completions";
pub(crate) const ANTHROPIC: &str = "/v1/messages";
