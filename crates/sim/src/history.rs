//! One history: lives of the process between crashes, each step drawn from the seed, and the way to rest at its end.

use std::sync::Arc;
use std::time::Duration;

use everruns_core::event::{EventData, NewEvent, SessionStarted};
use everruns_core::{AgentId, DEFAULT_PRINCIPAL, SessionId, Timestamp, WorkspaceId, harness};
use everruns_engine::{Engine, Settings, Source as _};
use everruns_llm::Models;
use everruns_store::{DEFAULT_ORG_KEY, NewSession, SessionFiles, Store, StoredEvent};
use uuid::Uuid;

use crate::client::{self, Client};
use crate::dice::Dice;
use crate::gate::SimGate;
use crate::laws;
use crate::model::SimModel;
use crate::mood::Mood;
use crate::place::Place;
use crate::reader::{Reader, State};
use crate::source::{BEGINNING, SimSource};
use crate::tools::catalogue;
use crate::watch::Watch;
use crate::world::{Broken, Shared, World};

/// Steps in which a history must come to rest once nobody disturbs it.
const CALM_STEPS_MAX: usize = 4_000;

/// A node: an engine in front of the database that all share.
pub(crate) struct Node {
    pub(crate) number: usize,
    pub(crate) engine: Engine,
    /// It has taken up what a former life left behind.
    pub(crate) has_started: bool,
    /// It was asked to stop.
    pub(crate) is_leaving: bool,
}

/// How a life ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Crash,
    Over,
}

/// What a history came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// Steps the scheduler took.
    pub steps: usize,
    /// Crashes.
    pub crashes: usize,
    /// Events in the log at its end.
    pub events: usize,
    /// The history in words, if it was asked for.
    pub tale: Vec<String>,
    /// The law that was broken, and how.
    pub broken: Option<(&'static str, String)>,
}

pub(crate) struct History {
    pub(crate) world: Shared,
    pub(crate) place: Place,
    pub(crate) id: SessionId,
    pub(crate) agent: AgentId,
    pub(crate) dice: Dice,
    pub(crate) mood: Mood,
    pub(crate) nodes: Vec<Node>,
    pub(crate) readers: Vec<Reader>,
    /// Shows the log as it is stored, past every gate.
    pub(crate) archive: Option<Engine>,
    pub(crate) store: Option<Arc<Store>>,
    pub(crate) now: Timestamp,
    pub(crate) steps: usize,
    pub(crate) calm_steps: usize,
    pub(crate) crashes: usize,
    pub(crate) next_node: usize,
    pub(crate) agent_version: usize,
}

impl History {
    /// Plays the history of a seed from its beginning to its end.
    pub(crate) fn play(seed: u64, place: &Place, told: bool) -> Result<Report, String> {
        let mut history = Self::begin(seed, place, told)?;
        loop {
            let end = history.live()?;
            history.close();
            if end == End::Over {
                break;
            }
            history.crashes += 1;
            history.world.lock().tell(|| "CRASH: everything that was not committed is gone".to_owned());
            history.reopen()?;
            let mut world = history.world.lock();
            let verdict = laws::unchanged(&world);
            world.judge("a crash takes back nothing that was committed", verdict);
        }
        let mut world = history.world.lock();
        let broken = world.broken.take().map(|Broken { law, what }| (law, what));
        let (events, tale) = (world.watch.rows.len(), world.tale.take().unwrap_or_default());
        drop(world);
        Ok(Report { seed, steps: history.steps, crashes: history.crashes, events, tale, broken })
    }

    fn begin(seed: u64, place: &Place, told: bool) -> Result<Self, String> {
        let mut dice = Dice::new(seed ^ 0x005E_ED0F_E4E5);
        let mood = Mood::new(&mut dice);
        let store = place.open(BEGINNING).map_err(|error| error.to_string())?;
        let mut id = || Uuid::from_u64_pair(dice.next() & !0xF000 | 0x7000, dice.next() >> 2 | 1 << 63);
        let (id, agent, workspace) = (SessionId(id()), AgentId(id()), WorkspaceId(id()));
        let org = DEFAULT_ORG_KEY;
        let fresh = async {
            // The seed may have been played here before.
            if let Some(row) = store.session_by_id(org, id).await? {
                store.delete_session(row.head.key).await?;
            }
            let first = client::agent(&mut dice, agent, 0, BEGINNING);
            store.upsert_resource(org, "agent", &first, false, &client::by_the_client(BEGINNING)).await?;
            let started = SessionStarted { harness_id: harness::GENERIC, agent_id: Some(agent), model_id: None };
            let event = NewEvent { context: None, data: EventData::from(started) };
            let new = NewSession {
                id,
                org,
                owner: DEFAULT_PRINCIPAL,
                at: BEGINNING,
                agent_id: Some(agent),
                harness_id: harness::GENERIC.to_string(),
                workspace_id: workspace.to_string(),
                search: String::new(),
                tags: Vec::new(),
                body: "{}".to_owned(),
                events: vec![StoredEvent::from(&event)],
                files: SessionFiles::None,
            };
            store.create_session(&new).await
        };
        place.finish(fresh).map_err(|error: everruns_store::Error| error.to_string())?;
        let watch = Watch::new(place.clone(), store, org, id)?;
        let world = Shared::new(World::new(dice.fork(), mood.clone(), watch, told));
        let mut history = Self {
            world,
            place: place.clone(),
            id,
            agent,
            dice,
            mood,
            nodes: Vec::new(),
            readers: Vec::new(),
            archive: None,
            store: None,
            now: BEGINNING,
            steps: 0,
            calm_steps: 0,
            crashes: 0,
            next_node: 1,
            agent_version: 0,
        };
        history.close();
        history.reopen()?;
        Ok(history)
    }

