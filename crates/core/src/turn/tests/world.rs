//! One session with its log, played step by step. Every step ends with a look at all invariants.

use std::collections::HashMap;
use std::sync::Arc;

use super::due;
use super::story::{Step, calls, results, words};
use crate::config::Config;
use crate::delivery::Delivery;
use crate::event::{Context, EventData, InputMessage, NewEvent, Recorded};
use crate::message::{ContentPart, Message, Role};
use crate::turn::laws::{self, Entry};
use crate::turn::{
    Answer, CallState, Called, Effect, Failure, GiveWay, Input, Outcome, Phase, Queued, Said, Turn, decide, effects,
};
use crate::{ErrorCode, MessageId, Spent, Timestamp, Usage};

pub(super) struct World {
    config: Arc<Config>,
    now: Timestamp,
    pub(super) log: Vec<Entry>,
    /// The latest turn, folded event by event.
    pub(super) turn: Option<Turn>,
    /// Index of the message that opened it.
    opened: usize,
    usage_before: Spent,
    /// Where the messages stand that were queued when it opened.
    queue_before: Vec<i64>,
    gap: Option<&'static str>,
    /// The start of each call by the key of its effect.
    keys: HashMap<String, i64>,
    /// Prefixes of the log whose prompt was looked at.
    prompts_checked: usize,
}

fn said(thinking: &str, text: &str) -> Said {
    Said { thinking: thinking.to_owned(), text: text.to_owned() }
}

