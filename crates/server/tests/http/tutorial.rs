//! The published tutorial, call by call, with the SDK: what everybody tries first.

use std::collections::HashSet;

use everruns_client::{Client, Event, ListEvents, NewMessage};
use everruns_core::SessionId;
use everruns_core::agent::{AgentSpec, Layer};
use everruns_core::session::SessionSpec;
use serde_json::{Value, json};

use crate::talk::{self, Talk, types};
use crate::world::{Setup, World};

const NOTE: &str = "This reply is simulated";

/// What the tutorial's loop gathers.
struct Reply {
    /// The deltas, joined.
    printed: String,
    /// The text of the completed message.
    completed: String,
    /// Why the turn failed.
    failed: Option<Value>,
}

/// The tutorial's loop: pages of 200 events as they are, until the turn is over.
async fn poll(client: &Client, session: SessionId, seen: &mut HashSet<String>) -> Reply {
    let mut reply = Reply { printed: String::new(), completed: String::new(), failed: None };
    loop {
        let page = ListEvents { limit: Some(200), ..ListEvents::default() };
        for Event { id, type_name, data, .. } in client.events().list(session, &page).await.expect("a page") {
            if !seen.insert(id.to_string()) {
                continue;
            }
            match type_name.as_str() {
                "output.message.delta" => reply.printed.push_str(data["delta"].as_str().expect("a delta")),
                "output.message.completed" => {
                    let parts = data["message"]["content"].as_array().expect("parts");
                    reply.completed = parts.iter().filter_map(|part| part["text"].as_str()).collect();
                }
                "turn.completed" => return reply,
                "turn.failed" => {
                    reply.failed = Some(data);
                    return reply;
                }
                _ => {}
            }
        }
    }
}

/// An agent and a session with it, as the tutorial makes them.
async fn session(client: &Client, model: Option<&str>) -> SessionId {
    let spec = AgentSpec {
        name: "sdk-notebook-1a2b3c4d".to_owned(),
        display_name: None,
        description: None,
        system_prompt: "You are a concise product expert.".to_owned(),
        default_model_id: model.map(str::to_owned),
        layer: Layer::default(),
    };
    let agent = client.agents().create(&spec).await.expect("an agent");
    assert_eq!(agent.spec, spec);
    let again = client.agents().create(&spec).await.expect("the same agent");
    assert_eq!(again.id, agent.id, "a second run of the script updates its agent");
    let spec =
        SessionSpec { agent_id: Some(agent.id), title: Some("SDK notebook".to_owned()), ..SessionSpec::default() };
    let session = client.sessions().create(&spec).await.expect("a session");
    assert_eq!(session.harness_id, agent.harness_id);
    session.id
}

#[track_caller]
fn check(reply: &Reply, words: Option<usize>, simulated: bool) {
    assert_eq!(reply.failed, None);
    assert_eq!(reply.printed, reply.completed);
    assert_eq!(reply.completed.starts_with(NOTE), simulated, "{}", reply.completed);
    assert!(!reply.completed.is_empty());
    if let Some(words) = words {
        assert_eq!(reply.completed.split(' ').count(), words);
    }
}

#[tokio::test]
async fn the_default_model_says_once_that_it_is_simulated() {
    let world = World::dev().await;
    let client = world.client();
    let (session, mut seen) = (session(&client, None).await, HashSet::new());
    client.messages().create(session, "What does Everruns do?").await.expect("a message");
    check(&poll(&client, session, &mut seen).await, None, true);
    client.messages().create(session, "And why?").await.expect("a message");
    check(&poll(&client, session, &mut seen).await, None, false);
}

#[tokio::test]
async fn trap_02_a_slow_reply_arrives_whole_to_who_polls() {
    let world = World::dev().await;
    let client = world.client();
    let session = session(&client, Some("llmsim/lorem?tokens=40&latency=fast")).await;
    client.messages().create(session, "What does Everruns do?").await.expect("a message");
    let mut seen = HashSet::new();
    check(&poll(&client, session, &mut seen).await, Some(40), false);
}

#[tokio::test]
async fn a_message_chooses_what_the_simulated_model_does() {
    let world = World::dev().await;
    let client = world.client();
    let (session, mut seen) = (session(&client, None).await, HashSet::new());
    let simulated = json!({ "llmsim": { "behaviour": "echo", "prefix": "You said: " } });
    let metadata = simulated.as_object().cloned();
    let message = NewMessage { metadata, ..NewMessage::text("Hello") };
    client.messages().send(session, &message).await.expect("a message");
    let reply = poll(&client, session, &mut seen).await;
    check(&reply, None, false);
    assert_eq!(reply.completed, "You said: Hello");
}

#[tokio::test]
async fn trap_41_everything_can_be_made_without_a_model_and_only_the_turn_fails() {
    let world = World::with(Setup { default_model: None, ..Setup::default() }).await;
    let client = world.client();
    let (session, mut seen) = (session(&client, None).await, HashSet::new());
    client.messages().create(session, "What does Everruns do?").await.expect("a message");
    let failed = poll(&client, session, &mut seen).await.failed.expect("a failed turn");
    assert_eq!(failed["error_code"], "model_not_configured");
    assert!(failed["error"].as_str().is_some_and(|error| error.contains("No model is configured")), "{failed}");

    let talk = Talk::of(&world, &session.to_string());
    let turn = talk.turn().await;
    let wanted = [
        "input.message",
        "turn.started",
        "session.activated",
        "output.message.completed",
        "turn.failed",
        "session.idled",
    ];
    assert_eq!(types(&turn), wanted);
    let fallback = talk::of_type(&turn, "output.message.completed")[0];
    assert_eq!(fallback["data"]["error_code"], "model_not_configured");
    assert_eq!(talk.status().await, "idle");
}
