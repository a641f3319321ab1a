//! The master key that secrets are sealed under: from the environment, from a file, or in dev mode from one that is made
//! in the data directory.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use everruns_engine::Source;
use everruns_vault::{MasterKey, Vault};
use zeroize::Zeroizing;

/// Its name in the data directory.
const FILE: &str = "master.key";

/// Where an operator may have it.
#[derive(clap::Args, Clone)]
pub(crate) struct MasterKeyOptions {
    /// A file with the master key that secrets are sealed under, 64 hex digits; `EVERRUNS_MASTER_KEY` may hold the key
    /// itself, which goes before the file.
    #[arg(long, env = "EVERRUNS_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,
    /// A file with earlier master keys, one a line, that open what they sealed until `everruns keys rotate-master` was
    /// through; `EVERRUNS_MASTER_KEY_PREVIOUS` may hold them, with commas between them.
    #[arg(long, env = "EVERRUNS_MASTER_KEY_PREVIOUS_FILE")]
    master_key_previous_file: Option<PathBuf>,
}

impl MasterKeyOptions {
    /// What the operator named, if anything. There is no flag for the key: everybody can read a command line.
    pub(crate) fn vault(&self) -> anyhow::Result<Option<Arc<Vault>>> {
        let key = named(std::env::var("EVERRUNS_MASTER_KEY").ok().as_deref(), self.master_key_file.as_deref())?;
        let previous = self.previous()?;
        if key.is_none() && !previous.is_empty() {
            bail!(
                "an earlier master key needs a new one beside it: set EVERRUNS_MASTER_KEY or EVERRUNS_MASTER_KEY_FILE"
            );
        }
        Ok(key.map(|key| Arc::new(Vault::with_previous(key, previous))))
    }

    /// Earlier keys.
    fn previous(&self) -> anyhow::Result<Vec<MasterKey>> {
        let named = std::env::var("EVERRUNS_MASTER_KEY_PREVIOUS").ok();
        earlier(named.as_deref(), self.master_key_previous_file.as_deref())
    }

    /// The same; without a word of the operator the key of the data directory, which is made if it is missing.
    pub(crate) fn vault_of_dev(&self, data_dir: &Path, source: &dyn Source) -> anyhow::Result<Arc<Vault>> {
        let key = named(std::env::var("EVERRUNS_MASTER_KEY").ok().as_deref(), self.master_key_file.as_deref())?;
        let key = key.map_or_else(|| read_or_make(&data_dir.join(FILE), source), Ok)?;
        Ok(Arc::new(Vault::with_previous(key, self.previous()?)))
    }
}

fn named(key: Option<&str>, file: Option<&Path>) -> anyhow::Result<Option<MasterKey>> {
    match (key, file) {
        (Some(text), _) => MasterKey::parse(text).context("EVERRUNS_MASTER_KEY is not valid").map(Some),
        (None, Some(path)) => read(path).map(Some),
        (None, None) => Ok(None),
    }
}

fn earlier(keys: Option<&str>, file: Option<&Path>) -> anyhow::Result<Vec<MasterKey>> {
    let mut previous = Vec::new();
    for key in keys.unwrap_or_default().split(',').filter(|key| !key.trim().is_empty()) {
        previous.push(MasterKey::parse(key).context("EVERRUNS_MASTER_KEY_PREVIOUS is not valid")?);
    }
    if let Some(path) = file {
        for line in text_of(path)?.lines().filter(|line| !line.trim().is_empty()) {
            let key = MasterKey::parse(line);
            previous.push(key.with_context(|| format!("a master key in {} is not valid", path.display()))?);
        }
    }
    Ok(previous)
}

fn read(path: &Path) -> anyhow::Result<MasterKey> {
    MasterKey::parse(&text_of(path)?).with_context(|| format!("the master key in {} is not valid", path.display()))
}

fn text_of(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let metadata = fs::metadata(path).with_context(|| format!("cannot read the master key in {}", path.display()))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        bail!("others can read the master key in {0}; make it yours alone: chmod 600 {0}", path.display());
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the master key in {}", path.display()))?;
    Ok(Zeroizing::new(text))
}

/// The data directory is ours alone, so nobody else makes the file at the same time. It is whole before it has its name.
fn read_or_make(path: &Path, source: &dyn Source) -> anyhow::Result<MasterKey> {
    match fs::exists(path) {
        Ok(true) => return read(path),
        Ok(false) => {}
        Err(error) => return Err(error).with_context(|| format!("cannot look for {}", path.display())),
    }
    let mut bytes = [0; 32];
    source.fill(&mut bytes);
    let key = MasterKey::new(bytes);
    let new = path.with_extension("new");
    let make = || {
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        writeln!(file, "{}", *key.to_text())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        fs::File::open(path.parent().unwrap_or(path))?.sync_all()
    };
    make().with_context(|| format!("cannot write the master key to {}", path.display()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::System;

    #[test]
    fn dev_makes_a_key_once_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        // What an earlier start left behind when it was cut off is no key.
        fs::write(path.with_extension("new"), "half").unwrap();
        read_or_make(&path, &System).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.len(), 65);
        read_or_make(&path, &System).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "the second start keeps it");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn keys_of_the_operator() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str, mode| {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        #[track_caller]
        fn check(key: Option<&str>, file: Option<PathBuf>, expected: Result<bool, &str>) {
            match (named(key, file.as_deref()), expected) {
                (Ok(key), Ok(expected)) => assert_eq!(key.is_some(), expected),
                (Err(error), Err(expected)) => {
                    let text = format!("{error:#}");
                    assert!(text.contains(expected) && !text.contains("abc"), "{text}");
                }
                (found, expected) => panic!("{:?} is not {expected:?}", found.map(|key| key.is_some())),
            }
        }
        let key = "abcdef0123456789".repeat(4);
        check(None, None, Ok(false));
        check(Some(&key), None, Ok(true));
        check(Some(&key[1..]), None, Err("EVERRUNS_MASTER_KEY is not valid"));
        check(None, Some(file("good", &format!("{key}\n"), 0o400)), Ok(true));
        check(None, Some(file("open", &key, 0o640)), Err("chmod 600"));
        check(None, Some(file("short", "abc", 0o600)), Err("64 hex digits"));
        check(None, Some(directory.path().join("missing")), Err("cannot read"));

        let (one, two) = ("1".repeat(64), "2".repeat(64));
        let count = |keys: Option<&str>, file: Option<PathBuf>| {
            earlier(keys, file.as_deref()).map(|keys| keys.len()).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(count(None, None), Ok(0));
        assert_eq!(count(Some(" "), None), Ok(0));
        let lines = file("earlier", &format!("{one}\n\n{two}\n"), 0o600);
        assert_eq!(count(Some(&format!("{one}, {two}")), Some(lines)), Ok(4));
        assert!(count(Some(&one[1..]), None).is_err_and(|error| !error.contains("111")));
        assert!(count(None, Some(file("wrong", "222", 0o600))).is_err_and(|error| !error.contains("222")));
        assert!(count(None, Some(file("seen", &one, 0o644))).is_err_and(|error| error.contains("chmod 600")));
    }
}
