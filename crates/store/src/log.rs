//! Where the events of a session stand: under its own key, and for a fork what it took over under those of others.
//!
//! A fork copies nothing. It names the logs it grew out of, each up to a sequence, flat: a fork of a fork of a fork reads
//! from one list. What a base appends later stands behind that sequence and is never seen.

use std::sync::Arc;

use crate::{Error, SessionHead, SessionKey};

/// Rows of another session's log that a fork took over: from the end of the segment before it up to a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Whose rows they are.
    pub key: SessionKey,
    /// The last of them.
    pub upto: i64,
}

/// What a session's log begins with that it did not write itself, oldest first. Nothing, unless it is a fork.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base(Option<Arc<[Segment]>>);

/// A session's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The session, under whose key stands what it wrote itself.
    pub key: SessionKey,
    /// What comes before that.
    pub base: Base,
}

impl Base {
    /// What a fork of `session` at `sequence` begins with.
    pub fn of_fork(session: &SessionHead, sequence: i64) -> Self {
        let own = Segment { key: session.key, upto: i64::MAX };
        let mut segments = Vec::new();
        for segment in session.base.segments().iter().copied().chain([own]) {
            segments.push(Segment { upto: segment.upto.min(sequence), ..segment });
            if segment.upto >= sequence {
                break;
            }
        }
        Self(Some(segments.into()))
    }

    /// The segments, oldest first.
    pub fn segments(&self) -> &[Segment] {
        self.0.as_deref().unwrap_or_default()
    }

    /// As it is stored: `key:upto,key:upto`.
    pub(crate) fn to_text(&self) -> Option<String> {
        let segments = self.0.as_ref()?.iter().map(|segment| format!("{}:{}", segment.key.0, segment.upto));
        Some(segments.collect::<Vec<_>>().join(","))
    }

    pub(crate) fn read(text: Option<&str>) -> Result<Self, Error> {
        let Some(text) = text else { return Ok(Self(None)) };
        let segment = |text: &str| {
            let (key, upto) = text.split_once(':')?;
            Some(Segment { key: SessionKey(key.parse().ok()?), upto: upto.parse().ok()? })
        };
        let segments: Option<Arc<[Segment]>> = text.split(',').map(segment).collect();
        let segments = segments.ok_or_else(|| Error::Corrupt(format!("{text:?} names no logs")))?;
        Ok(Self(Some(segments)))
    }
}

impl Log {
    /// The keys under which the events after `after` and before `before` stand, oldest first, and which of them there.
    pub(crate) fn parts(&self, after: i64, before: i64) -> Vec<(SessionKey, i64, i64)> {
        let own = Segment { key: self.key, upto: i64::MAX - 1 };
        let mut from = 0;
        let mut parts = Vec::new();
        for segment in self.base.segments().iter().copied().chain([own]) {
            let (low, high) = (after.max(from), before.min(segment.upto.saturating_add(1)));
            if low.saturating_add(1) < high {
                parts.push((segment.key, low, high));
            }
            from = segment.upto;
        }
        parts
    }
}

impl From<&SessionHead> for Log {
    fn from(head: &SessionHead) -> Self {
        Self { key: head.key, base: head.base.clone() }
    }
}

/// What a session wrote itself: all of its log, unless it is a fork.
impl From<SessionKey> for Log {
    fn from(key: SessionKey) -> Self {
        Self { key, base: Base::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_where_it_stands() {
        #[track_caller]
        fn check(base: Option<&str>, after: i64, before: i64, expected: &[(i64, i64, i64)]) {
            let log = Log { key: SessionKey(9), base: Base::read(base).expect("a base") };
            assert_eq!(log.base.to_text().as_deref(), base);
            let parts = log.parts(after, before);
            let parts: Vec<_> = parts.into_iter().map(|(key, after, before)| (key.0, after, before)).collect();
            assert_eq!(parts, expected);
        }
        check(None, 0, 10, &[(9, 0, 10)]);
        check(None, 5, 6, &[]);
        check(None, 7, i64::MAX, &[(9, 7, i64::MAX)]);
        check(None, i64::MAX, i64::MAX, &[]);
        check(Some("1:10,2:20"), 0, 31, &[(1, 0, 11), (2, 10, 21), (9, 20, 31)]);
        check(Some("1:10,2:20"), 9, 12, &[(1, 9, 11), (2, 10, 12)]);
        check(Some("1:10,2:20"), 10, 21, &[(2, 10, 21)]);
        check(Some("1:10,2:20"), 20, 22, &[(9, 20, 22)]);
        for corrupt in ["", "1", "1:x", "1:2,", "a:1"] {
            assert!(Base::read(Some(corrupt)).is_err(), "{corrupt}");
        }
    }
}
