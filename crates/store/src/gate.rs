//! The gate: where a simulation decides when an operation reaches the database and when its answer comes back.
//!
//! A server has no gate; it pays the look at one `Option`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Error, Guard, Store};

/// What is asked of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A reading statement.
    Read,
    /// Writing statements.
    Write,
    /// [`Store::post_input`].
    Post,
    /// [`Store::append_events`].
    Append(Guard),
    /// [`Store::claim_sessions`].
    Claim,
}

/// The operation itself. It tells whether the database did what it was asked for.
pub type Work<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// An operation on its way through a gate.
pub type Passing<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// Stands between a store and its database.
pub trait Gate: fmt::Debug + Send + Sync {
    /// Runs `work` when its time has come, and returns when its answer may be delivered. An error takes the place of
    /// the answer, whether `work` ran or not.
    fn pass<'a>(&'a self, operation: Operation, work: Work<'a>) -> Passing<'a>;
}

impl Store {
    /// The same open database, behind a gate.
    pub fn behind(&self, gate: Arc<dyn Gate>) -> Self {
        Self { database: self.database.clone(), gate: Some(gate) }
    }

    pub(crate) async fn through<T: Send, E: From<Error> + Send>(
        &self,
        operation: Operation,
        work: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        let Some(gate) = &self.gate else {
            return work.await;
        };
        let mut answer = None;
        let work = async { answer.insert(work.await).is_ok() };
        gate.pass(operation, Box::pin(work)).await?;
        answer.unwrap_or_else(|| Err(Error::Failed("the gate did not run the operation".to_owned()).into()))
    }
}
