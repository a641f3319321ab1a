//! What is known about models: the file that an operator names, else the one that `everruns models refresh-profiles` put
//! into the data directory, else the one that is built in.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use everruns_core::limits::PROFILES_BYTES_MAX;
use everruns_llm::Profiles;

use crate::failure::Failure;

/// Its name in the data directory.
const FILE: &str = "profiles.json";

/// A server's profiles.
pub(crate) fn of_server(named: Option<&Path>, data_dir: &Path) -> anyhow::Result<Profiles> {
    let refreshed = data_dir.join(FILE);
    match named {
        Some(path) => Ok(read(path)?.0),
        None if refreshed.try_exists().with_context(|| format!("cannot look for {}", refreshed.display()))? => {
            let remedy = "mend it with `everruns models refresh-profiles`, or delete it";
            Ok(read(&refreshed).context(remedy)?.0)
        }
        None => Ok(Profiles::default()),
    }
}

/// The profiles of a file, and its text. All of it is looked at.
fn read(path: &Path) -> anyhow::Result<(Profiles, String)> {
    let mut text = String::new();
    let file = File::open(path).with_context(|| format!("cannot read the profiles in {}", path.display()))?;
    let limit = PROFILES_BYTES_MAX as u64;
    file.take(limit + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read the profiles in {}", path.display()))?;
    if text.len() > PROFILES_BYTES_MAX {
        bail!("the profiles in {} are larger than {PROFILES_BYTES_MAX} bytes", path.display());
    }
    let profiles =
        Profiles::parse(&text).with_context(|| format!("the profiles in {} are not valid", path.display()))?;
    Ok((profiles, text))
}

#[derive(clap::Args)]
pub(crate) struct RefreshOptions {
    /// The file, in the shape of the one that is built in; `scripts/profiles.py` makes one.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The data directory of the server.
    #[arg(long, env = "EVERRUNS_DATA_DIR", default_value = ".everruns")]
    data_dir: PathBuf,
}

/// Looks at a file of profiles and puts it where the server reads it at its next start.
pub(crate) fn refresh(options: &RefreshOptions) -> Result<(), Failure> {
    let (profiles, text) = read(&options.from)?;
    let before = of_server(None, &options.data_dir).unwrap_or_default();
    put(&options.data_dir, &text).with_context(|| format!("cannot write to {}", options.data_dir.display()))?;
    let (source, date) = profiles.source();
    let changes = profiles.changes_since(&before);
    eprintln!(
        "{} models from {source} of {date}: {} new, {} with other facts, {} gone; the server knows them from its next \
         start on",
        profiles.count(),
        changes.new,
        changes.different,
        changes.gone
    );
    Ok(())
}

/// The file is whole before it has its name.
fn put(data_dir: &Path, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(data_dir)?;
    let (path, new) = (data_dir.join(FILE), data_dir.join("profiles.new"));
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::create_new(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    File::open(data_dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(price: &str) -> String {
        format!(
            r#"{{"source":"me","date":"2026-11-25","vendors":["openai"],"shortlists":{{}},"models":{{"openai":{{
            "gpt-6-luna":{{"name":"L","family":"l","cost":{{"input":{price},"output":1.0}}}}}}}}}}"#
        )
    }

    #[test]
    fn a_file_is_looked_at_before_it_counts() {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("data");
        let from = directory.path().join("new.json");
        let input = || {
            let profiles = of_server(None, &data_dir).map_err(|error| format!("{error:#}"))?;
            Ok::<_, String>(profiles.profile("openai", "gpt-6-luna").unwrap().cost.unwrap().input)
        };
        let refresh = |text: &str| {
            fs::write(&from, text).unwrap();
            refresh(&RefreshOptions { from: from.clone(), data_dir: data_dir.clone() })
        };
        assert_eq!(input(), Ok(0.1), "what is built in");
        refresh(&file("7.5")).unwrap();
        assert_eq!(input(), Ok(7.5));
        assert!(refresh(&file("-1.0")).is_err());
        assert!(refresh("{").is_err());
        assert_eq!(input(), Ok(7.5), "what is not valid changes nothing");
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1);
        fs::write(data_dir.join(FILE), "{").unwrap();
        assert!(input().unwrap_err().contains("refresh-profiles"));
        refresh(&file("8.0")).unwrap();
        assert_eq!(input(), Ok(8.0), "a broken one is mended");
    }

    #[test]
    fn a_named_file_goes_first() {
        #[track_caller]
        fn check(text: Option<&str>, expected: Result<f64, &str>) {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("named.json");
            text.map_or(Ok(()), |text| fs::write(&path, text)).unwrap();
            match (of_server(Some(&path), directory.path()), expected) {
                (Ok(profiles), Ok(expected)) => {
                    assert_eq!(profiles.profile("openai", "gpt-6-luna").unwrap().cost.unwrap().input, expected);
                }
                (Err(error), Err(expected)) => assert!(format!("{error:#}").contains(expected), "{error:#}"),
                (found, expected) => panic!("{found:?} is not {expected:?}"),
            }
        }
        check(Some(&file("2.5")), Ok(2.5));
        check(None, Err("cannot read"));
        check(Some("[]"), Err("not valid"));
        check(Some(&" ".repeat(PROFILES_BYTES_MAX + 1)), Err("larger"));
    }
}
