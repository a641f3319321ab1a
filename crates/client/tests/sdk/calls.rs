//! One request, one answer.

use everruns_client::{Cancel, Client, Error, ListAgents, ListEvents};
use everruns_core::agent::{AgentSpec, Layer};
use everruns_core::message::{Role, ToolResult};
use everruns_core::session::{SessionSpec, SessionStatus};
use everruns_core::{AgentId, EventId, SessionId};

use crate::stub::{answer, serve};

const SESSION: SessionId = SessionId::from_u128(7);
const AGENT: &str = r#"{"id":"agent_0197a1b2c3d47e5f8a9b0c1d2e3f4a5b","name":"sdk-notebook-1a2b3c4d","display_name":null,"description":null,"system_prompt":"You are concise.","harness_id":"harness_0197a1b2c3d47e5f8a9b0c1d2e3f0001","default_model_id":null,"status":"active","tags":[],"capabilities":[{"ref":"current_time","config":{}}],"tools":[],"initial_files":[],"network_access":null,"max_iterations":null,"parallel_tool_calls":null,"usage":null,"created_at":"2026-04-18T10:00:00.000Z","updated_at":"2026-04-18T10:00:00.000Z","archived_at":null,"deleted_at":null,"self_url":"/v1/agents/x","app_count":0}"#;
const SESSION_JSON: &str = r#"{"id":"session_00000000000000000000000000000007","organization_id":"org_00000000000000000000000000000001","harness_id":"harness_0197a1b2c3d47e5f8a9b0c1d2e3f0001","agent_id":"agent_0197a1b2c3d47e5f8a9b0c1d2e3f4a5b","workspace_id":"wsp_0197a1b2c3d47e5f8a9b0c1d2e3f4a5d","owner_principal_id":"principal_00000000000000000000000000000001","title":"t","locale":null,"model_id":null,"status":"started","tags":[],"capabilities":[],"tools":[],"initial_files":[],"features":[],"usage":{"input_tokens":0,"output_tokens":0},"is_pinned":false,"preview":null,"created_at":"2026-04-18T10:00:00.000Z","updated_at":"2026-04-18T10:00:00.000Z","started_at":null,"finished_at":null}"#;
const MESSAGE: &str = r#"{"id":"message_6f1c2d3e4a5b4c6d8e9f0a1b2c3d4e5f","session_id":"session_00000000000000000000000000000007","sequence":1,"role":"user","content":[{"type":"text","text":"Hi"}],"created_at":"2026-04-18T10:00:00.000Z","metadata":null,"tags":[]}"#;

/// Makes one call against one answer; returns the request line, the body and what the call made of the answer.
async fn exchange<T>(status: u16, body: &str, call: impl AsyncFnOnce(Client) -> T) -> (String, String, T) {
    let stub = serve(vec![answer(status, body)]).await;
    // With a prefix and a slash too many, as people write them.
    let client = Client::new(&format!("{}/api/", stub.url), "dev").expect("a client");
    let outcome = call(client).await;
    let request = stub.requests().await.remove(0);
    assert!(request.contains("authorization: Bearer dev\r\n"), "{request}");
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    let line = head.lines().next().expect("a line");
    let line = line.strip_suffix(" HTTP/1.1").expect("a request line");
    (line.to_owned(), body.to_owned(), outcome)
}

