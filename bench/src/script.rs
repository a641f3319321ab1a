//! What a simulated model says, and how to tell who it was said to and whether all of it arrived.

use std::collections::HashMap;
use std::time::Instant;

use everruns_simulator::Request;

/// What the number of a stream stands behind, in the message that opens its turn.
const QUESTION: &str = "bench-stream-";

/// Numbers in order, as words: one that is lost, doubled or out of place shows.
pub(crate) struct Script {
    pub(crate) text: String,
    /// Where each word ends in it, with the blank behind it.
    pub(crate) ends: Vec<usize>,
}

impl Script {
    pub(crate) fn new(words: usize) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::with_capacity(words));
        for word in 0..words {
            text += &word.to_string();
            if word + 1 < words {
                text.push(' ');
            }
            ends.push(text.len());
        }
        Self { text, ends }
    }

    /// How many words a beginning of it has.
    pub(crate) fn words(&self, bytes: usize) -> usize {
        self.ends.partition_point(|end| *end <= bytes)
    }

    /// How many words are missing or wrong in what arrived.
    pub(crate) fn lost(&self, arrived: &str) -> usize {
        if arrived.len() > self.text.len() {
            return self.ends.len();
        }
        let same = self.text.bytes().zip(arrived.bytes()).take_while(|(said, heard)| said == heard).count();
        self.ends.len() - self.words(same)
    }
}

/// The message of a stream.
pub(crate) fn question(number: u32) -> String {
    format!("{QUESTION}{number}.")
}

/// A request of one stream as another stream would send it.
pub(crate) fn numbered(body: &str, number: u32) -> String {
    match number_of(body) {
        Some(before) => body.replace(&question(before), &question(number)),
        None => body.to_owned(),
    }
}

/// When each word was said, by the number of the stream. A stream that asked more than once is not among them: what it
/// was told first would be taken for the answer.
pub(crate) fn said_by_number(requests: &[Request]) -> HashMap<u32, Vec<Instant>> {
    let mut said = HashMap::new();
    let mut twice = Vec::new();
    for request in requests {
        let Some(number) = number_of(&request.body.to_string()) else { continue };
        if said.insert(number, request.said.clone()).is_some() {
            twice.push(number);
        }
    }
    said.retain(|number, _| !twice.contains(number));
    said
}

fn number_of(body: &str) -> Option<u32> {
    let (_, rest) = body.split_once(QUESTION)?;
    rest.split_once('.')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_counted() {
        let script = Script::new(12);
        assert_eq!(script.text, "0 1 2 3 4 5 6 7 8 9 10 11");
        assert_eq!([0, 1, 2, 4, 25].map(|bytes| script.words(bytes)), [0, 0, 1, 2, 12]);
        let check = |arrived: &str, expected: usize| assert_eq!(script.lost(arrived), expected, "{arrived}");
        check(&script.text, 0);
        check("0 1 2 3 4 5 6 7 8 9 10 1", 1);
        check("0 1 3", 10);
        check("", 12);
        check("0 1 2 3 4 5 6 7 8 9 10 11 12", 12);
    }

    #[test]
    fn a_question_tells_its_number() {
        let body = format!(r#"{{"text":"{}"}}"#, question(17));
        assert_eq!(number_of(&body), Some(17));
        assert_eq!(number_of(&numbered(&body, 5)), Some(5));
        assert_eq!(number_of("{}"), None);
    }
}
