//! Cuts what a tool says to a size that the log and the model can bear.

use everruns_core::message::ContentPart;
use everruns_core::turn::Outcome;

/// The outcome with its texts together at most `bytes_max` long, and without NUL, which PostgreSQL cannot store.
pub(crate) fn trimmed(mut outcome: Outcome, bytes_max: usize) -> Outcome {
    let texts = match &mut outcome {
        Outcome::Success(parts) => parts.iter_mut().filter_map(text).collect(),
        Outcome::Error(text) | Outcome::Timeout(text) => vec![text],
        Outcome::Unknown => Vec::new(),
    };
    trim(texts, bytes_max);
    outcome
}

fn text(part: &mut ContentPart) -> Option<&mut String> {
    match part {
        ContentPart::Text { text } => Some(text),
        _ => None,
    }
}

fn trim(mut texts: Vec<&mut String>, bytes_max: usize) {
    for text in &mut texts {
        if text.contains('\0') {
            **text = text.replace('\0', "\u{fffd}");
        }
    }
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if bytes <= bytes_max {
        return;
    }
    let note = format!("\n[cut: the whole result has {bytes} bytes]");
    let mut room = bytes_max.saturating_sub(note.len());
    let mut note = Some(note);
    for text in texts {
        if text.len() <= room {
            room -= text.len();
            continue;
        }
        text.truncate(text.floor_char_boundary(room));
        // The note stands where the first cut is; what comes after it is left out.
        text.push_str(&note.take().unwrap_or_default());
        room = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "\n[cut: the whole result has 120 bytes]";

    #[track_caller]
    fn check(texts: &[&str], wanted: &[&str]) {
        let parts = |texts: &[&str]| texts.iter().copied().map(ContentPart::text).collect();
        let got = trimmed(Outcome::Success(parts(texts)), 100);
        assert_eq!(got, Outcome::Success(parts(wanted)));
        if let ([text], [wanted]) = (texts, wanted) {
            let got = trimmed(Outcome::Error((*text).to_owned()), 100);
            assert_eq!(got, Outcome::Error((*wanted).to_owned()));
        }
    }

    #[test]
    fn size() {
        let a = |count: usize| "a".repeat(count);
        let noted = |text: String| text + NOTE;
        check(&[], &[]);
        check(&[""], &[""]);
        check(&[&a(100)], &[&a(100)]);
        check(&[&a(120)], &[&noted(a(62))]);
        check(&[&a(50), &a(50)], &[&a(50), &a(50)]);
        check(&[&a(40), &a(50), &a(30)], &[&a(40), &noted(a(22)), ""]);
        check(&[&a(62), &a(58)], &[&a(62), NOTE]);
        // A character is left out rather than split.
        check(&[&"\u{1f980}".repeat(30)], &[&noted("\u{1f980}".repeat(15))]);
    }

    #[test]
    fn nul() {
        check(&["a\0b"], &["a\u{fffd}b"]);
        check(&[&"\0".repeat(40)], &[&("\u{fffd}".repeat(20) + NOTE)]);
    }
}
