//! Turns that ended, over all sessions of an organization.

use std::sync::Arc;

use everruns_core::OrgId;
use everruns_store::{DEFAULT_ORG_KEY as ORG, EndedQuery, NewSession, OrgKey};

use crate::place::Place;
use crate::world::{at, event, new_session};

on_both!(ends_are_listed_newest_first);

async fn ends_are_listed_newest_first(place: Arc<Place>) {
    let store = place.store().await;
    let other = store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap();
    for (number, org, second, types) in [
        (1, ORG, 10, &["session.started", "turn.completed"][..]),
        (2, ORG, 30, &["turn.failed", "turn.started", "turn.cancelled"]),
        (3, ORG, 20, &["turn.sealed"]),
        (4, other, 25, &["turn.completed"]),
    ] {
        let events = types.iter().map(|name| event(name, "text")).collect();
        let new = NewSession { at: at(second), events, ..new_session(org, number) };
        store.create_session(&new).await.unwrap();
    }
    let all = EndedQuery { from: at(0), to: at(100), type_name: None, after: None, limit: 10 };
    let check = async |org: OrgKey, query: EndedQuery, expected: &[(u128, i64, &str)]| {
        let found = store.ended_turns(org, &query).await.unwrap();
        let shown: Vec<_> =
            found.iter().map(|it| (it.session_id.0.as_u128(), it.sequence, it.type_name.as_str())).collect();
        assert_eq!(shown, expected, "{query:?}");
        found
    };
    let found = check(
        ORG,
        all.clone(),
        &[(2, 3, "turn.cancelled"), (2, 1, "turn.failed"), (3, 1, "turn.sealed"), (1, 2, "turn.completed")],
    )
    .await;
    assert_eq!((found[0].at, found[0].data.contains("text")), (at(30), true));
    check(other, all.clone(), &[(4, 1, "turn.completed")]).await;
    // Page by page, also between two ends of one moment.
    let first = check(ORG, EndedQuery { limit: 1, ..all.clone() }, &[(2, 3, "turn.cancelled")]).await;
    let after = first.last().map(|last| (last.at, last.session, last.sequence));
    let rest = EndedQuery { after, limit: 2, ..all.clone() };
    check(ORG, rest, &[(2, 1, "turn.failed"), (3, 1, "turn.sealed")]).await;
    // By time and by type.
    check(ORG, EndedQuery { from: at(20), to: at(30), ..all.clone() }, &[(3, 1, "turn.sealed")]).await;
    let failed = EndedQuery { type_name: Some("turn.failed".to_owned()), ..all.clone() };
    check(ORG, failed, &[(2, 1, "turn.failed")]).await;
    store.delete_session(found[0].session).await.unwrap();
    check(ORG, all, &[(3, 1, "turn.sealed"), (1, 2, "turn.completed")]).await;
}
