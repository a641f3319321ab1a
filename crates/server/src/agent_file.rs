//! Agents as files: read from Markdown with front matter, YAML, JSON or plain text; written as Markdown that reads back.

use everruns_core::name::slug;
use serde_json::{Map, Value};

use crate::json::{parse, parse_yaml};

const FENCE: &str = "---";
/// How a file begins that is meant as YAML, though it may have a mistake further down.
const FIRST_WORDS: &[&str] = &["name:", "system_prompt:", "id:", "display_name:", "description:"];
/// Words of a plain text's first line that its agent's name is made of.
const NAME_WORDS: usize = 4;
/// Digits of its id that follow them.
const NAME_DIGITS: usize = 6;

/// The fields that a file says, by the names that requests use. Without front matter or fields the whole text is the
/// prompt of a new agent with the id `drawn`, named by its first words and the end of that id. Else why the file cannot be
/// read.
pub(crate) fn read(text: &str, drawn: &str) -> Result<Map<String, Value>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some((front, body)) = front_matter(text)? {
        return with_prompt(fields(front, 1)?, body);
    }
    let start = text.trim_start();
    if start.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(['"', '}'])) {
        return object(parse(text.as_bytes())?);
    }
    let first = start.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    if FIRST_WORDS.iter().any(|word| first.starts_with(word)) {
        return fields(text, 0);
    }
    let words: Vec<&str> = start.lines().next().unwrap_or_default().split_whitespace().take(NAME_WORDS).collect();
    let name = slug(&words.join(" ")).filter(|name| name.len() <= 40).unwrap_or_else(|| "agent".to_owned());
    let suffix = &drawn[drawn.len().saturating_sub(NAME_DIGITS)..];
    // With an id of its own it changes no other agent, should its name be taken.
    let members = [("id", drawn.to_owned()), ("name", format!("{name}-{suffix}")), ("system_prompt", text.to_owned())];
    Ok(members.into_iter().map(|(member, value)| (member.to_owned(), value.into())).collect())
}

/// What stands between the fences, and what comes behind them.
fn front_matter(text: &str) -> Result<Option<(&str, &str)>, String> {
    let Some(rest) = text.strip_prefix(FENCE).filter(|rest| rest.starts_with(['\n', '\r'])) else { return Ok(None) };
    let rest = rest.strip_prefix('\r').unwrap_or(rest);
    let rest = rest.strip_prefix('\n').unwrap_or(rest);
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Ok(Some((&rest[..at], &rest[at + line.len()..])));
        }
        at += line.len();
    }
    Err("The front matter that begins with `---` has no end; close it with a line `---`.".to_owned())
}

/// A YAML mapping that stands `lines` below the file's beginning.
fn fields(text: &str, lines: usize) -> Result<Map<String, Value>, String> {
    // The reader counts lines from the text that it is given.
    let whole = format!("{}{text}", "\n".repeat(lines));
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    object(parse_yaml(&whole).map_err(|error| format!("The file is not valid YAML: {error}."))?)
}

fn object(value: Value) -> Result<Map<String, Value>, String> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err("The file must hold fields such as `name` and `system_prompt`.".to_owned()),
    }
}

/// The fields with the text behind them as the prompt; blank lines around it are for the eye.
fn with_prompt(mut members: Map<String, Value>, body: &str) -> Result<Map<String, Value>, String> {
    let prompt = body.trim();
    let said = members.get("system_prompt").is_some_and(|said| !said.is_null());
    if said && !prompt.is_empty() {
        return Err("`system_prompt` is given twice, in the front matter and as text; keep one of them.".to_owned());
    }
    if !said {
        members.insert("system_prompt".to_owned(), prompt.into());
    }
    Ok(members)
}

/// The file that [`read`] reads as these fields. What is empty is left out.
pub(crate) fn write(members: &Map<String, Value>) -> Result<String, yaml_serde::Error> {
    let mut front: Map<String, Value> = members.clone();
    let prompt = match front.remove("system_prompt") {
        Some(Value::String(prompt)) if prompt.trim() == prompt => prompt,
        // Blanks at its ends would be lost as text.
        Some(other) => {
            front.insert("system_prompt".to_owned(), other);
            String::new()
        }
        None => String::new(),
    };
    front.retain(|_, value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    });
    let front = yaml_serde::to_string(&front)?;
    Ok(format!("{FENCE}\n{front}{FENCE}\n\n{prompt}\n"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Value, &str>) {
        match (read(text, "1a"), expected) {
            (Ok(members), Ok(expected)) => assert_eq!(Value::Object(members), expected),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{text}: {found}"),
            (found, expected) => panic!("{text}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn formats() {
        let agent = || Ok(json!({ "name": "a", "system_prompt": "Be kind.\n\n---\nAlways.", "tags": ["x"] }));
        check("---\nname: a\ntags: [x]\n---\n\nBe kind.\n\n---\nAlways.\n", agent());
        check("\u{feff}---\r\nname: a\r\ntags: [x]\r\n---\r\nBe kind.\n\n---\nAlways.", agent());
        check("name: a\nsystem_prompt: |-\n  Be kind.\n\n  ---\n  Always.\ntags:\n- x\n", agent());
        check("# An agent\nname: a\nsystem_prompt: \"Be kind.\\n\\n---\\nAlways.\"\ntags: [x]", agent());
        check(r#" {"name": "a", "system_prompt": "Be kind.\n\n---\nAlways.", "tags": ["x"]}"#, agent());
        check("---\nname: a\n---\n", Ok(json!({ "name": "a", "system_prompt": "" })));
        check("---\nsystem_prompt: ' x '\n---\n", Ok(json!({ "system_prompt": " x " })));
        check("---\n---\nJust text", Ok(json!({ "system_prompt": "Just text" })));

        let plain =
            |text: &str, name: &str| check(text, Ok(json!({ "id": "1a", "name": name, "system_prompt": text })));
        plain("You are: a helpful, kind assistant.\n- be brief\n", "you-are-a-helpful-1a");
        plain("{{user}} is your boss", "user-is-your-boss-1a");
        plain("助手", "agent-1a");
        plain("--- not front matter", "not-front-matter-1a");
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        check("---\nname: a\n", Err("has no end"));
        check("---\nname: a\ntags: [x\n---\nText", Err("line 4"));
        check("---\nname: a\nname: b\n---\n", Err("`name` is given twice"));
        check("---\n- a\n---\n", Err("must hold fields"));
        check("---\nname: a\nsystem_prompt: x\n---\ny", Err("given twice"));
        check("name: a\n  b: c\n", Err("line 2"));
        check("{\"name\": \"a\",}", Err("line 1"));
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            any::<String>().prop_map(|text| text.replace('\0', "")),
            "(yes|no|null|~|1e3|0x1f|1_000|\\.inf|2026-01-01|- a|a: b|#x|---|\\.\\.\\.| x |\n+)",
        ];
        let leaf = prop_oneof![
            text.prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            (-1e9_f64..1e9).prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>().prop_map(|name| name.replace('\0', "")), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(prompt in any::<String>(), tools in prop::collection::vec(value(), 1..3)) {
            let prompt = prompt.replace('\0', "");
            let members = json!({ "name": "a", "system_prompt": prompt, "tools": tools, "tags": [], "display_name": null });
            let members = members.as_object().unwrap();
            let text = write(members).unwrap();
            let mut expected = members.clone();
            expected.remove("tags");
            expected.remove("display_name");
            prop_assert_eq!(read(&text, "").map_err(TestCaseError::fail)?, expected, "{}", text);
        }
    }
}
