//! What a file may say, and what is told of a wrong one.

use std::path::Path;

use clap::CommandFactory as _;

use super::*;
use crate::Arguments;

fn read_as(text: &str, profile: Option<&str>) -> Result<Config, String> {
    parse(&Arguments::command(), Path::new("/etc/e.toml"), text, profile).map_err(|failure| failure.text())
}

const TWO: &str = r#"
profile = "prod"
api_url = "http://a"
timeout_seconds = 5
[profiles.prod]
api_url = "http://b"
api_key = "evr_pat_b"
[profiles.test]
api_url = "http://c"
[server]
port = 9100
data_dir = "data"
"#;

#[test]
fn a_profile_stands_over_the_top() {
    #[track_caller]
    fn check(profile: Option<&str>, url: &str, key: Option<&str>) {
        let config = read_as(TWO, profile).expect("a configuration");
        assert_eq!(config.client.get("api_url").map(String::as_str), Some(url));
        assert_eq!(config.client.get("api_key").map(String::as_str), key);
        assert_eq!(config.client.get("timeout_seconds").map(String::as_str), Some("5"));
        assert_eq!(config.server.get("port").map(String::as_str), Some("9100"));
    }
    check(None, "http://b", Some("evr_pat_b"));
    check(Some("prod"), "http://b", Some("evr_pat_b"));
    check(Some("test"), "http://c", None);
    assert!(read_as(TWO, Some("tset")).unwrap_err().contains("prod, test"));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let told = read_as(text, None).expect_err("a refusal");
        assert!(expected.iter().all(|part| told.contains(part)), "{told}");
    }
    check("\napi_ulr = 'x'", &["/etc/e.toml:2: unknown key `api_ulr`", "did you mean `api_url`?"]);
    check("colour = true", &["/etc/e.toml:1: unknown key `colour`", "api_key"]);
    check("[server]\n\nprot = 1", &["/etc/e.toml:3: unknown key `prot`", "port"]);
    check("[server]\napi_url = 'x'", &["unknown key `api_url`"]);
    check("[profiles.a]\nport = 1", &["unknown key `port`"]);
    check("[server]\nport = 70000", &["/etc/e.toml:2: `port` is wrong", "70000"]);
    check("timeout_seconds = 0", &["`timeout_seconds` is wrong"]);
    check("timeout_seconds = 1.5", &["must be a text, a whole number or true or false, not float"]);
    check("server = 1", &["`server` must be a table"]);
    check("profiles.a = 1", &["`a` must be a table"]);
    check("profile = 'a'", &["there is no profile \"a\"", "none"]);
    check("profile = 1", &["`profile` must be a text"]);
    check("api_url = 'x\n", &["/etc/e.toml:1:"]);
    check("a = 1\na = 2", &["/etc/e.toml:2:", "duplicate"]);
}

#[test]
fn the_file_is_weaker_than_a_flag() {
    #[track_caller]
    fn check(line: &[&str], id: &str, expected: &str) {
        let command = read_as(TWO, None).expect("a configuration").apply(Arguments::command());
        let matches = command.try_get_matches_from(line).expect("a command line");
        let mut matches = &matches;
        while let Some((_, inner)) = matches.subcommand() {
            matches = inner;
        }
        let mut raw = matches.get_raw(id).expect("a value");
        assert_eq!(raw.next_back().and_then(|text| text.to_str()), Some(expected));
    }
    check(&["everruns", "agents", "list"], "api_url", "http://b");
    check(&["everruns", "agents", "list", "--api-url", "http://d"], "api_url", "http://d");
    check(&["everruns", "agents", "--api-url", "http://d", "list"], "api_url", "http://d");
    check(&["everruns", "chat"], "timeout_seconds", "5");
    check(&["everruns", "dev"], "port", "9100");
    check(&["everruns", "dev", "--port", "1"], "port", "1");
    check(&["everruns", "doctor"], "data_dir", "data");
}

#[test]
fn a_key_goes_to_its_own_server_alone() {
    #[track_caller]
    fn check(line: &[&str], is_sent: bool) {
        let mut config = read_as(TWO, None).expect("a configuration");
        config.path = Some("/etc/e.toml".into());
        let matches = config.apply(Arguments::command()).try_get_matches_from(line).expect("a command line");
        assert_eq!(config.check_key(&matches).is_ok(), is_sent, "{line:?}");
    }
    check(&["everruns", "agents", "list"], true);
    check(&["everruns", "agents", "list", "--api-url", "http://b/"], true);
    check(&["everruns", "agents", "list", "--api-url", "http://evil"], false);
    check(&["everruns", "agents", "list", "--api-url", "http://d", "--api-key", "k"], true);
    check(&["everruns", "dev", "--port", "1"], true);
}
