//! Servers and types that others wrote. The bodies of requests that this server sends are checked by the types of the
//! official Python packages, and LiteLLM's proxy, with answers that it makes up, is a provider like any other.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::Client;
use everruns_simulator::{Answer, Failure, Part, Reply, Request, Simulator};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::stage::{Stage, Turn};
use super::vendor::{MORE, VENDORS, Vendor};
use crate::prove::server::{Server, free_port};
use crate::prove::wire;
use crate::workspace;

const OFFICIAL: &[&str] = &["official", "openai==3.57.0", "anthropic==2.14.0", "google-genai==3.6.1", "boto3==1.44.8"];
const LITELLM: &[&str] = &["litellm", "litellm[proxy]==1.108.7"];
/// A pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
/// The proxy is there within this time: it is a large program.
const PROXY: Duration = Duration::from_secs(120);
/// What the proxy says, and its key.
const SAID: &str = "These are the words of a proxy.";
const PROXY_KEY: &str = "sk-prove-proxy";

pub(in crate::prove) async fn run() -> anyhow::Result<String> {
    let official = environment(OFFICIAL)?;
    let litellm = environment(LITELLM)?;
    let mut server = Server::prepare("foreign")?;
    server.set_environment("EVERRUNS_ERROR_DISCLOSURE", "detailed");
    server.spawn()?;
    server.ready().await?;
    let client = server.client()?;

    let bodies = server.directory().join("bodies.jsonl");
    let mut file = File::create(&bodies)?;
    for vendor in VENDORS.iter().chain(MORE) {
        let requests = converse(&client, vendor).await.with_context(|| format!("a conversation with {vendor:?}"))?;
        for request in requests {
            let beta = request.header("anthropic-beta");
            let line =
                json!({"provider": vendor.provider_type, "path": request.path, "beta": beta, "body": request.body});
            writeln!(file, "{line}")?;
        }
    }
    drop(file);
    let script = workspace::root().join("scripts/foreign.py");
    let checked = workspace::stdout_of(std::process::Command::new(official).arg(script).arg(&bodies))?;
    print!("{checked}");

    let upstream = Simulator::start(Default::default()).await?;
    let proxy = Proxy::start(&litellm, server.directory(), &upstream.url()).await?;
    let spoken = proxy.speak(&client, &upstream).await?;
    spoken.iter().for_each(|line| println!("{line}"));
    let checked = checked.lines().last().unwrap_or_default();
    Ok(format!(
        "{checked}; LiteLLM {}: {} formats streamed, with calls of tools and \
         usage",
        proxy.version,
        spoken.len()
    ))
}

/// The Python of an environment.
fn environment(arguments: &[&str]) -> anyhow::Result<PathBuf> {
    let printed = workspace::stdout_of(workspace::script("venv.sh").args(arguments))?;
    let python = Path::new(printed.trim()).join("bin/python");
    ensure!(python.exists(), "scripts/venv.sh printed {printed:?}, not an environment");
    Ok(python)
}

