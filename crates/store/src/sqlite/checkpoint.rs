//! Checkpoints: the log is copied into the database file as it grows, between two groups, when everybody has his answer.
//!
//! SQLite would do so by itself, but in silence: if a sync fails, it takes pages that an earlier, partial copy wrote for
//! safe, and the next copy gives up the log, where they still stand. (It does copy once more when the file is closed; if
//! that fails the log is kept, and the next start reads it.)

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use everruns_core::limits::LOG_PAGES_MAX;
use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode};

/// Knows how long the log is.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pages: Arc<AtomicI32>,
}

impl Checkpoint {
    /// From now on, on this connection, which is the only one that writes.
    pub(super) fn watch(connection: &mut Connection) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicI32::new(0));
        let length = pages.clone();
        connection.wal_hook(Some(move |_: &mut Wal, pages| {
            length.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { pages })
    }

    /// Copies the log if it is long. A failed sync ends the process. Whatever else goes wrong, such as a full disk, the log
    /// grows for now; what was committed stands in it.
    pub(super) fn run_if_due(&self, connection: &Connection) {
        if self.pages.load(Ordering::Relaxed) < LOG_PAGES_MAX {
            return;
        }
        if let Err(error) = connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE) {
            if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
                stop(&error);
            }
            tracing::warn!(%error, "the log could not be copied into the database file; it grows for now");
        }
    }
}

/// After a failed sync nobody knows what the disk holds. A restart reads what is really there.
pub(super) fn stop(error: &rusqlite::Error) -> ! {
    tracing::error!(%error, "the disk failed; stopping, a restart recovers");
    std::process::exit(74)
}
