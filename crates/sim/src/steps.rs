//! The steps: what the scheduler may do next, and how the dice choose.

use std::time::Duration;

use everruns_core::event::EventData;
use everruns_engine::Source as _;
use everruns_store::{Error, EventQuery, Operation};

use crate::client::{self, ACTIONS, Action, Finished};
use crate::desk::{Go, What};
use crate::history::History;
use crate::laws::FAULT_SECONDS;
use crate::reader::{Reader, State};
use crate::source::SimSource;

/// Times that may pass, milliseconds: a delta's window, a model's retry, a claim's, a look at the queue, the silence of
/// a model, the patience with a client.
const JUMPS: &[u64] = &[25, 120, 700, 1_100, 5_000, 31_000, 121_000, 301_000];

impl History {
    /// One step of the disturbed part.
    pub(crate) async fn step(&mut self, clock: &SimSource) {
        if self.nodes.is_empty() {
            return self.start_node(clock);
        }
        let mood = &self.mood;
        match self.dice.weighted(&[mood.goes_on, mood.client, mood.time, mood.node]) {
            0 => self.go_on(),
            1 => self.act(clock),
            2 => {
                let jump = *self.dice.pick(JUMPS);
                self.pass(jump).await;
            }
            _ => self.come_or_go(clock),
        }
    }

    /// One step towards rest. Whether it is reached.
    pub(crate) async fn step_to_rest(&mut self, clock: &SimSource) -> bool {
        if self.nodes.iter().all(|node| node.is_leaving) {
            // Whoever leaves may need time for it.
            if self.nodes.is_empty() {
                self.start_node(clock);
                return false;
            }
        }
        if self.go_on_calmly() {
            return false;
        }
        if self.read_to_the_end() {
            return false;
        }
        let is_idle = {
            let world = self.world.lock();
            world.watch.head.turn_sequence == 0 && world.in_flight == 0 && world.running_turns == 0
        };
        if is_idle && self.nodes.iter().any(|node| !node.is_leaving) {
            self.look_at_readers(true);
            return true;
        }
        // A node that could not give back before it was gone: the next start takes up what it held.
        let is_left_behind = {
            let world = self.world.lock();
            world.has_left && world.watch.head.holder.is_some() && world.in_flight == 0 && world.running_turns == 0
        };
        if is_left_behind {
            self.start_node(clock);
            return false;
        }
        let jump = *self.dice.pick(&JUMPS[2..]);
        self.pass(jump).await;
        false
    }

