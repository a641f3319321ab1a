//! A server that the benchmark starts itself, on a free port.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::clock::now;
use crate::http::{Connection, Request};
use crate::target::Target;

/// A server that is not ready after this does not start.
const START_TIME_MAX: Duration = Duration::from_secs(30);
/// The pause between two looks at a server that starts; the error of the start time.
const PAUSE: Duration = Duration::from_millis(1);
const LOG: &str = "bench-server.log";

/// A running server; dropping it kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) target: Target,
    /// From the start of the process to its first good answer.
    pub(crate) start_time: Duration,
}

impl Server {
    /// Starts `binary dev` with its data in `data_dir` and waits until it answers.
    pub(crate) async fn start(binary: &Path, data_dir: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(data_dir)?;
        let log = data_dir.join(LOG);
        let port = free_port()?;
        let start = now();
        let child = Command::new(binary)
            .args(["dev", "--port", &port.to_string(), "--data-dir"])
            .arg(data_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("{} does not start", binary.display()))?;
        let mut server = Self { child, target: Target::of_port(port), start_time: Duration::ZERO };
        let request = Request::get_absolute(&server.target, "/health");
        while !is_healthy(&server.target, &request).await {
            let ended = server.child.try_wait()?;
            if ended.is_some() || now() - start > START_TIME_MAX {
                let log = fs::read_to_string(&log).unwrap_or_default();
                bail!("the server is not ready ({ended:?}): {log}");
            }
            tokio::time::sleep(PAUSE).await;
        }
        server.start_time = now() - start;
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    /// Kills, because the server is made to survive that and nothing of its data is needed any more.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn is_healthy(target: &Target, request: &Request) -> bool {
    let Ok(mut connection) = Connection::open(target).await else {
        return false;
    };
    connection.exchange(request).await.is_ok()
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
