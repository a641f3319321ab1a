//! `test_tools`: tools that show what a turn makes of results, waiting, failing and crashing. Not on a usual server.

use std::time::Duration;

use everruns_core::capability::Capability;
use everruns_core::tool::SideEffectClass::{self, AtMostOnce, Idempotent, Pure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Request;
use crate::bundle::{self, Answer, Bundle, Description};

const ID: &str = "test_tools";
const WAIT_MILLIS_MAX: u64 = 60_000;

/// The capability.
pub(crate) fn bundle() -> Bundle {
    let any = json!({"description": "Any JSON."});
    let millis = json!({"type": "integer", "minimum": 0, "maximum": WAIT_MILLIS_MAX});
    let text = json!({"type": "string"});
    Bundle {
        capability: Capability {
            id: ID,
            name: "Test tools",
            description: "Tools for trying out how turns deal with results, waiting, failing and crashing.",
            category: Some("testing"),
            tools: vec![
                tool("test_echo", "Answers with `value`.", "value", &any, Pure),
                tool("test_wait", "Waits that long.", "millis", &millis, Idempotent),
                tool("test_fail", "Fails with `message`.", "message", &text, Pure),
                tool(
                    "test_once",
                    "Answers with its effect key and `value`; never runs twice.",
                    "value",
                    &any,
                    AtMostOnce,
                ),
            ]
            .into_iter()
            .map(|tool| tool.of(ID))
            .collect(),
            ..Capability::default()
        },
        run: |request| Box::pin(run(request)),
    }
}

/// A tool with one argument.
fn tool(
    name: &'static str,
    description: &'static str,
    argument: &str,
    schema: &Value,
    class: SideEffectClass,
) -> Description {
    Description {
        name,
        display_name: name,
        description,
        parameters: json!({
            "type": "object",
            "properties": { argument: schema },
            "required": [argument],
            "additionalProperties": false,
        }),
        class,
    }
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

#[derive(Deserialize)]
struct Of {
    value: Value,
}

#[derive(Deserialize)]
struct Wait {
    millis: u64,
}

async fn run(request: Request) -> Answer {
    match request.name.as_str() {
        "test_echo" => {
            let Of { value } = request.arguments()?;
            Ok(bundle::json(&value))
        }
        "test_wait" => {
            let Wait { millis } = request.arguments()?;
            if millis > WAIT_MILLIS_MAX {
                return Err(format!(
                    "The argument `millis` does not fit: wait {WAIT_MILLIS_MAX} milliseconds at most."
                ));
            }
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Ok(bundle::json(&json!({"waited_millis": millis})))
        }
        "test_fail" => {
            let Message { message } = request.arguments()?;
            Err(message)
        }
        "test_once" => {
            let Of { value } = request.arguments()?;
            Ok(bundle::json(&json!({"key": request.key, "value": value})))
        }
        other => Err(format!("There is no tool `{other}`.")),
    }
}

#[cfg(test)]
mod tests {
    use everruns_core::Timestamp;
    use tokio::time::Instant;

    use super::*;

    async fn answer(name: &str, arguments: Value) -> Answer {
        let request =
            Request { key: "k-1".to_owned(), name: name.to_owned(), arguments, now: Timestamp::from_micros(0) };
        run(request).await
    }

    #[track_caller]
    fn check(answer: Answer, wanted: Result<Value, &str>) {
        let wanted = wanted.map(|json| bundle::json(&json));
        assert_eq!(answer, wanted.map_err(str::to_owned));
    }

    #[tokio::test(start_paused = true)]
    async fn answers() {
        let begun = Instant::now();
        check(answer("test_echo", json!({"value": [1, "a"]})).await, Ok(json!([1, "a"])));
        check(answer("test_echo", json!({"value": null})).await, Ok(Value::Null));
        check(answer("test_echo", json!({})).await, Err("The arguments do not fit: missing field `value`."));
        check(answer("test_fail", json!({"message": "broken"})).await, Err("broken"));
        check(answer("test_once", json!({"value": 7})).await, Ok(json!({"key": "k-1", "value": 7})));
        check(
            answer("test_wait", json!({"millis": 60_001})).await,
            Err("The argument `millis` does not fit: wait 60000 milliseconds at most."),
        );
        check(
            answer("test_wait", json!({"millis": "1"})).await,
            Err("The argument `millis` does not fit: invalid type: string \"1\", expected u64."),
        );
        assert_eq!(begun.elapsed(), Duration::ZERO);

        check(answer("test_wait", json!({"millis": 60_000})).await, Ok(json!({"waited_millis": 60_000})));
        assert_eq!(begun.elapsed(), Duration::from_secs(60));
    }
}
