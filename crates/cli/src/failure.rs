//! How a command fails: what, why, what to do next, and the exit code for scripts.

use std::process::ExitCode;

use everruns_client::Error;

/// The exit codes, as `--help` tells them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    it worked
  1    a turn failed, the server failed, or what is there is in the way
  2    the command, its input or the configuration is wrong
  3    there is no such thing
  4    not allowed: no key, a wrong one, or a role that may not
  5    the server was not reached
  130  interrupted";

/// Wrong command, input or configuration.
pub(crate) const USAGE: u8 = 2;
/// Interrupted by Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;
const FAILED: u8 = 1;
const NOT_FOUND: u8 = 3;
const NOT_ALLOWED: u8 = 4;
const UNREACHABLE: u8 = 5;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    /// Empty when everything was said already.
    what: String,
    why: Option<String>,
    next: Option<String>,
}

impl Failure {
    pub(crate) fn new(code: u8, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), why: None, next: None }
    }

    /// Something went wrong that is nobody's input.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::new(FAILED, what)
    }

    /// The command, its input or the configuration is wrong.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(USAGE, what)
    }

    /// There is no such thing.
    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Self::new(NOT_FOUND, what)
    }

    /// Ends the process with this code; nothing more is to be said.
    pub(crate) fn silent(code: u8) -> Self {
        Self::new(code, "")
    }

    pub(crate) fn because(mut self, why: impl ToString) -> Self {
        self.why = Some(why.to_string());
        self
    }

    pub(crate) fn then(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// What is told of it, on one line or three.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("everruns: {}", self.what);
        for (label, line) in [("why", &self.why), ("next", &self.next)] {
            if let Some(line) = line {
                text.push_str(&format!("\n  {label}: {line}"));
            }
        }
        text
    }

    /// Tells it on standard error.
    pub(crate) fn report(self) -> ExitCode {
        if !self.what.is_empty() {
            eprintln!("{}", self.text());
        }
        ExitCode::from(self.code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Api { status, code, message, retry_after, request_id } => {
                let request = request_id.map(|id| format!(", request {id}")).unwrap_or_default();
                let what = if message.is_empty() { "the server refused".to_owned() } else { message };
                let (exit, next) = match status {
                    401 => (
                        NOT_ALLOWED,
                        "give a key that is valid (EVERRUNS_API_KEY, --api-key or `api_key` in the configuration \
                         file); `everruns doctor` tells which one is used"
                            .to_owned(),
                    ),
                    403 => (NOT_ALLOWED, "ask an owner or admin of the organization".to_owned()),
                    404 => {
                        (NOT_FOUND, "look for it with `list`; `everruns doctor` tells which server is asked".to_owned())
                    }
                    400 | 413 | 415 | 422 => (USAGE, "change what the message names".to_owned()),
                    409 => (FAILED, "look at what is there with `get`".to_owned()),
                    429 | 503 => {
                        let wait = retry_after.map_or("a moment".to_owned(), |wait| format!("{} s", wait.as_secs()));
                        (FAILED, format!("try again in {wait}"))
                    }
                    _ => (FAILED, "the server's log tells more".to_owned()),
                };
                Self::new(exit, what).because(format!("{code}, HTTP {status}{request}")).then(next)
            }
            Error::Transport(error) if error.is_builder() => Self::usage("the address or key cannot be sent")
                .because(root(&error))
                .then("write the address as http://HOST:PORT, and the key without blanks or line breaks"),
            Error::Transport(error) => {
                let place = error.url().map(|url| format!(" at {}", url.origin().ascii_serialization()));
                let what = if error.is_timeout() { "the server does not answer" } else { "the server is not reached" };
                Self::new(UNREACHABLE, format!("{what}{}", place.unwrap_or_default())).because(root(&error)).then(
                    "start one with `everruns dev`, or name another with --api-url; `everruns doctor` looks closer",
                )
            }
            Error::Decode(error) => Self::failed("the server's answer makes no sense to this program")
                .because(error)
                .then("see whether the address is that of an Everruns server, with `everruns doctor`"),
            Error::Request(reason) => Self::usage(reason),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            // Who reads our output has seen enough.
            std::io::ErrorKind::BrokenPipe => Self::silent(0),
            _ => Self::failed("cannot read or write").because(error),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(format!("{error:#}"))
    }
}

/// The innermost reason: the outer ones repeat the address.
fn root(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
