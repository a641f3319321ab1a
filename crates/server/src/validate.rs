//! Checks that several requests share. Each error names the field and the remedy.

use everruns_core::FilePath;
use everruns_core::agent::{InitialFile, Layer};
use everruns_core::capability::{CapabilityRef, check_dependencies, find};
use everruns_core::config::chain;
use everruns_core::limits::{
    CAPABILITIES_MAX, CAPABILITY_CONFIG_BYTES_MAX, DESCRIPTION_CHARS_MAX, INITIAL_FILES_BYTES_MAX, INITIAL_FILES_MAX,
    LAYER_PART_BYTES_MAX, METADATA_BYTES_MAX, MODEL_CHAIN_MAX, NETWORK_HOSTS_MAX, SYSTEM_PROMPT_BYTES_MAX,
    TAG_CHARS_MAX, TAGS_MAX, TITLE_CHARS_MAX, TOOLS_MAX,
};
use everruns_core::model::book::NotChosen;
use everruns_core::name::{check_name, slug};
use everruns_core::schema;
use everruns_core::tool::ToolKind;
use everruns_engine::files::decode;
use everruns_store::OrgKey;
use serde::Serialize;
use serde_json::Value;

use crate::api::workspace_files::problem::of_content;
use crate::fields::Fields;
use crate::problem::Problem;
use crate::state::App;

/// A slug, or a free text from a client that knows no slugs: the slug it stands for, and the text itself.
pub(crate) fn name_or_text(field: &str, name: &str) -> Result<(String, Option<String>), Problem> {
    match check_name(name) {
        Ok(()) => Ok((name.to_owned(), None)),
        Err(_) if name.contains('\0') => Err(Problem::invalid(field, "must not contain NUL characters")),
        Err(error) => {
            let slug = slug(name).ok_or_else(|| Problem::invalid(field, error))?;
            title(field, Some(name))?;
            Ok((slug, Some(name.trim().to_owned())))
        }
    }
}

/// A short text for people.
pub(crate) fn title(field: &str, text: Option<&str>) -> Result<(), Problem> {
    text_up_to(field, text, TITLE_CHARS_MAX)
}

/// What people call a thing; not empty, on one line.
pub(crate) fn label(field: &str, text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Problem::invalid(field, "must be a line of text that is not empty"));
    }
    title(field, Some(text))
}

/// A long text for people.
pub(crate) fn description(field: &str, text: Option<&str>) -> Result<(), Problem> {
    text_up_to(field, text, DESCRIPTION_CHARS_MAX)
}

/// A short text for people that must say something.
pub(crate) fn some_title(field: &str, text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::invalid(field, "must not be empty"));
    }
    title(field, Some(text))
}

/// The models that a text names, if there is a text (one, or several with bars between them): they are there, and can be
/// used.
pub(crate) async fn model(app: &App, org: OrgKey, field: &str, text: Option<&str>) -> Result<(), Problem> {
    title(field, text)?;
    let Some(text) = text else { return Ok(()) };
    let book = app.engine.book(org).await?;
    let mut names = chain(text).peekable();
    if names.peek().is_none() {
        return Err(Problem::invalid(field, NotChosen::Unknown));
    }
    if names.clone().count() > MODEL_CHAIN_MAX {
        return Err(Problem::invalid(field, format!("must name at most {MODEL_CHAIN_MAX} models")));
    }
    names.try_for_each(|name| book.choose(name).map(drop)).map_err(|error| Problem::invalid(field, error))
}

/// The model that the settings of an agent or a harness name. Of a change it is only looked at if it is sent: a model
/// that is gone shall not be in the way of other changes.
pub(crate) async fn default_model(app: &App, org: OrgKey, fields: &Fields) -> Result<(), Problem> {
    let text = fields.text("default_model_id").or_else(|| fields.text("model"));
    model(app, org, "default_model_id", text).await
}

