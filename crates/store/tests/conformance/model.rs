//! Providers and models: made, changed, synced, and gone together.

use std::sync::Arc;

use everruns_core::model::{Model, ProfileChange, Provider, ProviderStatus, Source};
use everruns_core::{ModelId, OrgId, ProviderId};
use everruns_store::{
    DEFAULT_ORG_KEY as ORG, Error, ModelChange, OrgKey, PROVIDER_SECRETS, ProviderChange, Sealed, Store, Synced,
};

use crate::place::Place;
use crate::world::at;

on_both!(
    providers_are_made_changed_and_deleted,
    models_are_made_changed_and_deleted,
    built_in_models_get_a_row_by_their_first_change,
    a_sync_makes_keeps_and_marks,
    organizations_see_their_own,
    a_provider_starts_with_its_models,
    what_is_said_of_a_model_is_kept,
);

fn provider(number: u128, second: i64) -> Provider {
    Provider {
        id: ProviderId::from_u128(number),
        name: format!("provider {number}"),
        provider_type: "openai".to_owned(),
        base_url: None,
        api_key_set: false,
        status: ProviderStatus::Active,
        is_built_in: false,
        last_synced_at: None,
        created_at: at(second),
        updated_at: at(second),
    }
}

fn model(number: u128, provider: u128, name: &str) -> Model {
    Model {
        id: ModelId::from_u128(number),
        provider_id: ProviderId::from_u128(provider),
        model_id: name.to_owned(),
        display_name: name.to_uppercase(),
        capabilities: vec!["chat".to_owned()],
        enabled: true,
        is_favorite: false,
        source: Source::Manual,
        is_stale: false,
        overrides: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

fn sealed(name: &str) -> Sealed {
    Sealed { name: name.to_owned(), bytes: vec![1, 2, 3] }
}

async fn with_provider(place: &Place, number: u128) -> Store {
    let store = place.store().await;
    store.create_provider(ORG, &provider(number, 1), &[], &[]).await.unwrap();
    store
}

async fn models(store: &Store, org: OrgKey) -> String {
    let models = store.models(org).await.unwrap();
    let name = |model: &Model| format!("{}{}", model.model_id, if model.is_stale { "?" } else { "" });
    models.iter().map(name).collect::<Vec<_>>().join(" ")
}

async fn providers_are_made_changed_and_deleted(place: Arc<Place>) {
    let store = place.store().await;
    let (id, url) = (ProviderId::from_u128(2), Some("http://localhost/v1".to_owned()));
    let first = Provider { base_url: url.clone(), ..provider(2, 1) };
    store.create_provider(ORG, &first, &[sealed("api_key"), sealed("other")], &[]).await.unwrap();
    store.create_provider(ORG, &provider(1, 2), &[], &[]).await.unwrap();
    let again = store.create_provider(ORG, &provider(1, 3), &[], &[]).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let first = Provider { api_key_set: true, ..first };
    assert_eq!(store.providers(ORG).await.unwrap(), [first.clone(), provider(1, 2)]);

    let check = async |change: ProviderChange, expected: Provider| {
        assert!(store.update_provider(ORG, id, &change, expected.updated_at).await.unwrap());
        assert_eq!(store.providers(ORG).await.unwrap()[0], expected);
        expected
    };
    let nothing = ProviderChange::default;
    let first = check(nothing(), Provider { updated_at: at(3), ..first }).await;
    let change = ProviderChange { name: Some("new".to_owned()), base_url: Some(None), ..nothing() };
    let first = check(change, Provider { name: "new".to_owned(), base_url: None, ..first }).await;
    let change = ProviderChange { status: Some(ProviderStatus::Disabled), base_url: Some(url.clone()), ..nothing() };
    let first = check(change, Provider { status: ProviderStatus::Disabled, base_url: url, ..first }).await;
    let change = ProviderChange { secrets: Some(Vec::new()), ..nothing() };
    let first = check(change, Provider { api_key_set: false, ..first }).await;
    let change = ProviderChange { secrets: Some(vec![sealed("api_key")]), ..nothing() };
    check(change.clone(), Provider { api_key_set: true, ..first }).await;

    store.create_model(ORG, &model(1, 2, "a")).await.unwrap();
    store.create_model(ORG, &model(2, 1, "b")).await.unwrap();
    assert!(store.delete_provider(ORG, id).await.unwrap());
    assert!(!store.delete_provider(ORG, id).await.unwrap());
    assert!(!store.update_provider(ORG, id, &change, at(4)).await.unwrap());
    assert_eq!(store.providers(ORG).await.unwrap(), [provider(1, 2)]);
    assert_eq!(models(&store, ORG).await, "b");
    let left = store.secrets(ORG, PROVIDER_SECRETS, &id.to_string()).await.unwrap();
    assert_eq!(left, [], "no key outlives its provider, nor is one set for it later");
}

async fn models_are_made_changed_and_deleted(place: Arc<Place>) {
    let store = with_provider(&place, 1).await;
    assert!(store.create_model(ORG, &model(1, 1, "a")).await.unwrap());
    assert!(store.create_model(ORG, &model(2, 1, "b")).await.unwrap());
    assert!(!store.create_model(ORG, &model(3, 9, "c")).await.unwrap(), "there is no such provider");
    let taken = store.create_model(ORG, &model(4, 1, "a")).await;
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");

    let change = ModelChange {
        display_name: Some("Ä".to_owned()),
        capabilities: Some(vec!["x".to_owned(), "y".to_owned()]),
        is_favorite: Some(true),
        ..ModelChange::default()
    };
    let id = ModelId::from_u128(1);
    assert!(store.update_model(ORG, id, &change, None, at(2)).await.unwrap());
    let change = ModelChange { enabled: Some(false), model_id: Some("z".to_owned()), ..ModelChange::default() };
    assert!(store.update_model(ORG, id, &change, None, at(3)).await.unwrap());
    let expected = Model {
        model_id: "z".to_owned(),
        display_name: "Ä".to_owned(),
        capabilities: vec!["x".to_owned(), "y".to_owned()],
        is_favorite: true,
        enabled: false,
        updated_at: at(3),
        ..model(1, 1, "a")
    };
    assert_eq!(store.models(ORG).await.unwrap(), [expected, model(2, 1, "b")]);
    let change = ModelChange { model_id: Some("b".to_owned()), ..ModelChange::default() };
    let taken = store.update_model(ORG, id, &change, None, at(4)).await;
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    assert!(!store.update_model(ORG, ModelId::from_u128(9), &change, None, at(4)).await.unwrap());
    assert!(store.delete_model(ORG, id).await.unwrap());
    assert!(!store.delete_model(ORG, id).await.unwrap());
    assert_eq!(models(&store, ORG).await, "b");
}

async fn built_in_models_get_a_row_by_their_first_change(place: Arc<Place>) {
    let store = place.store().await;
    let built_in = Model { source: Source::Predefined, ..model(1, 7, "echo") };
    let set = async |change: ModelChange, second| {
        assert!(store.update_model(ORG, built_in.id, &change, Some(&built_in), at(second)).await.unwrap());
        store.models(ORG).await.unwrap()
    };
    let rows = set(ModelChange { is_favorite: Some(true), ..ModelChange::default() }, 2).await;
    assert_eq!(rows, [Model { is_favorite: true, updated_at: at(2), ..built_in.clone() }]);
    let rows = set(ModelChange { enabled: Some(false), ..ModelChange::default() }, 3).await;
    assert_eq!(rows, [Model { is_favorite: true, enabled: false, updated_at: at(3), ..built_in.clone() }]);
}

async fn a_sync_makes_keeps_and_marks(place: Arc<Place>) {
    let store = with_provider(&place, 1).await;
    let id = ProviderId::from_u128(1);
    store.create_provider(ORG, &provider(2, 1), &[], &[]).await.unwrap();
    store.create_model(ORG, &model(1, 1, "own")).await.unwrap();
    store.create_model(ORG, &model(2, 1, "kept")).await.unwrap();
    store.create_model(ORG, &Model { source: Source::Discovered, ..model(3, 2, "other") }).await.unwrap();
    let told = |first: u128, names: &str| {
        let told = (first..).zip(names.split_whitespace());
        told.map(|(number, name)| Model { source: Source::Discovered, ..model(number, 1, name) }).collect::<Vec<_>>()
    };
    let check = async |told: Vec<Model>, (created, updated, stale): (i64, i64, i64), second, expected: &str| {
        let synced = store.sync_models(ORG, id, &told, at(second)).await.unwrap();
        assert_eq!(synced, Some(Synced { created, updated, stale }));
        assert_eq!(models(&store, ORG).await, expected);
        assert_eq!(store.providers(ORG).await.unwrap()[0].last_synced_at, Some(at(second)));
    };
    check(told(10, "kept x y"), (2, 1, 0), 2, "own kept other x y").await;
    check(told(20, "y z"), (1, 1, 1), 3, "own kept other x? y z").await;
    check(told(30, ""), (0, 0, 3), 4, "own kept other x? y? z?").await;
    check(told(40, "x"), (0, 1, 2), 5, "own kept other x y? z?").await;
    let kept = store.models(ORG).await.unwrap().swap_remove(1);
    assert_eq!((kept.id, kept.source), (ModelId::from_u128(2), Source::Manual), "what somebody added stays theirs");

    assert!(store.delete_provider(ORG, id).await.unwrap());
    assert_eq!(store.sync_models(ORG, id, &told(50, "late"), at(6)).await.unwrap(), None);
    assert_eq!(models(&store, ORG).await, "other");
}

async fn organizations_see_their_own(place: Arc<Place>) {
    let store = with_provider(&place, 1).await;
    let other = store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap();
    let (id, model_id) = (ProviderId::from_u128(1), ModelId::from_u128(1));
    store.create_model(ORG, &model(1, 1, "a")).await.unwrap();
    assert!(!store.create_model(other, &model(2, 1, "b")).await.unwrap());
    assert_eq!(store.providers(other).await.unwrap(), []);
    assert_eq!(models(&store, other).await, "");
    assert!(!store.update_provider(other, id, &ProviderChange::default(), at(2)).await.unwrap());
    assert!(!store.update_model(other, model_id, &ModelChange::default(), None, at(2)).await.unwrap());
    assert_eq!(store.sync_models(other, id, &[], at(2)).await.unwrap(), None);
    assert!(!store.delete_model(other, model_id).await.unwrap());
    assert!(!store.delete_provider(other, id).await.unwrap());
    // The same ids there are other things.
    store
        .create_provider(other, &Provider { name: "theirs".to_owned(), ..provider(1, 1) }, &[sealed("k")], &[])
        .await
        .unwrap();
    assert!(store.create_model(other, &model(1, 1, "theirs")).await.unwrap());
    assert_eq!(store.providers(ORG).await.unwrap(), [provider(1, 1)]);
    assert_eq!(store.models(ORG).await.unwrap(), [model(1, 1, "a")]);
    assert_eq!(store.provider_secrets(other).await.unwrap(), [(id, vec![1, 2, 3])]);
    assert_eq!(store.provider_secrets(ORG).await.unwrap(), []);
}

async fn a_provider_starts_with_its_models(place: Arc<Place>) {
    let store = place.store().await;
    let predefined = |number, name| Model { source: Source::Predefined, ..model(number, 1, name) };
    let start = [predefined(1, "a"), predefined(2, "b")];
    store.create_provider(ORG, &provider(1, 1), &[], &start).await.unwrap();
    assert_eq!(store.models(ORG).await.unwrap(), start);
    // Those that are there stay as they are.
    store.add_models(ORG, &[predefined(3, "b"), predefined(4, "c")]).await.unwrap();
    assert_eq!(store.models(ORG).await.unwrap(), [predefined(1, "a"), predefined(2, "b"), predefined(4, "c")]);
    let twice = [predefined(5, "x"), predefined(6, "x")];
    let refused = store.create_provider(ORG, &provider(2, 1), &[], &twice).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(store.providers(ORG).await.unwrap(), [provider(1, 1)], "all or nothing");
}

async fn what_is_said_of_a_model_is_kept(place: Arc<Place>) {
    let store = with_provider(&place, 1).await;
    let said = |name: &str| Some(ProfileChange { name: Some(name.to_owned()), ..ProfileChange::default() });
    let id = ModelId::from_u128(1);
    store.create_model(ORG, &Model { overrides: said("one"), ..model(1, 1, "a") }).await.unwrap();
    let check = async |overrides: Option<Option<ProfileChange>>, second, expected: Option<ProfileChange>| {
        let change = ModelChange { overrides, ..ModelChange::default() };
        assert!(store.update_model(ORG, id, &change, None, at(second)).await.unwrap());
        assert_eq!(store.models(ORG).await.unwrap()[0].overrides, expected);
    };
    check(None, 2, said("one")).await;
    check(Some(said("two")), 3, said("two")).await;
    check(Some(None), 4, None).await;
    check(Some(Some(ProfileChange::default())), 5, None).await;
}