/// Has a conversation with everything in it; all requests.
async fn converse(client: &Client, vendor: &Vendor) -> anyhow::Result<Vec<Request>> {
    let mut stage = Stage::open(client, vendor, &format!("{} {} bodies", vendor.provider_type, vendor.model)).await?;
    let words = |text: &str| json!([{"type": "text", "text": text}]);
    let image = json!([
        {"type": "text", "text": "What is this?"},
        {"type": "image", "base64": PNG, "media_type": "image/png"},
    ]);
    let schema = json!({
        "type": "object",
        "properties": {"mood": {"type": "string"}},
        "required": ["mood"],
        "additionalProperties": false,
    });
    let calls = Answer::default()
        .thinking("Both at once.", "c2VhbA==")
        .part(Part::Text("Let me see.".to_owned()))
        .call("test_echo", r#"{"value": "one"}"#)
        .call("test_fail", r#"{"message": "It does not work."}"#);
    let more = Answer::default().thinking("Once more.", "c2VhbDI=").call("test_echo", "{\"value\": nonsense");

    said(&mut stage, vec![Reply::text("Hello.")], &words("Hello."), json!({})).await?;
    said(&mut stage, vec![Reply::text("A pixel.")], &image, json!({})).await?;
    said(&mut stage, vec![calls.into(), more.into(), Reply::text("Done.")], &words("Do it."), json!({})).await?;
    let failed = said(&mut stage, vec![Reply::fail(Failure::status(400))], &words("Fail."), json!({})).await?;
    ensure!(failed.error_code().is_some(), "a status 400 is no failure");
    let controls = json!({"output_schema": schema, "locale": "de-AT"});
    said(&mut stage, vec![Reply::text(r#"{"mood": "fine"}"#)], &words("How are you?"), controls).await?;
    stage.lives().await?;
    let requests = stage.simulator.requests();
    let last = requests.last().map(|request| request.body.to_string()).unwrap_or_default();
    // The format of Chat Completions has no place for thoughts that come back.
    let seal = if vendor.provider_type == "openai_completions" { "" } else { "c2VhbA==" };
    let parts = [PNG, seal, "Let me see.", "test_echo", "It does not work.", "mood"];
    ensure!(parts.iter().all(|part| last.contains(part)), "the last request lacks a part: {last}");
    // Some take a schema as a text, where quotes are escaped.
    let plain = |body: &Value| body.to_string().replace('\\', "");
    let has_schema = requests.iter().any(|request| plain(&request.body).contains(r#""required":["mood"]"#));
    ensure!(has_schema, "no request holds the answer to a schema");
    Ok(requests)
}

async fn said(stage: &mut Stage, replies: Vec<Reply>, parts: &Value, controls: Value) -> anyhow::Result<Turn> {
    replies.into_iter().for_each(|reply| stage.simulator.push(reply));
    let turn = stage.tell(parts, controls).await?;
    turn.is_well_formed()?;
    Ok(turn)
}

/// LiteLLM's proxy as a process of its own, which ends with this.
struct Proxy {
    url: String,
    version: String,
    _process: Child,
}

/// The formats of the proxy, by the provider's type, and whether it makes up answers in their streams: in the others it ends with an
/// error of its own, or sends a document.
const FORMATS: &[(&str, bool)] = &[("openai_completions", true), ("openai", false), ("anthropic", false)];
/// Models of the proxy: one that it makes up, and one behind which the provider stands that plays, for it makes up no calls
/// of tools in streams.
const MADE_UP: &str = "made-up";
const RELAYED: &str = "relayed";

impl Proxy {
    /// Starts it; `upstream` is where the provider behind it is.
    async fn start(python: &Path, directory: &Path, upstream: &str) -> anyhow::Result<Self> {
        let port = free_port()?;
        let model = |name: &str, parameters: Value| json!({"model_name": name, "litellm_params": parameters});
        let relayed = json!({"model": "openai/gpt-5", "api_key": "none", "api_base": format!("{upstream}/v1")});
        let settings = json!({
            "model_list": [
                model(MADE_UP, json!({"model": "openai/gpt-5", "api_key": "none", "mock_response": SAID})),
                model(RELAYED, relayed),
            ],
            "general_settings": {"master_key": PROXY_KEY},
            "litellm_settings": {"telemetry": false},
        });
        // JSON is YAML.
        let path = directory.join("litellm.yaml");
        std::fs::write(&path, settings.to_string())?;
        let version = "from importlib.metadata import version; print(version('litellm'))";
        let version = workspace::stdout_of(std::process::Command::new(python).args(["-c", version]))?;
        let log = File::create(directory.join("litellm.log"))?;
        let program = python.with_file_name("litellm");
        let process = Command::new(program)
            .arg("--config")
            .arg(&path)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("start the proxy")?;
        let begun = Instant::now();
        while wire::text(port, "/health/liveliness").await.map_or(true, |answer| !answer.contains(" 200 ")) {
            ensure!(
                begun.elapsed() < PROXY,
                "the proxy does not answer; see {}",
                directory.join("litellm.log").display()
            );
            sleep(Duration::from_millis(300)).await;
        }
        let url = format!("http://127.0.0.1:{port}/v1");
        Ok(Self { url, version: version.trim().to_owned(), _process: process })
    }

    /// Two sessions in each of its formats; what came of them.
    async fn speak(&self, client: &Client, upstream: &Simulator) -> anyhow::Result<Vec<String>> {
        let mut told = Vec::new();
        for (provider_type, makes_up) in FORMATS {
            let spec = json!({
                "name": format!("LiteLLM {provider_type}"),
                "provider_type": provider_type,
                "base_url": self.url,
                "api_key": PROXY_KEY,
            });
            let provider = client.providers().create(&spec).await?.id.clone();
            let line = async {
                let mut turns = Vec::new();
                if *makes_up {
                    let mut stage = session(client, &provider, MADE_UP).await?;
                    for text in ["Tell me.", "And once more."] {
                        turns.push(answered(&mut stage, text).await.context("an answer that is made up")?);
                    }
                }
                let mut stage = session(client, &provider, RELAYED).await?;
                upstream.push(Reply::text(SAID));
                turns.push(answered(&mut stage, "Tell me.").await.context("an answer that is passed on")?);
                upstream.push(
                    Answer::text("Wait.").call("test_echo", r#"{"value": "a"}"#).call("test_echo", r#"{"value": 2}"#),
                );
                upstream.push(Reply::text(SAID));
                let relayed = answered(&mut stage, "Call it twice.").await.context("calls that are passed on")?;
                let called = relayed.of("tool.completed").filter(|event| event.data["success"] == true).count();
                ensure!(called == 2, "{called} of 2 calls ran: {:?}", relayed.log());
                turns.push(relayed);
                let pieces: usize = turns.iter().map(|turn| turn.of("output.message.delta").count()).sum();
                let turns = turns.len();
                anyhow::Ok(format!(
                    "LiteLLM {provider_type}: {turns} turns, {pieces} pieces of text, {called} calls of tools"
                ))
            };
            told.push(line.await.with_context(|| format!("LiteLLM {provider_type}"))?);
        }
        Ok(told)
    }
}

/// A session with a model of the proxy.
async fn session(client: &Client, provider: &str, model: &str) -> anyhow::Result<Stage> {
    let spec = json!({"model_id": model, "display_name": model});
    let model = client.models().create(provider, &spec).await?.id.clone();
    // Nobody asks it.
    let simulator = Simulator::start(Default::default()).await?;
    Stage::with(client, simulator, provider.to_owned(), &model).await
}

/// Says something, which is answered with what the proxy says, and counted.
async fn answered(stage: &mut Stage, text: &str) -> anyhow::Result<Turn> {
    let turn = stage.say(text).await?;
    ensure!(turn.error_code().is_none(), "it failed: {:?} {}", turn.error_code(), turn.error());
    turn.is_well_formed()?;
    ensure!(turn.text() == SAID, "it said {:?}", turn.text());
    let usage = &turn.of("llm.generation").last().context("no record")?.data["metadata"]["usage"];
    let (input, output) = (usage["input_tokens"].as_u64(), usage["output_tokens"].as_u64());
    ensure!(input > Some(0) && output > Some(0), "no tokens are counted: {usage}");
    Ok(turn)
}