fn text_up_to(field: &str, text: Option<&str>, limit: usize) -> Result<(), Problem> {
    let text = text.unwrap_or_default();
    if text.contains('\0') {
        return Err(Problem::invalid(field, "must not contain NUL characters"));
    }
    if text.chars().nth(limit).is_some() {
        return Err(Problem::invalid(field, format!("must have at most {limit} characters")));
    }
    Ok(())
}

/// A system prompt.
pub(crate) fn system_prompt(field: &str, text: Option<&str>) -> Result<(), Problem> {
    match text {
        Some(text) if text.len() > SYSTEM_PROMPT_BYTES_MAX => {
            Err(Problem::too_large(field, SYSTEM_PROMPT_BYTES_MAX, "bytes"))
        }
        Some(text) if text.contains('\0') => Err(Problem::invalid(field, "must not contain NUL characters")),
        _ => Ok(()),
    }
}

/// Tags of anything.
pub(crate) fn tags(field: &str, tags: &[String]) -> Result<(), Problem> {
    count(field, tags.len(), TAGS_MAX)?;
    tags.iter().try_for_each(|tag| text_up_to(field, Some(tag), TAG_CHARS_MAX))
}

pub(crate) fn count(field: &str, found: usize, limit: usize) -> Result<(), Problem> {
    if found > limit {
        return Err(Problem::invalid(field, format!("has {found} entries; at most {limit} are allowed")));
    }
    Ok(())
}

/// The settings that agents and sessions share.
pub(crate) fn layer(app: &App, fields: &mut Fields) -> Result<Layer, Problem> {
    let layer = Layer {
        tags: fields.optional("tags")?.unwrap_or_default(),
        capabilities: fields.optional("capabilities")?.unwrap_or_default(),
        tools: fields.optional("tools")?.unwrap_or_default(),
        initial_files: fields.optional("initial_files")?.unwrap_or_default(),
        mcp_servers: fields.either("mcpServers", "mcp_servers")?.unwrap_or_default(),
        network_access: fields.optional("network_access")?,
        max_iterations: fields.optional("max_iterations")?,
        parallel_tool_calls: fields.optional("parallel_tool_calls")?,
    };
    tags("tags", &layer.tags)?;
    count("capabilities", layer.capabilities.len(), CAPABILITIES_MAX)?;
    count("tools", layer.tools.len(), TOOLS_MAX)?;
    count("initial_files", layer.initial_files.len(), INITIAL_FILES_MAX)?;
    size("capabilities", &layer.capabilities, LAYER_PART_BYTES_MAX)?;
    size("tools", &layer.tools, LAYER_PART_BYTES_MAX)?;
    size("mcpServers", &layer.mcp_servers, LAYER_PART_BYTES_MAX)?;
    network_access("network_access", layer.network_access.as_ref())?;
    starter_files(&layer.initial_files)?;
    for (place, wanted) in layer.capabilities.iter().enumerate() {
        capability(app, place, wanted)?;
    }
    for (place, tool) in layer.tools.iter().enumerate() {
        let field = |member: &str| format!("tools[{place}].{member}");
        if tool.kind != ToolKind::ClientSide {
            return Err(Problem::invalid(&field("type"), "must be `client_side`; others come from capabilities"));
        }
        let letters = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        if tool.name.is_empty() || tool.name.len() > 64 || !letters(&tool.name) {
            return Err(Problem::invalid(&field("name"), "must be 1 to 64 letters, digits, `_`, `-` or `.`"));
        }
        if !tool.parameters.is_object() {
            return Err(Problem::invalid(&field("parameters"), "must be a JSON Schema object"));
        }
    }
    Ok(layer)
}

/// That a word beside the matter, such as metadata or hints, is short as JSON.
pub(crate) fn small(field: &str, value: &impl Serialize) -> Result<(), Problem> {
    size(field, value, METADATA_BYTES_MAX)
}

