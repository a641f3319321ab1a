//! The one writer: takes what is queued, writes it in one transaction, commits, answers. No timer delays it.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use everruns_core::Timestamp;
use everruns_core::limits::{COMMIT_GROUP_MAX, WRITE_QUEUE_MAX};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::heads::Heads;
use super::{Touches, append, claim, run};
use crate::value::{Row, Statement};
use crate::{Append, Appended, Claim, Counters, Error, Post, Posted, Refusal};

type Reply<T, E> = oneshot::Sender<Result<T, E>>;

pub(super) enum Work {
    Post { post: Post, reply: Reply<Posted, Refusal> },
    Append { append: Append, reply: Reply<Appended, Refusal> },
    Claim { holder: String, now: Timestamp, limit: usize, reply: Reply<Vec<Claim>, Error> },
    Write { statements: Vec<Statement>, touches: Touches, reply: Reply<Vec<Vec<Row>>, Error> },
}

/// An answer that waits for the commit.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;

#[derive(Debug)]
pub(super) struct Writer {
    queue: Sender<Work>,
}

impl Writer {
    pub(super) fn start(connection: Connection, counters: Arc<Counters>) -> std::io::Result<Self> {
        let (queue, work) = bounded(WRITE_QUEUE_MAX);
        let session = Session { connection, heads: Heads::default(), counters };
        std::thread::Builder::new().name("writer".to_owned()).spawn(move || session.run(&work))?;
        Ok(Self { queue })
    }

    pub(super) fn send(&self, work: Work) -> Result<(), Error> {
        self.queue.try_send(work).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy(format!("{WRITE_QUEUE_MAX} writes are waiting")),
            TrySendError::Disconnected(_) => Error::Failed("the writer has stopped".to_owned()),
        })
    }
}

struct Session {
    connection: Connection,
    heads: Heads,
    counters: Arc<Counters>,
}

impl Session {
    fn run(mut self, queue: &Receiver<Work>) {
        while let Ok(first) = queue.recv() {
            let group = std::iter::once(first).chain(std::iter::from_fn(|| queue.try_recv().ok()));
            self.serve(group.take(COMMIT_GROUP_MAX));
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
        let mut result = self.execute("BEGIN IMMEDIATE");
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
        Counters::add(&self.counters.commits, 1);
        let committed = self.connection.execute_batch("COMMIT");
        if let Err(error) = &committed
            && error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure)
        {
            // After a failed sync nobody knows what the disk holds. A restart reads what is really there.
            tracing::error!(%error, "the disk failed in a commit; stopping, a restart recovers");
            std::process::exit(74);
        }
        Ok(committed?)
    }

    fn execute(&mut self, sql: &str) -> Result<(), Error> {
        Ok(self.connection.execute_batch(sql)?)
    }

    fn apply(&mut self, work: Work) -> (Answer, Result<(), Error>) {
        let Self { connection, heads, counters } = self;
        match work {
            Work::Post { post, reply } => answer(reply, append::post(connection, heads, counters, &post)),
            Work::Append { append, reply } => answer(reply, append::append(connection, heads, counters, &append)),
            Work::Claim { holder, now, limit, reply } => {
                let claimed = claim::claim(connection, heads, counters, &holder, now, limit);
                answer(reply, claimed)
            }
            Work::Write { statements, touches, reply } => {
                match touches {
                    Touches::Nothing => {}
                    Touches::Session(key) => heads.forget(key),
                    Touches::AllSessions => heads.clear(),
                }
                answer(reply, write(connection, counters, &statements))
            }
        }
    }
}

/// Errors that fail the whole group: those of the database. What a caller could have known fails alone.
trait Verdict: From<Error> + Send + 'static {
    fn fatal(&self) -> Option<Error>;
}

impl Verdict for Error {
    fn fatal(&self) -> Option<Error> {
        (!matches!(self, Self::Conflict(_))).then(|| self.clone())
    }
}

impl Verdict for Refusal {
    fn fatal(&self) -> Option<Error> {
        match self {
            Self::Store(error) => Some(error.clone()),
            _ => None,
        }
    }
}

fn answer<T: Send + 'static, E: Verdict>(reply: Reply<T, E>, result: Result<T, E>) -> (Answer, Result<(), Error>) {
    let outcome = result.as_ref().err().and_then(Verdict::fatal).map_or(Ok(()), Err);
    let answer = move |committed: Result<(), Error>| {
        let result = match committed {
            Ok(()) => result,
            Err(error) => Err(result.err().unwrap_or_else(|| error.into())),
        };
        // Whoever asked may have left meanwhile; what is committed stays.
        let _ = reply.send(result);
    };
    (Box::new(answer), outcome)
}

fn refuse(work: Work) -> Answer {
    fn failing<T: Send + 'static, E: Verdict>(reply: Reply<T, E>) -> Answer {
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

/// Runs statements behind a savepoint, so that a conflict in one of them undoes them alone.
fn write(connection: &Connection, counters: &Counters, statements: &[Statement]) -> Result<Vec<Vec<Row>>, Error> {
    connection.execute_batch("SAVEPOINT item")?;
    let mut results = Vec::with_capacity(statements.len());
    for statement in statements {
        Counters::add(&counters.statements, 1);
        match run(connection, &statement.sql, &statement.parameters) {
            Ok(rows) => results.push(rows),
            Err(error) => {
                connection.execute_batch("ROLLBACK TO item; RELEASE item")?;
                return Err(error);
            }
        }
    }
    connection.execute_batch("RELEASE item")?;
    Ok(results)
}

#[cfg(test)]
mod tests;
