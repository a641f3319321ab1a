//! How an answer is given, apart from what is said: each message may choose, for the reason steps from it on.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use super::Config;
use crate::message::Controls;

/// Language, effort, hints, and how much an error tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manner {
    /// Language of the answer, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Free hints for tools and clients.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub hints: Map<String, Value>,
    /// How hard the model shall think, one of [`EFFORTS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// How much an error tells.
    #[serde(default)]
    pub error_disclosure: ErrorDisclosure,
    /// The JSON schema that answers are held to, for models that can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
}

/// The words for how hard a model shall think.
pub const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh"];

/// How a model shall think.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) struct Reasoning {
    #[schema(schema_with = effort)]
    effort: Option<String>,
}

fn effort() -> Object {
    let words = EFFORTS.iter().map(|word| Value::from(*word));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(words.chain([Value::Null])))
        .description(Some("How hard the model shall think."))
        .build()
}

/// How much an error tells those who read events and messages; each more than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorDisclosure {
    /// That something went wrong.
    Generic,
    /// What went wrong, as a code and a sentence.
    #[default]
    Standard,
    /// The provider's own words as well.
    Detailed,
}

impl ErrorDisclosure {
    /// The mode that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "generic" => Some(Self::Generic),
            "standard" => Some(Self::Standard),
            "detailed" => Some(Self::Detailed),
            _ => None,
        }
    }
}

impl Manner {
    /// Whether nobody chose anything.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Controls {
    /// Whether a turn runs otherwise with them.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Config {
    /// The configuration with a message's wishes laid over it. Hints are merged key by key; what an error tells becomes
    /// less, never more.
    pub fn steered(&self, controls: &Controls) -> Self {
        let mut config = self.clone();
        let manner = &mut config.manner;
        if let Some(model) = &controls.model_id {
            config.model = Some(model.clone());
            config.served_by = None;
            config.price = None;
            config.fallbacks.clear();
        }
        if let Some(locale) = &controls.locale {
            manner.locale = Some(locale.clone());
        }
        for (hint, value) in controls.hints.iter().flatten() {
            manner.hints.insert(hint.clone(), value.clone());
        }
        let effort = controls.reasoning.as_ref().and_then(|reasoning| reasoning.get("effort")?.as_str());
        if let Some(effort) = effort {
            manner.reasoning_effort = Some(effort.to_owned());
        }
        if let Some(schema) = &controls.output_schema {
            manner.output_schema = Some(schema.clone());
        }
        let wanted = controls.error_disclosure.as_deref().and_then(ErrorDisclosure::parse);
        manner.error_disclosure = wanted.map_or(manner.error_disclosure, |mode| mode.min(manner.error_disclosure));
        config
    }

    /// What the model is told before the conversation: the system prompt, and the language if one is chosen.
    pub fn instructions(&self) -> String {
        let Some(locale) = &self.manner.locale else { return self.system_prompt.clone() };
        let language = format!("Write in the language of the locale {locale}, unless the user asks for another one.");
        if self.system_prompt.is_empty() { language } else { format!("{}\n\n{language}", self.system_prompt) }
    }
}
