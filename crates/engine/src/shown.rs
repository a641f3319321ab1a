//! Events as readers see them: the stored data, completed by what is only kept by reference.

use std::collections::BTreeMap;
use std::sync::Arc;

use everruns_core::event::{Context, Encoded, write_envelope};
use everruns_core::{EventId, SessionId, Timestamp};
use everruns_store::{EventRow, StoredEvent};

/// Members that readers are shown and that are not stored, by the event's sequence: `"name":value`.
pub(crate) type Members = BTreeMap<i64, String>;

/// Events of a session, ready to be shown.
#[derive(Debug)]
pub struct Events {
    session: SessionId,
    records: Records,
    members: Members,
}

#[derive(Debug)]
enum Records {
    /// As they were read, in the order that was asked for.
    Read(Vec<EventRow>),
    /// As they were written, in one commit.
    Written { first: i64, at: Timestamp, events: Arc<[StoredEvent]>, count: usize },
}

/// An event as readers see it.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    session: SessionId,
    /// Its place in the log.
    pub sequence: i64,
    at: Timestamp,
    context: Option<&'a Context>,
    encoded: &'a Encoded,
    member: Option<&'a str>,
}

impl Events {
    pub(crate) fn read(session: SessionId, rows: Vec<EventRow>, members: Members) -> Self {
        Self { session, records: Records::Read(rows), members }
    }

    /// The first `count` of `events`, which were written from the sequence `first` on.
    pub(crate) fn written(
        session: SessionId,
        first: i64,
        at: Timestamp,
        events: Arc<[StoredEvent]>,
        count: usize,
        members: Members,
    ) -> Self {
        Self { session, records: Records::Written { first, at, events, count }, members }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        match &self.records {
            Records::Read(rows) => rows.len(),
            Records::Written { count, .. } => *count,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each in its order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Shown<'_>> {
        (0..self.len()).map(|place| self.shown(place))
    }

    /// The sequence of the first one.
    pub fn first_sequence(&self) -> Option<i64> {
        self.iter().next().map(|event| event.sequence)
    }

    /// The sequence of the last one.
    pub fn last_sequence(&self) -> Option<i64> {
        self.len().checked_sub(1).map(|place| self.shown(place).sequence)
    }

    fn shown(&self, place: usize) -> Shown<'_> {
        let (sequence, at, context, encoded) = match &self.records {
            Records::Read(rows) => {
                let row = &rows[place];
                (row.sequence, row.at, row.context.as_ref(), &row.encoded)
            }
            Records::Written { first, at, events, .. } => {
                let event = &events[place];
                (first + place as i64, *at, event.context.as_ref(), &event.encoded)
            }
        };
        let member = self.members.get(&sequence).map(String::as_str);
        Shown { session: self.session, sequence, at, context, encoded, member }
    }

    /// Bytes of data, several times over in what is sent of them.
    pub(crate) fn bytes(&self) -> usize {
        self.iter().map(|shown| shown.encoded.data.len() + shown.member.map_or(0, str::len)).sum()
    }
}

impl Shown<'_> {
    /// Its public id.
    pub fn id(&self) -> EventId {
        EventId::derive(self.session, self.sequence, self.at)
    }

    /// Its type.
    pub fn type_name(&self) -> &str {
        &self.encoded.type_name
    }

    /// About how long its JSON is, bytes.
    pub fn bytes(&self) -> usize {
        self.encoded.data.len() + self.member.map_or(0, str::len) + 480
    }

    /// Writes the whole event, JSON on one line.
    pub fn write_json(&self, out: &mut String) {
        let Self { session, sequence, at, context, encoded, member } = *self;
        write_envelope(out, session, sequence, at, &encoded.type_name, context, &encoded.data, member);
    }
}
