//! The operator's socket: whoever may read the data directory may do everything, without a key. A running server holds
//! the database, so this is how keys are made meanwhile.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// Where the socket of a data directory is.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("operator").join("socket")
}

/// Listens there. A server goes on without it, and says so.
pub(crate) fn listen(data_dir: &Path) -> Option<UnixListener> {
    let path = path(data_dir);
    match bind(&path) {
        Ok(listener) => Some(listener),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "no operator's socket: `everruns keys` needs a stopped server");
            None
        }
    }
}

/// Binds the socket of a data directory whose lock this process holds: one that is there is left behind by a crash.
pub(crate) fn bind(path: &Path) -> io::Result<UnixListener> {
    // The directory keeps others out from the first moment on.
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        std::fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Takes the socket away.
pub(crate) fn remove(data_dir: &Path) {
    let path = path(data_dir);
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(%error, path = %path.display(), "the operator's socket stays behind");
    }
}
