//! What most tests do: make a session, say something, read until the turn is over.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::wire::Frames;
use crate::world::World;

/// A session, by its address.
pub(crate) struct Talk<'a> {
    pub(crate) world: &'a World,
    pub(crate) id: String,
    /// `/v1/sessions/session_…`
    pub(crate) path: String,
}

impl<'a> Talk<'a> {
    /// A new session with these settings.
    pub(crate) async fn new(world: &'a World, spec: Value) -> Self {
        let session = world.post("/v1/sessions", &spec).await.ok();
        Self::of(world, session["id"].as_str().expect("an id"))
    }

    /// A new session with this model.
    pub(crate) async fn with_model(world: &'a World, model: &str) -> Self {
        Self::new(world, json!({ "model_id": model })).await
    }

    /// A session that is there already.
    pub(crate) fn of(world: &'a World, id: &str) -> Self {
        Self { world, id: id.to_owned(), path: format!("/v1/sessions/{id}") }
    }

    /// Says something; the message as it was stored.
    pub(crate) async fn say(&self, text: &str) -> Value {
        self.send(json!({ "message": { "content": [{ "type": "text", "text": text }] } })).await
    }

    /// Sends a message with everything that comes with it.
    pub(crate) async fn send(&self, body: Value) -> Value {
        self.world.post(&format!("{}/messages", self.path), &body).await.ok()
    }

    /// Says something and waits until the turn is over.
    pub(crate) async fn ask(&self, text: &str) -> Vec<Value> {
        self.say(text).await;
        self.turn().await
    }

    /// The events of the latest turn, from its input on, once it is over.
    pub(crate) async fn turn(&self) -> Vec<Value> {
        self.stream("").await.until("session.idled").await
    }

    /// Opens the event stream.
    pub(crate) async fn stream(&self, query: &str) -> Frames {
        self.world.stream(&format!("{}/sse{query}", self.path)).await
    }

    /// The list of events.
    pub(crate) async fn list(&self, query: &str) -> Vec<Value> {
        let body = self.world.get(&format!("{}/events{query}", self.path)).await.ok();
        body["data"].as_array().expect("a list").clone()
    }

    pub(crate) async fn status(&self) -> String {
        let session = self.world.get(&self.path).await.ok();
        session["status"].as_str().expect("a status").to_owned()
    }

    pub(crate) async fn cancel(&self) -> Value {
        self.world.post(&format!("{}/cancel", self.path), &json!({})).await.ok()
    }
}

/// The types of events, with a row of deltas written once.
pub(crate) fn types(events: &[Value]) -> Vec<&str> {
    let mut types: Vec<&str> = events.iter().map(|event| event["type"].as_str().expect("a type")).collect();
    types.dedup_by(|next, before| next == before && next.ends_with(".delta"));
    types
}

/// The sequences of events.
pub(crate) fn sequences(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["sequence"].as_i64().expect("a sequence")).collect()
}

/// The events of one type.
pub(crate) fn of_type<'a>(events: &'a [Value], type_name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == type_name).collect()
}

/// The deltas of all messages, joined.
pub(crate) fn deltas(events: &[Value]) -> String {
    let deltas = of_type(events, "output.message.delta");
    deltas.iter().map(|event| event["data"]["delta"].as_str().expect("a delta")).collect()
}

/// The text of the last message that the agent completed.
pub(crate) fn completed(events: &[Value]) -> String {
    let completed = of_type(events, "output.message.completed");
    let content = &completed.last().expect("a completed message")["data"]["message"]["content"];
    content.as_array().expect("parts").iter().filter_map(|part| part["text"].as_str()).collect()
}

/// That these are whole: dense from `first` on, `accumulated` is what the deltas say, and ids do not repeat.
#[track_caller]
pub(crate) fn check_log(events: &[Value], first: i64) {
    let wanted: Vec<i64> = (first..).take(events.len()).collect();
    assert_eq!(sequences(events), wanted);
    let ids: HashSet<&str> = events.iter().map(|event| event["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), events.len(), "ids repeat");
    let mut text = String::new();
    for event in events {
        match event["type"].as_str() {
            Some("output.message.started") => text.clear(),
            Some("output.message.delta") => {
                text.push_str(event["data"]["delta"].as_str().expect("a delta"));
                assert_eq!(event["data"]["accumulated"], text.as_str());
            }
            _ => {}
        }
    }
}
