//! Event streams that are cut after any byte and taken up again, and streams that are opened at any moment: together
//! they say what the log says, nothing less and nothing twice.

mod reader;
mod verdict;

use std::time::Duration;

use anyhow::{Context as _, ensure};
use everruns_client::Client;
use everruns_core::SessionId;
use everruns_core::session::SessionStatus;
use futures::future::try_join_all;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::random::Random;
use super::server::Server;
use super::turns::case::Case;
use super::wire;
use reader::{Cuts, Followed, Start};

/// Sessions, and the turns of each.
const SESSIONS: usize = 20;
const TURNS: usize = 5;
/// Cuts at least, of streams from the first event on, and streams that are opened without a cursor.
const CUTS_MIN: usize = 200;
const OPENINGS: usize = 200;
/// Between two turns, before a message that steers, and between two openings, milliseconds.
const BREAK_MILLIS: (u64, u64) = (0, 400);
const STEERING_MILLIS: (u64, u64) = (50, 700);
const OPENING_MILLIS: (u64, u64) = (0, 1_500);
/// A turn ends within this time.
const TURN: Duration = Duration::from_secs(60);

/// Text of one to four bytes a character.
const WORDS: &str =
    "Zwölf Boxkämpfer 深い眠り 🦊 где-то далеко ç'est l'été 🏖️ ไทย 한국어 und so weiter bis zum Ende 終わり";

fn models() -> Vec<String> {
    let tool =
        |name: &str, arguments: &str, rest: &str| format!("llmsim/tool?name={name}&arguments={arguments}&{rest}");
    vec![
        "llmsim/lorem?tokens=80&first_token_ms=100&token_ms=20".to_owned(),
        format!("llmsim/fixed?first_token_ms=100&token_ms=60&text={WORDS}"),
        tool("test_wait", r#"{"millis":150}"#, "count=2&rounds=4&text=Moment – 少々お待ちください&token_ms=50"),
        tool("test_echo", &format!("{{\"value\":\"{WORDS}\"}}"), "count=3&rounds=3&text=🦊 🦊&first_token_ms=150"),
        "llmsim/lorem?tokens=300&latency=fast".to_owned(),
    ]
}

pub(super) async fn run(seed: u64) -> anyhow::Result<String> {
    let mut server = Server::start("cuts")?;
    server.ready().await?;
    let (client, port) = (server.client()?, server.port());
    let models = models();
    let mut random = Random::new(seed);
    let stories = (0..SESSIONS).map(|number| {
        let case = Case { model: models[number % models.len()].clone(), steered: number % 2 == 0 };
        story(client.clone(), port, case, random.fork())
    });
    let told = try_join_all(stories.collect::<Vec<_>>()).await?;

    let mut cuts = Cuts::default();
    let (mut events, mut openings, mut opened_in_turns) = (0, 0, 0);
    for told in told {
        cuts.add(&told.cuts);
        events += told.events;
        openings += told.openings;
        opened_in_turns += told.opened_in_turns;
    }
    ensure!(cuts.all >= CUTS_MIN, "only {} cuts", cuts.all);
    ensure!(cuts.in_frame >= CUTS_MIN / 4 && cuts.in_character > 0, "cuts fell only between frames: {cuts:?}");
    ensure!(openings >= OPENINGS && opened_in_turns * 2 > openings, "{opened_in_turns} of {openings} opened in turns");
    Ok(format!(
        "{SESSIONS} sessions of {TURNS} turns, {events} events; {} cuts ({} in a frame, {} in a character, {} in the \
         head) and {openings} openings without a cursor ({opened_in_turns} in a running turn): every stream was the log, \
         0 missing, 0 twice (seed {seed})",
        cuts.all, cuts.in_frame, cuts.in_character, cuts.in_head,
    ))
}

/// What one session showed.
struct Told {
    events: usize,
    cuts: Cuts,
    openings: usize,
    opened_in_turns: usize,
}

/// Speaks in a session while it is read in every way, and compares.
async fn story(client: Client, port: u16, case: Case, mut random: Random) -> anyhow::Result<Told> {
    let session = client.sessions().create(&case.session()).await?.id;
    let (finish, finished) = watch::channel(None);
    let speaking = speak(&client, session, case.steered, random.fork(), finish);
    let cutting = reader::follow(port, session, Start::First, random.fork(), finished.clone());
    let opening = try_join_all((0..OPENINGS / SESSIONS).map(|place| {
        // One after the other, but not in step with the turns.
        let millis = (0..=place).map(|_| random.between(OPENING_MILLIS.0, OPENING_MILLIS.1)).sum();
        let (random, finished) = (random.fork(), finished.clone());
        async move {
            sleep(Duration::from_millis(millis)).await;
            reader::follow(port, session, Start::Latest, random, finished).await
        }
    }));
    let ((), cut, opened) = tokio::try_join!(speaking, cutting, opening).with_context(|| session.to_string())?;

    let path = format!("/v1/sessions/{session}/events");
    let log = wire::get(port, &path).await?["data"].take();
    let log: Vec<Value> = serde_json::from_value(log)?;
    verdict::whole(&log).with_context(|| session.to_string())?;
    let named = |followed: &Followed| format!("{session} ({}), {}", case.model, followed.shown());
    verdict::continues(&log, 1, &cut.frames).with_context(|| named(&cut))?;
    let mut opened_in_turns = 0;
    for followed in &opened {
        let first = verdict::opening(&log, followed.heads, &followed.frames).with_context(|| named(followed))?;
        verdict::continues(&log, first, &followed.frames).with_context(|| named(followed))?;
        opened_in_turns += usize::from(verdict::turn_is_open(&log, followed.heads.1));
    }
    Ok(Told { events: log.len(), cuts: cut.cuts, openings: opened.len(), opened_in_turns })
}

/// Runs the turns; tells the last sequence at the end.
async fn speak(
    client: &Client,
    session: SessionId,
    steered: bool,
    mut random: Random,
    finish: watch::Sender<Option<i64>>,
) -> anyhow::Result<()> {
    for turn in 0..TURNS {
        sleep(Duration::from_millis(random.between(BREAK_MILLIS.0, BREAK_MILLIS.1))).await;
        client.messages().create(session, format!("Runde {turn}: 🦊 fängt an")).await?;
        if steered {
            sleep(Duration::from_millis(random.between(STEERING_MILLIS.0, STEERING_MILLIS.1))).await;
            client.messages().create(session, format!("Runde {turn}: и ещё")).await?;
        }
        let begun = Instant::now();
        while client.sessions().get(session).await?.status != SessionStatus::Idle {
            ensure!(begun.elapsed() < TURN, "a turn does not end");
            sleep(Duration::from_millis(20)).await;
        }
    }
    let log = client.events().list(session, &everruns_client::ListEvents::default()).await?;
    finish.send_replace(log.last().map(|event| event.sequence));
    Ok(())
}
