//! Doing a thing once: the record of an idempotency key, written in the same transaction as what it stands for.
//!
//! Who answers a request runs it within a [`Once`]. What the request makes first takes the record along into its
//! transaction; a second request of the same name is refused there as [`Error::Repeated`], and nothing is written.
//! Work outside a [`Once`] pays the look at a task-local.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use everruns_core::Timestamp;
use everruns_core::limits::{ONCE_EXPIRED_BATCH_MAX, ONCE_SECONDS_KEPT};

use crate::value::{Row, Statement, Value};
use crate::{Error, OrgKey, Store};

tokio::task_local! {
    static CURRENT: Arc<Once>;
}

/// One request that shall have its effect once.
#[derive(Debug)]
pub struct Once {
    org: OrgKey,
    name: String,
    request: String,
    at: Timestamp,
    made: Mutex<Option<String>>,
    state: AtomicU8,
}

/// Nothing was written yet.
const OPEN: u8 = 0;
/// The record is part of a transaction.
const TAKEN: u8 = 1;
/// Another request of the same name was first.
const REPEATED: u8 = 2;

/// What is known of an earlier request of the same name.
#[derive(Clone, Debug, PartialEq)]
pub struct OnceRecord {
    /// What it asked for, as a hash.
    pub request: String,
    /// The public id of what it made.
    pub made: Option<String>,
    /// Its answer, once that is known: status and body.
    pub answer: Option<(u16, String)>,
}

impl Once {
    /// A request by its `name`, which says who asks for what under which key; `request` is the hash of all of it.
    pub fn new(org: OrgKey, name: String, request: String, at: Timestamp) -> Arc<Self> {
        Arc::new(Self { org, name, request, at, made: Mutex::default(), state: AtomicU8::new(OPEN) })
    }

    /// Runs `work`, whose first making takes the record along.
    pub async fn scope<F: Future>(self: &Arc<Self>, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// The one that this task runs within; for work that goes on in another task.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Says what is about to be made, for who asks after a crash.
    pub fn makes(&self, id: impl std::fmt::Display) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_string());
    }

    fn made(&self) -> Option<String> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a write carried the record.
    pub fn is_taken(&self) -> bool {
        self.state.load(Ordering::Acquire) == TAKEN
    }

    /// Whether a write was refused because another request of the same name was first.
    pub fn is_repeated(&self) -> bool {
        self.state.load(Ordering::Acquire) == REPEATED
    }

    /// Whether an earlier request of the same name asked for the same.
    pub fn is_same(&self, earlier: &OnceRecord) -> bool {
        self.request == earlier.request
    }

    /// The current one, if nobody took it yet.
    pub(crate) fn take() -> Option<Arc<Self>> {
        let take = |once: &Self| once.state.compare_exchange(OPEN, TAKEN, Ordering::AcqRel, Ordering::Acquire).is_ok();
        Self::current().filter(|once| take(once))
    }

    /// Keeps what became of a write that carried it: one that failed did not take it along.
    pub(crate) fn settle(&self, is_written: bool, is_repeated: bool) {
        let state = match (is_written, is_repeated) {
            (true, _) => TAKEN,
            (false, true) => REPEATED,
            (false, false) => OPEN,
        };
        self.state.store(state, Ordering::Release);
    }

    /// The statement that writes the record, or refuses the whole transaction.
    pub(crate) fn statement(&self) -> Statement {
        self.insert("VALUES ($1, $2, $3, $4, $6)", vec![self.made().into()])
    }

    /// The same, behind the statement that wrote the resource of this name.
    pub(crate) fn statement_for_resource(&self, kind: &str, name: &str) -> Statement {
        let made = "SELECT $1, $2, $3, CAST($4 AS BIGINT), id FROM resource
            WHERE org_id = $1 AND kind = $6 AND name = $7 AND status = 'active'";
        self.insert(made, vec![kind.into(), name.into()])
    }

    fn insert(&self, values: &str, more: Vec<Value>) -> Statement {
        // One that has expired makes room.
        let sql = format!(
            "INSERT INTO once (org_id, name, request, created_at, made) {values}
             ON CONFLICT (org_id, name) DO UPDATE SET request = excluded.request, created_at = excluded.created_at,
                 made = excluded.made, status = NULL, body = NULL WHERE once.created_at < $5
             RETURNING 1"
        );
        let mut parameters: Vec<Value> = vec![
            self.org.0.into(),
            self.name.as_str().into(),
            self.request.as_str().into(),
            self.at.as_micros().into(),
            expired(self.at).into(),
        ];
        parameters.extend(more);
        Statement::owned(sql, parameters).or_refuse(Error::Repeated)
    }
}

