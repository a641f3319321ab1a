//! Lists of sessions, what is pinned, and changes of what the caller said.

use everruns_core::session::SessionStatus;
use everruns_core::{AgentId, HarnessId, PrincipalId, SessionId, Timestamp, WorkspaceId};

use crate::page::List;
use crate::search::{search_condition, searchable};
use crate::session::{ROW_TABLES, row_columns, session_row, tag_list};
use crate::sqlite::Touches;
use crate::value::{Statement, Value};
use crate::{Error, OrgKey, SessionKey, SessionRow, Store};

/// Which sessions a list wants.
#[derive(Clone, Debug, Default)]
pub struct SessionQuery {
    /// Only this agent's.
    pub agent_id: Option<AgentId>,
    /// Only those on this harness.
    pub harness_id: Option<HarnessId>,
    /// Only those that share this workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// Only forks of this one.
    pub forked_from: Option<SessionId>,
    /// Only those that do one of these right now; empty: all.
    pub statuses: Vec<SessionStatus>,
    /// Only those that bear all of these tags.
    pub tags: Vec<String>,
    /// Words that all must occur.
    pub search: Vec<String>,
    /// Whose pins are heeded.
    pub pins_of: Option<PrincipalId>,
    /// Only what is pinned, or only what is not.
    pub pinned: Option<bool>,
    /// What is pinned comes first.
    pub pinned_first: bool,
    /// Rows to skip.
    pub offset: i64,
    /// Rows at most.
    pub limit: i64,
}

/// What a caller says anew about a session.
#[derive(Clone, Debug)]
pub struct SessionEdit {
    /// What lists search in.
    pub search: String,
    /// What lists filter by.
    pub tags: Vec<String>,
    /// What the caller said about it, JSON.
    pub body: String,
}

const IS_PINNED: &str =
    "EXISTS (SELECT 1 FROM session_pin p WHERE p.session_key = s.key AND p.principal_id = CAST(? AS TEXT))";

impl SessionQuery {
    fn condition(&self, org: OrgKey) -> (String, Vec<Value>) {
        let mut parameters: Vec<Value> = vec![org.0.into()];
        let mut sql = "s.org_id = $1".to_owned();
        let mut add = |condition: &str, value: Value| {
            parameters.push(value);
            sql.push_str(&format!(" AND {condition}").replace('?', &format!("${}", parameters.len())));
        };
        if let Some(agent) = self.agent_id {
            add("d.agent_id = ?", agent.to_string().into());
        }
        if let Some(harness) = self.harness_id {
            add("d.harness_id = ?", harness.to_string().into());
        }
        if let Some(workspace) = self.workspace_id {
            add("d.workspace_id = ?", workspace.to_string().into());
        }
        if let Some(session) = self.forked_from {
            add("d.forked_from = ?", session.to_string().into());
        }
        for tag in &self.tags {
            // Not LIKE, which knows no case on one of the databases.
            add("d.tags <> REPLACE(d.tags, ?, '')", tag_list(std::slice::from_ref(tag)).into());
        }
        if let Some(pinned) = self.pinned {
            let principal = self.pins_of.map(|principal| principal.to_string()).unwrap_or_default();
            let condition = if pinned { IS_PINNED.to_owned() } else { format!("NOT {IS_PINNED}") };
            add(&condition, principal.into());
        }
        let words: Vec<String> = self.statuses.iter().map(|status| format!("'{}'", status.as_str())).collect();
        if !words.is_empty() {
            sql.push_str(&format!(" AND s.status IN ({})", words.join(", ")));
        }
        let searched = search_condition("d.search", &self.search, &mut parameters);
        (sql + &searched, parameters)
    }
}

