//! What stands beside a message: how it is delivered, how its turn shall be run, and who wrote it.

use everruns_core::config::{EFFORTS, ErrorDisclosure};
use everruns_core::limits::{ACTOR_CHARS_MAX, LOCALE_CHARS_MAX};
use everruns_core::message::Controls;
use serde_json::{Map, Value};

use crate::fields::Fields;
use crate::problem::Problem;
use crate::validate;

/// Whether the controls say what can be done. Keys that are not known are ignored.
pub(super) fn controls(fields: &mut Fields) -> Result<Option<Controls>, Problem> {
    let Some(controls) = fields.object::<Controls>("controls")? else { return Ok(None) };
    validate::small("controls", &controls)?;
    validate::title("controls.model_id", controls.model_id.as_deref())?;
    if let Some(reasoning) = &controls.reasoning {
        let effort = match reasoning {
            Value::Object(members) => members.get("effort").filter(|effort| !effort.is_null()),
            _ => return Err(Problem::invalid("controls.reasoning", "must be an object such as {\"effort\": \"low\"}")),
        };
        if effort.is_some_and(|effort| effort.as_str().is_none_or(|word| !EFFORTS.contains(&word))) {
            let remedy = format!("must be one of {}", EFFORTS.join(", "));
            return Err(Problem::invalid("controls.reasoning.effort", remedy));
        }
    }
    if let Some(locale) = &controls.locale {
        let is_tag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        if locale.len() > LOCALE_CHARS_MAX || !locale.split('-').all(is_tag) {
            return Err(Problem::invalid("controls.locale", "must be a BCP 47 tag such as `en` or `uk-UA`"));
        }
    }
    if controls.error_disclosure.as_deref().is_some_and(|word| ErrorDisclosure::parse(word).is_none()) {
        return Err(Problem::invalid("controls.error_disclosure", "must be `generic`, `standard` or `detailed`"));
    }
    if controls.output_schema.as_ref().is_some_and(|schema| !schema.is_object()) {
        let remedy = "must be a JSON schema, an object such as {\"type\": \"object\"}";
        return Err(Problem::invalid("controls.output_schema", remedy));
    }
    Ok(Some(controls))
}

/// Who wrote the message elsewhere: `actor_id`, `source`, and perhaps `actor_name` and `metadata`, texts by name.
pub(super) fn external_actor(fields: &mut Fields) -> Result<Option<Map<String, Value>>, Problem> {
    fields.rename("externalActor", "external_actor");
    let Some(actor) = fields.optional::<Map<String, Value>>("external_actor")? else { return Ok(None) };
    validate::small("external_actor", &actor)?;
    let mut members = Fields::of(actor).called("external_actor.");
    let mut actor = Map::new();
    for (name, alias, is_required) in
        [("actor_id", "actorId", true), ("source", "source", true), ("actor_name", "actorName", false)]
    {
        members.rename(alias, name);
        let text: Option<String> = if is_required { Some(members.required(name)?) } else { members.optional(name)? };
        let Some(text) = text else { continue };
        let is_short = text.chars().nth(ACTOR_CHARS_MAX).is_none();
        if !is_short || text.contains('\0') || (is_required && text.is_empty()) {
            let remedy = format!("must be a text of at most {ACTOR_CHARS_MAX} characters, not empty and without NUL");
            return Err(Problem::invalid(&format!("external_actor.{name}"), remedy));
        }
        actor.insert(name.to_owned(), text.into());
    }
    if let Some(metadata) = members.optional::<Map<String, Value>>("metadata")? {
        if let Some((name, _)) = metadata.iter().find(|(_, value)| !value.is_string()) {
            return Err(Problem::invalid(&format!("external_actor.metadata.{name}"), "must be a text"));
        }
        actor.insert("metadata".to_owned(), metadata.into());
    }
    Ok(Some(actor))
}

/// The participant that shall answer. A session has one agent so far, which is the one that answers.
pub(super) fn addressee(fields: &mut Fields) -> Result<(), Problem> {
    let name = "addressed_participant_id";
    fields.rename("addressedParticipantId", name);
    let addressee: Option<String> = fields.optional(name)?;
    match addressee {
        Some(id) if !id.starts_with("part_") => {
            Err(Problem::invalid(name, "must be the id of a participant, `part_…`"))
        }
        addressee => validate::title(name, addressee.as_deref()),
    }
}

/// The last event that the caller knows.
pub(crate) fn expected_sequence(fields: &mut Fields) -> Result<Option<i64>, Problem> {
    let name = "expected_sequence";
    fields.rename("expectedSequence", name);
    let expected: Option<i64> = fields.optional(name)?;
    match expected {
        Some(sequence) if sequence < 0 => Err(Problem::invalid(name, "must be a sequence, 0 or more")),
        expected => Ok(expected),
    }
}