impl World {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config: Arc::new(config),
            now: Timestamp::from_micros(1_776_506_400_000_000),
            log: Vec::new(),
            turn: None,
            opened: 0,
            usage_before: Spent::default(),
            queue_before: Vec::new(),
            gap: None,
            keys: HashMap::new(),
            prompts_checked: 0,
        }
    }

    /// Plays a step and returns what it wrote.
    pub(super) fn play(&mut self, step: Step) -> String {
        let before = self.log.len();
        self.now = Timestamp::from_micros(self.now.as_micros() + 7_000);
        match step {
            Step::Says(text) => self.say(text, None, Vec::new()),
            Step::Queues(text) => {
                let is_open = self.turn.as_ref().is_some_and(|turn| turn.phase != Phase::Ended);
                self.say(text, is_open.then_some(Delivery::Queue), Vec::new());
            }
            Step::Interrupts(text) => self.cut_in(text, Delivery::Interrupt),
            Step::RollsBack(text) => self.cut_in(text, Delivery::Rollback),
            Step::Gap(text) => self.gap = Some(text),
            Step::Works => self.work(),
            Step::Text(text) => self.feed(Input::Said(said("", text))),
            Step::Thinks(thinking, text) => self.feed(Input::Said(said(thinking, text))),
            Step::Concludes(thinking, text) => self.answer(said(thinking, text), ""),
            Step::Answers(text) => self.answer(said("", text), ""),
            Step::Asks(calls) => self.answer(Said::default(), calls),
            Step::Comments(text, calls) => self.answer(said("", text), calls),
            Step::Fails => self.feed(Input::ModelFailed(Failure {
                code: ErrorCode::ProviderUnavailable,
                message: "connection refused".to_owned(),
                called: Called { prompt_from: 1, ..Called::default() },
            })),
            Step::Ends(ordinal) => self.end(ordinal, Outcome::Success(vec![ContentPart::text(r#"{"fine":true}"#)])),
            Step::Breaks(ordinal) => self.end(ordinal, Outcome::Error("broken".to_owned())),
            Step::Hangs(ordinal) => self.end(ordinal, Outcome::Timeout("too slow".to_owned())),
            Step::EndsAll => {
                while let Some(ordinal) = self.running() {
                    self.end(ordinal, Outcome::Success(vec![ContentPart::text("fine")]));
                }
            }
            Step::Results(ids) => self.feed(Input::Results(results(ids))),
            Step::Sleeps(seconds) => self.now = self.now.plus_seconds(seconds),
            Step::Cancels => self.feed(Input::Cancel { reason: None }),
            Step::Reload => self.reload(),
        }
        self.check_laws();
        words(self.log[before..].iter().map(|entry| &entry.event.data))
    }

    fn say(&mut self, text: &str, delivery: Option<Delivery>, queued_sequences: Vec<i64>) {
        let id = MessageId::from_u128(1 + self.log.len() as u128);
        let content = vec![ContentPart::text(text)];
        let message = Message::new(id, Role::User, content, self.now);
        if self.turn.as_ref().is_none_or(|turn| turn.phase == Phase::Ended) {
            self.open(id, queued_sequences.clone());
        }
        self.append(None, InputMessage { message, delivery, queued_sequences }.into());
    }

    fn open(&mut self, id: MessageId, queued_sequences: Vec<i64>) {
        if let Some(turn) = &self.turn {
            self.usage_before = self.usage_before + turn.usage;
        }
        self.opened = self.log.len();
        self.queue_before = queued_sequences;
        self.turn = Some(self.fresh(id));
    }

    /// The open turn gives way to a message.
    fn cut_in(&mut self, text: &str, delivery: Delivery) {
        let open = self.turn.as_ref().filter(|turn| turn.phase != Phase::Ended);
        let Some(turn) = open else { return self.say(text, None, Vec::new()) };
        let queued = turn.queue.iter().map(|queued| queued.sequence).collect();
        let from = 1 + self.opened as i64;
        let how = if delivery == Delivery::Rollback { GiveWay::RolledBack { from } } else { GiveWay::Interrupted };
        self.feed(Input::GiveWay(how));
        self.say(text, Some(delivery), queued);
    }

    fn fresh(&self, opened_by: MessageId) -> Turn {
        let mut turn = Turn::opened_by(opened_by, self.config.clone(), "sha256:story".into(), self.usage_before);
        turn.queue.extend(self.queue_before.iter().map(|sequence| {
            let EventData::InputMessage(input) = &self.log[*sequence as usize - 1].event.data else {
                panic!("nothing was queued at {sequence}");
            };
            Queued { sequence: *sequence, message: Arc::new(input.message.clone()) }
        }));
        turn
    }

    fn answer(&mut self, said: Said, asked: &str) {
        self.feed(Input::Answer(Answer {
            said,
            tool_calls: calls(asked),
            usage: Usage { input_tokens: 10, output_tokens: 3, ..Usage::default() },
            called: Called { prompt_from: 1, ..Called::default() },
            ..Answer::default()
        }));
    }

    fn end(&mut self, ordinal: usize, outcome: Outcome) {
        self.feed(Input::ToolEnded { ordinal, outcome });
    }

    fn running(&self) -> Option<usize> {
        let calls = &self.turn.as_ref()?.calls;
        calls
            .iter()
            .position(|call| matches!(call.state, CallState::Started { .. }))
            .filter(|_| self.turn.as_ref().is_some_and(|turn| turn.phase == Phase::Acting))
    }

    fn work(&mut self) {
        for effect in self.due() {
            match effect {
                Effect::Start => self.feed(Input::Start),
                Effect::Wake => self.feed(Input::Wake),
                Effect::ParkUntil(time) if time <= self.now => self.feed(Input::Wake),
                Effect::GiveUpTool { ordinal } => self.end(ordinal, Outcome::Unknown),
                Effect::ParkUntil(_) | Effect::CallModel { .. } | Effect::RunTool { .. } => {}
            }
        }
    }

    pub(super) fn due(&self) -> Vec<Effect> {
        self.turn.as_ref().map(effects).unwrap_or_default()
    }

    /// What the engine does with an input: decide, and append unless the end of the turn would overlook a new message.
    fn feed(&mut self, input: Input) {
        let Some(turn) = &self.turn else {
            return;
        };
        let mut batch = decide(turn, input.clone(), self.now);
        if !batch.is_empty()
            && let Some(text) = self.gap.take()
        {
            self.say(text, None, Vec::new());
            let reads = |event: &NewEvent| matches!(event.data, EventData::ReasonStarted(_));
            if batch.iter().any(|event| event.data.ends_turn() || reads(event)) {
                let turn = self.turn.as_ref().expect("a turn is open");
                batch = decide(turn, input, self.now);
            }
        }
        for event in batch {
            self.append(event.context, event.data);
        }
    }

    /// The log holds what can be read back, not what was meant.
    fn append(&mut self, context: Option<Context>, data: EventData) {
        let stored = EventData::decode(data.encode()).expect("what is written can be read");
        assert_eq!(stored, data, "reading back changes an event");
        if let EventData::InputDequeued(next) = &stored {
            self.open(next.message_id, next.queued_sequences.clone());
        }
        let event = Recorded { sequence: 1 + self.log.len() as i64, at: self.now, data: stored };
        if let Some(turn) = &mut self.turn {
            turn.apply(&event);
        }
        self.log.push(Entry { context, event });
    }

    fn reload(&mut self) {
        if let Some(old) = &self.turn {
            let mut turn = self.folded(old);
            turn.claimed_sequence = self.log.len() as i64;
            self.turn = Some(turn);
        }
    }

    fn folded(&self, like: &Turn) -> Turn {
        let mut turn = self.fresh(like.input_message_id);
        turn.claimed_sequence = like.claimed_sequence;
        for entry in &self.log[self.opened..] {
            turn.apply(&entry.event);
        }
        turn
    }

    fn check_laws(&mut self) {
        let Some(turn) = &self.turn else {
            return;
        };
        assert_eq!(self.folded(turn), *turn, "the fold of the log is the turn that was applied step by step");
        laws::order(turn, &self.log[self.opened..]);
        due::effects(turn, &self.log, &mut self.keys);
        while self.prompts_checked < self.log.len() {
            self.prompts_checked += 1;
            due::prompt(&self.config, &self.log[..self.prompts_checked]);
        }
    }
}
