//! The desk: everything that waits for a word of the scheduler.

use everruns_llm::{ModelError, Part};
use everruns_store::{Error, Operation};
use tokio::sync::oneshot;

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An operation that has not reached the database.
    Ask(Operation),
    /// The answer of an operation that the database carried out, or refused.
    Answer(Operation, bool),
    /// A model that is asked to go on, by its place among the calls.
    Model(usize),
    /// A tool at work, by its place among the runs.
    Tool(usize),
}

/// The word.
#[derive(Debug)]
pub(crate) enum Go {
    On,
    /// This instead of what was asked for, or instead of its answer.
    Fail(Error),
    /// The model's next parts; `None`: its stream ends.
    Parts(Vec<Option<Result<Part, ModelError>>>),
    Ended(Result<String, String>),
}

#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) node: usize,
    pub(crate) what: What,
    go: oneshot::Sender<Go>,
}

/// In the order in which they began to wait.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) tickets: Vec<Ticket>,
}

impl Desk {
    pub(crate) fn wait(&mut self, node: usize, what: What) -> oneshot::Receiver<Go> {
        let (go, word) = oneshot::channel();
        self.tickets.push(Ticket { node, what, go });
        word
    }

    /// Forgets those whose waiters have left.
    pub(crate) fn tidy(&mut self) {
        self.tickets.retain(|ticket| !ticket.go.is_closed());
    }

    /// Gives the word to the one at this place.
    pub(crate) fn grant(&mut self, place: usize, word: Go) {
        // Who left meanwhile does not hear it.
        let _ = self.tickets.remove(place).go.send(word);
    }

    /// Whether a database operation of the node is under way.
    pub(crate) fn is_busy(&self, node: usize) -> bool {
        self.tickets.iter().any(|ticket| ticket.node == node && matches!(ticket.what, What::Ask(_) | What::Answer(..)))
    }
}
