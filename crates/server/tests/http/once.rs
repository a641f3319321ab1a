//! `Idempotency-Key`: what is sent again is answered again and happens once, also at the same time and over a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::{KEY, OTHER_KEY, Setup, World};

fn hello(text: &str) -> Value {
    json!({ "message": { "content": [{ "type": "text", "text": text }] } })
}

/// A POST under an idempotency key, as the owner of an API key.
async fn post_as(world: &World, api_key: &str, key: &str, path: &str, body: &Value) -> Answer {
    let request = world.anonymous(Method::POST, path).header("authorization", api_key);
    Answer::to(request.header("idempotency-key", key).body(body.to_string())).await
}

async fn post(world: &World, key: &str, path: &str, body: &Value) -> Answer {
    post_as(world, KEY, key, path, body).await
}

#[track_caller]
fn check_replayed(first: &Answer, again: &Answer) {
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{}", again.body);
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    assert_eq!(again.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn what_is_sent_again_is_answered_again() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let messages = format!("{}/messages", talk.path);
    let agent = json!({ "name": "keeper", "system_prompt": "Keep." });
    let check = async |path: &str, body: Value| {
        let first = post(&world, "key 1", path, &body).await;
        assert_eq!(first.status.as_u16(), 201, "{}", first.body);
        for prefix in ["", "/api"] {
            let again = post(&world, "key 1", &format!("{prefix}{path}"), &body).await;
            check_replayed(&first, &again);
        }
        let other = post(&world, "key 2", path, &body).await;
        assert!(other.status.is_success() && other.header("idempotent-replayed").is_none());
    };
    check("/v1/agents", agent).await;
    check("/v1/sessions", json!({ "title": "One" })).await;
    check(&messages, hello("Hello")).await;
    assert_eq!(world.get("/v1/sessions").await.ok()["total"], 3, "the talk, and one for each key");
    assert_eq!(talk.list("?types=input.message").await.len(), 2);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let world = World::dev().await;
    let first = post(&world, "k", "/v1/sessions", &json!({ "title": "One" })).await;
    assert_eq!(first.status.as_u16(), 201);
    let other = post(&world, "k", "/v1/sessions", &json!({ "title": "Two" })).await;
    other.check_problem(422, "another request");
    assert_eq!(other.json()["code"], "idempotency_key_reuse");
    let talk = Talk::of(&world, first.json()["id"].as_str().expect("an id"));
    // The path is part of the name.
    assert_eq!(post(&world, "k", &format!("{}/messages", talk.path), &hello("Hi")).await.status.as_u16(), 201);
    assert_eq!(world.get("/v1/sessions").await.ok()["total"], 1);
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_unused() {
    let world = World::dev().await;
    post(&world, "k", "/v1/sessions", &json!({ "title": 1 })).await.check_problem(400, "title");
    post(&world, "k", "/v1/sessions", &json!({ "agent_name": "nobody" })).await.check_problem(404, "agent");
    let made = post(&world, "k", "/v1/sessions", &json!({ "title": "One" })).await;
    assert_eq!((made.status.as_u16(), made.header("idempotent-replayed")), (201, None));
}

#[tokio::test]
async fn keys_of_one_organization_mean_nothing_to_another() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let body = json!({ "title": "One" });
    let mine = post_as(&world, KEY, "k", "/v1/sessions", &body).await;
    let theirs = post_as(&world, OTHER_KEY, "k", "/v1/sessions", &body).await;
    assert_eq!(theirs.header("idempotent-replayed"), None);
    assert_ne!(mine.ok()["id"], theirs.ok()["id"]);
    post_as(&world, "evr_pat_wrong", "k", "/v1/sessions", &body).await.check_problem(401, "Authorization");
}

#[tokio::test]
async fn hostile_keys_are_refused() {
    let world = World::dev().await;
    let check = async |key: &[u8]| {
        let value = reqwest::header::HeaderValue::from_bytes(key).expect("a header");
        let request = world.anonymous(Method::POST, "/v1/sessions").header("idempotency-key", value);
        Answer::to(request).await.check_problem(400, "Idempotency-Key");
    };
    check(b"").await;
    check(b"tab\tin").await;
    check("Schl\u{fc}ssel".as_bytes()).await;
    check(b"\xff\xfe").await;
    check(&[b'x'; 256]).await;
    let twice = world.anonymous(Method::POST, "/v1/sessions").header("idempotency-key", "a");
    Answer::to(twice.header("idempotency-key", "b")).await.check_problem(400, "Idempotency-Key");
    assert_eq!(world.get("/v1/sessions").await.ok()["total"], 0);
    assert_eq!(post(&world, &"x".repeat(255), "/v1/sessions", &json!({})).await.status.as_u16(), 201);
    // Where nothing is made, the header means nothing.
    let read = world.anonymous(Method::GET, "/v1/sessions").header("idempotency-key", "");
    assert_eq!(Answer::to(read).await.ok()["total"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_posts_sent_three_times_each_are_a_thousand_messages() {
    let world = Arc::new(World::dev().await);
    let mut paths = Vec::new();
    for _ in 0..10 {
        paths.push(format!("{}/messages", Talk::with_model(&world, "llmsim/echo").await.path));
    }
    let mut answered: BTreeMap<usize, Vec<Answer>> = BTreeMap::new();
    let mut posts = JoinSet::new();
    for number in 0..1_000 {
        for _ in 0..3 {
            let (world, path) = (world.clone(), paths[number % 10].clone());
            posts.spawn(async move {
                let answer = post(&world, &format!("key-{number}"), &path, &hello(&format!("Number {number}"))).await;
                (number, answer)
            });
        }
        while posts.len() > 60 {
            let (number, answer) = posts.join_next().await.expect("a post").expect("no panic");
            answered.entry(number).or_default().push(answer);
        }
    }
    for (number, answer) in posts.join_all().await {
        answered.entry(number).or_default().push(answer);
    }
    let mut ids = BTreeSet::new();
    for (number, answers) in &answered {
        assert_eq!(answers.len(), 3);
        let replayed = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_some()).count();
        assert_eq!(replayed, 2, "{number}");
        for answer in answers {
            assert_eq!((answer.status.as_u16(), &answer.body), (201, &answers[0].body), "{number}");
        }
        ids.insert(answers[0].json()["id"].as_str().expect("an id").to_owned());
    }
    let mut stored = Vec::new();
    for path in &paths {
        let listed = world.get(&path.replace("/messages", "/events?types=input.message&limit=1000")).await.ok();
        let events = listed["data"].as_array().expect("a list").clone();
        stored.extend(events.iter().map(|event| event["data"]["message"]["id"].as_str().expect("an id").to_owned()));
    }
    println!("3,000 posts made {} messages", stored.len());
    assert_eq!(stored.len(), 1_000);
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), ids);
}

#[tokio::test]
async fn a_crash_neither_loses_nor_doubles() {
    let mut world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let (path, messages) = (talk.path.clone(), format!("{}/messages", talk.path));
    let agent = json!({ "name": "keeper", "system_prompt": "Keep." });
    let requests =
        [("/v1/agents", agent), ("/v1/sessions", json!({ "title": "One" })), (messages.as_str(), hello("Hi"))];
    let mut first = Vec::new();
    for (path, body) in &requests {
        first.push(post(&world, "k", path, body).await);
    }
    world.crash();
    // As if it had crashed between the effect and the answer.
    world.execute("UPDATE once SET status = NULL, body = NULL").await;
    world.start().await;
    for ((path, body), first) in requests.iter().zip(&first) {
        let again = post(&world, "k", path, body).await;
        assert_eq!(again.status.as_u16(), 201, "{}", again.body);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.json()["id"], first.json()["id"]);
    }
    let again = post(&world, "k", &messages, &hello("Hi")).await;
    assert_eq!(again.json(), first[2].json(), "a message never changes");
    assert_eq!(world.get("/v1/sessions").await.ok()["total"], 2);
    let inputs = Talk::of(&world, path.rsplit('/').next().expect("an id")).list("?types=input.message").await;
    assert_eq!(inputs.len(), 1);
    post(&world, "k", &messages, &hello("Ho")).await.check_problem(422, "another request");
}

/// The message left the conversation before its answer was kept; whoever asks again is told of it all the same.
#[tokio::test]
async fn a_message_that_was_rolled_back_is_answered_again() {
    let mut world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo?first_token_ms=60000").await;
    let messages = format!("{}/messages", talk.path);
    let first = post(&world, "k", &messages, &hello("Hi")).await;
    let mut instead = hello("Never mind");
    instead["delivery"] = "rollback".into();
    talk.send(instead).await;
    world.crash();
    // As if it had crashed between the effect and the answer.
    world.execute("UPDATE once SET status = NULL, body = NULL").await;
    world.start().await;
    let again = post(&world, "k", &messages, &hello("Hi")).await;
    check_replayed(&first, &again);
}
