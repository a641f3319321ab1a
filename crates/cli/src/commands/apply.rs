//! `everruns apply`: agents, harnesses, providers and models as files. What a file describes is made or changed to be
//! so, and what is so already is left alone.

use std::path::PathBuf;

use everruns_client::{Client, Error, Harness, Provider, Seen};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::output::Output;
use crate::remote::Remote;

mod compare;
mod documents;

/// What a document may describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Agent,
    Harness,
    Provider,
    Model,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Agent, Self::Harness, Self::Provider, Self::Model];

    fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Harness => "harness",
            Self::Provider => "provider",
            Self::Model => "model",
        }
    }

    /// What it is known by among its kind.
    fn name_field(self) -> &'static str {
        if self == Self::Model { "model_id" } else { "name" }
    }

    /// What a document may say; `id` and `kind` apart.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Agent => compare::AGENT_FIELDS,
            Self::Harness => compare::HARNESS_FIELDS,
            Self::Provider => &["name", "provider_type", "base_url", "api_key", "credentials", "status"],
            Self::Model => &["provider", "model_id", "display_name", "capabilities", "enabled", "is_favorite"],
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    arguments: Arguments,
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// YAML, JSON or Markdown with front matter, several documents too; `-` is standard input. May be given several
    /// times. `kind:` says what a document describes.
    #[arg(short, long = "file", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
}

/// What came of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Created,
    Updated,
    Unchanged,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What is there, as far as a document is concerned.
struct Current {
    id: String,
    json: Value,
}

pub(crate) async fn command(options: Options) -> Result<(), Failure> {
    run(&options.remote.client()?, options.remote.output, &options.arguments, None).await
}

/// Applies the files; documents without a `kind` are of `kind`, else agents.
pub(crate) async fn run(
    client: &Client,
    output: Output,
    arguments: &Arguments,
    kind: Option<Kind>,
) -> Result<(), Failure> {
    let mut documents = Vec::new();
    for path in &arguments.files {
        documents.extend(documents::read(path, kind)?);
    }
    let mut done = Vec::new();
    for document in documents {
        let (kind, name) = (document.kind, document.name.clone());
        let place = document.place.clone();
        let applied = one(client, document, arguments.dry_run).await;
        let (outcome, id) =
            applied.inspect_err(|_| output.note(&format!("{place}: {} {name} was not applied", kind.word())))?;
        let would = if arguments.dry_run && outcome != Outcome::Unchanged { "would be " } else { "" };
        if output.json {
            done.push(json!({ "kind": kind.word(), "name": name, "id": id, "outcome": outcome.word(),
                "dry_run": arguments.dry_run }));
        } else if output.quiet {
            output.line(id.as_deref().unwrap_or(&name))?;
        } else {
            output.line(&format!("{}/{name} {would}{}", kind.word(), outcome.word()))?;
        }
    }
    if output.json { output.list(&done, &[]) } else { Ok(()) }
}

async fn one(
    client: &Client,
    document: documents::Document,
    is_dry: bool,
) -> Result<(Outcome, Option<String>), Failure> {
    let documents::Document { kind, name, id, mut fields, .. } = document;
    let owner = match kind {
        Kind::Model => Some(owner(client, &mut fields).await?),
        _ => None,
    };
    if let Some(harness) = fields.remove("harness_name") {
        let found = self::harness(client, harness.as_str().unwrap_or_default()).await?;
        fields.insert("harness_id".to_owned(), found.id.to_string().into());
    }
    let current = current(client, kind, id.as_deref(), &name, owner.as_ref()).await?;
    if let Some(current) = &current
        && compare::is_same(kind, &fields, &current.json)
    {
        return Ok((Outcome::Unchanged, Some(current.id.clone())));
    }
    let outcome = if current.is_some() { Outcome::Updated } else { Outcome::Created };
    if is_dry {
        return Ok((outcome, current.map(|current| current.id)));
    }
    let id = current.as_ref().map(|current| current.id.as_str()).or(id.as_deref());
    let saved = save(client, kind, id, current.is_some(), fields, owner.as_ref()).await?;
    Ok((outcome, saved["id"].as_str().map(str::to_owned)))
}

