//! Both ends of sessions' logs, for lists: the first message and the latest answer.

use std::collections::HashMap;

use everruns_core::limits::{PREVIEW_JSON_CHARS, PREVIEW_ROWS};

use crate::value::Value;
use crate::{Error, Log, SessionHead, SessionKey, Store};

const INPUT: &str = "input.message";
const COMPLETED: &str = "turn.completed";

/// Both ends of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionEnds {
    /// The beginning of the first `input.message`, JSON that may break off.
    pub first_input: Option<String>,
    /// The latest `turn.completed`, if it is close to the end of the latest turn.
    pub last_turn: Option<String>,
}

impl Store {
    /// Both ends of sessions, in their order: one question, and only a few rows of each.
    pub async fn session_ends(&self, heads: impl Iterator<Item = &SessionHead>) -> Result<Vec<SessionEnds>, Error> {
        let mut ranges: Vec<(SessionKey, i64, i64, &str)> = Vec::new();
        let heads: Vec<&SessionHead> = heads.collect();
        for head in heads.iter().filter(|head| head.input_sequence > 0) {
            let log = Log::from(*head);
            let end = end_of_turns(head);
            let wanted = [(0, PREVIEW_ROWS + 1, INPUT), ((end - PREVIEW_ROWS - 1).max(0), end, COMPLETED)];
            for (after, before, type_name) in wanted {
                let parts = log.parts(after, before);
                ranges.extend(parts.into_iter().map(|(key, after, before)| (key, after, before, type_name)));
            }
        }
        let Some(last) = ranges.last().copied() else {
            return Ok(vec![SessionEnds::default(); heads.len()]);
        };
        // Filled up with the last one, so that there are few different statements to keep prepared.
        ranges.resize(ranges.len().next_power_of_two(), last);
        let (mut parameters, mut places) = (Vec::<Value>::new(), Vec::new());
        for (key, after, before, type_name) in &ranges {
            let first = parameters.len() + 1;
            parameters.extend([key.0.into(), (*after).into(), (*before).into(), (*type_name).into()]);
            let [key, after, before, name] = [first, first + 1, first + 2, first + 3];
            places.push(format!(
                "(session_key = ${key} AND sequence > ${after} AND sequence < ${before} AND type = ${name})"
            ));
        }
        let sql = format!(
            "SELECT session_key, sequence, type, SUBSTR(data, 1, {PREVIEW_JSON_CHARS}) FROM event WHERE {}",
            places.join(" OR ")
        );
        let mut found: HashMap<(i64, i64), (String, String)> = HashMap::new();
        for mut row in self.query(&sql, parameters).await? {
            found.insert((row.int()?, row.int()?), (row.text()?, row.text()?));
        }
        Ok(heads.into_iter().map(|head| ends(head, &found)).collect())
    }
}

/// Behind the end of the latest turn that is over.
fn end_of_turns(head: &SessionHead) -> i64 {
    if head.turn_sequence > 0 { head.turn_sequence } else { head.last_sequence + 1 }
}

fn ends(head: &SessionHead, found: &HashMap<(i64, i64), (String, String)>) -> SessionEnds {
    let log = Log::from(head);
    let data = |sequence: i64, wanted: &str| {
        let (key, ..) = log.parts(sequence - 1, sequence + 1).into_iter().next()?;
        let (type_name, data) = found.get(&(key.0, sequence))?;
        (type_name == wanted).then(|| data.clone())
    };
    SessionEnds {
        first_input: (1..=PREVIEW_ROWS).find_map(|sequence| data(sequence, INPUT)),
        last_turn: (1..end_of_turns(head)).rev().take(PREVIEW_ROWS as usize).find_map(|place| data(place, COMPLETED)),
    }
}
