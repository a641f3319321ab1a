//! Keys come out as they went in, for their organization alone, and are forgotten when they change.

use std::sync::Arc;

use everruns_core::model::{Provider, ProviderStatus};
use everruns_core::{OrgId, ProviderId, Timestamp};
use everruns_llm::Models;
use everruns_store::{DEFAULT_ORG_KEY as ORG, Durability, PROVIDER_SECRETS, ProviderChange, Sealed, Store};
use everruns_tools::Catalogue;
use everruns_vault::{MasterKey, Vault};

use super::*;
use crate::{Settings, Source};

const NOW: Timestamp = Timestamp::from_micros(1_776_506_400_000_000);
const ID: ProviderId = ProviderId::from_u128(7);

struct Still;

impl Source for Still {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn random(&self) -> u128 {
        42
    }
}

fn engine(directory: &std::path::Path, master: Option<u8>, environment: Vec<Arc<ProviderAccess>>) -> Engine {
    let store = Store::open_sqlite(directory, Durability::ProcessCrash, NOW).expect("a database");
    let vault = master.map(|byte| Arc::new(Vault::new(MasterKey::new([byte; 32]))));
    let settings = Settings { vault, environment, ..Settings::default() };
    Engine::new(Arc::new(store), Models::with_llmsim(), Catalogue::built_in(), Arc::new(Still), settings)
}

fn provider() -> Provider {
    Provider {
        id: ID,
        name: "Acme".to_owned(),
        provider_type: "openai".to_owned(),
        base_url: Some("https://acme.example/v1".to_owned()),
        api_key_set: false,
        status: ProviderStatus::Active,
        is_built_in: false,
        last_synced_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn keys(engine: &Engine, keys: &[(&str, &str)]) -> Vec<Sealed> {
    let seal = |(name, text): &(&str, &str)| Sealed {
        name: (*name).to_owned(),
        bytes: engine.seal(ORG, PROVIDER_SECRETS, &ID.to_string(), name, text).expect("it seals"),
    };
    keys.iter().map(seal).collect()
}

/// The keys that the organization has for the provider, `name=key` each, else what the error says.
async fn check(engine: &Engine, org: OrgKey, id: ProviderId, expected: Result<&[&str], &str>) {
    let found = engine.provider_access(org, id).await;
    let debug = format!("{found:?}");
    assert!(!debug.contains("sk-"), "{debug}");
    match (found, expected) {
        (Ok(access), Ok(expected)) => {
            let keys: Vec<String> =
                access.credentials.iter().map(|(name, key)| format!("{name}={}", key.as_str())).collect();
            assert_eq!(keys, expected);
        }
        (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
        (found, expected) => panic!("{found:?} is not {expected:?}"),
    }
}

#[tokio::test]
async fn stored_keys_are_opened_and_forgotten_with_every_change() {
    let directory = tempfile::tempdir().expect("a directory");
    {
        let engine = engine(directory.path(), Some(1), Vec::new());
        check(&engine, ORG, ID, Err("no such provider")).await;
        let first = keys(&engine, &[("api_key", "sk-one"), ("a", "sk-two")]);
        engine.store().create_provider(ORG, &provider(), &first, &[]).await.expect("a provider");
        engine.book_changed(ORG);
        check(&engine, ORG, ID, Ok(&["a=sk-two", "api_key=sk-one"])).await;
        let access = engine.provider_access(ORG, ID).await.expect("access");
        assert_eq!(access.base_url.as_deref(), Some("https://acme.example/v1"));
        assert_eq!((access.credential("a"), access.credential("b")), (Some("sk-two"), None));

        let other = engine.store().create_organization(OrgId::from_u128(42), NOW).await.expect("an organization");
        check(&engine, other, ID, Err("no such provider")).await;

        let second = ProviderChange { secrets: Some(keys(&engine, &[("api_key", "sk-new")])), ..Default::default() };
        engine.store().update_provider(ORG, ID, &second, NOW).await.expect("it changes");
        engine.book_changed(other);
        let still = engine.provider_access(ORG, ID).await.expect("access");
        assert!(Arc::ptr_eq(&access, &still), "what nobody said to have changed is in memory");
        engine.book_changed(ORG);
        check(&engine, ORG, ID, Ok(&["api_key=sk-new"])).await;
    }
    check(&engine(directory.path(), Some(2), Vec::new()), ORG, ID, Err("another master key")).await;
    check(&engine(directory.path(), None, Vec::new()), ORG, ID, Err("no master key")).await;
}

#[tokio::test]
async fn what_another_master_key_sealed_is_locked() {
    let directory = tempfile::tempdir().expect("a directory");
    let locked = async |engine: &Engine| engine.book(ORG).await.expect("a book").locked.clone();
    {
        let engine = engine(directory.path(), Some(1), Vec::new());
        let keys = keys(&engine, &[("api_key", "sk-one")]);
        engine.store().create_provider(ORG, &provider(), &keys, &[]).await.expect("a provider");
        assert_eq!((locked(&engine).await, engine.look_at_secrets().await.expect("a look")), (vec![], 0));
    }
    for master in [Some(2), None] {
        let engine = engine(directory.path(), master, Vec::new());
        assert_eq!((locked(&engine).await, engine.look_at_secrets().await.expect("a look")), (vec![ID], 1));
    }
}

#[tokio::test]
async fn keys_of_the_environment_are_for_every_organization() {
    let directory = tempfile::tempdir().expect("a directory");
    let given = |provider_type: &str, key: &str| {
        Arc::new(ProviderAccess {
            provider_type: provider_type.to_owned(),
            base_url: None,
            credentials: vec![("api_key".to_owned(), Zeroizing::new(key.to_owned()))],
        })
    };
    let engine = engine(directory.path(), None, vec![given("openai", "sk-env"), given("groq", "sk-other")]);
    let other = engine.store().create_organization(OrgId::from_u128(42), NOW).await.expect("an organization");
    for org in [ORG, other] {
        check(&engine, org, ProviderId::built_in("openai"), Ok(&["api_key=sk-env"])).await;
        check(&engine, org, ProviderId::built_in("groq"), Ok(&["api_key=sk-other"])).await;
        check(&engine, org, ProviderId::built_in("anthropic"), Err("no such provider")).await;
    }
}
