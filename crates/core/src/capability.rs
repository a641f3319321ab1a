//! Capabilities: named bundles of tools and instructions that agents switch on by id.
//!
//! A capability is data. What depends on others brings them along: [`with_dependencies`] says what a list of ids comes
//! to, and [`check_dependencies`] whether a catalogue can be used that way at all.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::limits::CAPABILITY_DEPENDENCIES_MAX;
use crate::tool::Tool;

/// How an agent, harness or session names a capability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CapabilityRef {
    /// The capability's id.
    #[serde(rename = "ref")]
    pub id: String,
    /// Its settings.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub config: Value,
}

/// What harm a capability can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// It reads, or changes nothing outside of the session.
    #[default]
    Low,
    /// It reaches out, or changes what others see.
    Medium,
    /// It runs code or spends money.
    High,
}

/// Whether a capability can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Yes.
    #[default]
    Available,
    /// Yes, but something better took its place.
    Deprecated,
}

/// What makes a capability special, for the places where clients show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nature {
    /// It gives the agent tools or instructions.
    #[default]
    Ability,
    /// It keeps the agent from something.
    Guardrail,
}

/// A capability as the catalogue describes it. Make one with `..Capability::default()`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capability {
    /// Constant id, such as `current_time`.
    pub id: &'static str,
    /// Other words for it, such as ids it had before.
    pub aliases: &'static [&'static str],
    /// For people.
    pub name: &'static str,
    /// What it gives an agent.
    pub description: &'static str,
    /// Whether it can be used.
    pub availability: Availability,
    /// Where lists group it, such as `utility`.
    pub category: Option<&'static str>,
    /// The name of its picture.
    pub icon: Option<&'static str>,
    /// What harm it can do.
    pub risk_level: RiskLevel,
    /// What makes it special.
    pub nature: Nature,
    /// Ids of the capabilities that come along with it.
    pub dependencies: &'static [&'static str],
    /// What clients may show when it is on, such as `file_browser`.
    pub features: &'static [&'static str],
    /// JSON Schema of its settings; without one any settings are taken.
    pub config_schema: Option<Value>,
    /// What it adds to the system prompt, if anything.
    pub system_prompt: Option<&'static str>,
    /// The tools it brings.
    pub tools: Vec<Tool>,
}

/// Why a capability cannot be switched on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DependencyError {
    /// There is no such capability.
    #[error("`{0}` is not in the catalogue")]
    Unknown(String),
    /// It needs itself, by this way.
    #[error("the dependencies go round: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
    /// It brings too much along.
    #[error("more than {CAPABILITY_DEPENDENCIES_MAX} capabilities would come along")]
    TooMany,
}

/// The capability with this id or alias. An id wins over an alias of another.
pub fn find<'a>(catalogue: &'a [Capability], word: &str) -> Option<&'a Capability> {
    let by_id = catalogue.iter().find(|capability| capability.id == word);
    by_id.or_else(|| catalogue.iter().find(|capability| capability.aliases.contains(&word)))
}

/// What these ids come to: each capability once, where it is first needed, behind what it depends on. Words that the
/// catalogue does not know any more add nothing, and a circle of dependencies is left where it closes.
pub fn with_dependencies<'a, 'b>(
    wanted: impl Iterator<Item = &'b str>,
    catalogue: &'a [Capability],
) -> Vec<&'a Capability> {
    fn add<'a>(word: &str, catalogue: &'a [Capability], on: &mut Vec<&'static str>, out: &mut Vec<&'a Capability>) {
        let Some(capability) = find(catalogue, word).filter(|capability| !on.contains(&capability.id)) else { return };
        on.push(capability.id);
        for dependency in capability.dependencies {
            add(dependency, catalogue, on, out);
        }
        out.push(capability);
    }
    let (mut on, mut out) = (Vec::new(), Vec::new());
    wanted.for_each(|word| add(word, catalogue, &mut on, &mut out));
    out
}

/// Whether everything that the capability needs is there, without a circle and within bounds.
pub fn check_dependencies(id: &str, catalogue: &[Capability]) -> Result<(), DependencyError> {
    fn visit(
        word: &str,
        catalogue: &[Capability],
        way: &mut Vec<String>,
        done: &mut Vec<&'static str>,
    ) -> Result<(), DependencyError> {
        let capability = find(catalogue, word).ok_or_else(|| DependencyError::Unknown(word.to_owned()))?;
        way.push(capability.id.to_owned());
        if way[..way.len() - 1].iter().any(|before| before == capability.id) {
            return Err(DependencyError::Cycle(std::mem::take(way)));
        }
        if !done.contains(&capability.id) {
            if done.len() + way.len() > CAPABILITY_DEPENDENCIES_MAX {
                return Err(DependencyError::TooMany);
            }
            capability.dependencies.iter().try_for_each(|next| visit(next, catalogue, way, done))?;
            done.push(capability.id);
        }
        way.pop();
        Ok(())
    }
    visit(id, catalogue, &mut Vec::new(), &mut Vec::new())
}

#[cfg(test)]
mod tests;