fn expired(now: Timestamp) -> i64 {
    now.as_micros() - ONCE_SECONDS_KEPT * 1_000_000
}

fn record(mut row: Row) -> Result<OnceRecord, Error> {
    let (request, made) = (row.text()?, row.text_or_null()?);
    let (status, body) = (row.int_or_null()?, row.text_or_null()?);
    let answer = match (status, body) {
        (Some(status), Some(body)) => {
            let status = u16::try_from(status).map_err(|_| Error::Corrupt(format!("the status {status}")))?;
            Some((status, body))
        }
        _ => None,
    };
    Ok(OnceRecord { request, made, answer })
}

impl Store {
    /// What is known of a request of this name, unless it has expired.
    pub async fn once_record(&self, once: &Once) -> Result<Option<OnceRecord>, Error> {
        let sql = "SELECT request, made, status, body FROM once
            WHERE org_id = $1 AND name = $2 AND created_at >= $3";
        let parameters = vec![once.org.0.into(), once.name.as_str().into(), expired(once.at).into()];
        self.query(sql, parameters).await?.into_iter().next().map(record).transpose()
    }

    /// Keeps the answer with the record, which is made if no write carried it, and drops some that have expired.
    /// Without a body only the record is seen to: the answer is too large to be kept.
    pub async fn finish_once(&self, once: &Once, answer: Option<(u16, &str)>) -> Result<(), Error> {
        let (status, body) = answer.map(|(status, body)| (i64::from(status), body)).unzip();
        let (org, name) = (Value::from(once.org.0), Value::from(once.name.as_str()));
        let statements = vec![
            Statement::new(
                "DELETE FROM once WHERE org_id = $1 AND name = $2 AND created_at < $3",
                vec![org.clone(), name.clone(), expired(once.at).into()],
            ),
            Statement::new(
                "INSERT INTO once (org_id, name, request, made, status, body, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (org_id, name) DO UPDATE SET status = excluded.status, body = excluded.body
                     WHERE once.request = excluded.request",
                vec![
                    org,
                    name,
                    once.request.as_str().into(),
                    once.made().into(),
                    status.into(),
                    body.into(),
                    once.at.as_micros().into(),
                ],
            ),
            // All organizations' together: it is a matter of time alone.
            Statement::new(
                "DELETE FROM once WHERE (org_id, name) IN
                     (SELECT org_id, name FROM once WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
                vec![expired(once.at).into(), ONCE_EXPIRED_BATCH_MAX.into()],
            ),
        ];
        self.write(statements).await.map(drop)
    }

    /// Runs writing statements that make something, and takes the current [`Once`] along.
    pub(crate) async fn make(&self, mut statements: Vec<Statement>, made: &str) -> Result<Vec<Vec<Row>>, Error> {
        let Some(once) = Once::take() else {
            return self.write(statements).await;
        };
        once.makes(made);
        // First, so that a second request finds no name that is taken by the first.
        statements.insert(0, once.statement());
        let written = self.write(statements).await;
        once.settle(written.is_ok(), matches!(written, Err(Error::Repeated)));
        written.map(|mut results| results.split_off(1))
    }
}
