//! Everything outside of the nodes: what waits, what was said and done, what the database holds, and the first law that
//! was broken.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use everruns_core::event::EventData;
use everruns_core::message::ToolResult;
use everruns_core::prompt::Prompt;
use everruns_core::{MessageId, Timestamp};
use everruns_store::{Operation, SessionHead};
use everruns_tools::Request;
use tokio::sync::oneshot;

use crate::client::Finished;
use crate::desk::{Desk, Go, What};
use crate::dice::Dice;
use crate::laws::{self, Posted, Verdict, Written};
use crate::model::{ModelCall, Plan, plan};
use crate::mood::Mood;
use crate::tools::ToolRun;
use crate::watch::Watch;
use crate::words;

/// The world, as its parts share it. One thread, so the lock is never waited for.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the world")
    }
}

/// A law that was broken, and how.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub(crate) law: &'static str,
    pub(crate) what: String,
}

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) mood: Mood,
    pub(crate) desk: Desk,
    pub(crate) watch: Watch,
    pub(crate) calls: Vec<ModelCall>,
    pub(crate) runs: Vec<ToolRun>,
    pub(crate) posts: Vec<Posted>,
    /// What clients sent as results of calls.
    pub(crate) sent: Vec<Vec<ToolResult>>,
    /// What the model said before to the same question.
    pub(crate) said: HashMap<(usize, Option<MessageId>), Plan>,
    pub(crate) next_call: u64,
    /// Requests of clients that are not answered yet.
    pub(crate) in_flight: usize,
    pub(crate) finished: Vec<Finished>,
    /// Nodes since the last crash.
    pub(crate) nodes_in_life: usize,
    /// One of them was asked to stop.
    pub(crate) has_left: bool,
    /// A client came before the node had started: the start may release what that client's turn holds.
    pub(crate) has_hurried: bool,
    /// When the last fault struck; a node may be waiting since then to try again.
    pub(crate) fault_at: Timestamp,
    /// The time when the step began.
    pub(crate) now: Timestamp,
    pub(crate) newest_node: usize,
    /// Turns that the nodes say they run.
    pub(crate) running_turns: usize,
    /// The history comes to its end: no faults any more, and the model is brief.
    pub(crate) is_calm: bool,
    pub(crate) broken: Option<Broken>,
    /// The history in words, if somebody wants to read it.
    pub(crate) tale: Option<Vec<String>>,
}

impl World {
    pub(crate) fn new(dice: Dice, mood: Mood, watch: Watch, told: bool) -> Self {
        Self {
            dice,
            mood,
            desk: Desk::default(),
            watch,
            calls: Vec::new(),
            runs: Vec::new(),
            posts: Vec::new(),
            sent: Vec::new(),
            said: HashMap::new(),
            next_call: 0,
            in_flight: 0,
            finished: Vec::new(),
            nodes_in_life: 0,
            has_left: false,
            has_hurried: false,
            fault_at: Timestamp::default(),
            now: Timestamp::default(),
            newest_node: 0,
            running_turns: 0,
            is_calm: false,
            broken: None,
            tale: told.then(Vec::new),
        }
    }

    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(tale) = &mut self.tale {
            tale.push(line());
        }
    }

    /// Notes a broken law; the first one counts.
    pub(crate) fn judge(&mut self, law: &'static str, verdict: Verdict) {
        if let Err(what) = verdict
            && self.broken.is_none()
        {
            self.tell(|| format!("BROKEN: {law}: {what}"));
            self.broken = Some(Broken { law, what });
        }
    }

    /// An operation arrives at a node's gate, on its way in or out. `None`: it passes at once.
    pub(crate) fn stop_at_gate(&mut self, node: usize, what: What) -> Option<oneshot::Receiver<Go>> {
        let at_once = match what {
            What::Ask(Operation::Read) => self.mood.reads_at_once,
            What::Answer(Operation::Read, _) => 600,
            What::Answer(..) => 300,
            _ => 0,
        };
        let at_once = if self.is_calm { 400 + at_once } else { at_once };
        if self.dice.per_mille(at_once) {
            return None;
        }
        Some(self.desk.wait(node, what))
    }

    /// The database carried an operation out, or refused it.
    pub(crate) fn executed(&mut self, node: usize, operation: Operation, done: bool, before: &SessionHead) {
        if operation == Operation::Read || self.broken.is_some() {
            return;
        }
        let read = self.watch.read();
        self.judge("the log is dense and grows at its end", read);
        let new = before.last_sequence.max(0) as usize;
        self.tell(|| format!("node {node} {}", words::operation(operation, done)));
        for place in new..self.watch.log.len() {
            let event = &self.watch.log[place].event;
            let (sequence, is_cancel) = (event.sequence, matches!(event.data, EventData::TurnCancelled(_)));
            let line = self.tale.is_some().then(|| words::event(event));
            self.tell(|| format!("    {}", line.unwrap_or_default()));
            if is_cancel && let Some(turn) = self.watch.turns.iter_mut().rev().find(|turn| turn.first <= sequence) {
                turn.cancelled_on = Some(node);
            }
        }
        if self.broken.is_some() {
            return;
        }
        let has_changed = *before != self.watch.head;
        let mut verdicts: Vec<(&'static str, Verdict)> = {
            let written = Written { operation, done, before, after: &self.watch.head };
            laws::OF_A_WRITE.iter().map(|(law, holds)| (*law, holds(&written))).collect()
        };
        if has_changed {
            verdicts.extend(laws::OF_A_COMMIT.iter().map(|(law, holds)| (*law, holds(self))));
        }
        if done && matches!(operation, Operation::Append(_) | Operation::Post) {
            verdicts.push(("who speaks to a waiting turn is heard at once", laws::hears_at_once(self)));
        }
        for (law, verdict) in verdicts {
            self.judge(law, verdict);
        }
    }

    /// A node asks the model.
    pub(crate) fn model_asked(&mut self, node: usize, prompt: Arc<Prompt>) -> usize {
        let place = self.calls.len();
        let mut call = ModelCall {
            node,
            prompt,
            asked_at: self.watch.head.last_sequence,
            plan: Plan::new(),
            is_live: true,
            is_checked: false,
            turn_first: 0,
        };
        let again = self.said.get(&call.question()).cloned();
        let says_the_same = self.dice.per_mille(600);
        call.plan = match again.filter(|_| says_the_same && !self.is_calm) {
            Some(plan) => plan,
            None => plan(&mut self.dice, self.is_calm, &mut self.next_call),
        };
        self.said.insert(call.question(), call.plan.clone());
        let messages = call.prompt.messages.len();
        self.calls.push(call);
        self.tell(|| format!("node {node} asks the model (call {place}) with {messages} messages"));
        place
    }

    /// A node runs a tool.
    pub(crate) fn tool_run(&mut self, node: usize, request: Request) -> usize {
        let Request { key, name, arguments, .. } = request;
        let place = self.runs.len();
        self.tell(|| format!("node {node} runs {name} {arguments} (run {place})"));
        let hangs = self.dice.per_mille(40);
        let run_at = self.watch.head.last_sequence;
        let (ended, is_live, is_checked) = (None, true, false);
        self.runs.push(ToolRun { node, key, name, arguments, run_at, ended, hangs, is_live, is_checked });
        place
    }
}
