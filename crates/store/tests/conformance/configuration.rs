//! Configurations: kept once by content.

use std::sync::Arc;

use everruns_store::{DEFAULT_ORG_KEY, Store};

use crate::place::Place;
use crate::world::at;

on_both!(the_first_one_stays);

async fn the_first_one_stays(place: Arc<Place>) {
    let store = place.store().await;
    let check = async |store: &Store, hash: &str, expected: Option<&str>| {
        let found = store.configuration_by_hash(DEFAULT_ORG_KEY, hash).await;
        assert_eq!(found.unwrap().as_deref(), expected);
    };
    check(&store, "sha256:1", None).await;
    for (hash, body) in [("sha256:1", "{}"), ("sha256:1", "[]"), ("sha256:2", "[]")] {
        let put = store.put_configuration(DEFAULT_ORG_KEY, hash, body, at(1)).await;
        put.unwrap();
    }
    check(&store, "sha256:1", Some("{}")).await;
    check(&store, "sha256:2", Some("[]")).await;
    check(&store, "sha256:3", None).await;
}
