//! Groups: who is refused alone, and what a group that fails takes back.

use everruns_core::Timestamp;
use everruns_core::session::SessionStatus;
use everruns_core::{SessionId, Spent, event::Encoded};

use super::*;
use crate::sqlite::{Durability, connect, migrate};
use crate::{Expected, Guard, SessionHead, SessionKey, StoredEvent, Then};

const NOW: Timestamp = Timestamp::from_micros(1_776_506_400_000_000);
const KEY: SessionKey = SessionKey(1);

/// A writer without a thread, over a new file with one session that `node` holds.
struct World {
    session: Session,
    held: SessionHead,
    _directory: tempfile::TempDir,
}

fn world() -> World {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("everruns.db");
    let mut connection = connect(&path, Durability::ProcessCrash).expect("the file opens");
    migrate(&mut connection, NOW).expect("a new file");
    let checkpoint = Checkpoint::watch(&mut connection).unwrap();
    let counters = Arc::new(Counters::default());
    let mut session = Session { connection, checkpoint, heads: Heads::default(), counters };
    create(&session.connection, 1);
    let (reply, mut posted) = oneshot::channel();
    let post = Post {
        session: KEY,
        at: NOW,
        events: [event(), event()].into(),
        holder: Some("node".into()),
        expected: Expected::default(),
        wakes: true,
    };
    session.serve([Work::Post { post, record: None, reply }].into_iter());
    let held = posted.try_recv().unwrap().unwrap().head;
    World { session, held, _directory: directory }
}

fn create(connection: &Connection, number: u128) {
    let sql = "INSERT INTO session (id, org_id, status, last_sequence, turn_sequence, input_sequence, inbox_sequence,
            fence, event_count, turn_count, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens,
            created_at, updated_at)
        VALUES (?1, 1, 'started', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)";
    let id = SessionId::from_u128(number).to_string();
    connection.execute(sql, [id]).expect("a new session");
}

fn event() -> StoredEvent {
    StoredEvent {
        context: None,
        encoded: Encoded { type_name: "input.message".into(), version: 1, data: "{}".to_owned(), private: None },
    }
}

fn post(session: SessionKey) -> (Work, oneshot::Receiver<Result<Posted, Refusal>>) {
    let (reply, answer) = oneshot::channel();
    let expected = Expected::default();
    let post = Post { session, at: NOW, events: [event()].into(), holder: None, expected, wakes: true };
    (Work::Post { post, record: None, reply }, answer)
}

fn append(guard: Guard, then: Then) -> (Work, oneshot::Receiver<Result<Appended, Refusal>>) {
    let (reply, answer) = oneshot::channel();
    let append = Append {
        session: KEY,
        at: NOW,
        guard,
        events: [event()].into(),
        then,
        status: SessionStatus::Active,
        usage: Spent::default(),
    };
    (Work::Append { append, record: None, reply }, answer)
}

type Written = oneshot::Receiver<Result<Vec<Vec<Row>>, Error>>;

fn write_sql(sql: &'static str, parameters: Vec<crate::value::Value>) -> (Work, Written) {
    let (reply, answer) = oneshot::channel();
    let first = Statement::new(
        "INSERT INTO configuration (org_id, hash, body, created_at) VALUES (1, $1, '', 0)",
        vec![sql.into()],
    );
    let work =
        Work::Write { statements: vec![first, Statement::new(sql, parameters)], touches: Touches::Nothing, reply };
    (work, answer)
}

fn fill_the_disk(world: &World) -> (Work, Written) {
    let pages: i64 = world.session.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    limit(world, pages + 2);
    write_sql(
        "INSERT INTO configuration (org_id, hash, body, created_at) VALUES (1, 'big', $1, 0)",
        vec!["x".repeat(1_000_000).into()],
    )
}

fn limit(world: &World, pages: i64) {
    let connection = &world.session.connection;
    let set = connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()));
    set.unwrap();
}

