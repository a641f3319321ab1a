//! How the events of a turn look to somebody who reads along.

use std::io::{IsTerminal as _, Write as _};

use everruns_client::Event;
use everruns_core::message::preview;
use serde_json::Value;

use crate::failure::Failure;
use crate::output::{Output, plain};

/// What a line tells of a tool's arguments or error, characters.
const DETAIL_CHARS: usize = 80;

/// Shows text on standard output and all else on standard error.
pub(super) struct Show {
    output: Output,
    /// The message that is being shown, and what of it was shown.
    message_id: Option<String>,
    shown: String,
    /// A terminal obeys some characters; a file keeps all.
    is_terminal: bool,
    is_dim: bool,
}

impl Show {
    pub(super) fn new(output: Output) -> Self {
        let is_dim = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let is_terminal = std::io::stdout().is_terminal();
        Self { output, message_id: None, shown: String::new(), is_terminal, is_dim }
    }

    pub(super) fn event(&mut self, event: &Event) -> Result<(), Failure> {
        if self.output.json {
            return self.output.json_line(event);
        }
        let data = &event.data;
        let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        match event.type_name.as_str() {
            "output.message.delta" => {
                self.begin(text("/message_id"))?;
                self.text(text("/accumulated"), text("/delta"))
            }
            "output.message.replaced" => self.text(text("/replacement"), ""),
            "output.message.completed" => {
                let parts = data.pointer("/message/content").and_then(Value::as_array).into_iter().flatten();
                let whole: String = parts.filter_map(|part| part["text"].as_str()).collect();
                self.begin(text("/message/id"))?;
                self.text(&whole, "")?;
                self.end()
            }
            "tool.started" => {
                let arguments = data.pointer("/tool_call/arguments").map(Value::to_string).unwrap_or_default();
                self.note(&format!("· {} {}", text("/tool_call/name"), preview(&arguments, DETAIL_CHARS)))
            }
            "tool.completed" if data["success"] == false => {
                self.note(&format!("· {} failed: {}", text("/tool_name"), preview(text("/error"), DETAIL_CHARS)))
            }
            "tool.call_requested" => {
                for call in data["tool_calls"].as_array().into_iter().flatten() {
                    let (name, id) = (call["name"].as_str().unwrap_or("?"), call["id"].as_str().unwrap_or("?"));
                    let answer = format!("everruns messages answer {} {id} RESULT", event.session_id);
                    self.note(&format!("· {name} waits for an answer from outside: {answer}"))?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Ends the line that text stands on.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        if !self.shown.is_empty() && !self.shown.ends_with('\n') {
            self.write("\n")?;
        }
        self.shown.clear();
        Ok(())
    }

    /// A text of another message than the one before: after a crash an answer may have to begin again.
    fn begin(&mut self, message_id: &str) -> Result<(), Failure> {
        if self.message_id.as_deref() != Some(message_id) {
            let is_cut = !self.shown.is_empty();
            self.end()?;
            self.message_id = Some(message_id.to_owned());
            if is_cut {
                self.note("· the answer begins again")?;
            }
        }
        Ok(())
    }

    /// Shows what of `whole` was not shown yet. Where it is another text than before, it is shown anew.
    fn text(&mut self, whole: &str, delta: &str) -> Result<(), Failure> {
        let rest = match whole.strip_prefix(self.shown.as_str()) {
            Some(rest) => rest.to_owned(),
            None if whole.is_empty() => delta.to_owned(),
            None => {
                self.end()?;
                whole.to_owned()
            }
        };
        self.shown.push_str(&rest);
        self.write(&rest)
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        if text.is_empty() || self.output.quiet {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        match self.is_terminal {
            true => out.write_all(plain(text).as_bytes())?,
            false => out.write_all(text.as_bytes())?,
        }
        Ok(out.flush()?)
    }

    /// Tells something in the midst of an answer, which goes on after it.
    pub(super) fn aside(&self, text: &str) {
        if self.is_terminal && !self.shown.is_empty() && !self.output.quiet {
            eprintln!();
        }
        self.print(text);
    }

    fn note(&mut self, text: &str) -> Result<(), Failure> {
        if self.is_terminal {
            self.end()?;
        }
        self.print(text);
        Ok(())
    }

    fn print(&self, text: &str) {
        match self.is_dim && !self.output.quiet {
            true => eprintln!("\u{1b}[2m{}\u{1b}[0m", plain(text)),
            false => self.output.note(text),
        }
    }
}
