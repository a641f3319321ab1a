//! The envelope is valid JSON with exactly the fields of the contract.

use serde_json::{Value, json};

use super::*;

const SESSION: SessionId = SessionId::from_u128(0x0197_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5c);
const TURN: TurnId = TurnId::from_u128(2);
const AT: Timestamp = Timestamp::from_micros(1_776_506_400_123_456);

fn written(context: Option<&Context>, data: &str) -> String {
    let mut out = "data: ".to_owned();
    write_envelope(&mut out, SESSION, 41, AT, "turn.started", context, data, None);
    out.strip_prefix("data: ").unwrap().to_owned()
}

/// The envelope has exactly these fields, with this context.
#[track_caller]
fn check(place: Option<(u32, u32)>, data: &str, expected: Value) {
    let context =
        place.map(|(step, span)| Context { turn_id: TURN, input_message_id: MessageId::from_u128(3), step, span });
    let line = written(context.as_ref(), data);
    assert!(!line.contains('\n'));
    assert_eq!(
        serde_json::from_str::<Value>(&line).unwrap(),
        json!({
            "id": EventId::derive(SESSION, 41, AT),
            "type": "turn.started",
            "ts": "2026-04-18T10:00:00.123Z",
            "session_id": "session_0197a1b2c3d47e5f8a9b0c1d2e3f4a5c",
            "sequence": 41,
            "context": expected,
            "data": serde_json::from_str::<Value>(data).unwrap(),
        })
    );
}

#[test]
fn session_events_have_an_empty_context() {
    check(None, "{}", json!({}));
    check(None, r#"{"text":"\"}{\\ \u0000 €"}"#, json!({}));
}

#[test]
fn turn_events_tell_their_place() {
    let turn = "turn_00000000000000000000000000000002";
    let message = "message_00000000000000000000000000000003";
    let in_turn = json!({
        "turn_id": turn,
        "input_message_id": message,
        "trace_id": turn,
        "span_id": span_id(TURN, 0, 0),
    });
    check(Some((0, 0)), r#"{"turn_id":"x"}"#, in_turn.clone());
    let in_phase = |span, parent: String| {
        let mut context = in_turn.clone();
        context["span_id"] = json!(span_id(TURN, 3, span));
        context["exec_id"] = json!(ExecId::of_step(TURN, 3));
        context["parent_span_id"] = json!(parent);
        context
    };
    check(Some((3, 0)), "{}", in_phase(0, span_id(TURN, 0, 0)));
    check(Some((3, 1)), "{}", in_phase(1, span_id(TURN, 3, 0)));
    check(Some((3, 2)), "{}", in_phase(2, span_id(TURN, 3, 0)));
}

#[test]
fn the_fields_stand_in_this_order() {
    let line = written(None, r#"{"b":1,"a":2}"#);
    assert!(line.starts_with(r#"{"id":"event_"#), "{line}");
    assert!(
        line.ends_with(concat!(
            r#"","type":"turn.started","ts":"2026-04-18T10:00:00.123Z","#,
            r#""session_id":"session_0197a1b2c3d47e5f8a9b0c1d2e3f4a5c","sequence":41,"#,
            r#""context":{},"data":{"b":1,"a":2}}"#
        )),
        "{line}"
    );
}
