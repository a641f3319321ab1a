//! Runs a test runner in the open and reads from its output how many tests passed.

use anyhow::{Context, ensure};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs the command, shows what it prints, and returns how many tests passed.
/// Fails when the command fails and when no test ran.
pub(super) fn passed(command: &mut Command) -> anyhow::Result<usize> {
    let passed = lines(command, passed_in)?;
    ensure!(passed > 0, "{}: no test ran", command.get_program().display());
    Ok(passed)
}

/// Runs the command, shows what it prints, and adds up what `count` finds in each line. Fails when the command fails.
pub(super) fn lines(command: &mut Command, count: impl Fn(&str) -> usize) -> anyhow::Result<usize> {
    let shown = command.get_program().display().to_string();
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("start {shown}"))?;
    let stdout = child.stdout.take().context("read the test runner")?;
    let mut sum = 0;
    for line in BufReader::new(stdout).lines() {
        let line = line.with_context(|| format!("read the output of {shown}"))?;
        println!("{line}");
        sum += count(&line);
    }
    let status = child.wait().with_context(|| format!("wait for {shown}"))?;
    ensure!(status.success(), "{shown}: {status}");
    Ok(sum)
}

/// The number before `passed` in a line of summary, of cargo (`test result: ok. 3 passed; 0 failed`) or of pytest
/// (`=== 3 passed in 0.1s ===`); 0 for any other line.
fn passed_in(line: &str) -> usize {
    let is_summary = line.starts_with("test result:")
        || line.trim_matches(|c| c == '=' || c == ' ').starts_with(|c: char| c.is_ascii_digit());
    let words: Vec<&str> = line.split([' ', ',', ';', '=']).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| is_summary && pair[1] == "passed").and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_comes_from_the_summary() {
        #[track_caller]
        fn check(line: &str, expected: usize) {
            assert_eq!(passed_in(line), expected, "{line}");
        }
        check("test result: ok. 42 passed; 0 failed; 0 ignored; 0 measured", 42);
        check("test result: FAILED. 1 passed; 2 failed", 1);
        check("======= 7 passed, 1 warning in 0.12s =======", 7);
        check("2 failed, 7 passed in 0.12s", 7);
        check("test seven_passed ... ok", 0);
        check("a line: 3 passed", 0);
        check("", 0);
    }

    #[test]
    fn a_runner_without_tests_proves_nothing() {
        #[track_caller]
        fn check(script: &str, expected: Option<usize>) {
            let found = passed(Command::new("sh").args(["-c", script]));
            assert_eq!(found.ok(), expected, "{script}");
        }
        check("echo 2 passed in 1s", Some(2));
        check("echo '2 passed in 1s\n3 passed in 1s'", Some(5));
        check("echo 0 passed in 1s", None);
        check("echo 2 passed in 1s; exit 1", None);
    }
}
