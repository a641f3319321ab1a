//! The provider itself: a socket, the scripts, the records.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::record::{Records, Request};
use crate::reply::Reply;
use crate::serve;

/// How a provider is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key that is known; `None`: every key is.
    pub key: Option<String>,
    /// The secret that Amazon's signatures are made with; `None`: only their form is looked at.
    pub secret: Option<String>,
    /// Whether a request without any key is answered, too, as servers on one's own machine do.
    pub is_keyless: bool,
    /// The models that it lists. It answers for every other, too.
    pub models: Vec<String>,
    /// When its answers claim to be made, Unix seconds.
    pub created: u64,
    /// How many requests are kept for [`Simulator::requests`].
    pub keep: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: None,
            secret: None,
            is_keyless: false,
            models: ["simulated-large", "simulated-small"].map(str::to_owned).into(),
            created: 1_790_000_000,
            keep: 1_000,
        }
    }
}

/// A provider that runs until it is dropped.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) records: Arc<Records>,
    script: Mutex<VecDeque<Reply>>,
    lists: Mutex<VecDeque<Failure>>,
    serial: AtomicU64,
}

impl Shared {
    /// The next scripted reply.
    pub(crate) fn next(&self) -> Option<Reply> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// What becomes of the next list of models.
    pub(crate) fn next_list(&self) -> Result<(), Failure> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).pop_front().map_or(Ok(()), Err)
    }

    /// A number for a request.
    pub(crate) fn serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Simulator {
    /// Serves on a port of this machine that is free.
    ///
    /// # Errors
    ///
    /// If the machine gives no port.
    pub async fn start(settings: Settings) -> std::io::Result<Self> {
        Self::serve(TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?, settings)
    }

    /// Serves on a socket.
    ///
    /// # Errors
    ///
    /// If the socket has no address.
    pub fn serve(listener: TcpListener, settings: Settings) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            records: Records::new(settings.keep),
            settings,
            script: Mutex::default(),
            lists: Mutex::default(),
            serial: AtomicU64::default(),
        });
        let task = tokio::spawn(serve::run(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// Where it is, such as `http://127.0.0.1:4100`. What a dialect's base address has behind it is up to the client:
    /// any prefix will do.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers the next request of a model so, before what its name says. Replies are played in the order they come.
    pub fn push(&self, reply: impl Into<Reply>) {
        self.shared.script.lock().unwrap_or_else(PoisonError::into_inner).push_back(reply.into());
    }

    /// Fails the next request for the list of models, which takes nothing from the replies.
    pub fn fail_list(&self, failure: Failure) {
        self.shared.lists.lock().unwrap_or_else(PoisonError::into_inner).push_back(failure);
    }

    /// What was asked so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.records.all()
    }

    /// Waits until the answer to a request, counted from 1, has ended.
    pub async fn ended(&self, serial: u64) -> Request {
        self.shared.records.wait(serial, |request| request.ending.is_some()).await
    }

    /// Waits until a request, counted from 1, has come.
    pub async fn asked(&self, serial: u64) -> Request {
        self.shared.records.wait(serial, |_| true).await
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}
