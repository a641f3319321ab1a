//! The small world of the stories: fixed times, sessions by number, events by name.

use std::sync::Arc;

use everruns_core::event::{Context, Encoded};
use everruns_core::session::SessionStatus;
use everruns_core::{DEFAULT_PRINCIPAL, MessageId, SessionId, Spent, Timestamp, TurnId};
use everruns_store::{
    Append, DEFAULT_ORG_KEY, EventQuery, Expected, Guard, NewSession, OrgKey, Post, Posted, Refusal, SessionFiles,
    SessionHead, SessionKey, Store, StoredEvent, Then,
};

/// `second` of the stories' day.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_776_506_400_000_000).plus_seconds(second)
}

/// An event outside of any turn whose data holds `text`.
pub(crate) fn event(type_name: &'static str, text: &str) -> StoredEvent {
    StoredEvent {
        context: None,
        encoded: Encoded {
            type_name: type_name.into(),
            version: 1,
            data: format!(r#"{{"text":"{text}"}}"#),
            private: None,
        },
    }
}

/// An event of a turn.
pub(crate) fn step(type_name: &'static str, step: u32, span: u32) -> StoredEvent {
    let input_message_id = MessageId::from_u128(0x0197_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5c);
    StoredEvent {
        context: Some(Context { turn_id: TurnId::opened_by(input_message_id), input_message_id, step, span }),
        ..event(type_name, "step")
    }
}

pub(crate) fn session_id(number: u128) -> SessionId {
    SessionId::from_u128(number)
}

/// Session `number` of `org`, with nothing but `session.started` in its log.
pub(crate) fn new_session(org: OrgKey, number: u128) -> NewSession {
    NewSession {
        id: session_id(number),
        org,
        owner: DEFAULT_PRINCIPAL,
        at: at(0),
        agent_id: None,
        harness_id: "harness_1".to_owned(),
        workspace_id: "wsp_1".to_owned(),
        search: String::new(),
        tags: Vec::new(),
        body: "{}".to_owned(),
        events: vec![event("session.started", "hello")],
        files: SessionFiles::None,
    }
}

pub(crate) async fn session(store: &Store, number: u128) -> SessionHead {
    let new = new_session(DEFAULT_ORG_KEY, number);
    store.create_session(&new).await.expect("a new id").head
}

/// The head as the database has it now.
pub(crate) async fn head(store: &Store, key: SessionKey) -> SessionHead {
    let row = store.session_by_key(key).await.expect("it answers");
    row.expect("the session is there").head
}

/// The types of a session's log, which must be dense.
pub(crate) async fn log(store: &Store, key: SessionKey) -> Vec<String> {
    let rows = store.events(&EventQuery::all(key)).await.expect("it reads");
    for (row, sequence) in rows.iter().zip(1..) {
        assert_eq!(row.sequence, sequence, "the log is dense");
    }
    rows.into_iter().map(|row| row.encoded.type_name.into_owned()).collect()
}

/// A message at `second`, with no turn to open.
pub(crate) fn message(session: SessionKey, second: i64) -> Post {
    let events = [event("input.message", "hi")].into();
    Post { session, at: at(second), events, holder: None, expected: Expected::default(), wakes: true }
}

/// A message that opens a turn for `holder` with four more events.
pub(crate) fn opening(session: SessionKey, second: i64, holder: &str) -> Post {
    Post {
        events: [
            event("input.message", "hi"),
            step("turn.started", 0, 0),
            step("session.activated", 0, 0),
            step("reason.started", 1, 0),
            step("output.message.started", 1, 1),
        ]
        .into(),
        holder: Some(holder.into()),
        ..message(session, second)
    }
}

/// The answer that ends the turn: six events.
pub(crate) fn answer() -> Arc<[StoredEvent]> {
    [
        step("output.message.delta", 1, 1),
        step("output.message.completed", 1, 1),
        step("llm.generation", 1, 1),
        step("reason.completed", 1, 0),
        step("turn.completed", 0, 0),
        step("session.idled", 0, 0),
    ]
    .into()
}

/// An append at `second` by whoever has the fence of `head`.
pub(crate) fn append(head: &SessionHead, second: i64, then: Then) -> Append {
    Append {
        session: head.key,
        at: at(second),
        guard: Guard::Holder { fence: head.fence, inbox_seen: None },
        events: [step("reason.completed", 1, 0)].into(),
        status: match then {
            Then::End => SessionStatus::Idle,
            Then::Park(_) => SessionStatus::WaitingForToolResults,
            Then::Hold | Then::HoldAs(_) | Then::Next { .. } => SessionStatus::Active,
        },
        then,
        usage: Spent::default(),
    }
}

/// A session with a turn open at `second`, held by `holder`.
pub(crate) async fn held(store: &Store, number: u128, second: i64, holder: &str) -> SessionHead {
    let key = session(store, number).await.key;
    posted(store, opening(key, second, holder)).await.head
}

/// A session with a turn open that waits until `until`.
pub(crate) async fn parked(store: &Store, number: u128, until: i64) -> SessionHead {
    let head = held(store, number, 1, "node").await;
    let park = append(&head, 2, Then::Park(at(until)));
    store.append_events(park).await.expect("it is held").head
}

/// A session with an input that nobody has seen, due since `second`.
pub(crate) async fn runnable(store: &Store, number: u128, second: i64) -> SessionHead {
    let key = session(store, number).await.key;
    posted(store, message(key, second)).await.head
}

pub(crate) async fn posted(store: &Store, post: Post) -> Posted {
    store.post_input(post).await.expect("the session is there")
}

/// How an append or a post ended, in a word.
pub(crate) fn outcome<T>(result: &Result<T, Refusal>) -> String {
    match result {
        Ok(_) => "written".to_owned(),
        Err(Refusal::Gone) => "gone".to_owned(),
        Err(Refusal::Fenced) => "fenced".to_owned(),
        Err(Refusal::Moved) => "moved".to_owned(),
        Err(Refusal::Conflict { last_sequence }) => format!("conflict: {last_sequence}"),
        Err(Refusal::Store(error)) => format!("failed: {error}"),
    }
}
