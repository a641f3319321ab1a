//! Every method of the published Rust SDK, called as a user would.
//!
//! usage: everruns-sdk-test     (EVERRUNS_API_URL says where; one JSON object is printed: method -> what came of it)
//!
//! A step calls one method and looks at what it gives back. What a step makes, later steps use.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result, ensure};
use everruns_sdk::client::{ListCapabilitiesOptions, ListEventsOptions};
use everruns_sdk::{
    Agent, AgentVersion, AnalyzeAgentRequest, ClientSideTool, ContentPart, CreateAgentRequest,
    CreateAgentVersionRequest, CreateFileRequest, CreateHarnessRequest, CreateMessageRequest, CreateSessionRequest,
    CreateWorkspaceRequest, Event, Everruns, ForkAgentVersionRequest, Harness, RollbackAgentVersionRequest, Session,
    ToolDefinition, UpdateFileRequest, UpdateHarnessRequest, UpdateWorkspaceRequest, Workspace,
};
use futures_util::StreamExt as _;
use serde_json::json;

/// Methods whose resources this server does not have yet.
const LATER: &[(&str, &str)] = &[
    ("agents.get_health_check", "health checks come later"),
    ("agents.list_health_checks", "health checks come later"),
    ("agents.trigger_health_check", "health checks come later"),
    ("budgets.*", "budgets come later"),
    ("capabilities.dry_run_guardrails", "guardrails come later"),
    ("capabilities.list_guardrail_examples", "guardrails come later"),
    ("connections.*", "connections come later"),
    ("memories.*", "memories come later"),
    ("sessions.budget_check", "budgets come later"),
    ("sessions.budgets", "budgets come later"),
    ("sessions.resume", "budgets come later"),
];

/// What the steps made so far.
#[derive(Default)]
struct Made {
    harness: Option<Harness>,
    agent: Option<Agent>,
    copy: Option<Agent>,
    exported: String,
    versions: Vec<AgentVersion>,
    session: Option<Session>,
    workspace: Option<Workspace>,
}

impl Made {
    fn harness(&self) -> Result<&Harness> {
        self.harness.as_ref().context("no harness was made")
    }

    fn agent(&self) -> Result<&Agent> {
        self.agent.as_ref().context("no agent was made")
    }

    fn copy(&self) -> Result<&Agent> {
        self.copy.as_ref().context("no copy was made")
    }

    fn version(&self, place: usize) -> Result<&AgentVersion> {
        self.versions.get(place).context("no version was made")
    }

    fn session(&self) -> Result<&Session> {
        self.session.as_ref().context("no session was made")
    }

    fn workspace(&self) -> Result<&Workspace> {
        self.workspace.as_ref().context("no workspace was made")
    }
}

/// Runs the steps in their order and notes what came of each.
macro_rules! steps {
    ($outcomes:ident, $client:ident, $made:ident; $($method:literal => $body:block)*) => {
        $({
            let step = async { $body; anyhow::Ok(()) };
            let outcome = match step.await {
                Ok(()) => "ok".to_owned(),
                Err(error) => format!("failed: {error:#}").chars().take(300).collect(),
            };
            $outcomes.insert($method.to_owned(), outcome);
        })*
    };
}

/// The events of the session's latest turn, read from its stream.
async fn turn_ends(client: &Everruns, session: &str) -> Result<Vec<Event>> {
    let mut stream = client.events().stream(session);
    let mut seen = Vec::new();
    while let Some(event) = stream.next().await {
        let event = event?;
        let last = ["turn.completed", "turn.failed", "turn.cancelled", "tool.call_requested"];
        let ended = last.contains(&event.event_type.as_str());
        seen.push(event);
        if ended {
            return Ok(seen);
        }
    }
    anyhow::bail!("the stream ended")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let client = Everruns::from_env()?;
    // Names of an earlier run may be there still.
    let run = std::process::id();
    let (mut made, mut outcomes) = (Made::default(), BTreeMap::new());
    managed(&client, run, &mut made, &mut outcomes).await;
    talked(&client, &mut made, &mut outcomes).await;
    filed(&client, run, &mut made, &mut outcomes).await;
    ended(&client, &mut made, &mut outcomes).await;
    outcomes.extend(LATER.iter().map(|(method, reason)| ((*method).to_owned(), (*reason).to_owned())));
    println!("{}", serde_json::to_string_pretty(&outcomes)?);
    Ok(())
}

