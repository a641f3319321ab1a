//! JSON as callers send it, read strictly: a member that is given twice or data that is too deep is an error, since what
//! the caller meant is anybody's guess, and other readers would guess differently.

use std::cell::Cell;
use std::fmt;

use everruns_core::limits::{BODY_DEPTH_MAX, YAML_BYTES_MAX, YAML_OPEN_MAX};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The value that `text` holds, or why it holds none, in a sentence.
pub(crate) fn parse(text: &[u8]) -> Result<Value, String> {
    let mut source = serde_json::Deserializer::from_slice(text);
    let value = Level { depth: 0, left: None }.deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    value.map_err(|error| format!("The body is not valid JSON: {error}."))
}

/// The value that a YAML text holds, read as strictly, or why it holds none. Names that are used again (`*name`) count
/// each time: what comes out may not be larger than the text.
pub(crate) fn parse_yaml(text: &str) -> Result<Value, String> {
    if text.len() > YAML_BYTES_MAX {
        return Err(format!("it has more than {YAML_BYTES_MAX} bytes; send it as JSON"));
    }
    if open_at_once(text) > YAML_OPEN_MAX {
        return Err(format!("more than {YAML_OPEN_MAX} brackets or dashes are open at once; send it as JSON"));
    }
    let left = Cell::new(text.len() + 64);
    let level = Level { depth: 0, left: Some(&left) };
    level.deserialize(yaml_serde::Deserializer::from_str(text)).map_err(|error| error.to_string())
}

/// How many brackets at most stand open at one place of a text, those in texts included, or dashes at the beginning of
/// one line: the reader of YAML looks at all of them again for every word that it reads.
fn open_at_once(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    let marks = |line: &str| line.split_ascii_whitespace().take_while(|word| matches!(*word, "-" | "?" | ":")).count();
    text.lines().map(marks).max().unwrap_or(0).max(most)
}

/// How deep what is read stands, and how much may still come.
#[derive(Clone, Copy)]
struct Level<'a> {
    depth: usize,
    /// Bytes; only for formats in which a small text can stand for a large value.
    left: Option<&'a Cell<usize>>,
}

impl Level<'_> {
    fn spend<E: Error>(self, bytes: usize) -> Result<(), E> {
        let Some(left) = self.left else { return Ok(()) };
        let rest = left.get().checked_sub(bytes.max(1));
        left.set(rest.ok_or_else(|| E::custom("it repeats itself by `*` too often; write it out"))?);
        Ok(())
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        self.spend(1)?;
        if self.depth == BODY_DEPTH_MAX {
            let reason = format!("it is nested more than {BODY_DEPTH_MAX} levels deep; send flatter data");
            return Err(E::custom(reason));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.spend(1)?;
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.spend(1)?;
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.spend(1)?;
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.spend(1)?;
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.spend(1)?;
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.spend(value.len())?;
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.spend(value.len())?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.spend(name.len())?;
            if object.contains_key(&name) {
                let shown: String = name.chars().take(100).collect();
                return Err(A::Error::custom(format!("`{shown}` is given twice in one object; keep one of them")));
            }
            let value = members.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_what_serde_reads_and_the_rest_is_told() {
        #[track_caller]
        fn check(text: &str, error: Option<&str>) {
            match (parse(text.as_bytes()), error) {
                (Ok(value), None) => assert_eq!(value, serde_json::from_str::<Value>(text).expect("JSON")),
                (Err(found), Some(error)) => assert!(found.contains(error), "{text:.60}: {found}"),
                (found, error) => panic!("{text:.60}: {found:?}, not {error:?}"),
            }
        }
        check(r#" {"a": [1, -2, 3.5, 18446744073709551615, 1e400x"#, Some("line 1"));
        check(r#" {"a": [1, -2, 3.5, 18446744073709551615, true, null, "é\n"], "b": {}} "#, None);
        check("7", None);
        check("", Some("not valid JSON"));
        check("{} {}", Some("trailing"));
        check(r#"{"a": 1, "b": 2, "a": 1}"#, Some("`a` is given twice"));
        check(r#"{"x": [{"a": 1, "\u0061": 2}]}"#, Some("`a` is given twice"));
        check(r#"{"a": {"a": {"a": 1}}, "b": {"a": 1}}"#, None);
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        check(&nested(BODY_DEPTH_MAX), None);
        check(&nested(BODY_DEPTH_MAX + 1), Some("nested more than 64 levels"));
        check(&nested(100_000), Some("nested more than 64 levels"));
        check(r#""\ud800""#, Some("not valid JSON"));
    }

    #[test]
    fn yaml_is_read_as_strictly() {
        #[track_caller]
        fn check(text: &str, expected: Result<Value, &str>) {
            match (parse_yaml(text), expected) {
                (Ok(value), Ok(expected)) => assert_eq!(value, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{text:.60}: {found}"),
                (found, expected) => panic!("{text:.60}: {found:?}, not {expected:?}"),
            }
        }
        use serde_json::json;
        check("a: 1\nb: [x, 'y', ~, true]\n", Ok(json!({ "a": 1, "b": ["x", "y", null, true] })));
        check("a: &x {b: 1}\nc: *x\n", Ok(json!({ "a": { "b": 1 }, "c": { "b": 1 } })));
        check("a: 1\na: 2\n", Err("`a` is given twice"));
        check("a: [1\nb: 2\n", Err("line"));
        check("1: a\n", Ok(json!({ "1": "a" })));
        check(&"- ".repeat(200), Err("nested"));
        check(&"[".repeat(1_001), Err("open at once"));
        check(&"- ".repeat(1_001), Err("open at once"));
        check(&"[".repeat(1_000), Err("nested"));
        check(&" ".repeat(2 * 1024 * 1024 + 1), Err("as JSON"));
        let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..12 {
            let names = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{names}]\n"));
        }
        check(&bomb, Err("repeats itself"));
    }
}
