//! The release binary as a process: started on a directory of its own, killed or stopped, started there again.

use crate::workspace;
use anyhow::{Context as _, bail, ensure};
use everruns_client::{Client, ListSessions};
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
    port: u16,
    process: Option<Child>,
}

impl Server {
    /// Builds the release binary, unless `EVERRUNS_BIN` names another one, and starts a copy of it with fresh data in
    /// `target/prove/{name}`.
    pub(super) fn start(name: &str) -> anyhow::Result<Self> {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from);
        let binary = match std::env::var_os("EVERRUNS_BIN") {
            Some(binary) => PathBuf::from(binary),
            None => {
                let mut build = workspace::cargo();
                workspace::stdout_of(build.args(["build", "--release", "-p", "everruns-cli", "--locked"]))
                    .context("build the server")?;
                target.join("release/everruns")
            }
        };
        let directory = target.join("prove").join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory).with_context(|| format!("empty {}", directory.display()))?;
        }
        fs::create_dir_all(&directory)?;
        // A copy, so that every start of this run starts the same program, whatever is built meanwhile.
        fs::copy(&binary, directory.join("everruns")).with_context(|| format!("copy {}", binary.display()))?;
        let mut server = Self { directory, port: free_port()?, process: None };
        server.spawn()?;
        Ok(server)
    }

    /// Starts the process.
    pub(super) fn spawn(&mut self) -> anyhow::Result<()> {
        let log = File::options().create(true).append(true).open(self.log_path())?;
        self.process = Some(self.command(self.port, "data").stderr(log).spawn().context("start the server")?);
        Ok(())
    }

    /// Runs one more server beside this one, to its end.
    pub(super) async fn rival(&self, port: u16, data: &str) -> anyhow::Result<Output> {
        let running = self.command(port, data).stderr(Stdio::piped()).spawn()?.wait_with_output();
        Ok(timeout(Duration::from_secs(READY_SECONDS_MAX), running).await.context("a second server runs")??)
    }

    fn command(&self, port: u16, data: &str) -> Command {
        let mut command = Command::new(self.directory.join("everruns"));
        command
            .args(["dev", "--test-tools", "--port", &port.to_string()])
            .arg("--data-dir")
            .arg(self.directory.join(data))
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
        let id = self.process()?.id().context("the server had ended before it was stopped")?;
        let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        ensure!(asked.success(), "kill -TERM: {asked}");
        let ended = timeout(patience, self.process()?.wait()).await;
        let status = ended.with_context(|| format!("the server runs {patience:?} after SIGTERM"))??;
        Ok((status, begun.elapsed()))
    }

    fn process(&mut self) -> anyhow::Result<&mut Child> {
        self.process.as_mut().context("the server was not started")
    }

    /// A client of its own connections.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        Ok(Client::new(&format!("http://127.0.0.1:{}", self.port), "prove")?)
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