/// That something is not larger than that as JSON.
fn size(field: &str, value: &impl Serialize, limit: usize) -> Result<(), Problem> {
    let bytes = serde_json::to_string(value).map_or(usize::MAX, |json| json.len());
    if bytes > limit { Err(Problem::too_large(field, limit, "bytes of JSON")) } else { Ok(()) }
}

/// Lists of hosts: `{"allowed": […], "blocked": […]}`.
fn network_access(field: &str, said: Option<&Value>) -> Result<(), Problem> {
    let Some(said) = said else { return Ok(()) };
    let Some(members) = said.as_object() else {
        return Err(Problem::invalid(field, "must be an object with `allowed` and `blocked`, lists of hosts"));
    };
    for member in ["allowed", "blocked"] {
        let field = format!("{field}.{member}");
        let Some(hosts) = members.get(member).filter(|hosts| !hosts.is_null()) else { continue };
        let hosts = hosts.as_array().ok_or_else(|| Problem::invalid(&field, "must be a list of hosts"))?;
        count(&field, hosts.len(), NETWORK_HOSTS_MAX)?;
        for (place, host) in hosts.iter().enumerate() {
            let text = host.as_str().filter(|host| !host.trim().is_empty() && !host.contains(char::is_whitespace));
            let field = format!("{field}[{place}]");
            let remedy = "must be a host such as `example.com` or `*.example.com`, or the beginning of a URL";
            text.map_or_else(|| Err(Problem::invalid(&field, remedy)), |host| title(&field, Some(host)))?;
        }
    }
    Ok(())
}

/// An entry of `capabilities`: there is such a capability, it can be used, and its settings fit.
fn capability(app: &App, place: usize, wanted: &CapabilityRef) -> Result<(), Problem> {
    let known = app.engine.tools().capabilities();
    let field = format!("capabilities[{place}]");
    let Some(found) = find(known, &wanted.id) else {
        let ids: Vec<&str> = known.iter().map(|capability| capability.id).collect();
        let remedy = format!("names the unknown capability {:?}; known are: {}", wanted.id, ids.join(", "));
        return Err(Problem::invalid(&format!("{field}.ref"), remedy));
    };
    check_dependencies(found.id, known)
        .map_err(|error| Problem::invalid(&format!("{field}.ref"), format!("cannot be switched on: {error}")))?;
    let config = format!("{field}.config");
    size(&config, &wanted.config, CAPABILITY_CONFIG_BYTES_MAX)?;
    match &found.config_schema {
        Some(schema) if !wanted.config.is_null() => schema::check(schema, &wanted.config)
            .map_err(|misfit| Problem::invalid(&format!("{config}{}", misfit.path), misfit.remedy)),
        _ => Ok(()),
    }
}

/// `initial_files`: each can stand in a workspace, all of them together too.
fn starter_files(files: &[InitialFile]) -> Result<(), Problem> {
    let bytes: usize = files.iter().map(|file| file.content.len()).sum();
    if bytes > INITIAL_FILES_BYTES_MAX {
        return Err(Problem::too_large("initial_files", INITIAL_FILES_BYTES_MAX, "bytes of content"));
    }
    let mut paths: Vec<FilePath> = Vec::with_capacity(files.len());
    for (place, file) in files.iter().enumerate() {
        let field = |member: &str| format!("initial_files[{place}].{member}");
        let path = FilePath::of_starter(&file.path).map_err(|error| Problem::invalid(&field("path"), error))?;
        decode(file.content.clone(), Some(&file.encoding))
            .map_err(|error| of_content(error, &field("content"), &field("encoding")))?;
        if let Some(other) = paths.iter().find(|other| other.contains(&path) || path.contains(other)) {
            let remedy = format!("cannot stand together with {other}: one of them would have to be a directory");
            return Err(Problem::invalid(&field("path"), remedy));
        }
        paths.push(path);
    }
    Ok(())
}
