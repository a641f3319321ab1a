//! Server-sent events, taken apart as their bytes come, wherever they are cut.

use everruns_core::ErrorCode;
use everruns_core::limits::PROVIDER_FRAME_BYTES_MAX;

use crate::ModelError;
use crate::failure::no_stream;

/// What is left of an event that is not whole yet.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// Bytes of a line that is not whole yet.
    line: Vec<u8>,
    event: String,
    data: String,
    has_data: bool,
    /// The last byte was a carriage return, so a line feed that follows belongs to it.
    after_return: bool,
    begun: bool,
}

impl Frames {
    /// Takes more bytes and hands each whole event to `take`: its name, which may be empty, and its data.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        take: &mut dyn FnMut(&str, &str) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        if self.after_return && !bytes.is_empty() {
            self.after_return = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.grow(&bytes[..end])?;
            let rest = &bytes[end + 1..];
            bytes = match (bytes[end], rest.first()) {
                (b'\r', Some(b'\n')) => &rest[1..],
                (b'\r', None) => {
                    self.after_return = true;
                    rest
                }
                _ => rest,
            };
            self.end_line(take)?;
        }
        self.grow(bytes)
    }

    /// The stream ended: what is not whole counts as an event too, since some providers leave out the last empty line.
    pub(crate) fn finish(
        &mut self,
        take: &mut dyn FnMut(&str, &str) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        if !self.line.is_empty() {
            self.end_line(take)?;
        }
        self.dispatch(take)
    }

    fn grow(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        if self.line.len() + self.data.len() + bytes.len() > PROVIDER_FRAME_BYTES_MAX {
            let message = format!("the provider sent an event of more than {PROVIDER_FRAME_BYTES_MAX} bytes");
            return Err(ModelError::permanent(ErrorCode::ProcessingError, message));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, take: &mut dyn FnMut(&str, &str) -> Result<(), ModelError>) -> Result<(), ModelError> {
        let bytes = std::mem::take(&mut self.line);
        let mut line = String::from_utf8_lossy(&bytes);
        if !self.begun {
            self.begun = true;
            line = line.strip_prefix('\u{feff}').map(|rest| rest.to_owned().into()).unwrap_or(line);
            if line.starts_with(['{', '[', '<']) {
                return Err(no_stream(&line));
            }
        }
        if line.is_empty() {
            return self.dispatch(take);
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.has_data = true;
                self.data.push_str(value);
            }
            // A comment (an empty field), an id, a retry time: nothing that is needed here.
            _ => {}
        }
        // The buffer is used again for the next line.
        let mut bytes = bytes;
        bytes.clear();
        self.line = bytes;
        Ok(())
    }

    fn dispatch(&mut self, take: &mut dyn FnMut(&str, &str) -> Result<(), ModelError>) -> Result<(), ModelError> {
        let taken = if self.has_data { take(&self.event, &self.data) } else { Ok(()) };
        self.event.clear();
        self.data.clear();
        self.has_data = false;
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut frames = Frames::default();
        let mut seen = Vec::new();
        let mut take = |event: &str, data: &str| {
            seen.push((event.to_owned(), data.to_owned()));
            Ok(())
        };
        for piece in pieces {
            frames.push(piece, &mut take).unwrap();
        }
        frames.finish(&mut take).unwrap();
        seen
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<(String, String)> =
            expected.iter().map(|(event, data)| (String::from(*event), String::from(*data))).collect();
        assert_eq!(events(&[text.as_bytes()]), expected, "{text:?}");
    }

    #[test]
    fn lines_become_events() {
        check("data: a\n\ndata: b\n\n", &[("", "a"), ("", "b")]);
        check("event: x\ndata: a\ndata: b\n\n", &[("x", "a\nb")]);
        check("event: x\r\ndata:a\r\n\r\n", &[("x", "a")]);
        check("event: x\rdata:  a\r\r", &[("x", " a")]);
        check(": ping\n\n:\n\nid: 1\nretry: 5\n\n", &[]);
        check("event: x\n\ndata: a\n\n", &[("", "a")]);
        check("\u{feff}data: a\n\n", &[("", "a")]);
        check("data: last", &[("", "last")]);
        check("data\n\n", &[("", "")]);
        check("", &[]);
    }

    #[test]
    fn a_document_is_no_stream() {
        #[track_caller]
        fn check(text: &str, code: ErrorCode, says: &str) {
            let mut frames = Frames::default();
            let mut take = |_: &str, _: &str| Ok(());
            let fed = frames.push(text.as_bytes(), &mut take).and_then(|()| frames.finish(&mut take));
            let error = fed.expect_err(text);
            assert!(error.code == code && error.message.contains(says), "{text}: {error:?}");
        }
        let no_stream = "one document and no stream";
        check(r#"{"choices": [], "error": null}"#, ErrorCode::ProcessingError, no_stream);
        check("{\n  \"choices\": []\n}", ErrorCode::ProcessingError, no_stream);
        check("\u{feff}<!DOCTYPE html>\n<html>", ErrorCode::ProcessingError, no_stream);
        check("[]", ErrorCode::ProcessingError, no_stream);
        let error = r#"{"error": {"type": "overloaded_error", "message": "Busy"}}"#;
        check(error, ErrorCode::ProviderUnavailable, "Busy");
        check(&format!("[{error}]\n"), ErrorCode::ProviderUnavailable, "Busy");
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut frames = Frames::default();
        let piece = vec![b'x'; 1024 * 1024];
        let fed = (0..).map(|_| frames.push(&piece, &mut |_, _| Ok(()))).take(64).find_map(Result::err);
        assert_eq!(fed.map(|error| error.code), Some(ErrorCode::ProcessingError));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_bytes_are_cut(
            lines in prop::collection::vec("(event: [ab]|data: ?[aé ]{0,3}|: c|)(\r\n|\n|\r)", 0..12),
            cuts in prop::collection::vec(0..200_usize, 0..12),
        ) {
            let text = lines.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
            prop_assert_eq!(events(&pieces), events(&[text.as_bytes()]));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut frames = Frames::default();
            let _ = frames.push(&bytes, &mut |_, _| Ok(()));
            let _ = frames.finish(&mut |_, _| Ok(()));
        }
    }
}
