//! Bodies of success answers: JSON wherever a client parses one, nothing where there is nothing to say.

use reqwest::Method;
use serde_json::{Value, json};

use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::World;

#[tokio::test]
async fn trap_16_what_clients_parse_is_there_and_deletes_say_nothing() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let workspace = world.post("/v1/workspaces", &json!({ "name": "papers" })).await.ok();
    let fs = format!("/v1/workspaces/{}/fs", workspace["id"].as_str().expect("an id"));
    world.post(&format!("{fs}/a.md"), &json!({ "content": "a" })).await.ok();
    let send = async |line: &str, body: Value| {
        let (verb, path) = line.split_once(' ').expect("a verb and a path");
        let request = world.request(verb.parse::<Method>().expect("a verb"), path);
        Answer::to(request.header("content-type", "application/json").body(body.to_string())).await
    };
    let object = async |line: &str, body: Value, member: &str| {
        let answer = send(line, body).await;
        assert!(!answer.ok()[member].is_null(), "{line}: {}", answer.body);
    };
    let session = &talk.path;
    object(&format!("POST {session}/cancel"), Value::Null, "status").await;
    object(&format!("PUT {session}/storage/secrets"), json!({ "secrets": { "A": "b" } }), "count").await;
    object(&format!("DELETE {fs}/a.md"), Value::Null, "deleted").await;
    object(&format!("DELETE {fs}/a.md"), Value::Null, "deleted").await;
    let nothing = async |line: &str| {
        let answer = send(line, Value::Null).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""), "{line}");
    };
    nothing(&format!("PUT {session}/pin")).await;
    nothing(&format!("DELETE {session}/pin")).await;
    nothing(&format!("DELETE {session}")).await;
    nothing(&format!("DELETE {}", fs.trim_end_matches("/fs"))).await;
}