fn count(world: &World, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let connection = &world.session.connection;
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_failed_group_takes_back_its_refusals_too() {
    let mut world = world();
    let fence = world.held.fence;
    let takeover = Guard::Takeover { turn_sequence: world.held.turn_sequence, last_sequence: None, inbox_seen: None };
    let holder = Guard::Holder { fence, inbox_seen: None };
    let (cancel, mut cancelled) = append(takeover, Then::End);
    let (late, mut refused) = append(holder, Then::Hold);
    let (fill, mut full) = fill_the_disk(&world);
    let (after, mut not_tried) = post(KEY);
    world.session.serve([cancel, late, fill, after].into_iter());
    let cancelled = cancelled.try_recv().unwrap();
    assert!(matches!(cancelled, Err(Refusal::Store(Error::Full))), "{cancelled:?}");
    // The cancel did not happen, so the holder must not be told that it lost its claim.
    let refused = refused.try_recv().unwrap();
    assert!(matches!(refused, Err(Refusal::Store(Error::Full))), "{refused:?}");
    let full = full.try_recv().unwrap();
    assert!(matches!(full, Err(Error::Full)), "{full:?}");
    let not_tried = not_tried.try_recv().unwrap();
    assert!(matches!(not_tried, Err(Refusal::Store(Error::Full))), "{not_tried:?}");
    assert_eq!((count(&world, "event"), count(&world, "configuration")), (2, 0));

    // With room again everything goes on as if nothing had been.
    limit(&world, 1_000_000);
    let (again, mut written) = append(holder, Then::Hold);
    world.session.serve([again].into_iter());
    let written = written.try_recv().unwrap().unwrap();
    assert_eq!((written.first_sequence, written.head.fence), (3, fence));
}

#[test]
fn a_mistake_is_refused_alone() {
    #[track_caller]
    fn check(sql: &'static str, conflict: bool) {
        let mut world = world();
        let (before, mut first) = post(KEY);
        let (mistake, mut refused) = write_sql(sql, Vec::new());
        let (after, mut second) = post(KEY);
        world.session.serve([before, mistake, after].into_iter());
        assert_eq!(first.try_recv().unwrap().unwrap().sequence, 3);
        let refused = refused.try_recv().unwrap().unwrap_err();
        assert_eq!(matches!(refused, Error::Conflict(_)), conflict, "{refused}");
        assert_eq!(second.try_recv().unwrap().unwrap().sequence, 4);
        assert_eq!((count(&world, "event"), count(&world, "configuration")), (4, 0));
    }
    check("INSERT INTO organization (id, public_id, created_at) VALUES (1, 'x', 0)", true);
    check("INSERT INTO organization (public_id, created_at) SELECT public_id, 0 FROM organization", true);
    check("INSERT INTO organization (public_id, created_at) VALUES (NULL, 0)", false);
    check("INSERT INTO nowhere VALUES (1)", false);
    check("SELECT $1", false);
}

#[test]
fn an_unreadable_session_is_refused_alone() {
    let mut world = world();
    create(&world.session.connection, 2);
    let damage = "UPDATE session SET status = 'odd' WHERE key = 2";
    world.session.connection.execute(damage, []).unwrap();
    let (before, mut first) = post(KEY);
    let (odd, mut refused) = post(SessionKey(2));
    let (after, mut second) = post(KEY);
    world.session.serve([before, odd, after].into_iter());
    assert_eq!(first.try_recv().unwrap().unwrap().sequence, 3);
    let refused = refused.try_recv().unwrap();
    assert!(matches!(refused, Err(Refusal::Store(Error::Corrupt(_)))), "{refused:?}");
    assert_eq!(second.try_recv().unwrap().unwrap().sequence, 4);
}

#[test]
fn who_left_is_written_all_the_same() {
    let mut world = world();
    let (gone, answer) = post(KEY);
    drop(answer);
    let (stays, mut second) = post(KEY);
    world.session.serve([gone, stays].into_iter());
    assert_eq!(second.try_recv().unwrap().unwrap().sequence, 4);
}

#[test]
fn what_is_queued_is_written_before_the_writer_is_gone() {
    let World { session, _directory, .. } = world();
    let writer = Writer::start(session.connection, session.checkpoint, session.counters).unwrap();
    let mut answers = Vec::new();
    for _ in 0..2_000 {
        let (work, answer) = post(KEY);
        writer.send(work).unwrap();
        answers.push(answer);
    }
    drop(writer);
    for (mut answer, sequence) in answers.into_iter().zip(3..) {
        assert_eq!(answer.try_recv().unwrap().unwrap().sequence, sequence);
    }
}
