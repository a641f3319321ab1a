//! Agents as files: imported in every form, exported so that they read back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::wire::Answer;
use crate::world::World;

const IMPORT: &str = "/v1/agents/import";

async fn import(world: &World, text: impl Into<String>) -> Answer {
    let request = world.request(Method::POST, IMPORT).header("content-type", "text/plain");
    Answer::to(request.body(text.into())).await
}

#[tokio::test]
async fn trap_18_files_come_as_text_of_any_form() {
    let world = World::dev().await;
    let prompt = "Be kind.\n\nAlways.";
    let forms = [
        format!("---\nname: f0\ntags: [a, b]\nmax_iterations: 3\n---\n\n{prompt}\n"),
        "name: f1\ntags: [a, b]\nmax_iterations: 3\nsystem_prompt: |-\n  Be kind.\n\n  Always.\n".to_owned(),
        json!({ "name": "f2", "tags": ["a", "b"], "max_iterations": 3, "system_prompt": prompt }).to_string(),
    ];
    for (number, form) in forms.into_iter().enumerate() {
        let answer = import(&world, form).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
        let agent = answer.ok();
        let seen = (&agent["name"], &agent["tags"], &agent["max_iterations"], &agent["system_prompt"]);
        assert_eq!(seen, (&json!(format!("f{number}")), &json!(["a", "b"]), &json!(3), &json!(prompt)));
    }
    let plain = import(&world, prompt).await.ok();
    assert_eq!(plain["system_prompt"], prompt);
    assert!(plain["name"].as_str().is_some_and(|name| name.starts_with("be-kind-")), "{plain}");
    let other = import(&world, prompt).await;
    assert_eq!(other.status.as_u16(), 201, "the same text is another agent");
    let old = import(&world, "---\nname: Python Example Agent\n---\nHi").await.ok();
    assert_eq!((&old["name"], &old["display_name"]), (&json!("python-example-agent"), &json!("Python Example Agent")));
}

#[tokio::test]
async fn a_file_with_an_id_or_a_known_name_changes_that_agent() {
    let world = World::dev().await;
    let made = import(&world, "---\nname: one\n---\n1").await.ok();
    let again = import(&world, "---\nname: one\n---\n2").await;
    assert_eq!(again.status.as_u16(), 200);
    let id = made["id"].as_str().expect("an id");
    let renamed = import(&world, format!("---\nid: {id}\nname: two\n---\n3")).await;
    assert_eq!(renamed.status.as_u16(), 200);
    let renamed = renamed.ok();
    assert_eq!(
        (&renamed["id"], &renamed["name"], &renamed["system_prompt"]),
        (&made["id"], &json!("two"), &json!("3"))
    );
    assert_eq!(world.get("/v1/agents").await.ok()["total"], 1);
}

#[tokio::test]
async fn an_export_reads_back_as_the_same_agent() {
    let world = World::dev().await;
    let harness = world.post("/v1/harnesses", &json!({ "name": "own" })).await.ok();
    let prompts = [
        "",
        "One line",
        "# Title\n\n---\n- item: `x`\n\n---",
        " blanks at the ends\n",
        "\r\nold\r\nlines",
        "---\nname: x\n---",
    ];
    for (number, prompt) in prompts.into_iter().enumerate() {
        let body = json!({
            "name": format!("a{number}"), "display_name": "yes", "description": "a: \"b\"\n- c #d", "system_prompt": prompt,
            "default_model_id": "llmsim/echo", "tags": ["1", "null", "ü", " "], "harness_id": harness["id"],
            "capabilities": [{ "ref": "current_time" }],
            "tools": [{ "type": "client_side", "name": "t", "description": "d", "display_name": "T",
                "parameters": { "type": "object", "properties": { "x": { "type": "number", "maximum": 1.5 } } } }],
            "initial_files": [{ "path": "/a.md", "content": "---\n# A\n\n", "encoding": "text", "is_readonly": true }],
            "mcpServers": { "m": { "url": "https://example.com" } }, "network_access": { "allowed": ["a.com"] },
            "max_iterations": 5, "parallel_tool_calls": false,
        });
        let made = world.post("/v1/agents", &body).await.ok();
        let path = format!("/v1/agents/a{number}");
        let export = world.get(&format!("{path}/export")).await;
        assert_eq!(export.header("content-type"), Some("text/markdown; charset=utf-8"));
        let again = import(&world, export.body.clone()).await;
        assert_eq!(again.status.as_u16(), 200, "{}\n{}", again.body, export.body);
        assert_eq!(again.header("etag"), Some("\"1\""), "nothing was changed\n{}", export.body);
        assert_eq!(again.ok(), made);
        // Elsewhere it is the same but for its times.
        world.send("DELETE", &path, &json!({}), &[]).await;
        let anew = import(&world, export.body).await.ok();
        for (member, value) in made.as_object().expect("an object") {
            if !member.ends_with("_at") {
                assert_eq!(&anew[member], value, "{member}");
            }
        }
    }
    world.get("/v1/agents/nobody/export").await.check_problem(404, "agent");
}

