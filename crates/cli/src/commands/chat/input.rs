//! What is said in a chat: one message of the command line or of a pipe, or line after line of a terminal.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use tokio::sync::mpsc;

use crate::failure::Failure;

pub(super) enum Input {
    Given(Option<String>),
    /// The other end answers each request for a line with one, or goes away.
    Asked(mpsc::Sender<()>, mpsc::Receiver<std::io::Result<String>>),
}

impl Input {
    pub(super) fn new(message: Option<String>) -> Result<Self, Failure> {
        let text = match message {
            Some(text) => text,
            None if std::io::stdin().is_terminal() => return Ok(Self::asked()),
            None => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text)?;
                text
            }
        };
        let text = text.trim_end();
        if text.is_empty() {
            return Err(
                Failure::usage("there is nothing to say").then("give --message TEXT, or a text on standard input")
            );
        }
        Ok(Self::Given(Some(text.to_owned())))
    }

    /// Whether somebody sits there and may say more.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self, Self::Asked(..))
    }

    /// The next message; none when there is no more to say.
    pub(super) async fn next(&mut self) -> Result<Option<String>, Failure> {
        match self {
            Self::Given(text) => Ok(text.take()),
            Self::Asked(ask, lines) => loop {
                if ask.send(()).await.is_err() {
                    return Ok(None);
                }
                let Some(line) = lines.recv().await else { return Ok(None) };
                let line = line?.trim().to_owned();
                if !line.is_empty() {
                    return Ok(Some(line));
                }
            },
        }
    }

    /// Reads a terminal on a thread of its own: nothing else can be done to a read that waits for a person.
    fn asked() -> Self {
        let (ask, mut asked) = mpsc::channel::<()>(1);
        let (send, lines) = mpsc::channel(1);
        std::thread::spawn(move || {
            while asked.blocking_recv().is_some() {
                eprint!("> ");
                let mut line = String::new();
                let read = std::io::stderr().flush().and_then(|()| std::io::stdin().lock().read_line(&mut line));
                let answer = match read {
                    Ok(0) => return,
                    Ok(_) => Ok(line),
                    Err(error) => Err(error),
                };
                if send.blocking_send(answer).is_err() {
                    return;
                }
            }
        });
        Self::Asked(ask, lines)
    }
}
