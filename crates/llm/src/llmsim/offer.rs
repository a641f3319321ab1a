//! The simulated models as lists show them: one for each behaviour.

use everruns_core::limits::{ANSWER_BYTES_MAX, PROMPT_BYTES_MAX};
use everruns_core::model::{Cost, Limits, Modalities, Modality, Offered, Profile};

use super::behaviour::BEHAVIOURS;

/// Bytes of text that count as a token.
const TOKEN_BYTES: usize = 4;

/// In a sentence, by behaviour.
const DESCRIPTIONS: &[(&str, &str, &str)] = &[
    ("default", "Simulated", "Always the same text; a session's first reply says that it is simulated."),
    ("fixed", "Simulated: fixed text", "Always the same text, or the one that `text` gives."),
    ("echo", "Simulated: echo", "Repeats the last user message, after `prefix`."),
    ("lorem", "Simulated: lorem", "As many words as `tokens` says."),
    ("tool", "Simulated: tool calls", "Calls the tool `name`, then tells what came of it."),
    ("error", "Simulated: failure", "Fails as `kind` says, after `after` words."),
];

/// One for each behaviour, in their order.
pub(super) fn models() -> Vec<Offered> {
    let tokens = |bytes: usize| i32::try_from(bytes / TOKEN_BYTES).unwrap_or(i32::MAX);
    let text = || vec![Modality::Text];
    let model = |(id, _): &(&str, _)| {
        let described = DESCRIPTIONS.iter().find(|(described, ..)| described == id);
        let (_, name, description) = described.copied().unwrap_or((id, id, ""));
        let profile = Profile {
            name: name.to_owned(),
            family: "llmsim".to_owned(),
            description: Some(description.to_owned()),
            tool_call: true,
            cost: Some(Cost { input: 0.0, output: 0.0, cache_read: None, cache_write: None, cost_tiers: Vec::new() }),
            limits: Some(Limits {
                context: tokens(PROMPT_BYTES_MAX + ANSWER_BYTES_MAX),
                output: tokens(ANSWER_BYTES_MAX),
                input: None,
                max_media: None,
            }),
            modalities: Some(Modalities { input: text(), output: text() }),
            ..Profile::default()
        };
        let capabilities = ["chat", "tools"].map(str::to_owned).to_vec();
        Offered { model_id: (*id).to_owned(), capabilities, profile }
    };
    BEHAVIOURS.iter().map(model).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_is_described() {
        let names: Vec<&str> = BEHAVIOURS.iter().map(|(name, _)| *name).collect();
        let described: Vec<&str> = DESCRIPTIONS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(described, names);
        let models = models();
        let offered: Vec<&str> = models.iter().map(|offered| offered.model_id.as_str()).collect();
        assert_eq!(offered, names);
        for Offered { profile, .. } in &models {
            let limits = profile.limits.expect("limits");
            assert!(limits.output > 0 && limits.context > limits.output);
        }
    }
}