/// Harnesses, capabilities, models, agents.
async fn managed(client: &Everruns, run: u32, made: &mut Made, outcomes: &mut BTreeMap<String, String>) {
    let agent_name = format!("rust-{run}");
    steps! { outcomes, client, made;
        "harnesses.list" => {
            let names: Vec<String> = client.harnesses().list().await?.data.into_iter().map(|h| h.name).collect();
            ensure!(names.iter().any(|name| name == "generic"), "{names:?}");
        }
        "harnesses.create" => {
            let harness = client.harnesses().create(&format!("plain-{run}"), "Be plain.").await?;
            client.harnesses().delete(&harness.id).await?;
        }
        "harnesses.create_with_options" => {
            let request = CreateHarnessRequest::new(format!("desk-{run}")).description("A desk");
            made.harness = Some(client.harnesses().create_with_options(request).await?);
        }
        "harnesses.get" => {
            let harness = client.harnesses().get(&made.harness()?.id).await?;
            ensure!(harness.description.as_deref() == Some("A desk"), "{harness:?}");
        }
        "harnesses.search" => {
            let found = client.harnesses().search(&made.harness()?.name).await?.data;
            ensure!(found.len() == 1, "{found:?}");
        }
        "harnesses.update" => {
            let request = UpdateHarnessRequest::new().description("Another desk");
            let harness = client.harnesses().update(&made.harness()?.id, request).await?;
            ensure!(harness.description.as_deref() == Some("Another desk"), "{harness:?}");
        }
        "harnesses.list_examples" => { client.harnesses().list_examples().await?; }
        "capabilities.list" => {
            let ids: Vec<String> = client.capabilities().list().await?.data.into_iter().map(|c| c.id).collect();
            ensure!(ids.iter().any(|id| id == "current_time"), "{ids:?}");
        }
        "capabilities.list_with_options" => {
            let options = ListCapabilitiesOptions { limit: Some(1), ..Default::default() };
            ensure!(client.capabilities().list_with_options(&options).await?.data.len() == 1);
        }
        "capabilities.get" => { client.capabilities().get("current_time").await?; }
        "models.list" => { ensure!(!client.models().list().await?.data.is_empty()); }
        "models.get" => {
            let first = client.models().list().await?.data.into_iter().next().context("no model")?;
            ensure!(client.models().get(&first.id).await?.model_id == first.model_id);
        }
        "agents.create" => {
            let agent = client.agents().create(&format!("plain-{run}"), "You answer.").await?;
            client.agents().delete(&agent.id).await?;
        }
        "agents.create_with_options" => {
            let request = CreateAgentRequest::new(&agent_name, "You answer briefly.").default_model_id("llmsim/echo");
            made.agent = Some(client.agents().create_with_options(request).await?);
        }
        "agents.apply" => {
            let agent = client.agents().apply(&made.agent()?.id, &agent_name, "You answer.").await?;
            ensure!(agent.id == made.agent()?.id && agent.system_prompt == "You answer.", "{agent:?}");
        }
        "agents.apply_with_options" => {
            let request = CreateAgentRequest::new(&agent_name, "You answer.").default_model_id("llmsim/echo");
            client.agents().apply_with_options(&made.agent()?.id, request).await?;
        }
        "agents.apply_by_name" => {
            ensure!(client.agents().apply_by_name(&agent_name, "You nod.").await?.id == made.agent()?.id);
        }
        "agents.apply_by_name_with_options" => {
            let request = CreateAgentRequest::new(&agent_name, "You answer.").default_model_id("llmsim/echo");
            ensure!(client.agents().apply_by_name_with_options(request).await?.id == made.agent()?.id);
        }
        "agents.get" => { ensure!(client.agents().get(&made.agent()?.id).await?.name == agent_name); }
        "agents.list" => { ensure!(!client.agents().list().await?.data.is_empty()); }
        "agents.search" => { ensure!(client.agents().search(&agent_name).await?.data.len() == 1); }
        "agents.copy" => { made.copy = Some(client.agents().copy(&made.agent()?.id).await?); }
        "agents.export" => { made.exported = client.agents().export(&made.copy()?.id).await?; }
        "agents.import" => { ensure!(client.agents().import(&made.exported).await?.id == made.copy()?.id); }
        "agents.import_example" => {
            let agent = client.agents().import_example("code-reviewer").await?;
            client.agents().delete(&agent.id).await?;
        }
        "agents.analyze" => {
            let request = AnalyzeAgentRequest::new("");
            ensure!(!client.agents().analyze(request).await?.findings.is_empty());
        }
        "agents.create_version" => {
            let id = made.agent()?.id.clone();
            let first = client.agents().create_version(&id, CreateAgentVersionRequest::new().summary("First")).await?;
            let request = CreateAgentRequest::new(&agent_name, "You whisper.").default_model_id("llmsim/echo");
            client.agents().apply_with_options(&id, request).await?;
            let second = client.agents().create_version(&id, CreateAgentVersionRequest::new()).await?;
            made.versions = vec![first, second];
        }
        "agents.list_versions" => { ensure!(client.agents().list_versions(&made.agent()?.id).await?.len() >= 2); }
        "agents.diff_versions" => {
            let (from, to) = (&made.version(0)?.id, &made.version(1)?.id);
            let diff = client.agents().diff_versions(&made.agent()?.id, from, to).await?;
            ensure!(diff.authored_diff.to_string().contains("system_prompt"), "{diff:?}");
        }
        "agents.set_default_version" => {
            let version = &made.version(0)?.id;
            let agent = client.agents().set_default_version(&made.agent()?.id, version).await?;
            ensure!(agent.default_version_id.as_ref() == Some(version), "{agent:?}");
        }
        "agents.fork_version" => {
            let request = ForkAgentVersionRequest::new(format!("fork-{run}"));
            let fork = client.agents().fork_version(&made.agent()?.id, &made.version(0)?.id, request).await?;
            client.agents().delete(&fork.id).await?;
        }
        "agents.rollback_version" => {
            let request = RollbackAgentVersionRequest::new();
            let agent = client.agents().rollback_version(&made.agent()?.id, &made.version(0)?.id, request).await?;
            ensure!(agent.system_prompt == "You answer.", "{agent:?}");
        }
    }
}

