//! Searching in files with a regular expression, within bounds: the time is linear in what is read, and that is limited.

use everruns_core::FilePath;
use everruns_core::limits::{
    GREP_BYTES_MAX, GREP_FILE_BYTES_MAX, GREP_LINE_CHARS_MAX, GREP_MACHINE_BYTES_MAX, GREP_MATCHES_MAX,
    GREP_PATTERN_CHARS_MAX,
};
use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};

use super::{Encoding, FileError, Files, encode};

/// What to search for, and where.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Regex,
    path: Option<GlobMatcher>,
}

/// Why a pattern was refused: the field, and what is wrong.
pub type InvalidPattern = (&'static str, String);

impl Pattern {
    /// Reads a regular expression and a glob over paths; one without a slash is for the name alone.
    pub fn new(pattern: &str, path_pattern: Option<&str>) -> Result<Self, InvalidPattern> {
        for (field, text) in [("pattern", Some(pattern)), ("path_pattern", path_pattern)] {
            if text.is_some_and(|text| text.chars().nth(GREP_PATTERN_CHARS_MAX).is_some()) {
                return Err((field, format!("must have at most {GREP_PATTERN_CHARS_MAX} characters")));
            }
        }
        let mut text = RegexBuilder::new(pattern);
        text.size_limit(GREP_MACHINE_BYTES_MAX).dfa_size_limit(GREP_MACHINE_BYTES_MAX);
        let text = text.build().map_err(|error| ("pattern", format!("is no regular expression: {error}")))?;
        let path = path_pattern.map(|pattern| {
            let anywhere = if pattern.contains('/') { pattern.to_owned() } else { format!("**/{pattern}") };
            let glob = GlobBuilder::new(anywhere.trim_start_matches('/')).literal_separator(true).build();
            glob.map(|glob| glob.compile_matcher()).map_err(|error| ("path_pattern", format!("is no glob: {error}")))
        });
        Ok(Self { text, path: path.transpose()? })
    }

    fn wants(&self, path: &FilePath) -> bool {
        self.path.as_ref().is_none_or(|glob| glob.is_match(&path.as_str()[1..]))
    }

    /// The matching lines of a text, up to `limit`: number from 1, and the line.
    fn lines(&self, text: &str, limit: usize) -> Vec<(u64, String)> {
        let matching = (1..).zip(text.lines()).filter(|(_, line)| self.text.is_match(line));
        matching.take(limit).map(|(number, line)| (number, line.chars().take(GREP_LINE_CHARS_MAX).collect())).collect()
    }
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Files with their matching lines.
    pub files: Vec<(FilePath, Vec<(u64, String)>)>,
    /// Whether it stopped at a limit, or skipped a file that is too large.
    pub truncated: bool,
}

impl Files {
    /// Searches all text files in the order of their paths.
    pub async fn grep(&self, pattern: Pattern) -> Result<Found, FileError> {
        self.workspace().await?;
        let files = self.list(&FilePath::root(), true).await?;
        let (mut found, mut bytes, mut matches) = (Found::default(), 0, 0);
        for file in files {
            let Some(hash) = file.hash.filter(|_| pattern.wants(&file.path)) else { continue };
            if file.size > GREP_FILE_BYTES_MAX {
                found.truncated = true;
                continue;
            }
            if bytes + file.size > GREP_BYTES_MAX || matches >= GREP_MATCHES_MAX {
                found.truncated = true;
                break;
            }
            bytes += file.size;
            // Changed meanwhile, or no text.
            let Some(content) = self.content(hash).await? else { continue };
            let (pattern, limit) = (pattern.clone(), GREP_MATCHES_MAX - matches);
            // Half a megabyte may keep a slow pattern busy for a while.
            let searching = tokio::task::spawn_blocking(move || match encode(content) {
                (text, Encoding::Text) => pattern.lines(&text, limit),
                (_, Encoding::Base64) => Vec::new(),
            });
            let lines = searching.await.map_err(|error| everruns_store::Error::Failed(error.to_string()))?;
            matches += lines.len();
            if !lines.is_empty() {
                found.files.push((file.path, lines));
            }
        }
        Ok(found)
    }
}