fn list_of(item: &str) -> String {
    format!(r#"{{"data":[{item}],"total":41,"offset":20,"limit":1}}"#)
}

#[tokio::test]
async fn agents() {
    let spec = AgentSpec {
        name: "a".into(),
        display_name: None,
        description: None,
        system_prompt: "p".into(),
        default_model_id: Some("llmsim/echo".into()),
        layer: Layer::default(),
    };
    let (line, body, made) = exchange(201, AGENT, async |client| client.agents().create(&spec).await).await;
    assert_eq!(line, "POST /api/v1/agents");
    assert_eq!(serde_json::from_str::<AgentSpec>(&body).unwrap(), spec);
    assert_eq!(made.unwrap().spec.name, "sdk-notebook-1a2b3c4d");

    let options =
        ListAgents { search: Some("a+b &c".into()), offset: Some(20), limit: Some(1), ..ListAgents::default() };
    let (line, _, page) = exchange(200, &list_of(AGENT), async |client| client.agents().list(&options).await).await;
    assert_eq!(line, "GET /api/v1/agents?search=a%2Bb+%26c&offset=20&limit=1");
    let page = page.unwrap();
    assert_eq!((page.data.len(), page.total, page.offset), (1, 41, 20));

    let id = AgentId::from_u128(9);
    let (line, _, done) = exchange(204, "", async |client| client.agents().delete(id).await).await;
    assert_eq!(line, format!("DELETE /api/v1/agents/{id}"));
    done.unwrap();
}

#[tokio::test]
async fn sessions() {
    let (line, _, made) =
        exchange(201, SESSION_JSON, async |client| client.sessions().create(&SessionSpec::default()).await).await;
    assert_eq!(line, "POST /api/v1/sessions");
    let made = made.unwrap();
    assert_eq!((made.id, made.status), (SESSION, SessionStatus::Started));

    let no_op = r#"{"status":"no_op","message":"No turn is running"}"#;
    let (line, _, outcome) = exchange(200, no_op, async |client| client.sessions().cancel(SESSION).await).await;
    assert_eq!(line, format!("POST /api/v1/sessions/{SESSION}/cancel"));
    assert_eq!(outcome.unwrap().status, Cancel::NoOp);
}

#[tokio::test]
async fn messages() {
    let (line, body, sent) = exchange(201, MESSAGE, async |client| client.messages().create(SESSION, "Hi").await).await;
    assert_eq!(line, format!("POST /api/v1/sessions/{SESSION}/messages"));
    assert_eq!(body, r#"{"message":{"role":"user","content":[{"type":"text","text":"Hi"}]}}"#);
    let sent = sent.unwrap();
    assert_eq!((sent.role, sent.sequence), (Role::User, Some(1)));

    let (_, _, listed) = exchange(200, &list_of(MESSAGE), async |client| client.messages().list(SESSION).await).await;
    assert_eq!(listed.unwrap(), [sent]);

    let result = ToolResult { tool_call_id: "call_1".into(), result: None, error: Some("no".into()) };
    let (line, body, taken) = exchange(200, r#"{"accepted":1,"status":"active"}"#, async |client| {
        client.messages().tool_results(SESSION, &[result]).await
    })
    .await;
    assert_eq!(line, format!("POST /api/v1/sessions/{SESSION}/tool-results"));
    assert_eq!(body, r#"{"tool_results":[{"error":"no","tool_call_id":"call_1"}]}"#);
    assert_eq!(taken.unwrap().accepted, 1);
}

#[tokio::test]
async fn events() {
    let since = EventId::from_u128(5);
    let options = ListEvents {
        limit: Some(1),
        since_id: Some(since),
        after_sequence: Some(3),
        before_sequence: Some(9),
        types: vec!["input.message".into(), "turn.failed".into()],
        exclude: vec!["output.message.delta".into()],
        q: Some("a b".into()),
        tags: vec!["x".into(), "y".into()],
        turn_id: Some("turn_1".into()),
        order_desc: true,
        ..ListEvents::default()
    };
    let (line, _, listed) =
        exchange(200, r#"{"data":[]}"#, async |client| client.events().list(SESSION, &options).await).await;
    assert_eq!(
        line,
        format!(
            "GET /api/v1/sessions/{SESSION}/events?since_id={since}&types=input.message&types=turn.failed\
             &exclude=output.message.delta&limit=1&after_sequence=3&before_sequence=9\
             &turn_id=turn_1&tags=x&tags=y&q=a+b&order_desc=true"
        )
    );
    assert_eq!(listed.unwrap(), []);
}

#[tokio::test]
async fn errors() {
    let get = async |client: Client| client.sessions().get(SESSION).await;
    let problem = r#"{"error":{"code":"not_found","message":"No such session"}}"#;
    let (_, _, outcome) = exchange(404, problem, get).await;
    assert!(matches!(outcome, Err(Error::Api { status: 404, code, .. }) if code == "not_found"));
    let (_, _, outcome) = exchange(200, "[]", get).await;
    assert!(matches!(outcome, Err(Error::Decode(_))));

    let gone = serve(Vec::new()).await;
    let client = Client::new(&gone.url, "dev").unwrap();
    gone.requests().await;
    assert!(matches!(get(client).await, Err(Error::Transport(_))));

    for (url, key) in [("", "dev"), ("127.0.0.1", "dev"), ("http://127.0.0.1:1", "a\nb")] {
        let refused = Client::new(url, key);
        assert!(matches!(refused, Err(Error::Transport(_))), "{url} {key}");
    }
}
