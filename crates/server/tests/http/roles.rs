//! Roles: every operation, with every role and without a key, against the policy table.

use everruns_core::Role;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::Value;

use crate::wire::Answer;
use crate::world::{Setup, World, key_of};

const NOWHERE: &str = "00000000000000000000000000000fff";

/// Method, path with ids of nothing, operation id.
async fn operations(world: &World) -> Vec<(Method, String, String)> {
    let document = world.get("/openapi.json").await.ok();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in item.as_object().expect("operations") {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let method = verb.to_uppercase().parse().expect("a method");
            operations.push((method, filled(path), id.to_owned()));
        }
    }
    operations
}

/// The path with ids that name nothing, except for the caller's own organization.
fn filled(path: &str) -> String {
    let pieces = path.split('/').map(|piece| match piece.trim_matches(['{', '}']) {
        "org_id" => "org_00000000000000000000000000000001".to_owned(),
        "workspace_id" => format!("wsp_{NOWHERE}"),
        "version" | "from" | "to" => "1".to_owned(),
        name if piece.starts_with('{') => format!("{}_{NOWHERE}", name.trim_end_matches("_id")),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn the_table_decides_on_every_route() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    let operations = operations(&world).await;
    assert!(operations.len() >= 25, "{operations:?}");
    for (method, path, id) in &operations {
        let least = everruns_server::least_role(id).unwrap_or_else(|| panic!("{id} is not in the policy table"));
        for prefix in ["", "/api"] {
            let call = |key: Option<String>| {
                let request = world.anonymous(method.clone(), &format!("{prefix}{path}")).body("{}");
                match key {
                    Some(key) => request.header(AUTHORIZATION, key),
                    None => request,
                }
            };
            Answer::to(call(None)).await.check_problem(401, "Authorization");
            for role in Role::ALL {
                let answer = Answer::to(call(Some(key_of(role)))).await;
                let is_refused = answer.status.as_u16() == 403 && answer.body.contains("takes the role");
                assert_eq!(is_refused, role < least, "{id} as {}: {} {}", role.as_str(), answer.status, answer.body);
                if is_refused {
                    answer.check_problem(403, &format!("`{}`", least.as_str()));
                }
            }
        }
    }
}

#[tokio::test]
async fn roles_say_what_they_are() {
    let world = World::with(Setup { keys: true, ..Setup::default() }).await;
    for role in Role::ALL {
        let request = world.anonymous(Method::GET, "/v1/users/me").header(AUTHORIZATION, key_of(role));
        let me: Value = Answer::to(request).await.ok();
        assert_eq!(me["roles"], serde_json::json!([role]));
        assert_eq!(me["organizations"][0]["role"], serde_json::json!(role));
        assert_eq!(me["organization_id"], "org_00000000000000000000000000000001");
    }
}
