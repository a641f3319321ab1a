//! What is known about a model, and what somebody says over it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::limits::{PRICE_MAX, PROFILE_ITEMS_MAX, TITLE_CHARS_MAX};

/// A kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Words.
    Text,
    /// Pictures.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Documents.
    Pdf,
}

/// What a model takes and gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Modalities {
    /// What it takes.
    pub input: Vec<Modality>,
    /// What it gives.
    pub output: Vec<Modality>,
}

/// How much a model takes and gives, tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Input and output together.
    pub context: i32,
    /// Output alone.
    pub output: i32,
    /// Input alone, if that is less than what the output leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<i32>,
    /// Images or pages of documents in one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_media: Option<i32>,
}

/// What a million tokens cost, US dollars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cost {
    /// Of input.
    pub input: f64,
    /// Of output.
    pub output: f64,
    /// Of input read from a cache; absent: as other input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<f64>,
    /// Of input written to a cache; absent: as other input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<f64>,
    /// Prices of longer prompts, the shortest of them first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cost_tiers: Vec<CostTier>,
}

/// What a million tokens cost in a call whose whole prompt is longer than so many, US dollars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CostTier {
    /// Tokens of the prompt, those of caches included.
    pub above_tokens: i32,
    /// Of input.
    pub input: f64,
    /// Of output.
    pub output: f64,
    /// Of input read from a cache; absent: as other input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<f64>,
    /// Of input written to a cache; absent: as other input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<f64>,
}

/// How hard a model can think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the word itself")]
pub enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
}

/// An effort that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EffortChoice {
    /// For people.
    pub name: String,
    /// For requests.
    pub value: Effort,
}

/// How hard a model can be told to think.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Efforts {
    /// How hard it thinks untold.
    pub default: Effort,
    /// What it can be told.
    pub values: Vec<EffortChoice>,
}

/// What is known about a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// For people.
    pub name: String,
    /// What it is related to.
    pub family: String,
    /// In a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it takes files.
    #[serde(default)]
    #[schema(required)]
    pub attachment: bool,
    /// Whether it thinks before it answers.
    #[serde(default)]
    #[schema(required)]
    pub reasoning: bool,
    /// Whether its chance can be set.
    #[serde(default)]
    #[schema(required)]
    pub temperature: bool,
    /// Whether it calls tools.
    #[serde(default)]
    #[schema(required)]
    pub tool_call: bool,
    /// Whether its answers can be held to a schema.
    #[serde(default)]
    #[schema(required)]
    pub structured_output: bool,
    /// Whether anybody may run it.
    #[serde(default)]
    #[schema(required)]
    pub open_weights: bool,
    /// Whether it looks tools up when it needs them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tool_search: bool,
    /// Up to which day it knows the world, `YYYY-MM-DD` or less of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knowledge: Option<String>,
    /// When it came out, in the same form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_date: Option<String>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// How much it takes and gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// What it takes and gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modalities: Option<Modalities>,
    /// How hard it can be told to think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<Efforts>,
}

impl Profile {
    /// Why nothing can be made of it: the member that is wrong, and what it must be.
    pub fn fault(&self) -> Option<(String, String)> {
        let change = ProfileChange {
            name: Some(self.name.clone()),
            family: Some(self.family.clone()),
            description: self.description.clone(),
            knowledge: self.knowledge.clone(),
            release_date: self.release_date.clone(),
            cost: self.cost.clone(),
            limits: self.limits,
            modalities: self.modalities.clone(),
            reasoning_effort: self.reasoning_effort.clone(),
            ..ProfileChange::default()
        };
        change.fault()
    }
}

/// What somebody says of a model over what is known; what is absent is as it is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[expect(missing_docs, reason = "each is the member of a profile with this name")]
pub struct ProfileChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_output: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_weights: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_search: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knowledge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modalities: Option<Modalities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<Efforts>,
}