    /// Lets go of the database and of all that a process has in memory.
    fn close(&mut self) {
        self.nodes.clear();
        self.archive = None;
        self.store = None;
        for reader in &mut self.readers {
            reader.state = State::Away;
        }
        let mut world = self.world.lock();
        let (desk, finished) = (std::mem::take(&mut world.desk), std::mem::take(&mut world.finished));
        world.in_flight = 0;
        world.nodes_in_life = 0;
        world.has_left = false;
        world.has_hurried = false;
        world.running_turns = 0;
        world.watch.close();
        drop(world);
        drop((desk, finished));
    }

    /// Opens the same database anew.
    fn reopen(&mut self) -> Result<(), String> {
        let store = Arc::new(self.place.open(self.now).map_err(|error| error.to_string())?);
        self.world.lock().watch.reopen(store.clone());
        self.store = Some(store);
        Ok(())
    }

    /// One life of the process: its runtime, its clock, its nodes.
    fn live(&mut self) -> Result<End, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let end = runtime.block_on(async {
            let clock = SimSource::new(self.now, self.dice.fork());
            let end = self.until_the_end(&clock).await;
            self.now = clock.now();
            end
        });
        self.nodes.clear();
        // Takes its tasks with it, wherever they stand.
        drop(runtime);
        Ok(end)
    }

    async fn until_the_end(&mut self, clock: &SimSource) -> End {
        let store = self.store.clone().expect("the database is open");
        let source = Arc::new(SimSource::new(self.now, self.dice.fork()));
        self.archive = Some(Engine::new(
            store,
            Models::new(Vec::new()),
            catalogue(0, self.world.clone()),
            source,
            Settings::default(),
        ));
        self.start_node(clock);
        loop {
            standstill().await;
            self.steps += 1;
            self.hear().await;
            self.look(clock.now());
            self.look_at_readers(false);
            if self.world.lock().broken.is_some() {
                return End::Over;
            }
            if self.steps < self.mood.steps {
                if self.dice.per_mille(self.mood.crash) {
                    return End::Crash;
                }
                self.step(clock).await;
                continue;
            }
            if self.calm_steps == 0 {
                self.world.lock().tell(|| "from here on nobody disturbs it".to_owned());
                self.world.lock().is_calm = true;
            }
            self.calm_steps += 1;
            if self.calm_steps > CALM_STEPS_MAX {
                let what = format!("after {CALM_STEPS_MAX} steps: {:?}", self.world.lock().watch.head);
                self.world.lock().judge("a history comes to rest", Err(what));
                return End::Over;
            }
            if self.step_to_rest(clock).await {
                self.conclude();
                return End::Over;
            }
        }
    }

    pub(crate) fn start_node(&mut self, clock: &SimSource) {
        let number = self.next_node;
        self.next_node += 1;
        let gate = SimGate { node: number, world: self.world.clone(), place: self.place.clone() };
        let store = self.store.as_ref().expect("the database is open").behind(Arc::new(gate));
        let model = SimModel { node: number, world: self.world.clone() };
        let source = Arc::new(SimSource::new(clock.now(), self.dice.fork()));
        let settings = Settings { default_model: Some("sim/default".to_owned()), ..Settings::default() };
        let tools = catalogue(number, self.world.clone());
        let engine = Engine::new(Arc::new(store), Models::new(vec![("sim", Arc::new(model))]), tools, source, settings);
        self.nodes.push(Node { number, engine, has_started: false, is_leaving: false });
        let mut world = self.world.lock();
        world.nodes_in_life += 1;
        world.newest_node = number;
        world.tell(|| format!("node {number} starts"));
        drop(world);
        self.boot(number);
    }

    pub(crate) fn client(&self, node: usize) -> Option<Client> {
        let node = self.nodes.iter().find(|known| known.number == node)?;
        Some(Client { world: self.world.clone(), engine: node.engine.clone(), org: DEFAULT_ORG_KEY, id: self.id })
    }

    /// Holds the laws of a standstill.
    fn look(&mut self, now: Timestamp) {
        let mut world = self.world.lock();
        world.now = now;
        world.desk.tidy();
        world.running_turns = self.nodes.iter().map(|node| node.engine.running_turns()).sum();
        for (law, holds) in laws::OF_A_PAUSE {
            let verdict = holds(&mut world);
            world.judge(law, verdict);
        }
    }

    fn conclude(&self) {
        let mut world = self.world.lock();
        for (law, holds) in laws::OF_AN_END {
            let verdict = holds(&world);
            world.judge(law, verdict);
        }
    }
}

/// Returns when every task waits for something that only a step of the scheduler brings.
async fn standstill() {
    // The paused clock moves only when nothing can run.
    tokio::time::sleep(Duration::from_millis(1)).await;
    // Timers of the same millisecond are due with ours; what they woke has its turn here.
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}
