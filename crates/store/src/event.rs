//! Reading a session's log.

use everruns_core::event::{Context, CorruptEvent, Encoded, EventData, Recorded};
use everruns_core::limits::SCAN_PIECE_ROWS;
use everruns_core::{MessageId, Timestamp, TurnId};

use crate::value::{Row, Value};
use crate::{Error, EventFilter, Log, SessionKey, Store};

/// Which events of a session are wanted.
#[derive(Clone, Debug)]
pub struct EventQuery {
    /// Where they stand.
    pub log: Log,
    /// Only events after this sequence.
    pub after: i64,
    /// Only events before this sequence.
    pub before: Option<i64>,
    /// Only these types; empty: all.
    pub types: Vec<String>,
    /// Not these types.
    pub exclude: Vec<String>,
    /// Only these sequences, few of them; empty: all.
    pub sequences: Vec<i64>,
    /// What else they must be; heeded by [`Store::scan_events`] alone.
    pub filter: EventFilter,
    /// Newest first.
    pub descending: bool,
    /// Rows at most.
    pub limit: Option<i64>,
    /// About how many bytes at most; the first row is there whatever its size.
    pub bytes_max: usize,
}

impl EventQuery {
    /// All events of a log, oldest first.
    pub fn all(log: impl Into<Log>) -> Self {
        Self {
            log: log.into(),
            after: 0,
            before: None,
            types: Vec::new(),
            exclude: Vec::new(),
            sequences: Vec::new(),
            filter: EventFilter::default(),
            descending: false,
            limit: None,
            bytes_max: usize::MAX,
        }
    }
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Its place in the session's log.
    pub sequence: i64,
    /// When it was written.
    pub at: Timestamp,
    /// Where in a turn it belongs.
    pub context: Option<Context>,
    /// Type, version and data.
    pub encoded: Encoded,
}

impl EventRow {
    /// The typed event.
    pub fn decode(self) -> Result<Recorded, CorruptEvent> {
        Ok(Recorded { sequence: self.sequence, at: self.at, data: EventData::decode(self.encoded)? })
    }

    fn read(mut row: Row) -> Result<Self, Error> {
        let sequence = row.int()?;
        let at = Timestamp::from_micros(row.int()?);
        let type_name = row.text()?.into();
        let version = row.int()?;
        let (turn_id, input_message_id) = (row.uuid_or_null()?, row.uuid_or_null()?);
        let (step, span) = (row.int()? as u32, row.int()? as u32);
        let context = turn_id.zip(input_message_id).map(|(turn_id, input_message_id)| Context {
            turn_id: TurnId(turn_id),
            input_message_id: MessageId(input_message_id),
            step,
            span,
        });
        let encoded = Encoded { type_name, version, data: row.text()?, private: row.text_or_null()? };
        Ok(Self { sequence, at, context, encoded })
    }
}

/// What a look at part of a log gave.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// What was found.
    pub rows: Vec<EventRow>,
    /// The last sequence that was looked at, if there is more behind it: a bound was reached.
    pub reached: Option<i64>,
}

impl EventQuery {
    /// The question for those of the events that stand under a key between two sequences.
    fn ask(&self, (key, after, before): (SessionKey, i64, i64), limit: Option<i64>) -> (String, Vec<Value>) {
        let mut parameters: Vec<Value> = vec![key.0.into(), after.into()];
        let mut sql =
            "SELECT sequence, created_at, type, version, turn_id, input_message_id, step, span, data, private \
             FROM event WHERE session_key = $1 AND sequence > $2"
                .to_owned();
        if before < i64::MAX - 1 {
            parameters.push(before.into());
            sql.push_str(&format!(" AND sequence < ${}", parameters.len()));
        }
        let words = |words: &[String]| words.iter().map(|word| Value::from(word.as_str())).collect::<Vec<_>>();
        let sequences = self.sequences.iter().copied().map(Value::from).collect();
        let types = ("type IN", words(&self.types));
        for (operator, mut list) in [("sequence IN", sequences), types, ("type NOT IN", words(&self.exclude))] {
            let Some(last) = list.last().cloned() else { continue };
            // Filled up with the last one, so that there are few different statements to keep prepared.
            list.resize(list.len().next_power_of_two(), last);
            let first = parameters.len() + 1;
            parameters.append(&mut list);
            let places: Vec<String> = (first..=parameters.len()).map(|place| format!("${place}")).collect();
            sql.push_str(&format!(" AND {operator} ({})", places.join(", ")));
        }
        self.filter.ask(&mut sql, &mut parameters);
        sql.push_str(if self.descending { " ORDER BY sequence DESC" } else { " ORDER BY sequence" });
        if let Some(limit) = limit {
            parameters.push(limit.into());
            sql.push_str(&format!(" LIMIT ${}", parameters.len()));
        }
        (sql, parameters)
    }

    /// Whether its events lie side by side in the log.
    pub fn is_dense(&self) -> bool {
        self.types.is_empty() && self.exclude.is_empty() && self.sequences.is_empty() && self.filter.is_empty()
    }
}

impl Store {
    /// Events of a session in the order that `query` wants.
    pub async fn events(&self, query: &EventQuery) -> Result<Vec<EventRow>, Error> {
        let plain = EventQuery { filter: EventFilter::default(), ..query.clone() };
        Ok(self.scan_events(&plain, i64::MAX).await?.rows)
    }

    /// Events of a session in the order that `query` wants, after a look at about `rows_max` rows of its log.
    ///
    /// What does not lie side by side is looked for piece by piece, so that nobody else waits for a long search.
    pub async fn scan_events(&self, query: &EventQuery, rows_max: i64) -> Result<Scanned, Error> {
        let mut parts = query.log.parts(query.after, query.before.unwrap_or(i64::MAX));
        if query.descending {
            parts.reverse();
        }
        let piece = if rows_max == i64::MAX || query.is_dense() { i64::MAX } else { SCAN_PIECE_ROWS };
        let mut scanned = Scanned::default();
        let (mut limit, mut bytes_left, mut rows_left) = (query.limit, query.bytes_max, rows_max);
        for (key, mut after, mut before) in parts {
            while after.saturating_add(1) < before {
                if limit == Some(0) || bytes_left == 0 || rows_left <= 0 {
                    scanned.reached = Some(if query.descending { before } else { after });
                    return Ok(scanned);
                }
                let (low, high) = if query.descending {
                    (after.max(before.saturating_sub(piece).saturating_sub(1)), before)
                } else {
                    (after, before.min(after.saturating_add(piece).saturating_add(1)))
                };
                let (sql, parameters) = query.ask((key, low, high), limit);
                let found = self.query_within(&sql, parameters, bytes_left).await?;
                let bytes = found.iter().map(Row::bytes).sum();
                let is_cut = limit == Some(found.len() as i64) || bytes >= bytes_left;
                let mut rows: Vec<EventRow> = found.into_iter().map(EventRow::read).collect::<Result<_, _>>()?;
                let whole = if query.descending { low + 1 } else { high - 1 };
                let reached = rows.last().filter(|_| is_cut).map_or(whole, |row| row.sequence);
                if query.descending {
                    rows_left = rows_left.saturating_sub(before - reached);
                    before = reached;
                } else {
                    rows_left = rows_left.saturating_sub(reached - after);
                    after = reached;
                }
                rows.retain(|row| query.filter.fits(row));
                limit = limit.map(|limit| limit - rows.len() as i64);
                bytes_left = bytes_left.saturating_sub(bytes);
                scanned.rows.append(&mut rows);
            }
        }
        Ok(scanned)
    }
}
