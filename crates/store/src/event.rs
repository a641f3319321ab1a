//! Reading a session's log.

use everruns_core::event::{Context, CorruptEvent, Encoded, EventData, Recorded};
use everruns_core::{MessageId, Timestamp, TurnId};

use crate::value::{Row, Value};
use crate::{Error, SessionKey, Store};

/// Which events of a session are wanted.
#[derive(Clone, Debug)]
pub struct EventQuery {
    /// The session.
    pub session: SessionKey,
    /// Only events after this sequence.
    pub after: i64,
    /// Only events before this sequence.
    pub before: Option<i64>,
    /// Only these types; empty: all.
    pub types: Vec<String>,
    /// Not these types.
    pub exclude: Vec<String>,
    /// Newest first.
    pub descending: bool,
    /// Rows at most.
    pub limit: Option<i64>,
    /// About how many bytes at most; the first row is there whatever its size.
    pub bytes_max: usize,
}

impl EventQuery {
    /// All events of a session, oldest first.
    pub fn all(session: SessionKey) -> Self {
        Self {
            session,
            after: 0,
            before: None,
            types: Vec::new(),
            exclude: Vec::new(),
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

impl Store {
    /// Events of a session in the order that `query` wants.
    pub async fn events(&self, query: &EventQuery) -> Result<Vec<EventRow>, Error> {
        let mut parameters: Vec<Value> = vec![query.session.0.into(), query.after.into()];
        let mut sql =
            "SELECT sequence, created_at, type, version, turn_id, input_message_id, step, span, data, private \
             FROM event WHERE session_key = $1 AND sequence > $2"
                .to_owned();
        if let Some(before) = query.before {
            parameters.push(before.into());
            sql.push_str(&format!(" AND sequence < ${}", parameters.len()));
        }
        for (words, operator) in [(&query.types, "IN"), (&query.exclude, "NOT IN")] {
            if !words.is_empty() {
                let first = parameters.len() + 1;
                // Filled up with the last word, so that there are few different statements to keep prepared.
                let filling = std::iter::repeat(&words[words.len() - 1]);
                let filled = words.iter().chain(filling).take(words.len().next_power_of_two());
                parameters.extend(filled.map(|word| Value::from(word.as_str())));
                let places: Vec<String> = (first..=parameters.len()).map(|place| format!("${place}")).collect();
                sql.push_str(&format!(" AND type {operator} ({})", places.join(", ")));
            }
        }
        sql.push_str(if query.descending { " ORDER BY sequence DESC" } else { " ORDER BY sequence" });
        if let Some(limit) = query.limit {
            parameters.push(limit.into());
            sql.push_str(&format!(" LIMIT ${}", parameters.len()));
        }
        self.query_within(&sql, parameters, query.bytes_max).await?.into_iter().map(EventRow::read).collect()
    }
}
