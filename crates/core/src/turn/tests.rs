//! Stories: what happens, and beside it what the turn writes, in the order of the wire. [`story`] explains the words.

mod due;
mod inputs;
mod random;
mod story;
mod world;

use serde_json::{Value, json};

use super::{Effect, Phase};
use crate::config::Config;
use crate::event::EventData;
use crate::{ErrorCode, MessageId, TurnId};
use story::Step::{self, *};
use story::{config, second};
use world::World;

const BEGIN: &str = "turn( session.activated reason( message(";
const NOTES: &str = "turn.cancelled input message) session.idled";

/// Plays the steps; each writes what stands beside it.
#[track_caller]
fn check(story: &[(Step, &str)]) {
    check_with(config(), story);
}

#[track_caller]
fn check_with(config: Config, story: &[(Step, &str)]) {
    let mut world = World::new(config);
    let wrote: Vec<(Step, String)> = story.iter().map(|(step, _)| (*step, world.play(*step))).collect();
    let show = |lines: Vec<(Step, &str)>| {
        let lines: Vec<_> = lines.iter().map(|(step, words)| format!("{step:?}: {words}")).collect();
        lines.join("\n")
    };
    let wrote = wrote.iter().map(|(step, words)| (*step, &**words));
    let (wrote, expected) = (show(wrote.collect()), show(story.to_vec()));
    assert!(wrote == expected, "wrote:\n{wrote}\nexpected:\n{expected}");
}

/// Plays the steps; then this is due.
#[track_caller]
fn check_due(story: &[Step], expected: &str) {
    let (_, world) = played(config(), story);
    let due = world.due().into_iter().map(|effect| match effect {
        Effect::Start => "start".to_owned(),
        Effect::CallModel { before } => format!("model<{before}"),
        Effect::RunTool { ordinal, .. } => format!("run:{ordinal}"),
        Effect::GiveUpTool { ordinal } => format!("give-up:{ordinal}"),
        Effect::Wake => "wake".to_owned(),
        Effect::ParkUntil(_) => "park".to_owned(),
    });
    assert_eq!(due.collect::<Vec<_>>().join(" "), expected);
}

/// Plays the steps; the last event of this type has this at these places.
#[track_caller]
fn check_data(story: &[Step], type_name: &str, expected: &[(&str, Value)]) {
    let (_, world) = played(config(), story);
    let mut events = world.log.iter().rev().map(|entry| &entry.event.data);
    let event = events.find(|data| data.type_name() == type_name);
    let data = event.expect("an event of this type").encode().data;
    let data: Value = serde_json::from_str(&data).unwrap();
    for (place, value) in expected {
        let found = data.pointer(place).unwrap_or(&Value::Null);
        assert_eq!(found, value, "{place} of {data:#}");
    }
}

fn played(config: Config, story: &[Step]) -> (String, World) {
    let mut world = World::new(config);
    let wrote: Vec<String> = story.iter().map(|step| world.play(*step)).collect();
    (wrote.join(" "), world)
}

fn one_by_one() -> Config {
    Config { parallel_tool_calls: false, ..config() }
}

#[test]
fn a_simple_turn() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Text("Hel"), "+Hel"),
        (Text("Hello"), "+lo"),
        (Answers("Hello!"), "+! reason) llm.generation message) turn) session.idled"),
        (Says("and again"), "input"),
        (Works, BEGIN),
        (Answers("Yes?"), "+Yes? reason) llm.generation message) turn) session.idled"),
    ]);
}

#[test]
fn the_words_of_a_story_stand_for_these_types() {
    let (_, world) = played(config(), &[Says("hi"), Works, Answers("Hello")]);
    let types: Vec<_> = world.log.iter().map(|entry| entry.event.data.type_name()).collect();
    assert_eq!(
        types,
        [
            "input.message",
            "turn.started",
            "session.activated",
            "reason.started",
            "output.message.started",
            "output.message.delta",
            "reason.completed",
            "llm.generation",
            "output.message.completed",
            "turn.completed",
            "session.idled",
        ]
    );
}

