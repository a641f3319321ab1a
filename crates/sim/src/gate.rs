//! The gate of a node: each operation waits for the scheduler before it reaches the database and again with its
//! answer, so that a crash, a fault or another operation can fall on either side of a commit.

use everruns_store::{Error, Gate, Operation, Passing, Work};

use crate::desk::{Go, What};
use crate::place::Place;
use crate::world::Shared;

#[derive(Debug)]
pub(crate) struct SimGate {
    pub(crate) node: usize,
    pub(crate) world: Shared,
    pub(crate) place: Place,
}

impl Gate for SimGate {
    fn pass<'a>(&'a self, operation: Operation, work: Work<'a>) -> Passing<'a> {
        Box::pin(async move {
            self.wait(What::Ask(operation)).await?;
            let before = self.world.lock().watch.head.clone();
            let done = self.place.finish(work);
            self.world.lock().executed(self.node, operation, done, &before);
            self.wait(What::Answer(operation, done)).await
        })
    }
}

impl SimGate {
    async fn wait(&self, what: What) -> Result<(), Error> {
        let waiting = self.world.lock().stop_at_gate(self.node, what);
        let Some(word) = waiting else { return Ok(()) };
        match word.await {
            Ok(Go::Fail(error)) => Err(error),
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Failed("the world ended".to_owned())),
        }
    }
}
