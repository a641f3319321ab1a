//! A small disk: a file with a file system in it, mounted where the server keeps its data.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

/// Large enough for the turns of the proof, small enough to be filled at once.
const DISK_BYTES: u64 = 96 * 1024 * 1024;
/// The last bytes are taken in ever smaller pieces, down to one byte.
const PIECE_BYTES_MAX: usize = 1024 * 1024;

/// A mounted disk. It is unmounted when dropped, whatever happened.
pub(super) struct Disk {
    place: PathBuf,
}

impl Disk {
    /// Makes the disk in the folder and mounts it there.
    pub(super) fn mount(folder: &Path) -> anyhow::Result<Self> {
        let (image, place) = (folder.join("image"), folder.join("disk"));
        File::create(&image)?.set_len(DISK_BYTES)?;
        fs::create_dir_all(&place)?;
        // No blocks are kept back for root, who this proof is run by.
        run(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0"]).arg(&image), "Debian package e2fsprogs")?;
        run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&place), "Debian package mount, and root")?;
        Ok(Self { place })
    }

    /// Lets go of a disk that an earlier run left behind in the folder, when it was killed itself.
    pub(super) fn unmount_left_over(folder: &Path) {
        let place = folder.join("disk");
        if place.exists() {
            // As a rule nothing is mounted there, and that is no error.
            let _ = Command::new("umount").arg("-l").arg(place).output();
        }
    }

    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    fn filler(&self) -> PathBuf {
        self.place.join("filler")
    }

    /// Takes all the room that is left.
    pub(super) fn fill(&self) -> anyhow::Result<()> {
        let mut filler = File::options().create(true).append(true).open(self.filler())?;
        let mut piece = PIECE_BYTES_MAX;
        while piece > 0 {
            match filler.write(&vec![0; piece]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => piece /= 2,
                Err(error) => return Err(error).context("fill the disk"),
            }
        }
        match filler.sync_all() {
            Err(error) if error.kind() != ErrorKind::StorageFull => Err(error).context("fill the disk"),
            _ => Ok(()),
        }
    }

    /// Gives the room back.
    pub(super) fn free(&self) -> anyhow::Result<()> {
        fs::remove_file(self.filler()).context("free the disk")
    }

    /// Unmounts the disk, which nobody uses any more.
    pub(super) fn unmount(self) -> anyhow::Result<()> {
        run(Command::new("umount").arg(&self.place), "Debian package mount, and root")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a server that was just killed may still hold a file. After `unmount` there is nothing left to do.
        let _ = Command::new("umount").arg("-l").arg(&self.place).output();
    }
}

fn run(command: &mut Command, needs: &str) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("`{name}` is missing; this proof needs it ({needs})")
        }
        Err(error) => return Err(error).with_context(|| format!("start {name}")),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "`{name}` failed: {}; this proof needs root, a kernel with loop devices and ext4, and {needs}",
        said.trim()
    );
    Ok(())
}
