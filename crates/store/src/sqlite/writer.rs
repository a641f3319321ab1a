//! The one writer: takes what is queued, writes it in one transaction, commits, answers. No timer delays it.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use everruns_core::Timestamp;
use everruns_core::limits::{COMMIT_GROUP_MAX, WRITE_QUEUE_MAX};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::checkpoint::{Checkpoint, stop};
use super::heads::Heads;
use super::{Touches, append, claim, run};
use crate::value::{Row, Statement};
use crate::{Append, Appended, Claim, Counters, Error, Post, Posted, Refusal};

type Reply<T, E> = oneshot::Sender<Result<T, E>>;

pub(super) enum Work {
    Post { post: Post, record: Option<Box<Statement>>, reply: Reply<Posted, Refusal> },
    Append { append: Append, record: Option<Box<Statement>>, reply: Reply<Appended, Refusal> },
    Claim { holder: String, now: Timestamp, limit: usize, reply: Reply<Vec<Claim>, Error> },
    Write { statements: Vec<Statement>, touches: Touches, reply: Reply<Vec<Vec<Row>>, Error> },
}

/// An answer that waits for the commit.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;

#[derive(Debug)]
pub(super) struct Writer {
    /// None only while it is dropped.
    queue: Option<Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Writer {
    /// Waits until what is queued is written: the directory's lock, which the next server waits for, is let go after.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // If it panicked, there is nothing left to wait for.
            let _ = thread.join();
        }
    }
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        checkpoint: Checkpoint,
        counters: Arc<Counters>,
    ) -> std::io::Result<Self> {
        let (queue, work) = bounded(WRITE_QUEUE_MAX);
        let session = Session { connection, checkpoint, heads: Heads::default(), counters };
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || session.run(&work))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) fn send(&self, work: Work) -> Result<(), Error> {
        let stopped = || Error::Failed("the writer has stopped".to_owned());
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.try_send(work).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy(format!("{WRITE_QUEUE_MAX} writes are waiting")),
            TrySendError::Disconnected(_) => stopped(),
        })
    }
}

struct Session {
    connection: Connection,
    checkpoint: Checkpoint,
    heads: Heads,
    counters: Arc<Counters>,
}

impl Session {
    fn run(mut self, queue: &Receiver<Work>) {
        while let Ok(first) = queue.recv() {
            let group = std::iter::once(first).chain(std::iter::from_fn(|| queue.try_recv().ok()));
            self.serve(group.take(COMMIT_GROUP_MAX));
            self.checkpoint.run_if_due(&self.connection);
        }
    }

    /// Writes a group, or takes all of it back, and answers.
    fn serve(&mut self, group: impl Iterator<Item = Work>) {
        let (result, answers) = self.write_group(group);
        if let Err(error) = &result {
            self.heads.clear();
            if !self.connection.is_autocommit()
                && let Err(rollback) = self.connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%rollback, "a failed transaction could not be rolled back");
            }
            tracing::error!(%error, writes = answers.len(), "a group of writes failed");
        }
        for answer in answers {
            answer(result.clone());
        }
    }

    /// Writes a group in one transaction. Refused items wrote nothing; an error of the database fails the group.
    fn write_group(&mut self, group: impl Iterator<Item = Work>) -> (Result<(), Error>, Vec<Answer>) {
        let mut answers = Vec::new();
        let mut result = self.run_cached("BEGIN IMMEDIATE").map_err(Error::from);
        for work in group {
            if result.is_ok() {
                let (answer, outcome) = self.apply(work);
                answers.push(answer);
                result = outcome;
            } else {
                answers.push(refuse(work));
            }
        }
        if result.is_ok() {
            result = self.commit();
        }
        (result, answers)
    }

    fn commit(&mut self) -> Result<(), Error> {
        let committed = self.run_cached("COMMIT");
        if let Err(error) = &committed
            && error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
        {
            stop(error);
        }
        Counters::add(&self.counters.commits, u64::from(committed.is_ok()));
        Ok(committed?)
    }

    fn run_cached(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    fn apply(&mut self, work: Work) -> (Answer, Result<(), Error>) {
        let Self { connection, heads, counters, .. } = self;
        match work {
            Work::Post { post, record, reply } => {
                let posted = append::post(connection, heads, counters, &post, record.as_deref());
                let outcome = group_outcome(&posted);
                answer(reply, posted, outcome)
            }
            Work::Append { append, record, reply } => {
                let appended = append::append(connection, heads, counters, &append, record.as_deref());
                let outcome = group_outcome(&appended);
                answer(reply, appended, outcome)
            }
            Work::Claim { holder, now, limit, reply } => {
                let claimed = claim::claim(connection, heads, counters, &holder, now, limit);
                let outcome = claimed.as_ref().map(drop).map_err(Clone::clone);
                answer(reply, claimed, outcome)
            }
            Work::Write { statements, touches, reply } => {
                match touches {
                    Touches::Nothing => {}
                    Touches::Session(key) => heads.forget(key),
                    Touches::AllSessions => heads.clear(),
                }
                match write(connection, counters, &statements) {
                    Ok(result) => answer(reply, result, Ok(())),
                    Err(error) => answer(reply, Err(error.clone()), Err(error)),
                }
            }
        }
    }
}