async fn save(
    client: &Client,
    kind: Kind,
    id: Option<&str>,
    is_there: bool,
    mut fields: Map<String, Value>,
    owner: Option<&Seen<Provider>>,
) -> Result<Value, Failure> {
    let id = id.unwrap_or_default();
    Ok(match (kind, is_there) {
        // What the document leaves out goes back to its default.
        (Kind::Agent, _) => {
            if !id.is_empty() {
                fields.insert("id".to_owned(), id.into());
            }
            client.agents().create(&fields).await?.json
        }
        (Kind::Harness, true) => client.harnesses().update(id, &fields).await?.json,
        (Kind::Harness, false) => client.harnesses().create(&fields).await?.json,
        (Kind::Provider, true) => client.providers().update(id, &fields).await?.json,
        (Kind::Provider, false) => client.providers().create(&fields).await?.json,
        (Kind::Model, true) => client.models().update(id, &fields).await?.json,
        (Kind::Model, false) => {
            let owner = owner.ok_or_else(|| Failure::usage("a model needs a `provider`"))?;
            client.models().create(&owner.id, &fields).await?.json
        }
    })
}

/// The provider that a model's document names.
async fn owner(client: &Client, fields: &mut Map<String, Value>) -> Result<Seen<Provider>, Failure> {
    let named = fields.remove("provider");
    let named = named.as_ref().and_then(Value::as_str);
    provider(client, named.ok_or_else(|| Failure::usage("a model needs a `provider`: its name or id"))?).await
}

async fn current(
    client: &Client,
    kind: Kind,
    id: Option<&str>,
    name: &str,
    owner: Option<&Seen<Provider>>,
) -> Result<Option<Current>, Failure> {
    let found = match (kind, id) {
        (Kind::Agent, id) => client.agents().get(id.unwrap_or(name)).await.map(|seen| Some(seen.json)),
        (Kind::Harness, Some(id)) => client.harnesses().get(id).await.map(|seen| Some(seen.json)),
        (Kind::Harness, None) => named(client.harnesses().list(&Default::default()).await?, name),
        (Kind::Provider, Some(id)) => client.providers().get(id).await.map(|seen| Some(seen.json)),
        (Kind::Provider, None) => named(client.providers().list().await?, name),
        (Kind::Model, Some(id)) => client.models().get(id).await.map(|seen| Some(seen.json)),
        (Kind::Model, None) => {
            let owner = owner.map(|owner| owner.id.as_str()).unwrap_or_default();
            let models = client.models().list_of(owner).await?;
            Ok(models.into_iter().map(|seen| seen.json).find(|json| json["model_id"] == name))
        }
    };
    let json = match found {
        Err(Error::Api { status: 404, .. }) => None,
        found => found?,
    };
    Ok(json.map(|json| Current { id: json["id"].as_str().unwrap_or_default().to_owned(), json }))
}

fn named<T>(items: Vec<Seen<T>>, name: &str) -> Result<Option<Value>, Error> {
    Ok(items.into_iter().map(|seen| seen.json).find(|json| json["name"] == name))
}

/// The harness of this name or id.
pub(crate) async fn harness(client: &Client, text: &str) -> Result<Seen<Harness>, Failure> {
    if text.starts_with("harness_") {
        return Ok(client.harnesses().get(text).await?);
    }
    let all = client.harnesses().list(&Default::default()).await?;
    let missing =
        || Failure::missing(format!("there is no harness {text:?}")).then("`everruns harnesses list` has them");
    all.into_iter().find(|one| one.spec.name == text).ok_or_else(missing)
}

/// The provider of this name or id.
pub(crate) async fn provider(client: &Client, text: &str) -> Result<Seen<Provider>, Failure> {
    if text.starts_with("provider_") {
        return Ok(client.providers().get(text).await?);
    }
    let all = client.providers().list().await?;
    let missing =
        || Failure::missing(format!("there is no provider {text:?}")).then("`everruns providers list` has them");
    all.into_iter().find(|one| one.name == text).ok_or_else(missing)
}

/// A document that would make this thing.
pub(crate) fn export(kind: Kind, json: &Value) -> Result<String, Failure> {
    let mut document = Map::new();
    document.insert("kind".to_owned(), kind.word().into());
    for field in kind.fields() {
        if let Some(value) = json.get(*field).filter(|value| !compare::is_empty(value)) {
            document.insert((*field).to_owned(), value.clone());
        }
    }
    let text = yaml_serde::to_string(&document).map_err(|error| Failure::failed("cannot write YAML").because(error))?;
    Ok(text.trim_end().to_owned())
}
