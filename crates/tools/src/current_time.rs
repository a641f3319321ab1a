//! `current_time`: lets an agent ask what time it is.

use std::future::ready;

use everruns_core::capability::Capability;
use everruns_core::tool::SideEffectClass;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Request;
use crate::bundle::{self, Answer, Bundle, Description};

const ID: &str = "current_time";

/// The capability.
pub(crate) fn bundle() -> Bundle {
    let tool = Description {
        name: "get_current_time",
        display_name: "Get current time",
        description: "Tells the current date, time and weekday in a time zone.",
        parameters: json!({
            "type": "object",
            "properties": {
                "timezone": {
                    "type": "string",
                    "description": "IANA time zone, such as `Europe/Paris`. Default: `UTC`.",
                },
                "format": {
                    "type": "string",
                    "enum": ["rfc3339", "unix", "human"],
                    "description": "How the time is written: as `2026-04-18T12:00:00+02:00` (`rfc3339`, the \
                        default), in seconds since 1970 (`unix`), or in words (`human`).",
                },
            },
            "additionalProperties": false,
        }),
        class: SideEffectClass::Pure,
    };
    Bundle {
        capability: Capability {
            id: ID,
            name: "Current time",
            description: "Lets the agent ask for the current date and time in any time zone.",
            category: Some("utility"),
            icon: Some("clock"),
            tools: vec![tool.of(ID)],
            ..Capability::default()
        },
        run: |request| Box::pin(ready(current_time(&request))),
    }
}

#[derive(Deserialize)]
struct Arguments {
    timezone: Option<String>,
    format: Option<Format>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Rfc3339,
    Unix,
    Human,
}

fn current_time(request: &Request) -> Answer {
    let arguments: Arguments = request.arguments()?;
    let name = arguments.timezone.as_deref().unwrap_or("UTC");
    let zone = TimeZone::get(name).map_err(|_| {
        format!(
            "The argument `timezone` does not fit: `{name}` is not an IANA time zone; use a name such as \
             `Europe/Paris` or `UTC`."
        )
    })?;
    let time = jiff::Timestamp::from_microsecond(request.now.as_micros())
        .map_err(|_| "The time is out of range.".to_owned())?
        .to_zoned(zone);
    let written = match arguments.format.unwrap_or_default() {
        Format::Rfc3339 => time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string().into(),
        Format::Unix => Value::from(time.timestamp().as_second()),
        Format::Human => time.strftime("%-d %B %Y, %H:%M:%S %Z").to_string().into(),
    };
    Ok(bundle::json(&json!({
        "time": written,
        "timezone": time.time_zone().iana_name(),
        "weekday": time.strftime("%A").to_string(),
    })))
}

#[cfg(test)]
mod tests {
    use everruns_core::Timestamp;

    use super::*;

    #[track_caller]
    fn check(arguments: Value, wanted: Result<Value, &str>) {
        let request = Request {
            key: "key".to_owned(),
            name: "get_current_time".to_owned(),
            arguments,
            now: Timestamp::from_micros(1_776_506_400_999_999),
        };
        let wanted = wanted.map(|json| bundle::json(&json));
        assert_eq!(current_time(&request), wanted.map_err(str::to_owned));
    }

    fn answer(time: impl Into<Value>, timezone: &str, weekday: &str) -> Result<Value, &'static str> {
        Ok(json!({"time": time.into(), "timezone": timezone, "weekday": weekday}))
    }

    #[test]
    fn times() {
        let (utc, saturday) = ("2026-04-18T10:00:00+00:00", "Saturday");
        check(json!({}), answer(utc, "UTC", saturday));
        check(json!({"timezone": null}), answer(utc, "UTC", saturday));
        check(json!({"timezone": "Europe/Paris"}), answer("2026-04-18T12:00:00+02:00", "Europe/Paris", saturday));
        check(
            json!({"timezone": "pacific/kiritimati", "format": "rfc3339"}),
            answer("2026-04-19T00:00:00+14:00", "Pacific/Kiritimati", "Sunday"),
        );
        check(
            json!({"format": "unix", "timezone": "Asia/Kathmandu"}),
            answer(1_776_506_400, "Asia/Kathmandu", saturday),
        );
        check(
            json!({"format": "human", "timezone": "America/New_York"}),
            answer("18 April 2026, 06:00:00 EDT", "America/New_York", saturday),
        );
    }

    #[test]
    fn mistakes_are_named_with_a_remedy() {
        check(
            json!({"timezone": "Mars/Olympus"}),
            Err("The argument `timezone` does not fit: `Mars/Olympus` is not an IANA time zone; use a name such as \
                 `Europe/Paris` or `UTC`."),
        );
        check(
            json!({"timezone": 2}),
            Err("The argument `timezone` does not fit: invalid type: integer `2`, expected a string."),
        );
        check(
            json!({"format": "iso"}),
            Err("The argument `format` does not fit: unknown variant `iso`, expected one of `rfc3339`, `unix`, \
                 `human`."),
        );
        check(json!(["UTC"]), Err("The arguments must be a JSON object."));
    }
}
