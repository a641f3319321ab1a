//! JSON as callers send it, read strictly: a member that is given twice or data that is too deep is an error, since what
//! the caller meant is anybody's guess, and other readers would guess differently.

use std::fmt;

use everruns_core::limits::BODY_DEPTH_MAX;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The value that `text` holds, or why it holds none, in a sentence.
pub(crate) fn parse(text: &[u8]) -> Result<Value, String> {
    let mut source = serde_json::Deserializer::from_slice(text);
    let value = Level(0).deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    value.map_err(|error| format!("The body is not valid JSON: {error}."))
}

/// How deep what is read stands.
#[derive(Clone, Copy)]
struct Level(usize);

impl Level {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.0 == BODY_DEPTH_MAX {
            let reason = format!("it is nested more than {BODY_DEPTH_MAX} levels deep; send flatter data");
            return Err(E::custom(reason));
        }
        Ok(Self(self.0 + 1))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
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
}
