//! What sessions add up to, per agent and per harness.

use std::collections::HashMap;
use std::sync::Arc;

use everruns_core::{AgentId, Nanos, OrgId, Spent};
use everruns_store::{Append, DEFAULT_ORG_KEY as ORG, NewSession, SessionStats, SessionsOf, Then};

use crate::place::Place;
use crate::world::{answer, append, at, new_session, opening, posted};

on_both!(sessions_are_counted, sessions_are_summed);

async fn sessions_are_counted(place: Arc<Place>) {
    let store = place.store().await;
    let other = store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap();
    let (one, two) = (AgentId::from_u128(1), AgentId::from_u128(2));
    for (number, org, agent, harness) in [
        (1, ORG, Some(one), "h"),
        (2, ORG, Some(one), "i"),
        (3, ORG, Some(two), "h"),
        (4, ORG, None, "h"),
        (5, other, Some(one), "h"),
    ] {
        let new = NewSession { agent_id: agent, harness_id: harness.to_owned(), ..new_session(org, number) };
        store.create_session(&new).await.unwrap();
    }
    let check = async |org, of, ids: &[&str], expected: &[(&str, i64)]| {
        let counts = store.session_counts(org, of, ids).await.unwrap();
        let expected: HashMap<String, i64> = expected.iter().map(|(id, count)| ((*id).to_owned(), *count)).collect();
        assert_eq!(counts, expected);
    };
    let (one, two) = (one.to_string(), two.to_string());
    check(ORG, SessionsOf::Agent, &[], &[]).await;
    check(ORG, SessionsOf::Agent, &[&one, &two, "none"], &[(&one, 2), (&two, 1)]).await;
    check(other, SessionsOf::Agent, &[&one, &two], &[(&one, 1)]).await;
    check(ORG, SessionsOf::Harness, &["h", "i"], &[("h", 3), ("i", 1)]).await;
}

async fn sessions_are_summed(place: Arc<Place>) {
    let store = place.store().await;
    let agent = AgentId::from_u128(1);
    let stats = async |id: &str| store.session_stats(ORG, SessionsOf::Agent, id).await.unwrap();
    assert_eq!(stats("none").await, SessionStats::default());
    for number in [1, 2] {
        let new = NewSession { agent_id: Some(agent), at: at(number as i64), ..new_session(ORG, number) };
        let key = store.create_session(&new).await.unwrap().head.key;
        if number == 1 {
            let head = posted(&store, opening(key, 3, "node")).await.head;
            let usage = Spent {
                input_tokens: 5,
                output_tokens: 3,
                cache_read_tokens: 2,
                cache_creation_tokens: 1,
                estimated_cost_usd: Some(Nanos::new(20)),
                actual_cost_usd: Some(Nanos::new(30)),
                effective_cost_usd: Some(Nanos::new(40)),
            };
            let end = Append { events: answer(), usage, ..append(&head, 4, Then::End) };
            store.append_events(end).await.unwrap();
        }
    }
    let expected = SessionStats {
        sessions: 2,
        active: 0,
        idle: 1,
        started: 1,
        waiting: 0,
        turns: 1,
        millis: 3_000,
        input_tokens: 5,
        output_tokens: 3,
        cache_read_tokens: 2,
        cache_creation_tokens: 1,
        estimated_nanos: 20,
        actual_nanos: 30,
        cost_nanos: 40,
        first_at: Some(at(1)),
        last_at: Some(at(2)),
        last_turn_at: Some(at(4)),
    };
    assert_eq!(stats(&agent.to_string()).await, expected);
}
