//! What was asked, and how each answer ended.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Monotonic};

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::dialect::Dialect;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which one, counted from 1.
    pub serial: u64,
    /// `GET` or `POST`.
    pub method: String,
    /// The path, with its escapes.
    pub path: String,
    /// What follows the `?`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; null when there is none, a text when it is no JSON.
    pub body: Value,
    /// What it speaks.
    pub dialect: Dialect,
    /// The status it was answered with, once it is known.
    pub status: Option<u16>,
    /// How the answer ended; `None`: it has not yet.
    pub ending: Option<Ending>,
    /// When each content was handed to the connection; known when the answer has ended. Not of slow bytes.
    pub said: Vec<Monotonic>,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All of it was handed to the socket.
    Finished,
    /// The script cut the connection.
    Cut,
    /// The client hung up before the end.
    Closed {
        /// Bytes of the body that were handed to the socket before.
        sent: usize,
        /// From the request's arrival.
        after: Duration,
    },
}

impl Request {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }
}

/// The newest requests, up to a bound.
#[derive(Debug)]
pub(crate) struct Records {
    keep: usize,
    list: Mutex<VecDeque<Request>>,
    changed: watch::Sender<()>,
}

impl Records {
    pub(crate) fn new(keep: usize) -> Arc<Self> {
        Arc::new(Self { keep, list: Mutex::default(), changed: watch::Sender::new(()) })
    }

    fn list(&self) -> MutexGuard<'_, VecDeque<Request>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a request, and follows its answer.
    pub(crate) fn add(self: &Arc<Self>, request: &Request) -> Trace {
        let serial = request.serial;
        if self.keep > 0 {
            let mut list = self.list();
            while list.len() >= self.keep {
                list.pop_front();
            }
            list.push_back(request.clone());
        }
        self.changed.send_replace(());
        Trace { records: self.clone(), serial, since: Instant::now(), sent: 0, said: Vec::new(), has_ended: false }
    }

    pub(crate) fn all(&self) -> Vec<Request> {
        self.list().iter().cloned().collect()
    }

    fn change(&self, serial: u64, change: impl FnOnce(&mut Request)) {
        // The newest are asked for most.
        if let Some(request) = self.list().iter_mut().rev().find(|request| request.serial == serial) {
            change(request);
        }
        self.changed.send_replace(());
    }

    /// Waits until the request of this serial is as wanted.
    pub(crate) async fn wait(&self, serial: u64, is_wanted: impl Fn(&Request) -> bool) -> Request {
        let mut changes = self.changed.subscribe();
        loop {
            let found = self.list().iter().find(|one| one.serial == serial && is_wanted(one)).cloned();
            if let Some(request) = found {
                return request;
            }
            // The sender lives as long as this does.
            let _ = changes.changed().await;
        }
    }
}

/// Follows one answer to its end: what is dropped before it has ended was closed by the client.
#[derive(Debug)]
pub(crate) struct Trace {
    records: Arc<Records>,
    serial: u64,
    since: Instant,
    sent: usize,
    said: Vec<Monotonic>,
    has_ended: bool,
}

impl Trace {
    pub(crate) fn answers(&self, status: u16) {
        self.records.change(self.serial, |request| request.status = Some(status));
    }

    pub(crate) fn sends(&mut self, bytes: usize, is_content: bool) {
        self.sent += bytes;
        if is_content {
            self.said.push(Instant::now().into_std());
        }
    }

    pub(crate) fn ends(&mut self, ending: Ending) {
        if !std::mem::replace(&mut self.has_ended, true) {
            let said = std::mem::take(&mut self.said);
            self.records.change(self.serial, |request| (request.ending, request.said) = (Some(ending), said));
        }
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.ends(Ending::Closed { sent: self.sent, after: self.since.elapsed() });
    }
}
