//! The lists of models, page by page.

use everruns_simulator::{Failure, Kind, Settings};
use serde_json::Value;

use crate::World;

async fn world(models: usize) -> World {
    let models = (0..models).map(|number| format!("m{number}")).collect();
    World::with(Settings { models, ..Settings::default() }).await
}

/// A list, with the key and other headers of a format.
async fn list(world: &World, path: &str, headers: &[(&str, &str)]) -> Value {
    let request = headers.iter().fold(world.get(path), |request, (name, value)| request.header(*name, *value));
    let got = World::read(request).await;
    assert_eq!(got.status, 200, "{path}: {}", got.text());
    got.json()
}

/// The texts at a pointer of each item.
fn each<'a>(list: &'a Value, items: &str, key: &str) -> Vec<&'a str> {
    let items = list[items].as_array().expect("a list");
    items.iter().map(|item| item[key].as_str().expect("a text")).collect()
}

const OPENAI: &[(&str, &str)] = &[("authorization", "Bearer key")];
const ANTHROPIC: &[(&str, &str)] = &[("x-api-key", "key"), ("anthropic-version", "2023-06-01")];
const GEMINI: &[(&str, &str)] = &[("x-goog-api-key", "key")];

#[tokio::test]
async fn openai_and_bedrock_have_no_pages() {
    let world = world(60).await;
    let models = list(&world, "/v1/models", OPENAI).await;
    assert_eq!((each(&models, "data", "id").len(), &models["object"]), (60, &"list".into()));
    assert_eq!(each(&models, "data", "object")[59], "model");
    let models = list(&world, "/foundation-models", OPENAI).await;
    assert_eq!(each(&models, "modelSummaries", "modelId").len(), 60);
    assert_eq!(each(&models, "modelSummaries", "modelArn")[1], "arn:aws:bedrock:us-east-1::foundation-model/m1");
}

#[tokio::test]
async fn pages_of_anthropic() {
    let world = world(25).await;
    let first = list(&world, "/v1/models", ANTHROPIC).await;
    let check = |list: &Value, first: &str, last: &str, has_more: bool| {
        let ids = each(list, "data", "id");
        assert_eq!((ids[0], *ids.last().unwrap(), &list["has_more"]), (first, last, &has_more.into()));
        assert_eq!((&list["first_id"], &list["last_id"]), (&first.into(), &last.into()));
    };
    check(&first, "m0", "m19", true);
    check(&list(&world, "/v1/models?after_id=m19", ANTHROPIC).await, "m20", "m24", false);
    check(&list(&world, "/v1/models?before_id=m5&limit=3", ANTHROPIC).await, "m2", "m4", true);
    check(&list(&world, "/v1/models?limit=1000", ANTHROPIC).await, "m0", "m24", false);
    let empty = list(&world, "/v1/models?after_id=m24", ANTHROPIC).await;
    assert_eq!((&empty["data"], &empty["last_id"]), (&Value::Array(vec![]), &Value::Null));
}

#[tokio::test]
async fn pages_of_gemini() {
    let world = world(5).await;
    let mut path = "/v1beta/models?pageSize=2".to_owned();
    let mut names = vec![];
    loop {
        let page = list(&world, &path, GEMINI).await;
        names.extend(each(&page, "models", "name").into_iter().map(str::to_owned));
        let Some(token) = page["nextPageToken"].as_str() else { break };
        path = format!("/v1beta/models?pageSize=2&pageToken={token}");
    }
    assert_eq!(names, ["models/m0", "models/m1", "models/m2", "models/m3", "models/m4"]);
    assert_eq!(world.simulator.requests().len(), 3);
}

#[tokio::test]
async fn a_list_fails_once_if_it_is_told_to() {
    let world = world(1).await;
    world.simulator.fail_list(Failure::new(Kind::Broken));
    let status = async || World::read(world.get("/v1/models").header("authorization", "Bearer key")).await.status;
    assert_eq!((status().await, status().await), (500, 200));
    assert_eq!(World::read(world.get("/v1/models")).await.status, 401);
}