/// What the group has to think of an item: an error of the database fails all of it.
fn group_outcome<T>(result: &Result<T, Refusal>) -> Result<(), Error> {
    match result {
        // The head of that one session, or the record of that one request; nothing is written before it.
        Err(Refusal::Store(Error::Corrupt(_) | Error::Repeated)) => Ok(()),
        Err(Refusal::Store(error)) => Err(error.clone()),
        _ => Ok(()),
    }
}

/// Pairs the answer to an item with what the group has to think of it.
fn answer<T: Send + 'static, E: From<Error> + Send + 'static>(
    reply: Reply<T, E>,
    result: Result<T, E>,
    outcome: Result<(), Error>,
) -> (Answer, Result<(), Error>) {
    let answer = move |committed: Result<(), Error>| {
        // In a failed group even a refusal is void: what it was refused for is taken back.
        // Whoever asked may have left meanwhile; what is committed stays.
        let _ = reply.send(committed.map_err(E::from).and(result));
    };
    (Box::new(answer), outcome)
}

fn refuse(work: Work) -> Answer {
    fn failing<T: Send + 'static, E: From<Error> + Send + 'static>(reply: Reply<T, E>) -> Answer {
        Box::new(move |committed: Result<(), Error>| {
            let error = committed.err().unwrap_or_else(|| Error::Failed("not written".to_owned()));
            let _ = reply.send(Err(error.into()));
        })
    }
    match work {
        Work::Post { reply, .. } => failing(reply),
        Work::Append { reply, .. } => failing(reply),
        Work::Claim { reply, .. } => failing(reply),
        Work::Write { reply, .. } => failing(reply),
    }
}

/// Runs statements behind a savepoint. An inner error undid them alone, an outer one fails the group.
fn write(
    connection: &Connection,
    counters: &Counters,
    statements: &[Statement],
) -> Result<Result<Vec<Vec<Row>>, Error>, Error> {
    connection.execute_batch("SAVEPOINT item")?;
    let run = |statement: &Statement| {
        Counters::add(&counters.statements, 1);
        run(connection, &statement.sql, &statement.parameters).and_then(|rows| statement.accept(rows))
    };
    let results: Result<Vec<_>, _> = statements.iter().map(run).collect();
    match &results {
        Ok(_) => connection.execute_batch("RELEASE item")?,
        // A full disk ends the transaction, and the savepoint with it.
        Err(error) if connection.is_autocommit() => return Err(error.clone()),
        Err(_) => connection.execute_batch("ROLLBACK TO item; RELEASE item")?,
    }
    Ok(results)
}

#[cfg(test)]
mod tests;