impl Store {
    /// A page of sessions, newest first, and how many there are in all.
    pub async fn list_sessions(&self, org: OrgKey, query: &SessionQuery) -> Result<(Vec<SessionRow>, i64), Error> {
        let (matching, mut parameters) = query.condition(org);
        let mut order = "s.key DESC".to_owned();
        if let Some(principal) = query.pins_of.filter(|_| query.pinned_first) {
            parameters.push(principal.to_string().into());
            let pinned = IS_PINNED.replace('?', &format!("${}", parameters.len()));
            order = format!("CASE WHEN {pinned} THEN 0 ELSE 1 END, {order}");
        }
        let matching = format!("{ROW_TABLES} WHERE {matching}");
        let list = List { columns: &row_columns(), body: "d.body", id: "s.key", matching: &matching, order: &order };
        let (rows, total) = self.page(list, parameters, query.limit, query.offset).await?;
        Ok((rows.into_iter().map(session_row).collect::<Result<_, _>>()?, total))
    }

    /// How many sessions the organization has.
    pub async fn count_sessions(&self, org: OrgKey) -> Result<i64, Error> {
        self.number("SELECT COUNT(*) FROM session WHERE org_id = $1", vec![org.0.into()]).await
    }

    /// How many sessions of the organization do what right now.
    pub async fn session_statuses(&self, org: OrgKey) -> Result<Vec<(SessionStatus, i64)>, Error> {
        let sql = "SELECT status, COUNT(*) FROM session WHERE org_id = $1 GROUP BY status";
        let rows = self.query(sql, vec![org.0.into()]).await?;
        let count = |mut row: crate::value::Row| {
            let word = row.text()?;
            let status = SessionStatus::parse(&word);
            Ok((status.ok_or_else(|| Error::Corrupt(format!("unknown session status {word}")))?, row.int()?))
        };
        rows.into_iter().map(count).collect()
    }

    /// Writes what a caller says anew, unless something else is said by now than `read`. Whether it was written.
    pub async fn edit_session(
        &self,
        key: SessionKey,
        at: Timestamp,
        read: &str,
        edit: &SessionEdit,
    ) -> Result<bool, Error> {
        let statements = vec![
            Statement::new(
                "UPDATE session_detail SET search = $2, tags = $3, body = $4 WHERE session_key = $1 AND body = $5
                 RETURNING session_key",
                vec![
                    key.0.into(),
                    searchable(&edit.search).into(),
                    tag_list(&edit.tags).into(),
                    edit.body.as_str().into(),
                    read.into(),
                ],
            ),
            Statement::new(
                "UPDATE session SET updated_at = $2 WHERE key = $1 AND updated_at < $2
                     AND EXISTS (SELECT 1 FROM session_detail d WHERE d.session_key = $1 AND d.body = $3)",
                vec![key.0.into(), at.as_micros().into(), edit.body.as_str().into()],
            ),
        ];
        let results = self.write_touching(Touches::Session(key), statements).await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    /// Pins a session for somebody, or takes the pin away.
    pub async fn pin_session(&self, principal: PrincipalId, key: SessionKey, pinned: bool) -> Result<(), Error> {
        let sql = if pinned {
            "INSERT INTO session_pin (principal_id, session_key) SELECT CAST($1 AS TEXT), key FROM session WHERE key = $2
             ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM session_pin WHERE principal_id = $1 AND session_key = $2"
        };
        self.write(vec![Statement::new(sql, vec![principal.to_string().into(), key.0.into()])]).await.map(drop)
    }

    /// Which of the sessions somebody pinned.
    pub async fn pinned_among(&self, principal: PrincipalId, keys: &[SessionKey]) -> Result<Vec<SessionKey>, Error> {
        let Some(last) = keys.last() else { return Ok(Vec::new()) };
        // Filled up with the last one, so that there are few different statements to keep prepared.
        let filled = keys.iter().chain(std::iter::repeat(last)).take(keys.len().next_power_of_two());
        let mut parameters = vec![Value::from(principal.to_string())];
        parameters.extend(filled.map(|key| Value::from(key.0)));
        let places: Vec<String> = (2..=parameters.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT session_key FROM session_pin WHERE principal_id = $1 AND session_key IN ({})",
            places.join(", ")
        );
        let rows = self.query(&sql, parameters).await?;
        rows.into_iter().map(|mut row| row.int().map(SessionKey)).collect()
    }
}
