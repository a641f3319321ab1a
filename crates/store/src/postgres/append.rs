//! Append on PostgreSQL: one statement checks the guard, moves the session row and inserts the events.
//!
//! The row is locked by the statement itself, so sequences are given out in the order of commits. What comes back
//! tells a refusal from a success without a second question.

use everruns_core::Nanos;
use everruns_core::limits::COST_NANOS_MAX;
use everruns_core::session::SessionStatus;
use tokio_postgres::types::ToSql;

use super::Database;
use crate::append::counted;
use crate::session::HEAD_COLUMNS;
use crate::value::{Row, Statement};
use crate::{Append, Appended, Counters, Error, Guard, Post, Posted, Posting, Refusal, SessionHead, StoredEvent, Then};

/// Events as columns, for `unnest`.
#[derive(Default)]
struct Columns<'a> {
    types: Vec<&'a str>,
    versions: Vec<i64>,
    turns: Vec<Option<&'a [u8]>>,
    inputs: Vec<Option<&'a [u8]>>,
    steps: Vec<i64>,
    spans: Vec<i64>,
    data: Vec<&'a str>,
    private: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    fn of(events: impl Iterator<Item = &'a StoredEvent>) -> Self {
        let mut columns = Self::default();
        for event in events {
            let context = event.context.as_ref();
            columns.types.push(&event.encoded.type_name);
            columns.versions.push(event.encoded.version);
            columns.turns.push(context.map(|context| context.turn_id.0.as_bytes().as_slice()));
            columns.inputs.push(context.map(|context| context.input_message_id.0.as_bytes().as_slice()));
            columns.steps.push(context.map_or(0, |context| i64::from(context.step)));
            columns.spans.push(context.map_or(0, |context| i64::from(context.span)));
            columns.data.push(&event.encoded.data);
            columns.private.push(event.encoded.private.as_deref());
        }
        columns
    }

    fn parameters(&self) -> [&(dyn ToSql + Sync); 8] {
        [&self.types, &self.versions, &self.turns, &self.inputs, &self.steps, &self.spans, &self.data, &self.private]
    }
}

/// The insert that follows both forms of the head; `$1` key, `$2` time, `$3`…`$10` the columns of the events.
const INSERT: &str = "INSERT INTO event (session_key, sequence, org_id, type, version, created_at, turn_id, \
    input_message_id, step, span, data, private) \
    SELECT s.key, head.base + e.place, s.org_id, e.type, e.version, $2::bigint, e.turn_id, e.input_message_id, e.step, e.span, \
        e.data, e.private \
    FROM head JOIN old s ON true, \
        unnest($3::text[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bigint[], $8::bigint[], $9::text[], $10::text[]) \
        WITH ORDINALITY AS e (type, version, turn_id, input_message_id, step, span, data, private, place) \
    WHERE e.place <= head.written";

/// A cost with that of a parameter, if there is one.
fn added(column: &str, parameter: usize) -> String {
    format!(
        "CASE WHEN ${parameter}::bigint IS NULL THEN old.{column}
         ELSE LEAST(COALESCE(old.{column}, 0) + ${parameter}::bigint, {COST_NANOS_MAX}) END"
    )
}

