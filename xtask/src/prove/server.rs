//! The release binary as a process: started on a directory of its own, killed or stopped, started there again.

use crate::workspace;
use anyhow::{Context as _, bail, ensure};
use everruns_client::{Client, ListSessions};
use everruns_core::Timestamp;
use std::ffi::OsString;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// A server answers after a start within this time, or something is wrong.
const READY_SECONDS_MAX: u64 = 30;
/// How often a starting server is asked whether it answers.
const READY_POLL: Duration = Duration::from_millis(5);
/// Ports below those that the system gives to outgoing connections: while the server is down, nobody else is there.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How much of the server's log an error shows.
const LOG_TAIL_BYTES: usize = 3_000;

/// A server that is started, stopped and started again, always on the same port and data.
pub(super) struct Server {
    directory: PathBuf,
    /// Where its database lives.
    data: PathBuf,
    /// What its environment has beside ours.
    environment: Vec<(&'static str, OsString)>,
    port: u16,
    /// Whoever calls needs it; in dev mode there is none.
    key: Option<String>,
    process: Option<Child>,
}

impl Server {
    /// Starts a server of [`Self::prepare`].
    pub(super) fn start(name: &str) -> anyhow::Result<Self> {
        let mut server = Self::prepare(name)?;
        server.spawn()?;
        Ok(server)
    }

    /// Builds the release binary, unless `EVERRUNS_BIN` names another one, and puts a copy of it into an empty
    /// `target/prove/{name}`, where its data will be too.
    pub(super) fn prepare(name: &str) -> anyhow::Result<Self> {
        let binary = match std::env::var_os("EVERRUNS_BIN") {
            Some(binary) => PathBuf::from(binary),
            None => {
                let mut build = workspace::cargo();
                workspace::stdout_of(build.args(["build", "--release", "-p", "everruns-cli", "--locked"]))
                    .context("build the server")?;
                target().join("release/everruns")
            }
        };
        let directory = directory(name);
        if directory.exists() {
            fs::remove_dir_all(&directory).with_context(|| format!("empty {}", directory.display()))?;
        }
        fs::create_dir_all(&directory)?;
        // A copy, so that every start of this run starts the same program, whatever is built meanwhile.
        fs::copy(&binary, directory.join("everruns")).with_context(|| format!("copy {}", binary.display()))?;
        Ok(Self {
            data: directory.join("data"),
            directory,
            environment: Vec::new(),
            port: free_port()?,
            key: None,
            process: None,
        })
    }

    /// Keeps the data somewhere else from the next start on.
    pub(super) fn keep_data_in(&mut self, data: PathBuf) {
        self.data = data;
    }

    /// Makes a key that whoever calls needs, from the next start on.
    pub(super) fn ask_for_keys(&mut self) -> anyhow::Result<&str> {
        let mut create = std::process::Command::new(self.directory.join("everruns"));
        let key = workspace::stdout_of(create.args(["keys", "create", "prove", "--data-dir"]).arg(&self.data))?;
        Ok(self.key.insert(key.trim().to_owned()))
    }

    /// Adds a variable to the environment from the next start on.
    pub(super) fn set_environment(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.environment.push((name, value.into()));
    }

    /// Where everything about this server lies.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where its database lies.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// Starts the process.
    pub(super) fn spawn(&mut self) -> anyhow::Result<()> {
        let log = File::options().create(true).append(true).open(self.log_path())?;
        self.process = Some(self.command(self.port, &self.data).stderr(log).spawn().context("start the server")?);
        Ok(())
    }

    /// Runs one more server beside this one, to its end.
    pub(super) async fn rival(&self, port: u16, data: &str) -> anyhow::Result<Output> {
        let running = self.command(port, &self.directory.join(data)).stderr(Stdio::piped()).spawn()?.wait_with_output();
        Ok(timeout(Duration::from_secs(READY_SECONDS_MAX), running).await.context("a second server runs")??)
    }

    fn command(&self, port: u16, data: &Path) -> Command {
        let mut command = Command::new(self.directory.join("everruns"));
        let (port, address) = (port.to_string(), format!("{}:{port}", Ipv4Addr::LOCALHOST));
        command
            .args(match &self.key {
                None => ["dev", "--test-tools", "--port", &port],
                Some(_) => ["serve", "--requests-per-minute=0", "--bind", &address],
            })
            .arg("--data-dir")
            .arg(data)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Waits until the server answers.
    pub(super) async fn ready(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let client = self.client()?;
        let first = ListSessions { limit: Some(1), ..ListSessions::default() };
        loop {
            match client.sessions().list(&first).await {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed().as_secs() >= READY_SECONDS_MAX => {
                    return Err(error)
                        .context(format!("the server does not answer; its log ends:\n{}", self.log_tail()));
                }
                Err(_) => sleep(READY_POLL).await,
            }
            if let Some(status) = self.process()?.try_wait()? {
                bail!("the server ended ({status}); its log ends:\n{}", self.log_tail());
            }
        }
    }

    /// Ends the process without a warning (SIGKILL) and returns when it is gone.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        let process = self.process()?;
        ensure!(process.try_wait()?.is_none(), "the server had ended before it was killed");
        process.kill().await.context("kill the server")
    }

    /// Asks the process to stop (SIGTERM); how it ended, and how long that took.
    pub(super) async fn stop(&mut self, patience: Duration) -> anyhow::Result<(ExitStatus, Duration)> {
        let begun = Instant::now();
        self.signal("TERM").await?;
        let status = self.ended(patience).await.context("after SIGTERM")?;
        Ok((status, begun.elapsed()))
    }

    /// Sends the process a signal: `TERM`, `STOP`, `CONT`.
    pub(super) async fn signal(&mut self, name: &str) -> anyhow::Result<()> {
        let id = self.id()?;
        let sent = Command::new("kill").args([format!("-{name}"), id.to_string()]).status().await?;
        ensure!(sent.success(), "kill -{name}: {sent}");
        Ok(())
    }

    /// Waits until the process ends; how it ended.
    pub(super) async fn ended(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let ended = timeout(patience, self.process()?.wait()).await;
        Ok(ended.with_context(|| format!("the server still runs after {patience:?}"))??)
    }

    /// The number of the process.
    pub(super) fn id(&mut self) -> anyhow::Result<u32> {
        self.process()?.id().context("the server has ended")
    }

    fn process(&mut self) -> anyhow::Result<&mut Child> {
        self.process.as_mut().context("the server was not started")
    }

    /// A client of its own connections.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        Ok(Client::new(&self.url(), self.key.as_deref().unwrap_or("prove"))?)
    }

    /// Where it answers.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("server.log")
    }

    /// What the server logged since its first start.
    pub(super) fn log(&self) -> anyhow::Result<String> {
        read(&self.log_path())
    }

    fn log_tail(&self) -> String {
        let log = self.log().unwrap_or_default();
        log[log.floor_char_boundary(log.len().saturating_sub(LOG_TAIL_BYTES))..].to_owned()
    }
}

/// The time on this machine's clock, which the server dates events with.
#[expect(clippy::disallowed_methods, reason = "a death is compared with the times of events, on this machine's clock")]
pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Where a proof keeps its files.
pub(super) fn directory(name: &str) -> PathBuf {
    target().join("prove").join(name)
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// A port that nobody listens on.
pub(super) fn free_port() -> anyhow::Result<u16> {
    let room = u32::from(PORTS.end - PORTS.start);
    let start = PORTS.start + (std::process::id() % room) as u16;
    let mut ports = (start..PORTS.end).chain(PORTS.start..start);
    let free = ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.context("no port is free")
}
