//! Forks: a new session that goes on from an event of another one. Nothing is copied; a turn that is open there is closed
//! in the fork's own log, and inputs that nobody has answered there are dropped.

mod fates;

use everruns_core::Spent;
use everruns_core::event::{
    CancelledPrivate, Context, EventData, NewEvent, ReasonCompleted, SessionIdled, TurnCancelled, is_delta,
};
use everruns_core::limits::EVENTS_READ_BATCH;
use everruns_store::{EventQuery, EventRow, Fork, Log, NewSession, SessionHead, SessionRow, StoredEvent, Tally};

use crate::definition::corrupt;
use crate::{Engine, Error};

const STARTED: &str = "turn.started";
const ENDS: [&str; 4] = ["turn.completed", "turn.failed", "turn.cancelled", "turn.sealed"];
/// Where a turn opens or ends, as far as a log tells.
const MARKS: [&str; 5] = [STARTED, ENDS[0], ENDS[1], ENDS[2], ENDS[3]];
/// Where the session rests, and says what it has spent.
const IDLED: &str = "session.idled";
const REASON: &str = "The session was forked in the middle of this turn.";

/// A log at one of its events.
struct Standing {
    tally: Tally,
    /// The turn that is open.
    open: Option<Context>,
    /// What tells of the inputs that nobody will answer.
    dropped: Vec<StoredEvent>,
}

impl Engine {
    /// Makes `new` a fork of the session at `sequence`, which its log has. `None`: the session is gone by now.
    pub async fn fork_session(
        &self,
        of: &SessionHead,
        sequence: i64,
        mut new: NewSession,
    ) -> Result<Option<SessionRow>, Error> {
        let log = Log::from(of);
        let Standing { mut tally, open, dropped } = self.standing(&log, of, sequence).await?;
        let mut events = dropped;
        if let Some(turn) = open {
            let turn_id = turn.turn_id;
            let (reason, private) = (Some(REASON.to_owned()), CancelledPrivate::default());
            let cancelled = TurnCancelled { turn_id, reason, usage: None, rolled_back: false, private };
            let idled = SessionIdled { turn_id, iterations: None, usage: Some(tally.usage) };
            let context = Some(Context { step: 0, span: 0, ..turn });
            let ends = [EventData::from(cancelled), EventData::from(idled)];
            events.extend(ends.map(|data| StoredEvent::from(&NewEvent { context, data })));
            tally.turn_count += 1;
            tally.finished_at = Some(new.at);
        }
        tally.event_count += events.len() as i64;
        new.events = events;
        Ok(self.store().fork_session(&new, &Fork { of: of.clone(), sequence, tally }).await?)
    }

    /// What a session's row would count at `sequence`, the turn that was open there, and what was not answered.
    async fn standing(&self, log: &Log, head: &SessionHead, sequence: i64) -> Result<Standing, Error> {
        let before = Some(sequence.saturating_add(1));
        let at_head = sequence == head.last_sequence;
        let mut tally = Tally {
            event_count: head.event_count,
            turn_count: head.turn_count,
            usage: head.usage,
            input_sequence: head.input_sequence,
            started_at: head.started_at,
            finished_at: head.finished_at,
        };
        if at_head && head.turn_sequence == 0 {
            return Ok(Standing { tally, open: None, dropped: Vec::new() });
        }
        let mark = self.last_of(log, &MARKS, before).await?;
        let fates = self.fates(log, sequence.saturating_add(1)).await?;
        if !at_head {
            (tally.event_count, tally.turn_count) = self.counted(log, head, sequence).await?;
            tally.usage = self.spent(log, sequence).await?;
            tally.finished_at = mark.as_ref().map(|end| end.at);
            tally.input_sequence = fates.input_sequence;
            tally.started_at = tally.started_at.filter(|_| tally.input_sequence > 0);
        }
        let open = mark.filter(|mark| mark.encoded.type_name == STARTED).and_then(|mark| mark.context);
        Ok(Standing { tally, open, dropped: fates.dropped().collect() })
    }

    /// The last event of one of these types.
    async fn last_of(&self, log: &Log, types: &[&str], before: Option<i64>) -> Result<Option<EventRow>, Error> {
        let types = types.iter().map(|&name| name.to_owned()).collect();
        let query = EventQuery { before, types, descending: true, limit: Some(1), ..EventQuery::all(log.clone()) };
        Ok(self.store().events(&query).await?.into_iter().next())
    }

    /// Events but deltas and ended turns up to `sequence`: from the start of the log, or what the head counts without what
    /// came behind, whichever is shorter.
    async fn counted(&self, log: &Log, head: &SessionHead, sequence: i64) -> Result<(i64, i64), Error> {
        let behind = sequence > head.last_sequence / 2;
        let (after, before) = if behind { (sequence, head.last_sequence + 1) } else { (0, sequence + 1) };
        let counts = self.store().count_events(log, after, before).await?;
        let of = |is: &dyn Fn(&str) -> bool| counts.iter().filter(|(name, _)| is(name)).map(|(_, count)| count).sum();
        let (events, turns): (i64, i64) = (of(&|name| !is_delta(name)), of(&|name| ENDS.contains(&name)));
        Ok(if behind { (head.event_count - events, head.turn_count - turns) } else { (events, turns) })
    }

    /// Tokens spent up to `sequence`: what the session had spent when it last came to rest, and each answer since.
    async fn spent(&self, log: &Log, sequence: i64) -> Result<Spent, Error> {
        let before = sequence.saturating_add(1);
        let rest = self.last_of(log, &[IDLED], Some(before)).await?;
        let rest = rest.map(EventRow::decode).transpose().map_err(corrupt)?;
        let (mut spent, after) = match rest.map(|rest| (rest.data, rest.sequence)) {
            Some((EventData::SessionIdled(SessionIdled { usage: Some(usage), .. }), at)) => (usage, at),
            _ => (Spent::default(), 0),
        };
        let mut query = EventQuery {
            after,
            before: Some(before),
            types: vec!["reason.completed".to_owned()],
            limit: Some(EVENTS_READ_BATCH),
            ..EventQuery::all(log.clone())
        };
        loop {
            let rows = self.store().events(&query).await?;
            let Some(last) = rows.last().map(|row| row.sequence) else { return Ok(spent) };
            for row in rows {
                if let EventData::ReasonCompleted(ReasonCompleted { usage: Some(usage), .. }) =
                    row.decode().map_err(corrupt)?.data
                {
                    spent = spent + usage;
                }
            }
            query.after = last;
        }
    }
}