impl ProfileChange {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// A profile with this said over it.
    pub fn over(&self, known: Profile) -> Profile {
        let said = self.clone();
        Profile {
            name: said.name.unwrap_or(known.name),
            family: said.family.unwrap_or(known.family),
            description: said.description.or(known.description),
            attachment: said.attachment.unwrap_or(known.attachment),
            reasoning: said.reasoning.unwrap_or(known.reasoning),
            temperature: said.temperature.unwrap_or(known.temperature),
            tool_call: said.tool_call.unwrap_or(known.tool_call),
            structured_output: said.structured_output.unwrap_or(known.structured_output),
            open_weights: said.open_weights.unwrap_or(known.open_weights),
            tool_search: said.tool_search.unwrap_or(known.tool_search),
            knowledge: said.knowledge.or(known.knowledge),
            release_date: said.release_date.or(known.release_date),
            cost: said.cost.or(known.cost),
            limits: said.limits.or(known.limits),
            modalities: said.modalities.or(known.modalities),
            reasoning_effort: said.reasoning_effort.or(known.reasoning_effort),
        }
    }

    /// Why it cannot be said: the member that is wrong, and what it must be.
    pub fn fault(&self) -> Option<(String, String)> {
        let texts = [
            ("name", &self.name),
            ("family", &self.family),
            ("description", &self.description),
            ("knowledge", &self.knowledge),
            ("release_date", &self.release_date),
        ];
        for (member, text) in texts {
            let Some(text) = text else { continue };
            if text.is_empty() || text.chars().nth(TITLE_CHARS_MAX).is_some() || text.contains('\0') {
                return fault(member, format!("must have 1 to {TITLE_CHARS_MAX} characters, and no NUL"));
            }
        }
        if let Some(cost) = &self.cost
            && let Some((member, must)) = fault_of_cost(cost)
        {
            return fault(&format!("cost.{member}"), must);
        }
        if let Some(Limits { context, output, input, max_media }) = self.limits {
            let counts =
                [("context", Some(context)), ("output", Some(output)), ("input", input), ("max_media", max_media)];
            for (member, count) in counts {
                if count.is_some_and(|count| count < 1) {
                    return fault(&format!("limits.{member}"), "must be 1 or more".to_owned());
                }
            }
        }
        let many = |count: usize| count > PROFILE_ITEMS_MAX;
        if self.modalities.as_ref().is_some_and(|kinds| many(kinds.input.len()) || many(kinds.output.len())) {
            return fault("modalities", format!("must have at most {PROFILE_ITEMS_MAX} entries each way"));
        }
        if let Some(Efforts { default, values }) = &self.reasoning_effort {
            let named =
                values.iter().all(|choice| !choice.name.is_empty() && choice.name.chars().count() <= TITLE_CHARS_MAX);
            if many(values.len()) || !named {
                return fault(
                    "reasoning_effort.values",
                    format!("must be {PROFILE_ITEMS_MAX} at most, each with a name"),
                );
            }
            if !values.iter().any(|choice| choice.value == *default) {
                return fault("reasoning_effort.default", "must be one of `values`".to_owned());
            }
        }
        None
    }
}

fn fault(member: &str, must: String) -> Option<(String, String)> {
    Some((member.to_owned(), must))
}

fn fault_of_cost(cost: &Cost) -> Option<(String, String)> {
    let mut prices = vec![
        ("input".to_owned(), Some(cost.input)),
        ("output".to_owned(), Some(cost.output)),
        ("cache_read".to_owned(), cost.cache_read),
        ("cache_write".to_owned(), cost.cache_write),
    ];
    if cost.cost_tiers.len() > PROFILE_ITEMS_MAX {
        return fault("cost_tiers", format!("must have at most {PROFILE_ITEMS_MAX} entries"));
    }
    let mut below = 0;
    for (place, tier) in cost.cost_tiers.iter().enumerate() {
        if tier.above_tokens <= below {
            return fault(&format!("cost_tiers[{place}].above_tokens"), format!("must be more than {below}"));
        }
        below = tier.above_tokens;
        let of = |name: &str| format!("cost_tiers[{place}].{name}");
        prices.extend([
            (of("input"), Some(tier.input)),
            (of("output"), Some(tier.output)),
            (of("cache_read"), tier.cache_read),
            (of("cache_write"), tier.cache_write),
        ]);
    }
    let wrong = prices.into_iter().find(|(_, price)| price.is_some_and(|price| !(0.0..=PRICE_MAX).contains(&price)));
    wrong.map(|(member, _)| (member, format!("must be 0 to {PRICE_MAX} US dollars for a million tokens")))
}

#[cfg(test)]
mod tests;