    async fn pass(&mut self, millis: u64) {
        self.world.lock().tell(|| format!("{millis} ms pass"));
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    fn come_or_go(&mut self, clock: &SimSource) {
        let staying = self.nodes.iter().filter(|node| !node.is_leaving).count();
        if staying == 0 || (staying == 1 && self.mood.second_node && self.dice.per_mille(500)) {
            return self.start_node(clock);
        }
        let place = self.dice.below(self.nodes.len());
        let node = &mut self.nodes[place];
        if node.is_leaving {
            return;
        }
        node.is_leaving = true;
        let number = node.number;
        self.world.lock().has_left = true;
        self.world.lock().tell(|| format!("node {number} is asked to stop"));
        if let Some(client) = self.client(number) {
            let engine = client.engine.clone();
            client.spawn(async move {
                engine.shut_down().await;
                Finished::ShutDown { node: number }
            });
        }
    }

    /// Takes up what a former life left behind.
    pub(crate) fn boot(&mut self, number: usize) {
        if let Some(client) = self.client(number) {
            let engine = client.engine.clone();
            client.spawn(async move { Finished::Started { node: number, answer: engine.start().await } });
        }
    }

    /// One of those that wait goes on.
    fn go_on(&mut self) {
        let offered = self.offered();
        if !offered.is_empty() {
            let place = *self.dice.pick(&offered);
            self.grant(place);
        }
    }

    /// The same, without favour for the young: what waited longest is among the next few.
    fn go_on_calmly(&mut self) -> bool {
        let offered = self.offered();
        if offered.is_empty() {
            return false;
        }
        let place = offered[self.dice.below(offered.len().min(3))];
        self.grant(place);
        true
    }

    /// Places on the desk of those who can go on: silent models and hanging tools cannot.
    fn offered(&self) -> Vec<usize> {
        let world = self.world.lock();
        let can = |what: What| match what {
            What::Ask(_) | What::Answer(..) => true,
            What::Model(call) => !world.calls[call].plan.is_empty(),
            What::Tool(run) => !world.runs[run].hangs,
        };
        let tickets = world.desk.tickets.iter().enumerate();
        tickets.filter(|(_, ticket)| can(ticket.what)).map(|(place, _)| place).collect()
    }

    fn grant(&mut self, place: usize) {
        let mut world = self.world.lock();
        let (node, what) = (world.desk.tickets[place].node, world.desk.tickets[place].what);
        let fault = !world.is_calm && self.dice.per_mille(self.mood.fault);
        if fault {
            world.fault_at = world.now;
        }
        let word = match what {
            What::Ask(operation) if fault => {
                let full = operation != Operation::Read && self.dice.per_mille(500);
                let error = if full { Error::Full } else { Error::Busy("simulated".to_owned()) };
                world.tell(|| format!("node {node}: {operation:?} fails: {error}"));
                Go::Fail(error)
            }
            // The connection breaks behind the commit: the caller cannot know what became of it.
            What::Answer(operation, true) if fault => {
                world.tell(|| format!("node {node}: the answer to {operation:?} is lost"));
                Go::Fail(Error::Broken("simulated".to_owned()))
            }
            What::Ask(_) | What::Answer(..) => Go::On,
            What::Model(call) => {
                let count = self.dice.between(1, 4).min(world.calls[call].plan.len());
                let parts: Vec<_> = world.calls[call].plan.drain(..count).collect();
                world.tell(|| format!("the model goes on in call {call}: {parts:?}"));
                Go::Parts(parts)
            }
            What::Tool(run) => {
                let ended =
                    if self.dice.per_mille(850) { Ok(format!("result {run}")) } else { Err(format!("broken {run}")) };
                world.tell(|| format!("run {run} ends: {ended:?}"));
                world.runs[run].ended = Some(ended.clone());
                Go::Ended(ended)
            }
        };
        world.desk.grant(place, word);
    }

    /// A client does something.
    fn act(&mut self, clock: &SimSource) {
        let place = self.dice.below(self.nodes.len());
        let (node, has_started) = (self.nodes[place].number, self.nodes[place].has_started);
        let Some(client) = self.client(node) else { return };
        let action = ACTIONS[self.dice.weighted(&self.mood.actions)];
        let mut world = self.world.lock();
        world.has_hurried |= !has_started;
        match action {
            Action::Post => {
                let post = world.posts.len();
                let said = client::said(&mut self.dice, post, world.watch.head.last_sequence);
                world.tell(|| format!("client: posts to node {node} {said:?}"));
                world.posts.push(said.clone());
                drop(world);
                client.post(post, &said);
            }
            Action::Cancel => {
                let last = world.watch.head.last_sequence;
                let expected = self.dice.per_mille(150).then(|| client::expected(&mut self.dice, last));
                world.tell(|| format!("client: cancels on node {node}, expecting {expected:?}"));
                drop(world);
                client.cancel(expected);
            }
            Action::Submit => {
                let open: Vec<String> = match world.watch.log.last().map(|entry| &entry.event.data) {
                    _ if !matches!(
                        world.watch.head.status,
                        everruns_core::session::SessionStatus::WaitingForToolResults
                    ) =>
                    {
                        Vec::new()
                    }
                    _ => world.watch.open_calls(),
                };
                let nonce = world.sent.len();
                let results = client::results(&mut self.dice, &open, nonce);
                world.tell(|| format!("client: sends to node {node} {results:?}"));
                world.sent.push(results.clone());
                drop(world);
                client.submit(nonce, results);
            }
            Action::Edit => {
                self.agent_version += 1;
                let version = self.agent_version;
                let agent = client::agent(&mut self.dice, self.agent, version, clock.now());
                world.tell(|| format!("client: writes version {version} of the agent on node {node}"));
                drop(world);
                client.edit(agent);
            }
            Action::OpenReader => {
                let last = world.watch.head.last_sequence as usize;
                let input = (world.watch.head.input_sequence - 1).max(0);
                let cursor = if self.dice.per_mille(500) { input } else { self.dice.between(0, last) as i64 };
                world.tell(|| format!("reader {}: begins behind {cursor}", self.readers.len()));
                drop(world);
                if self.readers.len() < 5 {
                    self.readers.push(Reader { cursor, node, state: State::Away });
                }
            }
            Action::ReadOn => {
                drop(world);
                self.read_on(node);
            }
            Action::List => {
                let known = world.watch.head.last_sequence;
                let mut query = EventQuery {
                    after: self.dice.below(known as usize + 1) as i64,
                    descending: self.dice.per_mille(400),
                    ..EventQuery::all(world.watch.head.key)
                };
                query.before = self.dice.per_mille(300).then(|| known - self.dice.below(5) as i64);
                query.limit = self.dice.per_mille(600).then(|| self.dice.between(1, 20) as i64);
                if self.dice.per_mille(300) {
                    query.exclude = vec!["output.message.delta".to_owned()];
                }
                world.tell(|| format!("client: lists on node {node}"));
                drop(world);
                client.list(query, known);
            }
            Action::Stranger => {
                let what = self.dice.below(4);
                world.tell(|| format!("a stranger comes to node {node}"));
                drop(world);
                client.stranger(what);
            }
        }
    }

    /// A reader reads on, is cut, or comes back, perhaps on another node.
    fn read_on(&mut self, node: usize) {
        if self.readers.is_empty() {
            return;
        }
        let place = self.dice.below(self.readers.len());
        if self.dice.per_mille(120) && matches!(self.readers[place].state, State::Hungry(_) | State::Asleep(_)) {
            self.readers[place].state = State::Away;
            self.world.lock().tell(|| format!("reader {place}: is cut"));
            return;
        }
        if matches!(self.readers[place].state, State::Away) {
            self.readers[place].node = node;
        }
        self.read(place);
    }

    fn read(&mut self, place: usize) -> bool {
        let reader = &mut self.readers[place];
        if !reader.is_woken() {
            return false;
        }
        let node = reader.node;
        let Some(client) = self.client(node) else {
            self.readers[place].state = State::Away;
            if let Some(node) = self.nodes.first() {
                self.readers[place].node = node.number;
            }
            return true;
        };
        self.readers[place].read(place, &client);
        true
    }

    /// Readers read what they are woken for. Whether there was any.
    fn read_to_the_end(&mut self) -> bool {
        let (last, nodes) = {
            let world = self.world.lock();
            (world.watch.head.last_sequence, world.nodes_in_life)
        };
        if nodes > 1 && self.readers.iter().any(|reader| reader.cursor < last && !matches!(reader.state, State::Away)) {
            // Nodes do not tell each other yet what they wrote: their readers must come anew.
            for reader in &mut self.readers {
                if matches!(reader.state, State::Hungry(_) | State::Asleep(_)) {
                    reader.state = State::Away;
                }
            }
        }
        let mut has_read = false;
        for place in 0..self.readers.len() {
            let is_away = matches!(self.readers[place].state, State::Away);
            if !(is_away && self.readers[place].cursor >= last) && self.read(place) {
                has_read = true;
            }
        }
        has_read
    }

    /// Holds a law of the standstill: what is durable has woken its readers.
    pub(crate) fn look_at_readers(&mut self, is_at_rest: bool) {
        let mut world = self.world.lock();
        // Nodes do not tell each other yet what they wrote. A node that had a fault may be about to try again.
        let is_settled = is_at_rest || world.now >= world.fault_at.plus_seconds(FAULT_SECONDS);
        if world.nodes_in_life != 1 || !is_settled || world.in_flight > 0 || world.desk.is_busy(world.newest_node) {
            return;
        }
        let last = world.watch.head.last_sequence;
        for (place, reader) in self.readers.iter_mut().enumerate() {
            if reader.cursor < last && !matches!(reader.state, State::Reading) && !reader.is_woken() {
                let what = format!("reader {place} is at {}, the log at {last}, and nothing wakes it", reader.cursor);
                world.judge("what is written wakes its readers", Err(what));
            }
        }
    }
}

impl crate::watch::Watch {
    /// The calls that the client still has to answer.
    pub(crate) fn open_calls(&self) -> Vec<String> {
        let mut open = Vec::new();
        for entry in &self.log {
            match &entry.event.data {
                EventData::ToolCallRequested(asked) => {
                    open = asked.tool_calls.iter().map(|call| call.id.clone()).collect();
                }
                EventData::ToolCompleted(completed) => open.retain(|id| *id != completed.tool_call_id),
                data if data.ends_turn() => open.clear(),
                _ => {}
            }
        }
        open
    }
}