/// Sessions, messages, events.
async fn talked(client: &Everruns, made: &mut Made, outcomes: &mut BTreeMap<String, String>) {
    steps! { outcomes, client, made;
        "sessions.create" => {
            let session = client.sessions().create().await?;
            client.sessions().delete(&session.id).await?;
        }
        "sessions.create_with_options" => {
            let request = CreateSessionRequest::new().agent_id(&made.agent()?.id).title("Every method");
            made.session = Some(client.sessions().create_with_options(request).await?);
        }
        "sessions.set_secrets" => {
            let secrets = HashMap::from([("TOKEN".to_owned(), "sesame".to_owned())]);
            client.sessions().set_secrets(&made.session()?.id, &secrets).await?;
        }
        "messages.create" => { client.messages().create(&made.session()?.id, "Say it again").await?; }
        "events.stream" => {
            let seen = turn_ends(client, &made.session()?.id).await?;
            ensure!(seen.last().is_some_and(|event| event.event_type == "turn.completed"), "{seen:?}");
        }
        "events.stream_with_options" => {
            let options = everruns_sdk::sse::StreamOptions::default().with_types(vec!["turn.completed".to_owned()]);
            let first = client.events().stream_with_options(&made.session()?.id, options).next().await;
            ensure!(first.context("nothing came")??.event_type == "turn.completed");
        }
        "messages.create_with_options" => {
            let request = CreateMessageRequest::user_text("Once more");
            client.messages().create_with_options(&made.session()?.id, request).await?;
            turn_ends(client, &made.session()?.id).await?;
        }
        "events.list" => {
            let events = client.events().list(&made.session()?.id).await?.data;
            let dense = (1..).zip(&events).all(|(place, event)| event.sequence == Some(place));
            ensure!(dense, "{events:?}");
        }
        "events.list_with_options" => {
            let options = ListEventsOptions {
                types: vec!["input.message".to_owned()],
                order_desc: Some(true),
                limit: Some(1),
                q: Some("more".to_owned()),
                ..Default::default()
            };
            ensure!(client.events().list_with_options(&made.session()?.id, &options).await?.data.len() == 1);
        }
        "messages.list" => { ensure!(client.messages().list(&made.session()?.id).await?.data.len() == 4); }
        "messages.create_tool_results" => {
            let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
            let tool = ClientSideTool::new("get_weather", "The weather in a city.", schema);
            let request = CreateSessionRequest::new()
                .model_id("llmsim/tool?name=get_weather&arguments=%7B%22city%22%3A%22Paris%22%7D")
                .tools(vec![ToolDefinition::ClientSide(tool)]);
            let session = client.sessions().create_with_options(request).await?;
            client.messages().create(&session.id, "The weather?").await?;
            let seen = turn_ends(client, &session.id).await?;
            let calls = seen.last().context("nothing came")?.tool_calls();
            let result = ContentPart::tool_result(calls[0].id, json!({ "sky": "clear" }));
            ensure!(client.messages().create_tool_results(&session.id, vec![result]).await?.accepted == 1);
            client.sessions().delete(&session.id).await?;
        }
        "sessions.get" => {
            let session = client.sessions().get(&made.session()?.id).await?;
            ensure!(session.title.as_deref() == Some("Every method"), "{session:?}");
        }
        "sessions.list" => { ensure!(!client.sessions().list().await?.data.is_empty()); }
        "sessions.search" => { ensure!(!client.sessions().search("every").await?.data.is_empty()); }
        "sessions.pin" => {
            client.sessions().pin(&made.session()?.id).await?;
            ensure!(client.sessions().get(&made.session()?.id).await?.is_pinned == Some(true));
        }
        "sessions.unpin" => {
            client.sessions().unpin(&made.session()?.id).await?;
            ensure!(client.sessions().get(&made.session()?.id).await?.is_pinned == Some(false));
        }
        "sessions.export" => { ensure!(client.sessions().export(&made.session()?.id).await?.lines().count() == 4); }
        "sessions.cancel" => { client.sessions().cancel(&made.session()?.id).await?; }
        "agents.stats" => { ensure!(client.agents().stats(&made.agent()?.id).await?.session_count == 1); }
    }
}

