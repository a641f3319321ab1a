//! A small book, and what texts choose from it.

use super::*;
use crate::model::{ProfileChange, SIMULATOR};

const ACME: ProviderId = ProviderId::from_u128(1);
const LATER: ProviderId = ProviderId::from_u128(2);
const OFF: ProviderId = ProviderId::from_u128(3);
const OWN_SIM: ProviderId = ProviderId::from_u128(4);

fn provider(id: ProviderId, name: &str, provider_type: &str, status: ProviderStatus) -> Provider {
    let base = simulator();
    Provider { id, name: name.to_owned(), provider_type: provider_type.to_owned(), status, is_built_in: false, ..base }
}

fn simulator() -> Provider {
    Provider::built_in(SIMULATED, "Simulated models")
}

fn model(number: u128, provider_id: ProviderId, name: &str) -> Model {
    let base = built_in(&simulator(), &offered(name));
    Model { id: ModelId::from_u128(number), provider_id, source: Source::Manual, ..base }
}

fn offered(name: &str) -> Offered {
    let profile = Profile { name: name.to_uppercase(), ..Profile::default() };
    Offered { model_id: name.to_owned(), capabilities: Vec::new(), profile }
}

/// Simulated models are known by name, wherever they are, and one other.
fn known(provider_type: &str, model_id: &str) -> Option<Profile> {
    let is_known = (provider_type, model_id) == ("openai", "gpt") || provider_type == SIMULATED && model_id == "echo";
    is_known.then(|| Profile { family: "known".to_owned(), ..offered(model_id).profile })
}

fn ground(built_in: Vec<(Provider, Vec<Offered>)>) -> Ground<'static> {
    Ground { built_in, known: &known }
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
        Model { enabled: false, ..built_in(&simulator(), &offered("lorem")) },
        model(99, ProviderId::from_u128(99), "of nobody"),
    ];
    let simulated = vec![offered("echo"), offered("lorem"), offered("fixed")];
    Book::new(providers, models, None, ground(vec![(simulator(), simulated)]))
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
    assert_eq!((known(0), known(1)), (Some("GPT"), None));
    assert_eq!((known(7), known(8), known(9)), (Some("ECHO"), None, Some("ECHO")));
    assert_eq!(book.provider(SIMULATOR).map(|provider| provider.is_built_in), Some(true));
    let empty = Book::new(Vec::new(), Vec::new(), None, ground(Vec::new()));
    assert_eq!(empty, Book::default(), "without a simulator there is none");
}

#[test]
fn what_is_said_of_a_model_goes_over_what_is_known() {
    let said = |name: &str| Some(ProfileChange { name: Some(name.to_owned()), ..ProfileChange::default() });
    let models = vec![
        Model { overrides: said("Ours"), ..model(1, ACME, "gpt") },
        Model { overrides: said("New"), ..model(2, ACME, "unheard") },
        Model { overrides: said("Said"), ..built_in(&simulator(), &offered("echo")) },
    ];
    let providers = vec![provider(ACME, "Acme", "openai", ProviderStatus::Active)];
    let book = Book::new(providers, models, None, ground(vec![(simulator(), vec![offered("echo")])]));
    let shown: Vec<(&str, &str)> =
        book.entries.iter().filter_map(|it| it.profile.as_ref()).map(|it| (&*it.name, &*it.family)).collect();
    assert_eq!(shown, [("Ours", "known"), ("New", "unheard"), ("Said", "")]);
}

#[test]
fn an_organization_elects_what_is_ready() {
    let keyed = |number: u128, provider_type: &str| Provider {
        api_key_set: true,
        ..provider(ProviderId::from_u128(number), provider_type, provider_type, ProviderStatus::Active)
    };
    let chat = |number: u128, provider: u128, name: &str| Model {
        capabilities: vec!["chat".to_owned()],
        ..model(number, ProviderId::from_u128(provider), name)
    };
    #[track_caller]
    fn check(providers: Vec<Provider>, models: Vec<Model>, expected: Option<u128>) {
        let types = ["openai", "anthropic"].map(str::to_owned);
        let shortlist =
            |kind: &str| if kind == "openai" { vec!["mini".to_owned(), "big".to_owned()] } else { Vec::new() };
        let book = Book::new(providers, models, None, ground(vec![(simulator(), vec![offered("echo")])]));
        assert_eq!(book.elect(&types, &shortlist), expected.map(ModelId::from_u128));
    }
    check(Vec::new(), Vec::new(), None);
    check(vec![keyed(1, "openai")], vec![chat(11, 1, "big"), chat(12, 1, "mini")], Some(12));
    check(vec![keyed(1, "openai")], vec![chat(11, 1, "other"), chat(12, 1, "big")], Some(12));
    check(vec![keyed(1, "openai")], vec![model(10, ProviderId::from_u128(1), "x"), chat(11, 1, "other")], Some(11));
    let off = Model { enabled: false, ..chat(11, 1, "mini") };
    check(vec![keyed(1, "openai")], vec![off, Model { is_stale: true, ..chat(12, 1, "big") }], None);
    check(vec![keyed(1, "anthropic"), keyed(2, "openai")], vec![chat(11, 1, "a"), chat(21, 2, "o")], Some(21));
    check(vec![keyed(1, "groq"), keyed(2, "anthropic")], vec![chat(11, 1, "a"), chat(21, 2, "o")], Some(21));
    check(vec![Provider { api_key_set: false, ..keyed(1, "openai") }], vec![chat(11, 1, "mini")], None);
    check(vec![Provider { api_key_set: false, ..keyed(1, "ollama") }], vec![chat(11, 1, "llama")], Some(11));
    check(vec![Provider { status: ProviderStatus::Disabled, ..keyed(1, "openai") }], vec![chat(11, 1, "mini")], None);
}

#[test]
fn a_default_has_to_be_there_and_on() {
    #[track_caller]
    fn check(default: u128, id: Option<u128>, is_named: bool) {
        let providers = vec![provider(ACME, "Acme", "openai", ProviderStatus::Active)];
        let models = vec![model(10, ACME, "gpt"), Model { enabled: false, ..model(11, ACME, "old") }];
        let book = Book::new(providers, models, Some(ModelId::from_u128(default)), ground(Vec::new()));
        assert_eq!(book.default_model, id.map(ModelId::from_u128));
        assert_eq!(book.default_name(), Some(ModelId::from_u128(default).to_string()).filter(|_| is_named));
    }
    check(10, Some(10), true);
    check(11, Some(11), false);
    check(12, None, false);
}