#[test]
fn an_empty_answer_is_an_answer() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Answers(""), "reason) llm.generation message) turn) session.idled"),
    ]);
}

#[test]
fn a_failed_turn() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Fails, "reason) llm.generation message) turn.failed session.idled"),
        (Says("again"), "input"),
        (Works, BEGIN),
    ]);
    // What readers saw of the answer is not what the agent says in the end.
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Text("Hel"), "+Hel"),
        (Fails, "reason.recovered message( reason) llm.generation message) turn.failed session.idled"),
    ]);
}

#[test]
fn without_a_model_a_turn_fails() {
    let config = Config { model: None, ..config() };
    check_with(config, &[(Says("hi"), "input"), (Works, "turn( session.activated message) turn.failed session.idled")]);
}

#[test]
fn calls_run_side_by_side() {
    check(&[
        (Says("what time is it?"), "input"),
        (Works, BEGIN),
        (Comments("Let me see", "clock pay"), "+Let_me_see reason) llm.generation message) act( tool(c0 tool(c1"),
        (Breaks(1), "tool)c1:error"),
        (Ends(0), "tool)c0 act) reason( message("),
        (Answers("Noon"), "+Noon reason) llm.generation message) turn) session.idled"),
    ]);
}

#[test]
fn calls_run_one_by_one_if_the_configuration_says_so() {
    check_with(
        one_by_one(),
        &[
            (Says("hi"), "input"),
            (Works, BEGIN),
            (Asks("clock pay clock"), "reason) llm.generation message) act( tool(c0"),
            (Ends(0), "tool)c0 tool(c1"),
            (Hangs(1), "tool)c1:timeout tool(c2"),
            (Ends(2), "tool)c2 act) reason( message("),
        ],
    );
}

#[test]
fn many_calls() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("34*clock"), "reason) llm.generation message) act( tool(c0..c31"),
        (Ends(5), "tool)c5 tool(c32"),
        (Ends(33), ""),
        (Ends(0), "tool)c0 tool(c33"),
        (EndsAll, "tool)c1..c33 act) reason( message("),
    ]);
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (
            Asks("66*ask"),
            &format!(
                "reason) llm.generation message) tool)c64:error tool)c65:error tool.call_requested:{}",
                (0..64).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",")
            ),
        ),
    ]);
    check_with(
        one_by_one(),
        &[
            (Says("hi"), "input"),
            (Works, BEGIN),
            (Asks("65*clock"), "reason) llm.generation message) act( tool)c64:error tool(c0"),
        ],
    );
}

#[test]
fn calls_that_cannot_run_are_answered_at_once() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("nosuch clock clock!"), "reason) llm.generation message) act( tool)c0:error tool)c2:error tool(c1"),
        (Ends(1), "tool)c1 act) reason( message("),
        (Asks("nosuch"), "reason) llm.generation message) act( tool)c0:error act) reason( message("),
        (Asks("ask!"), "reason) llm.generation message) tool)c0:error reason( message("),
    ]);
}

#[test]
fn calls_get_ids_of_their_own() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("x=clock x=clock =clock"), "reason) llm.generation message) act( tool(x tool(call_1_1_x tool(call_1_2_"),
        (Ends(1), "tool)call_1_1_x"),
        (EndsAll, "tool)x tool)call_1_2_ act) reason( message("),
        (
            Asks("call_2_2_x=clock x=clock x=clock"),
            "reason) llm.generation message) act( tool(call_2_2_x tool(x tool(call_2_2_call_2_2_x",
        ),
        (Ends(2), "tool)call_2_2_call_2_2_x"),
    ]);
}

