//! The binary as a process on a directory of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use reqwest::{Method, RequestBuilder};

/// The binary with these arguments, on a data directory, with nothing of our environment that it reads.
pub(crate) fn everruns(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_everruns"));
    let own = std::env::vars_os().map(|(name, _)| name);
    own.filter(|name| name.to_string_lossy().starts_with("EVERRUNS_")).for_each(|name| {
        command.env_remove(name);
    });
    command.args(arguments).env("EVERRUNS_DATA_DIR", data).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    everruns(data, arguments).output().expect("the binary runs")
}

/// What it prints when it succeeds.
#[track_caller]
pub(crate) fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// A server that answers.
pub(crate) struct Server {
    process: Child,
    log: BufReader<ChildStderr>,
    /// What it has logged until it was ready.
    said: String,
    url: String,
    http: reqwest::Client,
    pub(crate) data: PathBuf,
}

impl Server {
    /// Starts it and waits until it says that it is ready.
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut command = everruns(data, arguments);
        command.args(["--log-format", "json", "--log", "debug"]).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the binary runs");
        let mut log = BufReader::new(process.stderr.take().expect("a log"));
        let (mut said, mut url) = (String::new(), None);
        while url.is_none() {
            let from = said.len();
            assert!(log.read_line(&mut said).expect("a log") > 0, "it ended: {said}");
            let line: serde_json::Value = serde_json::from_str(&said[from..]).expect("a log line is JSON");
            let fields = &line["fields"];
            let port = fields["address"].as_str().and_then(|address| address.rsplit(':').next());
            url = port.map(|port| format!("http://127.0.0.1:{port}"));
        }
        let (url, data) = (url.unwrap_or_default(), data.to_owned());
        // Where the whole workspace is built, reqwest wants the cryptography of its TLS named.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { process, log, said, url, http: reqwest::Client::new(), data }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// What a request with this key is answered with.
    pub(crate) async fn status(&self, key: &str) -> u16 {
        let request = self.request(Method::GET, "/v1/agents").header("authorization", key);
        request.send().await.expect("an answer").status().as_u16()
    }

    /// Kills it; everything that it has logged.
    pub(crate) fn kill(mut self) -> String {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        self.log.read_to_string(&mut self.said).expect("a log");
        std::mem::take(&mut self.said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