#[tokio::test]
async fn files_with_mistakes_are_refused_by_line_or_field() {
    let world = World::dev().await;
    let check = async |text: &str, status: u16, wanted: &str| import(&world, text).await.check_problem(status, wanted);
    check("", 400, "empty").await;
    check("---\nname: a\n", 400, "no end").await;
    check("---\nname: a\ntags: [x\n---\nHi", 400, "line").await;
    check("---\nname: a\nname: b\n---\nHi", 400, "`name` is given twice").await;
    check("---\nname: a\ntags: x\n---\nHi", 400, "`tags`").await;
    check("---\nname: a\ncapabilities:\n- ref: teleport\n---\nHi", 400, "`capabilities[0].ref`").await;
    check("---\nsystem_prompt: x\n---\n", 400, "`name` is required").await;
    check("---\nname: a\nharness_name: nowhere\n---\nHi", 404, "harness").await;
    check("{\"name\": \"a\"", 400, "JSON").await;
    check(&format!("name: a\nsystem_prompt: ''\nx: {}\n", "[".repeat(1_000)), 400, "body").await;
    let mut bomb = "name: a\nsystem_prompt: ''\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..12 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", ")));
    }
    check(&bomb, 400, "repeats itself").await;
    let request = world.request(Method::POST, IMPORT).body(b"---\nname: \xff\n---".to_vec());
    Answer::to(request).await.check_problem(400, "UTF-8");
    let large = world.request(Method::POST, IMPORT).body(vec![b'x'; 10 * 1024 * 1024 + 1]);
    Answer::to(large).await.check_problem(413, "body");
    assert_eq!(world.get("/v1/agents").await.ok()["total"], 0);
}

#[tokio::test]
async fn examples_are_adopted_with_an_empty_body() {
    let world = World::dev().await;
    let examples = world.get("/v1/agent-examples").await.ok();
    let examples = examples.as_array().expect("a bare list");
    assert!(examples.len() >= 3);
    for example in examples {
        let name = example["name"].as_str().expect("a name");
        for adopted in [name.to_owned(), format!("{name}-copy")] {
            let request = world.request(Method::POST, &format!("{IMPORT}?from-example={name}"));
            let answer = Answer::to(request.header("content-type", "text/plain").body("")).await;
            assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
            let agent = answer.ok();
            assert_eq!((&agent["name"], &agent["system_prompt"]), (&json!(adopted), &example["system_prompt"]));
            let analysis = world.post("/v1/agents/analyze", &agent).await.ok();
            assert_eq!(analysis["findings"], json!([]), "{adopted}");
        }
    }
    let unknown = world.request(Method::POST, &format!("{IMPORT}?from-example=nothing"));
    Answer::to(unknown).await.check_problem(404, "code-reviewer");

    let examples = world.get("/v1/harness-examples").await.ok();
    for example in examples.as_array().expect("a bare list") {
        for (member, kind) in
            [("name", "s"), ("display_name", "s"), ("description", "s"), ("tags", "a"), ("capabilities", "a")]
        {
            assert!(if kind == "s" { example[member].is_string() } else { example[member].is_array() }, "{member}");
        }
        assert_eq!(example["dev_only"], false);
        let path = format!("/v1/harnesses/import?from-example={}", example["name"].as_str().expect("a name"));
        let adopted = world.post(&path, &Value::Null).await;
        assert_eq!(adopted.status.as_u16(), 201);
        let parent =
            world.get(&format!("/v1/harnesses/{}", example["parent_name"].as_str().expect("a name"))).await.ok();
        assert_eq!(adopted.ok()["parent_harness_id"], parent["id"]);
    }
    world.post("/v1/harnesses/import?from-example=nothing", &json!({})).await.check_problem(404, "example");
    world.post("/v1/harnesses/import", &json!({})).await.check_problem(400, "`from-example`");
}
