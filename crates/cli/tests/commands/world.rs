//! A server of its own for each test, and commands run against it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const EVERRUNS: &str = env!("CARGO_BIN_EXE_everruns");

/// A running server. It is killed when the test lets go of it.
pub(crate) struct World {
    pub(crate) directory: TempDir,
    /// Where it listens.
    pub(crate) url: String,
    server: Child,
    /// Held open: a server whose log nobody takes would fail to write it.
    _log: BufReader<ChildStderr>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Drop for World {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The binary without anything of the caller's environment that it would heed.
pub(crate) fn everruns(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(EVERRUNS);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("EVERRUNS_") {
            command.env_remove(name);
        }
    }
    command.env_remove("XDG_CONFIG_HOME").env("HOME", home).env("NO_COLOR", "1").args(arguments).current_dir(home);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end with this on its standard input.
pub(crate) fn run(mut command: Command, input: &str) -> Run {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Who does not read its input may be gone before it was written.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    ended(child)
}

/// What a started command did, once it is over.
pub(crate) fn ended(child: Child) -> Run {
    let output = child.wait_with_output().expect("it ends");
    Run {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut command = everruns(directory.path(), &["dev", "--port", "0", "--test-tools", "--data-dir", "data"]);
        let mut server = command.stdout(Stdio::null()).spawn().expect("the server starts");
        let mut log = BufReader::new(server.stderr.take().expect("a pipe"));
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert!(log.read_line(&mut line).expect("a log") > 0, "the server ended before it was ready");
            if let Some((_, rest)) = line.split_once("url=\"http://localhost:") {
                let port = rest.split('"').next().expect("a port");
                break format!("http://127.0.0.1:{port}");
            }
        };
        Self { directory, url, server, _log: log }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = everruns(self.directory.path(), arguments);
        command.env("EVERRUNS_API_URL", &self.url);
        command
    }

    /// Runs a command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments), "")
    }

    /// Stops the server's process where it stands; it ends with the world all the same.
    pub(crate) fn freeze(&self) {
        let pid = rustix::process::Pid::from_child(&self.server);
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).expect("it runs");
    }

    /// Runs a command that has to work; what it prints.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        run.out
    }

    /// Runs a command that has to work; the JSON it prints.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let out = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).expect("one JSON document")
    }

    /// Runs a command that must not work.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {run:?}");
        assert_eq!(run.out, "", "{arguments:?}");
        for part in parts {
            assert!(run.err.contains(part), "{arguments:?}: {part:?} in {}", run.err);
        }
    }

    /// The types of a session's events, in order.
    #[track_caller]
    pub(crate) fn types(&self, session: &str) -> Vec<String> {
        let out = self.ok(&["events", "list", session, "--json"]);
        let event = |line: &str| serde_json::from_str::<Value>(line).expect("an event");
        out.lines().map(|line| event(line)["type"].as_str().expect("a type").to_owned()).collect()
    }
}

/// Reads from a running command until a text stands there; what was read.
pub(crate) fn read_until(out: &mut impl std::io::Read, text: &str) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&read).contains(text) {
        assert!(out.read(&mut byte).expect("output") > 0, "{text:?} never came: {}", String::from_utf8_lossy(&read));
        read.push(byte[0]);
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// Sends the signal of Ctrl-C.
pub(crate) fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
}

/// Everything that is still to come.
pub(crate) fn rest(mut out: impl std::io::Read) -> String {
    let mut text = String::new();
    out.read_to_string(&mut text).expect("text");
    text
}
