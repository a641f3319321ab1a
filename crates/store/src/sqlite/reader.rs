//! Readers: a few threads with connections of their own, fed by one queue.

use everruns_core::limits::DATABASE_READERS;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Durability, connect, run_within};
use crate::value::{Row, Value};
use crate::{Counters, Error};

struct Question {
    sql: String,
    parameters: Vec<Value>,
    bytes_max: usize,
    reply: oneshot::Sender<Result<Vec<Row>, Error>>,
}

#[derive(Debug)]
pub(super) struct Readers {
    /// None only while they are dropped.
    queue: Option<Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Readers {
    /// Waits until each has closed its connection: the last one to close takes the database's log away, and that shall not
    /// happen behind the back of whoever opens the directory next.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // If it panicked, there is nothing left to wait for.
            let _ = thread.join();
        }
    }
}

impl Readers {
    pub(super) fn start(path: &PathBuf, durability: Durability, counters: Arc<Counters>) -> rusqlite::Result<Self> {
        let (queue, questions) = unbounded();
        let mut threads = Vec::with_capacity(DATABASE_READERS);
        for _ in 0..DATABASE_READERS {
            let connection = connect(path, durability)?;
            connection.execute_batch("PRAGMA query_only = 1")?;
            let (questions, counters) = (questions.clone(), counters.clone());
            let thread = std::thread::Builder::new()
                .name("reader".to_owned())
                .spawn(move || answer(&connection, &questions, &counters))
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            threads.push(thread);
        }
        Ok(Self { queue: Some(queue), threads })
    }

    pub(super) async fn query(&self, sql: String, parameters: Vec<Value>, bytes_max: usize) -> Result<Vec<Row>, Error> {
        let (reply, answer) = oneshot::channel();
        let stopped = || Error::Failed("the readers have stopped".to_owned());
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Question { sql, parameters, bytes_max, reply }).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

fn answer(connection: &Connection, questions: &Receiver<Question>, counters: &Counters) {
    for Question { sql, parameters, bytes_max, reply } in questions {
        if !reply.is_closed() {
            Counters::add(&counters.statements, 1);
            // Whoever asked may have left meanwhile; that is no error.
            let _ = reply.send(run_within(connection, &sql, &parameters, bytes_max));
        }
    }
}