impl Database {
    pub(crate) async fn post_input(&self, post: Post, record: Option<Box<Statement>>) -> Result<Posted, Refusal> {
        let columns = Columns::of(post.events.iter());
        let written = post.events.len() as i64;
        let (alone, both) = (counted(&post.events[..1]), counted(&post.events));
        let holder = post.holder.as_deref();
        let sql = format!(
            "WITH old AS (SELECT * FROM session WHERE key = $1 FOR UPDATE),
             plan AS (SELECT *, turn_sequence = 0 AS idle, turn_sequence = 0 AND $11::text IS NOT NULL AS opens FROM old),
             head AS (
                 UPDATE session s SET
                     last_sequence = plan.last_sequence + CASE WHEN opens THEN $12::bigint ELSE 1 END,
                     inbox_sequence = plan.last_sequence + 1,
                     turn_sequence = CASE WHEN idle THEN plan.last_sequence + 1 ELSE plan.turn_sequence END,
                     input_sequence = CASE WHEN idle THEN plan.last_sequence + 1 ELSE plan.input_sequence END,
                     fence = plan.fence + CASE WHEN opens THEN 1 ELSE 0 END,
                     holder = CASE WHEN opens THEN $11::text ELSE plan.holder END,
                     run_at = CASE WHEN NOT opens AND plan.holder IS NULL AND (idle OR $15::bigint = 1) THEN LEAST(plan.run_at, $2::bigint) ELSE plan.run_at END,
                     status = CASE WHEN idle THEN '{active}' ELSE plan.status END,
                     event_count = plan.event_count + CASE WHEN opens THEN $13::bigint ELSE $14::bigint END,
                     started_at = COALESCE(plan.started_at, CASE WHEN idle THEN $2::bigint END),
                     updated_at = $2::bigint
                 FROM plan WHERE s.key = plan.key
                     AND ($16::bigint IS NULL OR plan.last_sequence = $16::bigint)
                     AND ($17::bigint IS NULL OR plan.turn_sequence = $17::bigint)
                 RETURNING plan.last_sequence AS base, CASE WHEN opens THEN $12::bigint ELSE 1 END AS written,
                     plan.idle::int AS idle, plan.opens::int AS opens, {HEAD_COLUMNS}
             ),
             inserted AS ({INSERT})
             SELECT 1, head.* FROM head
             UNION ALL
             SELECT 0, s.last_sequence, 0::bigint, 0, 0, {HEAD_COLUMNS} FROM old s
             WHERE NOT EXISTS (SELECT 1 FROM head)",
            active = SessionStatus::Active.as_str(),
        );
        let at = post.at.as_micros();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&post.session.0, &at];
        parameters.extend(columns.parameters());
        let wakes = i64::from(post.wakes);
        let expected = (post.expected.last_sequence, post.expected.turn_sequence);
        let more: [&(dyn ToSql + Sync); 7] = [&holder, &written, &both, &alone, &wakes, &expected.0, &expected.1];
        parameters.extend(more);
        let (done, mut row) = self.one(record, &sql, &parameters).await?.ok_or(Refusal::Gone)?;
        let (base, written, idle, opens) = (row.int()?, row.int()?, row.int()?, row.int()?);
        let head = SessionHead::read(&mut row)?;
        if !done {
            post.expected.check(&head)?;
            return Err(Error::Failed("a post was refused although it may be written".to_owned()).into());
        }
        Counters::add(&self.counters.events, written as u64);
        let posting = match (opens, idle) {
            (1, _) => Posting::Opened,
            (_, 1) => Posting::Runnable,
            _ => Posting::Steers,
        };
        Ok(Posted { sequence: base + 1, posting, head })
    }

    pub(crate) async fn append_events(
        &self,
        append: Append,
        record: Option<Box<Statement>>,
    ) -> Result<Appended, Refusal> {
        let columns = Columns::of(append.events.iter());
        let (fence, turn, last, inbox) = match append.guard {
            Guard::Holder { fence, inbox_seen } => (Some(fence), None, None, inbox_seen),
            Guard::Takeover { turn_sequence, last_sequence, inbox_seen } => {
                (None, Some(turn_sequence), last_sequence, inbox_seen)
            }
        };
        let mut opened = None;
        let (holds, holder, run_at, ends) = match &append.then {
            Then::Hold => (true, None, None, false),
            Then::HoldAs(holder) => (false, Some(&**holder), None, false),
            Then::Park(run_at) => (false, None, Some(run_at.as_micros()), false),
            Then::End => (false, None, None, true),
            Then::Next { opener, holder } => {
                opened = Some(1 + *opener as i64);
                let run_at = holder.is_none().then_some(append.at.as_micros());
                (false, holder.as_deref(), run_at, true)
            }
        };
        let sql = format!(
            "WITH old AS (SELECT * FROM session WHERE key = $1 FOR UPDATE),
             head AS (
                 UPDATE session s SET
                     last_sequence = old.last_sequence + $15::bigint,
                     fence = old.fence + CASE WHEN $13::bigint IS NULL THEN 0 ELSE 1 END,
                     holder = CASE WHEN $17::bigint = 1 THEN old.holder ELSE $18::text END,
                     run_at = $19::bigint,
                     turn_sequence = CASE WHEN $20::bigint = 1 THEN COALESCE(old.last_sequence + $26::bigint, 0)
                         ELSE old.turn_sequence END,
                     input_sequence = COALESCE(old.last_sequence + $26::bigint, old.input_sequence),
                     inbox_sequence = COALESCE(old.last_sequence + $26::bigint, old.inbox_sequence),
                     turn_count = old.turn_count + $20::bigint,
                     finished_at = CASE WHEN $20::bigint = 1 THEN $2::bigint ELSE old.finished_at END,
                     event_count = old.event_count + $16::bigint,
                     status = $21::text,
                     input_tokens = LEAST(old.input_tokens + $22::bigint, {most}),
                     output_tokens = LEAST(old.output_tokens + $23::bigint, {most}),
                     cache_read_tokens = LEAST(old.cache_read_tokens + $24::bigint, {most}),
                     cache_creation_tokens = LEAST(old.cache_creation_tokens + $25::bigint, {most}),
                     estimated_nanos = {estimated}, actual_nanos = {actual}, cost_nanos = {cost},
                     updated_at = $2::bigint
                 FROM old WHERE s.key = old.key
                     AND ($11::bigint IS NULL OR old.fence = $11::bigint AND old.holder IS NOT NULL)
                     AND ($12::bigint IS NULL OR old.inbox_sequence <= $12::bigint)
                     AND ($13::bigint IS NULL OR old.turn_sequence = $13::bigint)
                     AND ($14::bigint IS NULL OR old.last_sequence = $14::bigint)
                 RETURNING old.last_sequence AS base, $15::bigint AS written, {HEAD_COLUMNS}
             ),
             inserted AS ({INSERT})
             SELECT 1, head.* FROM head
             UNION ALL
             SELECT 0, s.last_sequence, 0::bigint, {HEAD_COLUMNS} FROM old s WHERE NOT EXISTS (SELECT 1 FROM head)",
            // As `Spent` adds: counts stop at what the clients' 32-bit integers hold.
            most = i32::MAX,
            estimated = added("estimated_nanos", 27),
            actual = added("actual_nanos", 28),
            cost = added("cost_nanos", 29),
        );
        let (at, status) = (append.at.as_micros(), append.status.as_str());
        let (written, count) = (append.events.len() as i64, counted(&append.events));
        let (holds, ends) = (i64::from(holds), i64::from(ends));
        let usage = append.usage;
        let tokens = [usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_creation_tokens]
            .map(i64::from);
        let costs = [usage.estimated_cost_usd, usage.actual_cost_usd, usage.effective_cost_usd]
            .map(|cost| cost.map(Nanos::to_column));
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&append.session.0, &at];
        parameters.extend(columns.parameters());
        let more: [&(dyn ToSql + Sync); 19] = [
            &fence, &inbox, &turn, &last, &written, &count, &holds, &holder, &run_at, &ends, &status, &tokens[0],
            &tokens[1], &tokens[2], &tokens[3], &opened, &costs[0], &costs[1], &costs[2],
        ];
        parameters.extend(more);
        let (done, mut row) = self.one(record, &sql, &parameters).await?.ok_or(Refusal::Gone)?;
        let (base, _written) = (row.int()?, row.int()?);
        let head = SessionHead::read(&mut row)?;
        if !done {
            append.guard.check(&head)?;
            return Err(Error::Failed("an append was refused although its guard holds".to_owned()).into());
        }
        Counters::add(&self.counters.events, written as u64);
        Ok(Appended { first_sequence: base + 1, head })
    }

    /// Runs one writing statement, a transaction by itself; its first row, and whether that says that it was done. With
    /// the `record` of a request that shall have its effect once, both are one transaction, which is dropped if it was
    /// not done.
    async fn one(
        &self,
        record: Option<Box<Statement>>,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<(bool, Row)>, Error> {
        let first = |rows: &[tokio_postgres::Row]| {
            let row = rows.first().map(super::row).transpose()?;
            row.map(|mut row| Ok::<_, Error>((row.int()? == 1, row))).transpose()
        };
        let mut connection = self.connection().await?;
        let Some(record) = record else {
            Counters::add(&self.counters.statements, 1);
            let statement = connection.prepare_cached(sql).await?;
            let rows = connection.query(&statement, parameters).await?;
            Counters::add(&self.counters.commits, 1);
            return first(&rows);
        };
        let transaction = connection.transaction().await?;
        self.run(&transaction, &record).await?;
        Counters::add(&self.counters.statements, 1);
        let statement = transaction.prepare_cached(sql).await?;
        let written = first(&transaction.query(&statement, parameters).await?)?;
        if matches!(written, Some((true, _))) {
            transaction.commit().await?;
            Counters::add(&self.counters.commits, 1);
        }
        Ok(written)
    }
}