#[test]
fn the_client_is_asked() {
    check(&[
        (Says("weather?"), "input"),
        (Works, BEGIN),
        (Asks("ask pick"), "reason) llm.generation message) tool.call_requested:c0,c1"),
        (Works, ""),
        (Results("c0 c1!"), "tool)c0 tool)c1:error reason( message("),
        (Answers("Sunny"), "+Sunny reason) llm.generation message) turn) session.idled"),
    ]);
}

#[test]
fn the_client_is_asked_after_the_server_ran_its_part() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("ask clock pick nosuch"), "reason) llm.generation message) act( tool)c3:error tool(c1"),
        (Results("c0"), ""),
        (Ends(1), "tool)c1 act) tool.call_requested:c0,c2"),
        (Results("c0"), "tool)c0"),
        (Results("c2"), "tool)c2 reason( message("),
    ]);
}

#[test]
fn results_count_once() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("ask pick"), "reason) llm.generation message) tool.call_requested:c0,c1"),
        (Results("c7"), ""),
        (Results(""), ""),
        (Results("c1 c1! c7"), "tool)c1"),
        (Results("c1!"), ""),
        (Reload, ""),
        (Results("c1 c0 c0"), "tool)c0 reason( message("),
        (Results("c0"), ""),
    ]);
}

#[test]
fn a_new_message_ends_the_wait() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("ask pick"), "reason) llm.generation message) tool.call_requested:c0,c1"),
        (Results("c0"), "tool)c0"),
        (Says("never mind"), "input"),
        (Works, "tool)c1:error input.steered reason( message("),
    ]);
    let story = [Says("hi"), Works, Asks("ask"), Says("never mind"), Works];
    check_data(
        &story,
        "tool.completed",
        &[
            ("/status", json!("error")),
            ("/success", json!(false)),
            ("/error", json!("not answered: the user sent a new message instead")),
        ],
    );
    // The message came while the server ran its part.
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("clock ask"), "reason) llm.generation message) act( tool(c0"),
        (Says("never mind"), "input"),
        (Works, ""),
        (Ends(0), "tool)c0 act) tool.call_requested:c1"),
        (Works, "tool)c1:error input.steered reason( message("),
    ]);
}

#[test]
fn a_client_has_its_time() {
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("ask pick"), "reason) llm.generation message) tool.call_requested:c0,c1"),
        (Sleeps(200), ""),
        (Results("c1"), "tool)c1"),
        (Works, ""),
        (Sleeps(100), ""),
        (Reload, ""),
        (Works, "tool)c0:timeout reason( message("),
    ]);
}

#[test]
fn a_turn_stops_in_every_phase() {
    check(&[(Says("hi"), "input"), (Cancels, &format!("input.dropped {NOTES}")), (Works, "")]);
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Text("Hel"), "+Hel"),
        (Cancels, NOTES),
        (Answers("Hello"), ""),
        (Cancels, ""),
        (Works, ""),
        (Says("go on"), "input"),
        (Works, BEGIN),
        (Answers("Well"), "+Well reason) llm.generation message) turn) session.idled"),
        (Cancels, ""),
    ]);
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("clock mail"), "reason) llm.generation message) act( tool(c0 tool(c1"),
        (Ends(0), "tool)c0"),
        (Cancels, NOTES),
        (Ends(1), ""),
        (Says("go on"), "input"),
        (Works, BEGIN),
    ]);
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("ask"), "reason) llm.generation message) tool.call_requested:c0"),
        (Cancels, NOTES),
        (Results("c0"), ""),
        (Sleeps(1_000), ""),
        (Works, ""),
    ]);
}

