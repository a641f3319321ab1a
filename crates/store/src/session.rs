//! Sessions: the hot row that every append moves, and what is rarely changed beside it.

use std::sync::Arc;

use everruns_core::session::SessionStatus;
use everruns_core::{AgentId, Nanos, PrincipalId, SessionId, Spent, Timestamp};

use crate::append::counted;
use crate::search::{quoted, searchable};
use crate::value::{Row, Statement, Value};
use crate::{Base, Error, OrgKey, SessionFiles, SessionKey, Store, StoredEvent, session_files};

/// The hot row of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionHead {
    /// The database's key.
    pub key: SessionKey,
    /// The public id.
    pub id: SessionId,
    /// The organization.
    pub org: OrgKey,
    /// What it does right now.
    pub status: SessionStatus,
    /// The last event.
    pub last_sequence: i64,
    /// The input that opened the open turn; 0: no turn is open.
    pub turn_sequence: i64,
    /// The input that opened the latest turn, open or not; 0: there was none.
    pub input_sequence: i64,
    /// The latest input by anybody but the holder.
    pub inbox_sequence: i64,
    /// Raised by every claim.
    pub fence: i64,
    /// Who runs the turn.
    pub holder: Option<Arc<str>>,
    /// When it wants to be claimed.
    pub run_at: Option<Timestamp>,
    /// Events but deltas.
    pub event_count: i64,
    /// Turns that ended.
    pub turn_count: i64,
    /// Tokens spent.
    pub usage: Spent,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
    /// When its first turn opened.
    pub started_at: Option<Timestamp>,
    /// When its last turn ended.
    pub finished_at: Option<Timestamp>,
    /// What its log begins with, if it is a fork.
    pub base: Base,
}

/// A session with everything about it.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRow {
    /// The hot row.
    pub head: SessionHead,
    /// Who made it.
    pub owner: PrincipalId,
    /// The agent's public id.
    pub agent_id: Option<String>,
    /// The harness's public id.
    pub harness_id: String,
    /// The workspace's public id.
    pub workspace_id: String,
    /// What the caller said about it, JSON.
    pub body: String,
    /// What it is a fork of.
    pub forked_from: Option<SessionId>,
    /// The last event that it took over.
    pub forked_sequence: Option<i64>,
}

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The public id.
    pub id: SessionId,
    /// The organization.
    pub org: OrgKey,
    /// Who makes it.
    pub owner: PrincipalId,
    /// When.
    pub at: Timestamp,
    /// The agent.
    pub agent_id: Option<AgentId>,
    /// The harness's public id.
    pub harness_id: String,
    /// The workspace's public id.
    pub workspace_id: String,
    /// What lists search in.
    pub search: String,
    /// What lists filter by.
    pub tags: Vec<String>,
    /// What the caller said about it, JSON.
    pub body: String,
    /// The first events of its log.
    pub events: Vec<StoredEvent>,
    /// What its workspace starts with.
    pub files: SessionFiles,
}

/// The columns of a [`SessionHead`], in order.
pub(crate) const HEAD_COLUMNS: &str = "s.key, s.id, s.org_id, s.status, s.last_sequence, s.turn_sequence, \
    s.input_sequence, s.inbox_sequence, s.fence, s.holder, s.run_at, s.event_count, s.turn_count, s.input_tokens, \
    s.output_tokens, s.cache_read_tokens, s.cache_creation_tokens, s.estimated_nanos, s.actual_nanos, s.cost_nanos, s.created_at, s.updated_at, s.started_at, \
    s.finished_at, s.log_base";

impl SessionHead {
    pub(crate) fn read(row: &mut Row) -> Result<Self, Error> {
        let tokens = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Self {
            key: SessionKey(row.int()?),
            id: parsed(&row.text()?)?,
            org: OrgKey(row.int()?),
            status: {
                let word = row.text()?;
                SessionStatus::parse(&word).ok_or_else(|| Error::Corrupt(format!("unknown session status {word}")))?
            },
            last_sequence: row.int()?,
            turn_sequence: row.int()?,
            input_sequence: row.int()?,
            inbox_sequence: row.int()?,
            fence: row.int()?,
            holder: row.text_or_null()?.map(Arc::from),
            run_at: row.int_or_null()?.map(Timestamp::from_micros),
            event_count: row.int()?,
            turn_count: row.int()?,
            usage: Spent {
                input_tokens: tokens(row.int()?),
                output_tokens: tokens(row.int()?),
                cache_read_tokens: tokens(row.int()?),
                cache_creation_tokens: tokens(row.int()?),
                estimated_cost_usd: row.int_or_null()?.map(Nanos::of_column),
                actual_cost_usd: row.int_or_null()?.map(Nanos::of_column),
                effective_cost_usd: row.int_or_null()?.map(Nanos::of_column),
            },
            created_at: Timestamp::from_micros(row.int()?),
            updated_at: Timestamp::from_micros(row.int()?),
            started_at: row.int_or_null()?.map(Timestamp::from_micros),
            finished_at: row.int_or_null()?.map(Timestamp::from_micros),
            base: Base::read(row.text_or_null()?.as_deref())?,
        })
    }
}

pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|error| Error::Corrupt(format!("{text}: {error}")))
}

