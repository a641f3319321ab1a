//! The library that makes syncs fail, compiled here and loaded into the server alone.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::workspace;

const SOURCE: &str = "xtask/src/prove/fsync/shim.c";

/// Which syncs fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The next one of the log that commits are written to.
    LogOnce,
    /// The next one of the database file, which a checkpoint copies the log into.
    DatabaseOnce,
    /// Every one of any file.
    AllAlways,
}

impl Failure {
    /// How a file's name ends, and how many syncs of such files fail.
    fn words(self) -> &'static str {
        match self {
            Self::LogOnce => "-wal 1\n",
            Self::DatabaseOnce => ".db 1\n",
            Self::AllAlways => "* 1000000\n",
        }
    }
}

/// The compiled library and the files it looks at.
pub(super) struct Shim {
    library: PathBuf,
    data: PathBuf,
    flag: PathBuf,
    report: PathBuf,
}

impl Shim {
    /// Compiles the library into the folder. `data` is where syncs will fail.
    pub(super) fn compile(folder: &Path, data: &Path) -> anyhow::Result<Self> {
        let library = folder.join("shim.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-shared", "-fPIC", "-o"]).arg(&library);
        compiler.arg(workspace::root().join(SOURCE)).arg("-ldl");
        match compiler.output() {
            Ok(output) => {
                ensure!(output.status.success(), "cc {SOURCE}: {}", String::from_utf8_lossy(&output.stderr));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("`cc` is missing; this proof needs a C compiler (Debian packages gcc and libc6-dev)")
            }
            Err(error) => return Err(error).context("start cc"),
        }
        let report = folder.join("failed-syncs");
        fs::write(&report, "")?;
        Ok(Self { library, data: data.to_owned(), flag: folder.join("fail"), report })
    }

    /// What the server's environment needs.
    pub(super) fn environment(&self) -> [(&'static str, OsString); 4] {
        let path = |path: &Path| path.as_os_str().to_owned();
        [
            ("LD_PRELOAD", path(&self.library)),
            ("PROVE_FSYNC_DIR", path(&self.data)),
            ("PROVE_FSYNC_FLAG", path(&self.flag)),
            ("PROVE_FSYNC_REPORT", path(&self.report)),
        ]
    }

    /// From now on syncs fail.
    pub(super) fn fail(&self, failure: Failure) -> anyhow::Result<()> {
        // Renamed into place, so that nobody reads half of it.
        let draft = self.flag.with_extension("draft");
        fs::write(&draft, failure.words())?;
        fs::rename(draft, &self.flag).context("make syncs fail")
    }

    /// From now on syncs work.
    pub(super) fn heal(&self) -> anyhow::Result<()> {
        match fs::remove_file(&self.flag) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context("make syncs work"),
            _ => Ok(()),
        }
    }

    /// The names of the files whose syncs failed, in order.
    pub(super) fn failed_names(&self) -> anyhow::Result<Vec<String>> {
        Ok(fs::read_to_string(&self.report)?.lines().map(str::to_owned).collect())
    }

    /// How many syncs failed.
    pub(super) fn failures(&self) -> anyhow::Result<usize> {
        Ok(self.failed_names()?.len())
    }

    /// How many of files whose name ends so.
    pub(super) fn failed(&self, ending: &str) -> anyhow::Result<usize> {
        Ok(self.failed_names()?.iter().filter(|name| name.ends_with(ending)).count())
    }
}