#[test]
fn a_message_steers_the_open_turn() {
    check(&[
        (Says("hi"), "input"),
        (Says("there"), "input"),
        (Works, "turn( session.activated input.steered reason( message("),
        (Text("Hel"), "+Hel"),
        (Says("in French"), "input"),
        (Answers("Hello"), "+lo reason) llm.generation message) input.steered reason( message("),
        (Asks("clock pay"), "reason) llm.generation message) act( tool(c0 tool(c1"),
        (Ends(1), "tool)c1"),
        (Says("or Dutch"), "input"),
        (Ends(0), "tool)c0 act) input.steered reason( message("),
        (Answers("Hallo"), "+Hallo reason) llm.generation message) turn) session.idled"),
    ]);
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Says("in French"), "input"),
        (Fails, "reason) llm.generation message) input.steered reason( message("),
        (Fails, "reason) llm.generation message) turn.failed session.idled"),
    ]);
}

#[test]
fn a_message_that_comes_while_something_is_decided_is_read() {
    check(&[
        (Says("hi"), "input"),
        (Gap("quick"), ""),
        (Works, "input turn( session.activated input.steered reason( message("),
        (Gap("in French"), ""),
        (Answers("Hello"), "input +Hello reason) llm.generation message) input.steered reason( message("),
        (Gap("in Dutch"), ""),
        (Fails, "input reason) llm.generation message) input.steered reason( message("),
        (Gap("stop"), ""),
        (Cancels, "input input.dropped turn.cancelled input message) session.idled"),
    ]);
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Gap("never mind"), ""),
        (Asks("ask"), "input reason) llm.generation message) tool.call_requested:c0"),
        (Works, "tool)c0:error input.steered reason( message("),
    ]);
}

#[test]
fn reason_steps_are_limited_since_the_last_message() {
    let config = Config { max_iterations: 2, ..config() };
    check_with(
        config,
        &[
            (Says("hi"), "input"),
            (Works, BEGIN),
            (Asks("nosuch"), "reason) llm.generation message) act( tool)c0:error act) reason( message("),
            (Asks("clock"), "reason) llm.generation message) act( tool(c0"),
            (Says("go on"), "input"),
            (Ends(0), "tool)c0 act) input.steered reason( message("),
            (Asks("nosuch"), "reason) llm.generation message) act( tool)c0:error act) reason( message("),
            (Asks("ask"), "reason) llm.generation message) tool.call_requested:c0"),
            (Results("c0"), "tool)c0 turn) session.idled"),
        ],
    );
}

#[test]
fn readers_see_no_text_twice() {
    let seen = [(Says("hi"), "input"), (Works, BEGIN), (Text("Hello"), "+Hello"), (Reload, "")];
    #[track_caller]
    fn check_after(seen: &[(Step, &str)], then: &[(Step, &str)]) {
        check(&[seen, then].concat());
    }
    // The same again.
    check_after(
        &seen,
        &[
            (Text("He"), ""),
            (Text("Hello"), ""),
            (Answers("Hello"), "reason) llm.generation message) turn) session.idled"),
        ],
    );
    // More.
    check_after(
        &seen,
        &[(Text("Hello y"), "+_y"), (Answers("Hello you"), "+ou reason) llm.generation message) turn) session.idled")],
    );
    // Something else, twice.
    check_after(
        &seen,
        &[
            (Text("Hé"), "reason.recovered message( +Hé"),
            (Reload, ""),
            (Text("Hallo"), "reason.recovered message( +Hallo"),
            (Answers("Hallo"), "reason) llm.generation message) turn) session.idled"),
        ],
    );
    check_after(
        &seen,
        &[(Answers("Howdy"), "reason.recovered message( +Howdy reason) llm.generation message) turn) session.idled")],
    );
    // Less.
    check_after(
        &seen,
        &[(Answers("Hell"), "reason.recovered message( +Hell reason) llm.generation message) turn) session.idled")],
    );
    check_after(&seen, &[(Asks("clock"), "reason.recovered message( reason) llm.generation message) act( tool(c0")]);
    check_data(
        &seen.map(|(step, _)| step).into_iter().chain([Answers("Hallo")]).collect::<Vec<_>>(),
        "reason.recovered",
        &[("/mode", json!("restart")), ("/accumulated_len", json!(5))],
    );
}

