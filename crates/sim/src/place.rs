//! Where histories are written: a database that outlives every crash, and how an operation on it is carried through
//! while the simulated world stands still.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use everruns_core::Timestamp;
use everruns_store::{Durability, OpenError, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A database for many histories, one after the other.
#[derive(Clone, Debug)]
pub struct Place(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Sqlite(TempDir),
    /// The connections live on a runtime of their own, whose clock is not ours to stop.
    Postgres {
        url: String,
        runtime: Runtime,
    },
}

impl Place {
    /// An SQLite file in a directory of its own, which goes when the last clone does.
    pub fn temporary() -> std::io::Result<Self> {
        Ok(Self(Arc::new(Kind::Sqlite(tempfile::tempdir()?))))
    }

    /// A PostgreSQL database that nobody else uses meanwhile.
    pub fn postgres(url: &str) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self(Arc::new(Kind::Postgres { url: url.to_owned(), runtime })))
    }

    pub(crate) fn open(&self, now: Timestamp) -> Result<Store, OpenError> {
        match &*self.0 {
            // The process may die here, the machine does not: a sync per commit would only cost time.
            Kind::Sqlite(directory) => Store::open_sqlite(directory.path(), Durability::ProcessCrash, now),
            Kind::Postgres { url, .. } => self.finish(Store::open_postgres(url, now)),
        }
    }

    /// Carries work of the database through without letting anything else run.
    pub(crate) fn finish<T>(&self, work: impl Future<Output = T>) -> T {
        let _entered = match &*self.0 {
            Kind::Sqlite(_) => None,
            Kind::Postgres { runtime, .. } => Some(runtime.enter()),
        };
        // The budget of the task we are called from would make the work wait for a scheduler that stands still.
        let mut work = pin!(tokio::task::unconstrained(work));
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(done) => return done,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
