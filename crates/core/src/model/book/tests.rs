//! A small book, and what texts choose from it.

use super::*;
use crate::ProviderId;
use crate::model::{Cost, Limits, Modalities};

const ACME: ProviderId = ProviderId::from_u128(1);
const LATER: ProviderId = ProviderId::from_u128(2);
const OFF: ProviderId = ProviderId::from_u128(3);
const OWN_SIM: ProviderId = ProviderId::from_u128(4);

fn provider(id: ProviderId, name: &str, provider_type: &str, status: ProviderStatus) -> Provider {
    let (name, provider_type) = (name.to_owned(), provider_type.to_owned());
    Provider { id, name, provider_type, status, is_built_in: false, ..simulator() }
}

fn model(number: u128, provider_id: ProviderId, name: &str) -> Model {
    let base = built_in(&offered(name));
    Model { id: ModelId::from_u128(number), provider_id, source: Source::Manual, ..base }
}

fn offered(name: &str) -> Offered {
    let profile = Profile {
        name: name.to_uppercase(),
        family: String::new(),
        description: String::new(),
        attachment: false,
        reasoning: false,
        temperature: false,
        tool_call: false,
        structured_output: false,
        open_weights: false,
        cost: Cost { input: 0.0, output: 0.0 },
        limits: Limits { context: 1, output: 1 },
        modalities: Modalities { input: Vec::new(), output: Vec::new() },
    };
    Offered { model_id: name.to_owned(), capabilities: Vec::new(), profile }
}

fn book() -> Book {
    let active = ProviderStatus::Active;
    let providers = vec![
        provider(ACME, "Acme", "openai", active),
        provider(LATER, "later", "openai", active),
        provider(OFF, "off", "anthropic", ProviderStatus::Disabled),
        provider(OWN_SIM, "own", "llmsim", active),
    ];
    let models = vec![
        model(20, LATER, "gpt"),
        model(21, LATER, "vendor/big?v=2"),
        model(10, ACME, "gpt"),
        Model { enabled: false, ..model(11, ACME, "old") },
        Model { enabled: false, ..model(12, ACME, "shared") },
        model(22, LATER, "shared"),
        model(30, OFF, "claude"),
        model(40, OWN_SIM, "echo"),
        model(41, OWN_SIM, "acme/x"),
        Model { enabled: false, ..built_in(&offered("lorem")) },
        model(99, ProviderId::from_u128(99), "of nobody"),
    ];
    Book::new(providers, models, vec![offered("echo"), offered("lorem"), offered("fixed")])
}

#[test]
fn texts_choose() {
    #[track_caller]
    fn check(text: &str, expected: Result<(&str, ModelId), NotChosen>) {
        let chosen = book().choose(text).map(|chosen| (chosen.model, chosen.served_by.model_id));
        assert_eq!(chosen, expected.map(|(model, id)| (model.to_owned(), id)), "{text}");
    }
    let id = ModelId::from_u128;
    let (unknown, disabled) = (Err(NotChosen::Unknown), Err(NotChosen::Disabled));
    check(&id(20).to_string(), Ok(("openai/gpt", id(20))));
    check("gpt", Ok(("openai/gpt", id(10))));
    check("Acme/gpt", Ok(("openai/gpt", id(10))));
    check("acme/gpt", Ok(("openai/gpt", id(10))));
    check("later/gpt", Ok(("openai/gpt", id(20))));
    check(&format!("{LATER}/gpt"), Ok(("openai/gpt", id(20))));
    check("openai/gpt", Ok(("openai/gpt", id(10))));
    check("OpenAI/gpt", unknown);
    check("GPT", unknown);
    check("vendor/big?v=2", Ok(("openai/vendor/big?v=2", id(21))));
    check("later/vendor/big?v=2", Ok(("openai/vendor/big?v=2", id(21))));
    check("vendor/big", unknown);
    check("gpt?v=2", unknown);
    // A model that can be used comes before one that cannot.
    check("shared", Ok(("openai/shared", id(22))));
    check("acme/shared", disabled);
    check("old", disabled);
    check("claude", disabled);
    check(&id(30).to_string(), disabled);
    // Simulated models take parameters; an own provider comes before the built-in one.
    let fixed = ModelId::built_in(SIMULATOR, "fixed");
    check("llmsim/fixed", Ok(("llmsim/fixed", fixed)));
    check("llmsim/fixed?text=a/b?c", Ok(("llmsim/fixed?text=a/b?c", fixed)));
    check("fixed?text=x", Ok(("llmsim/fixed?text=x", fixed)));
    check(&fixed.to_string(), Ok(("llmsim/fixed", fixed)));
    check("Simulated models/fixed", Ok(("llmsim/fixed", fixed)));
    check("llmsim/echo?prefix=p", Ok(("llmsim/echo?prefix=p", id(40))));
    check("llmsim/acme/x", Ok(("llmsim/acme/x", id(41))));
    check("llmsim/lorem", disabled);
    check("llmsim/", unknown);
    check("llmsim/nothing", unknown);
    check("of nobody", unknown);
    check(&id(99).to_string(), unknown);
    check("", unknown);
    check("/", unknown);
}

#[test]
fn ids_of_built_in_models_stay() {
    // They stand in the settings of agents: a new number would cut those off.
    assert_eq!(ModelId::built_in(SIMULATOR, "echo").to_string(), "model_01970000000070b794d02041477bdb36");
}

#[test]
fn entries_follow_their_providers() {
    let book = book();
    let names: Vec<String> = book.entries.iter().map(|entry| entry.model.model_id.clone()).collect();
    let expected = ["gpt", "old", "shared", "gpt", "vendor/big?v=2", "shared", "claude", "echo", "acme/x"];
    assert_eq!(names[..9], expected);
    assert_eq!(names[9..], ["echo", "lorem", "fixed"]);
    let known = |place: usize| book.entries[place].profile.as_ref().map(|profile| profile.name.as_str());
    assert_eq!((known(0), known(7), known(8), known(9)), (None, Some("ECHO"), None, Some("ECHO")));
    assert_eq!(book.provider(SIMULATOR).map(|provider| provider.is_built_in), Some(true));
    assert_eq!(Book::new(Vec::new(), Vec::new(), Vec::new()), Book::default(), "without a simulator there is none");
}