#[test]
fn thoughts_come_before_the_text() {
    let seen = [
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Thinks("Hm", ""), "thinking( ~Hm"),
        (Thinks("Hm, so", ""), "~,_so"),
        (Thinks("Hm, so", "Hel"), "thinking) +Hel"),
        (Reload, ""),
    ];
    #[track_caller]
    fn check_after(seen: &[(Step, &str)], then: &[(Step, &str)]) {
        check(&[seen, then].concat());
    }
    let end = "reason) llm.generation message) turn) session.idled";
    // The same again, and more thoughts behind the text.
    check_after(&seen, &[(Thinks("Hm", ""), ""), (Concludes("Hm, so", "Hello"), &format!("+lo {end}"))]);
    check_after(
        &seen,
        &[(Thinks("Hm, so.", "Hel"), "thinking( ~."), (Concludes("Hm, so.", "Hello"), &format!("thinking) +lo {end}"))],
    );
    // Other thoughts, and none at all.
    let restart = "reason.recovered message( thinking( ~No";
    check_after(&seen, &[(Thinks("No", ""), restart), (Concludes("No", "x"), &format!("thinking) +x {end}"))]);
    check_after(&seen, &[(Concludes("", "Hello"), &format!("reason.recovered message( +Hello {end}"))]);
    // An answer all at once, one that is cut off in thought, and one that is stopped there.
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Concludes("Hm", "Hello"), &format!("thinking( ~Hm thinking) +Hello {end}")),
    ]);
    let begun = [(Says("hi"), "input"), (Works, BEGIN), (Thinks("Hm", ""), "thinking( ~Hm")];
    let failed = "reason.recovered message( reason) llm.generation message) turn.failed session.idled";
    check_after(&begun, &[(Fails, failed)]);
    check_after(&begun, &[(Cancels, NOTES)]);
    check_data(
        &[Says("hi"), Works, Concludes("Hm", "Hello")],
        "reason.thinking.completed",
        &[("/thinking", json!("Hm"))],
    );
}

