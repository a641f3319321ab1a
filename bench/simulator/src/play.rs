//! A body that plays a plan: one timer, and each step goes out when it is due.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::record::{Ending, Trace};
use crate::schedule::{Plan, Step};

/// The body of an answer.
pub(crate) struct Play {
    steps: std::vec::IntoIter<Step>,
    /// Taken from the steps, and waited for.
    next: Option<Step>,
    is_cut: bool,
    /// Whether what was sent before the cut has had its chance to leave.
    is_flushed: bool,
    /// Of an answer whose length is told beforehand.
    length: Option<u64>,
    due: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    trace: Trace,
}

/// Tells hyper to drop the connection.
#[derive(Debug)]
pub(crate) struct Severed;

impl fmt::Display for Severed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the script cuts the connection here")
    }
}

impl std::error::Error for Severed {}

impl Play {
    /// A stream, whose length nobody knows beforehand.
    pub(crate) fn stream(plan: Plan, trace: Trace) -> Self {
        Self {
            steps: plan.steps.into_iter(),
            next: None,
            is_cut: plan.is_cut,
            is_flushed: false,
            length: None,
            due: Instant::now(),
            timer: None,
            trace,
        }
    }

    /// A body of this length, of which the plan may send less.
    pub(crate) fn whole(length: usize, plan: Plan, trace: Trace) -> Self {
        Self { length: Some(length as u64), ..Self::stream(plan, trace) }
    }

    /// Whether the next step's time has come.
    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.due <= Instant::now() {
            return Poll::Ready(());
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(self.due)));
        if timer.deadline() != self.due {
            timer.as_mut().reset(self.due);
        }
        timer.as_mut().poll(context)
    }
}

impl Body for Play {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let play = &mut *self;
        if play.next.is_none() {
            play.next = play.steps.next();
            if let Some(step) = &play.next {
                // From when the last one was due, so that late timers do not add up.
                play.due += step.wait;
            }
        }
        if play.next.is_none() {
            if !play.is_cut {
                play.trace.ends(Ending::Finished);
                return Poll::Ready(None);
            }
            if !std::mem::replace(&mut play.is_flushed, true) {
                // hyper writes out what it has when there is nothing more; an error now would drop it.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            play.trace.ends(Ending::Cut);
            return Poll::Ready(Some(Err(Severed)));
        }
        if play.poll_due(context).is_pending() {
            return Poll::Pending;
        }
        let Some(step) = play.next.take() else { return Poll::Ready(None) };
        play.trace.sends(step.bytes.len(), step.is_content);
        if play.steps.len() == 0 && !play.is_cut {
            play.trace.ends(Ending::Finished);
        }
        Poll::Ready(Some(Ok(Frame::data(step.bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}