/// Workspaces and their files.
async fn filed(client: &Everruns, run: u32, made: &mut Made, outcomes: &mut BTreeMap<String, String>) {
    const DRAFT: &str = "/drafts/one + two.md";
    steps! { outcomes, client, made;
        "workspaces.create" => {
            let request = CreateWorkspaceRequest::new(format!("papers-{run}")).description("Papers");
            made.workspace = Some(client.workspaces().create(request).await?);
        }
        "workspaces.get" => { client.workspaces().get(&made.workspace()?.id).await?; }
        "workspaces.update" => {
            let request = UpdateWorkspaceRequest::new().description("More");
            client.workspaces().update(&made.workspace()?.id, request).await?;
        }
        "workspaces.list" => { ensure!(!client.workspaces().list().await?.data.is_empty()); }
        "workspaces.list_with_options" => {
            let name = format!("papers-{run}");
            ensure!(client.workspaces().list_with_options(Some(&name), Some(true)).await?.data.len() == 1);
        }
        "workspace_files.create" => {
            let file = client.workspace_files().create(&made.workspace()?.id, DRAFT, "one\ntwo\n", None).await?;
            ensure!(file.path == DRAFT, "{file:?}");
        }
        "workspace_files.create_with_options" => {
            let request = CreateFileRequest::file("x");
            client.workspace_files().create_with_options(&made.workspace()?.id, "/x.md", request).await?;
        }
        "workspace_files.create_dir" => {
            ensure!(client.workspace_files().create_dir(&made.workspace()?.id, "/empty").await?.is_directory);
        }
        "workspace_files.list" => {
            let files = client.workspace_files().list(&made.workspace()?.id, Some("/"), Some(true)).await?.data;
            ensure!(files.iter().any(|file| file.path == DRAFT), "{files:?}");
        }
        "workspace_files.read" => {
            let file = client.workspace_files().read(&made.workspace()?.id, DRAFT).await?;
            ensure!(file.content.as_deref() == Some("one\ntwo\n"), "{file:?}");
        }
        "workspace_files.update" => {
            client.workspace_files().update(&made.workspace()?.id, DRAFT, "two\n", None).await?;
        }
        "workspace_files.update_with_options" => {
            let request = UpdateFileRequest::content("one\ntwo\n");
            client.workspace_files().update_with_options(&made.workspace()?.id, DRAFT, request).await?;
        }
        "workspace_files.stat" => {
            ensure!(client.workspace_files().stat(&made.workspace()?.id, DRAFT).await?.size_bytes == 8);
        }
        "workspace_files.copy_file" => {
            client.workspace_files().copy_file(&made.workspace()?.id, DRAFT, "/copy.md").await?;
        }
        "workspace_files.move_file" => {
            client.workspace_files().move_file(&made.workspace()?.id, "/copy.md", "/moved.md").await?;
        }
        "workspace_files.grep" => {
            let found = client.workspace_files().grep(&made.workspace()?.id, "^t.o$", None).await?.data;
            ensure!(!found.is_empty());
        }
        "workspace_files.delete" => {
            ensure!(client.workspace_files().delete(&made.workspace()?.id, "/moved.md", None).await?.deleted);
        }
        "workspaces.delete" => { client.workspaces().delete(&made.workspace()?.id).await?; }
    }
}

/// What was made goes.
async fn ended(client: &Everruns, made: &mut Made, outcomes: &mut BTreeMap<String, String>) {
    steps! { outcomes, client, made;
        "with_reason" => {
            let careful = client.with_reason("Clean up: one + two");
            careful.agents().delete(&made.copy()?.id).await?;
        }
        "sessions.delete" => { client.sessions().delete(&made.session()?.id).await?; }
        "agents.delete" => { client.agents().delete(&made.agent()?.id).await?; }
        "harnesses.delete" => { client.harnesses().delete(&made.harness()?.id).await?; }
    }
}