#[test]
fn another_model_stands_in_for_one_that_fails() {
    let two = || Config { fallbacks: second(), ..config() };
    let over = "llm.generation reason.recovered message(";
    let end = "reason) llm.generation message) turn) session.idled";
    check_with(
        two(),
        &[
            (Says("hi"), "input"),
            (Works, BEGIN),
            (Text("Hel"), "+Hel"),
            (Fails, over),
            (Reload, ""),
            (Text("Hi"), "+Hi"),
            (Answers("Hi"), end),
        ],
    );
    let apology = "reason) llm.generation message) turn.failed session.idled";
    check_with(two(), &[(Says("hi"), "input"), (Works, BEGIN), (Fails, over), (Fails, apology)]);
    // The next step begins with the first model again.
    let (_, world) = played(two(), &[Says("hi"), Works, Fails, Asks("clock"), EndsAll]);
    let models = world.log.iter().filter_map(|entry| match &entry.event.data {
        EventData::OutputMessageStarted(started) => started.model.clone(),
        EventData::LlmGeneration(call) => Some(format!("{} {}", call.metadata.model, call.metadata.success)),
        EventData::OutputMessageCompleted(message) => Some(message.metadata.clone().unwrap().model + " wrote"),
        _ => None,
    });
    let expected = [
        "llmsim/story",
        "llmsim/story false",
        "llmsim/second",
        "llmsim/second true",
        "llmsim/second wrote",
        "llmsim/story",
    ];
    assert_eq!(models.collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_due() {
    check_due(&[], "");
    check_due(&[Says("hi")], "start");
    check_due(&[Says("hi"), Works], "model<4");
    check_due(&[Says("hi"), Works, Text("He"), Says("ho")], "model<4");
    check_due(&[Says("hi"), Works, Asks("nosuch clock ask mail")], "run:1 run:3");
    check_due(&[Says("hi"), Works, Asks("clock clock"), Ends(0)], "run:1");
    check_due(&[Says("hi"), Works, Asks("ask")], "park");
    check_due(&[Says("hi"), Works, Asks("ask"), Says("no")], "wake");
    check_due(&[Says("hi"), Works, Answers("Hello")], "");
    check_due(&[Says("hi"), Works, Cancels], "");
}

#[test]
fn after_a_crash_calls_are_treated_by_their_class() {
    let asked = [Says("hi"), Works, Asks("clock pay mail mail"), Ends(2)];
    check_due(&asked, "run:0 run:1 run:3");
    check_due(&[&asked[..], &[Reload]].concat(), "run:0 run:1 give-up:3");
    // What starts after the reload is the new holder's own.
    let many = [Says("hi"), Works, Asks("32*clock mail mail"), Reload, Ends(0)];
    check_due(&[&many[..], &[Ends(1)]].concat(), &{
        let runs: Vec<_> = (2..34).map(|n| format!("run:{n}")).collect();
        runs.join(" ")
    });
    check(&[
        (Says("hi"), "input"),
        (Works, BEGIN),
        (Asks("mail clock"), "reason) llm.generation message) act( tool(c0 tool(c1"),
        (Works, ""),
        (Reload, ""),
        (Works, "tool)c0:error"),
        (Ends(0), ""),
        (Ends(1), "tool)c1 act) reason( message("),
    ]);
}

#[test]
fn a_call_keeps_its_key() {
    let keys = |story: &[Step]| -> Vec<String> {
        let (_, world) = played(config(), story);
        let due = world.due().into_iter().filter_map(|effect| match effect {
            Effect::RunTool { key, .. } => Some(key),
            _ => None,
        });
        due.collect()
    };
    let asked = [Says("hi"), Works, Asks("clock pay")];
    let first = keys(&asked);
    let again = keys(&[&asked[..], &[Reload, Says("ho"), Reload]].concat());
    assert_eq!(first, again);
    let turn = TurnId::opened_by(MessageId::from_u128(1)).0.simple();
    assert_eq!(first, [format!("{turn}-1-0"), format!("{turn}-1-1")]);
    let next = keys(&[&asked[..], &[EndsAll, Asks("clock pay")]].concat());
    assert_eq!(next, [format!("{turn}-2-0"), format!("{turn}-2-1")]);
}

#[test]
fn stragglers_write_nothing() {
    check(&[
        (Works, ""),
        (Cancels, ""),
        (Says("hi"), "input"),
        (Text("early"), ""),
        (Answers("early"), ""),
        (Ends(0), ""),
        (Works, BEGIN),
        (Ends(0), ""),
        (Results("c0"), ""),
        (Sleeps(1_000), ""),
        (Works, ""),
        (Asks("clock clock"), "reason) llm.generation message) act( tool(c0 tool(c1"),
        (Answers("late"), ""),
        (Fails, ""),
        (Results("c0"), ""),
        (Ends(0), "tool)c0"),
        (Breaks(0), ""),
        (Ends(7), ""),
        (Ends(1), "tool)c1 act) reason( message("),
        (Ends(1), ""),
        (Answers("done"), "+done reason) llm.generation message) turn) session.idled"),
        (Answers("done"), ""),
        (Text("more"), ""),
        (Fails, ""),
        (Results("c0"), ""),
        (Works, ""),
    ]);
}

#[test]
fn a_turn_counts_what_it_did() {
    let turn = [Says("hi"), Works, Comments("Hm", "clock nosuch"), Ends(0), Answers("It is\nnoon")];
    check_data(
        &turn,
        "turn.completed",
        &[
            ("/iterations", json!(2)),
            ("/llm_call_count", json!(2)),
            ("/tool_call_count", json!(2)),
            ("/usage", json!({"input_tokens": 20, "output_tokens": 6})),
            ("/final_answer_preview", json!("It is noon")),
            ("/duration_ms", json!(21)),
            ("/time_to_first_token_ms", json!(7)),
        ],
    );
    check_data(
        &turn,
        "act.completed",
        &[
            ("/completed", json!(true)),
            ("/success_count", json!(1)),
            ("/error_count", json!(1)),
            ("/duration_ms", json!(7)),
        ],
    );
    check_data(
        &turn,
        "tool.completed",
        &[
            ("/display_name", json!("CLOCK")),
            ("/capability_id", json!("kit")),
            ("/duration_ms", json!(7)),
            ("/result/0/type", json!("text")),
        ],
    );
    check_data(
        &[&turn[..], &[Says("again"), Works, Answers("Sure")]].concat(),
        "session.idled",
        &[("/iterations", json!(1)), ("/usage", json!({"input_tokens": 30, "output_tokens": 9}))],
    );
    check_data(
        &[Says("hi"), Works, Fails],
        "turn.failed",
        &[
            ("/error_code", json!("provider_unavailable")),
            ("/error", json!("The model provider could not be reached. Please try again in a moment.")),
        ],
    );
}

#[test]
fn a_turn_tells_who_speaks() {
    let asked = [Says("hi"), Works, Comments("Hm", "clock")];
    check_data(
        &asked,
        "turn.started",
        &[("/config_hash", json!("sha256:story")), ("/input_message_id", json!(MessageId::from_u128(1)))],
    );
    check_data(&asked, "reason.started", &[("/metadata/model", json!("llmsim/story"))]);
    check_data(
        &asked,
        "output.message.completed",
        &[("/phase", json!("commentary")), ("/message/role", json!("agent")), ("/error_code", json!(null))],
    );
    check_data(
        &asked,
        "llm.generation",
        &[
            ("/metadata/provider", json!("llmsim")),
            ("/output/text", json!("Hm")),
            ("/output/tool_calls/0/id", json!("c0")),
        ],
    );
    check_data(
        &[&asked[..], &[EndsAll, Answers("Noon")]].concat(),
        "output.message.completed",
        &[("/phase", json!("final_answer")), ("/message/content/0/text", json!("Noon"))],
    );
    check_data(
        &[Says("hi"), Works, Fails],
        "llm.generation",
        &[("/metadata/error", json!(ErrorCode::ProviderUnavailable.user_message()))],
    );
}

#[test]
fn what_a_client_answers_is_kept() {
    #[track_caller]
    fn check(results: &'static str, expected: &[(&str, Value)]) {
        check_data(&[Says("hi"), Works, Asks("ask"), Results(results)], "tool.completed", expected);
    }
    check("c0", &[("/status", json!("success")), ("/result/0/text", json!(r#"{"of":"c0"}"#)), ("/error", json!(null))]);
    check("c0!", &[("/status", json!("error")), ("/result", json!(null)), ("/error", json!("broken"))]);
    check("c0?", &[("/status", json!("success")), ("/result/0/text", json!("null"))]);
}

/// The status that readers of the session see.
#[test]
fn session_status() {
    #[track_caller]
    fn check(story: &[Step], expected: &str) {
        let (_, world) = played(config(), story);
        let turn = world.turn.as_ref().unwrap();
        assert_eq!(turn.session_status().as_str(), expected);
        let idled = matches!(world.log.last().unwrap().event.data, EventData::SessionIdled(_));
        assert_eq!(idled, turn.phase == Phase::Ended);
    }
    check(&[Says("hi")], "active");
    check(&[Says("hi"), Works], "active");
    check(&[Says("hi"), Works, Asks("clock ask")], "active");
    check(&[Says("hi"), Works, Asks("ask")], "waitingfortoolresults");
    check(&[Says("hi"), Works, Answers("Hello")], "idle");
    check(&[Says("hi"), Works, Fails], "idle");
    check(&[Says("hi"), Cancels], "idle");
}