/// What is rarely changed about a session whose hot row is written.
pub(crate) fn insert_detail(new: &NewSession, origin: Option<(SessionId, i64)>) -> Statement {
    Statement::new(
        "INSERT INTO session_detail (session_key, org_id, agent_id, harness_id, workspace_id, search, tags, body,
             forked_from, forked_sequence, owner_id)
         SELECT key, org_id, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM session WHERE id = $1",
        vec![
            new.id.to_string().into(),
            new.agent_id.map(|id| id.to_string()).into(),
            new.harness_id.as_str().into(),
            new.workspace_id.as_str().into(),
            searchable(&new.search).into(),
            tag_list(&new.tags).into(),
            new.body.as_str().into(),
            origin.map(|(id, _)| id.to_string()).into(),
            origin.map(|(_, sequence)| sequence).into(),
            new.owner.to_string().into(),
        ],
    )
}

/// The first events of a session whose hot row is written, from the sequence `first` on.
pub(crate) fn insert_events(new: &NewSession, first: i64) -> impl Iterator<Item = Statement> {
    (first..).zip(&new.events).map(|(sequence, event)| {
        let (context, encoded) = (event.context.as_ref(), &event.encoded);
        let bytes = |id: &uuid::Uuid| Value::Blob(id.as_bytes().to_vec());
        Statement::new(
            "INSERT INTO event (session_key, sequence, org_id, type, version, created_at, data, private, turn_id,
                 input_message_id, step, span)
             SELECT key, $2, org_id, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM session WHERE id = $1",
            vec![
                new.id.to_string().into(),
                sequence.into(),
                encoded.type_name.as_ref().into(),
                encoded.version.into(),
                new.at.as_micros().into(),
                encoded.data.as_str().into(),
                encoded.private.clone().into(),
                context.map(|context| bytes(&context.turn_id.0)).into(),
                context.map(|context| bytes(&context.input_message_id.0)).into(),
                context.map_or(0, |context| i64::from(context.step)).into(),
                context.map_or(0, |context| i64::from(context.span)).into(),
            ],
        )
    })
}

pub(crate) fn read_row(id: SessionId) -> Statement {
    let sql = format!("SELECT {} {ROW_TABLES} WHERE s.id = $1", row_columns());
    Statement::owned(sql, vec![id.to_string().into()])
}

/// Tags as they are filtered by: JSON texts, each with a comma before it.
pub(crate) fn tag_list(tags: &[String]) -> String {
    tags.iter().map(|tag| format!(",{}", quoted(tag))).collect()
}

pub(crate) const ROW_TABLES: &str = "FROM session s JOIN session_detail d ON d.session_key = s.key";

pub(crate) fn session_row(mut row: Row) -> Result<SessionRow, Error> {
    Ok(SessionRow {
        head: SessionHead::read(&mut row)?,
        owner: parsed(&row.text()?)?,
        agent_id: row.text_or_null()?,
        harness_id: row.text()?,
        workspace_id: row.text()?,
        body: row.text()?,
        forked_from: row.text_or_null()?.map(|id| parsed(&id)).transpose()?,
        forked_sequence: row.int_or_null()?,
    })
}

pub(crate) fn row_columns() -> String {
    format!(
        "{HEAD_COLUMNS}, d.owner_id, d.agent_id, d.harness_id, d.workspace_id, d.body, d.forked_from, d.forked_sequence"
    )
}

impl Store {
    /// Makes a session and writes the first events of its log.
    pub async fn create_session(&self, new: &NewSession) -> Result<SessionRow, Error> {
        let insert = Statement::new(
            "INSERT INTO session (id, org_id, status, last_sequence, turn_sequence, input_sequence,
                 inbox_sequence, fence, event_count, turn_count, input_tokens, output_tokens, cache_read_tokens,
                 cache_creation_tokens, created_at, updated_at)
             VALUES ($1, $2, 'started', $3, 0, 0, 0, 0, $4, 0, 0, 0, 0, 0, $5, $5)",
            vec![
                new.id.to_string().into(),
                new.org.0.into(),
                (new.events.len() as i64).into(),
                counted(&new.events).into(),
                new.at.as_micros().into(),
            ],
        );
        let mut statements = vec![insert, insert_detail(new, None)];
        statements.extend(insert_events(new, 1));
        statements.extend(session_files::statements(new));
        statements.push(read_row(new.id));
        session_row(crate::value::only_row(self.make(statements, &new.id.to_string()).await?)?)
    }

    /// The session with this id, if it is the organization's.
    pub async fn session_by_id(&self, org: OrgKey, id: SessionId) -> Result<Option<SessionRow>, Error> {
        let sql = format!("SELECT {} {ROW_TABLES} WHERE s.id = $1 AND s.org_id = $2", row_columns());
        let rows = self.query(&sql, vec![id.to_string().into(), org.0.into()]).await?;
        rows.into_iter().next().map(session_row).transpose()
    }

    /// The session with this key, whoever's it is; for the engine, which serves all organizations.
    pub async fn session_by_key(&self, key: SessionKey) -> Result<Option<SessionRow>, Error> {
        let sql = format!("SELECT {} {ROW_TABLES} WHERE s.key = $1", row_columns());
        let rows = self.query(&sql, vec![key.0.into()]).await?;
        rows.into_iter().next().map(session_row).transpose()
    }
}
