//! `everruns keys` and `everruns serve` together.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::process::{Server, printed, run};

#[tokio::test]
async fn a_server_opens_to_others_only_with_a_key_and_takes_no_other() {
    let data = tempfile::tempdir().expect("a directory");
    let data = data.path();
    let refused = run(data, &["serve", "--bind", "0.0.0.0:0"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("everruns keys create"), "{said}");

    // Without a server, on the very database.
    let first = printed(data, &["keys", "create", "first", "--expires", "1d"]);
    assert!(first.starts_with("evr_pat_"), "{first:?}");
    let server = Server::start(data, &["serve", "--bind", "0.0.0.0:0"]);
    assert_eq!(server.status(&first).await, 200);
    assert_eq!(server.status(&format!("Bearer {first}")).await, 200);
    assert_eq!(server.status("dev").await, 401);
    assert_eq!(server.status(&format!("{first}x")).await, 401);

    // And while it runs.
    let made: Value = serde_json::from_str(&printed(data, &["keys", "create", "second", "--role", "viewer", "--json"]))
        .expect("JSON");
    let [id, second] = ["id", "key"].map(|name| made[name].as_str().expect("a text"));
    assert_eq!(server.status(second).await, 200);
    let post = server.request(reqwest::Method::POST, "/v1/agents").header("authorization", second);
    assert_eq!(post.send().await.expect("an answer").status().as_u16(), 403);
    let listed = printed(data, &["keys", "list"]);
    assert!(listed.contains("first") && listed.contains("second") && listed.contains(id), "{listed}");
    assert!(!listed.contains(&first) && !listed.contains(second), "secrets are shown once: {listed}");
    printed(data, &["keys", "revoke", id]);
    assert_eq!(server.status(second).await, 401, "at once");
    assert_eq!(server.status(&first).await, 200);
    let again = run(data, &["keys", "revoke", id]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("no such key"), "{again:?}");
    for wrong in [&["keys", "create", "x", "--role", "king"][..], &["keys", "create", "x", "--expires", "soon"]] {
        assert!(!run(data, wrong).status.success(), "{wrong:?}");
    }

    // The socket is for the operator alone, and one that a crash left behind is in nobody's way.
    let socket = data.join("operator").join("socket");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&socket), mode(&data.join("operator"))), (0o600, 0o700));
    let log = server.kill();
    assert!(socket.exists());
    assert!(printed(data, &["keys", "list"]).contains("revoked"));
    let server = Server::start(data, &["serve", "--bind", "127.0.0.1:0"]);
    let third = printed(data, &["keys", "create"]);
    assert_eq!(server.status(&third).await, 200);

    let log = log + &server.kill();
    for secret in [&first, second, &third] {
        assert!(!log.contains(secret), "a log tells a key");
        assert!(!log.contains(&secret[8..40]), "a log tells half a key");
    }
}

#[tokio::test]
async fn on_loopback_no_key_is_needed_to_start_but_to_call() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Server::start(data.path(), &["serve", "--bind", "127.0.0.1:0"]);
    for key in ["dev", "", "Bearer "] {
        assert_eq!(server.status(key).await, 401, "{key:?}");
    }
    let health = server.request(reqwest::Method::GET, "/health").send().await.expect("an answer");
    let health: Value = health.json().await.expect("JSON");
    assert_eq!(health["auth_mode"], "keys");
    // A key for an organization that is not there.
    let lost = run(&server.data, &["keys", "create", "--org", "org_00000000000000000000000000000009"]);
    assert_eq!(lost.status.code(), Some(4), "{lost:?}");
}

#[test]
fn failures_of_keys_have_their_exit_codes() {
    let data = tempfile::tempdir().expect("a directory");
    printed(data.path(), &["keys", "create"]);
    #[track_caller]
    fn check(data: &std::path::Path, arguments: &[&str], code: i32, part: &str) {
        let output = run(data, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
    check(data.path(), &["keys", "create", "--expires", "99999999999999d"], 2, "100 years");
    check(data.path(), &["keys", "create", "--expires", "2020-01-01T00:00:00Z"], 2, "future");
    check(data.path(), &["keys", "create", ""], 2, "not empty");
    check(data.path(), &["keys", "revoke", "nope"], 2, "key_");
    check(data.path(), &["keys", "revoke", "key_11111111111111111111111111111111"], 3, "no such key");
}

#[test]
fn a_directory_without_a_database_has_no_keys() {
    let data = tempfile::tempdir().expect("a directory");
    let listed = run(&data.path().join("typo"), &["keys", "list"]);
    assert!(!listed.status.success());
    assert!(String::from_utf8_lossy(&listed.stderr).contains("--data-dir"), "{listed:?}");
    assert!(!data.path().join("typo").exists(), "looking makes nothing");
}

#[tokio::test]
async fn the_operator_founds_organizations() {
    let data = tempfile::tempdir().expect("a directory");
    let everywhere = printed(data.path(), &["keys", "create", "me", "--all-organizations"]);
    let here = printed(data.path(), &["keys", "create", "here", "--role", "owner"]);
    let server = Server::start(data.path(), &["serve", "--bind", "127.0.0.1:0"]);
    let found = |key: &str| {
        let request = server.request(reqwest::Method::POST, "/v1/orgs").header("authorization", key);
        request.json(&serde_json::json!({ "name": "Second" })).send()
    };
    assert_eq!(found(&here).await.expect("an answer").status().as_u16(), 403);
    let made = found(&everywhere).await.expect("an answer");
    assert_eq!(made.status().as_u16(), 201);
    let made: Value = made.json().await.expect("JSON");
    let second = made["id"].as_str().expect("an id");
    let theirs = printed(data.path(), &["keys", "create", "theirs", "--org", second]);
    for (key, org, status) in [(&everywhere, Some(second), 200), (&theirs, None, 200), (&here, Some(second), 403)] {
        let mut request = server.request(reqwest::Method::GET, "/v1/users/me").header("authorization", key);
        if let Some(org) = org {
            request = request.header("x-org-id", org);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{org:?}");
        if status == 200 {
            assert_eq!(answer.json::<Value>().await.expect("JSON")["organization_id"], second);
        }
    }
}

/// A file with a master key, or several, for its owner alone.
fn master_key(directory: &Path, name: &str, digits: &[&str]) -> String {
    let path = directory.join(name);
    let keys: Vec<String> = digits.iter().map(|digit| digit.repeat(64)).collect();
    std::fs::write(&path, keys.join("\n")).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    path.to_str().expect("a path").to_owned()
}

/// Starts a server with these flags and asks whether the model of its provider is healthy; the log as well.
async fn health(data: &Path, key: &str, flags: &[&str]) -> (Server, bool) {
    let server = Server::start(data, &[&["serve", "--bind", "127.0.0.1:0"], flags].concat());
    let list = server.request(reqwest::Method::GET, "/v1/models?source=manual").header("authorization", key);
    let list: Value = list.send().await.expect("an answer").json().await.expect("JSON");
    let healthy = list["data"][0]["healthy"].as_bool().expect("a model");
    (server, healthy)
}

#[tokio::test]
async fn a_new_master_key_takes_over_while_a_server_runs() {
    const CANARY: &str = "sk-canary-77";
    let (keys, data) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let data = data.path();
    let file = |name: &str, digits: &[&str]| master_key(keys.path(), name, digits);
    let (old, new, earlier) = (file("old", &["1"]), file("new", &["2"]), file("earlier", &["3", "1"]));
    let (with_old, with_new) = (["--master-key-file", old.as_str()], ["--master-key-file", new.as_str()]);
    let with_both = [with_new.as_slice(), &["--master-key-previous-file", earlier.as_str()]].concat();
    let rotate = |flags: &[&str]| run(data, &[&["keys", "rotate-master", "--json"], flags].concat());
    let counts = |output: &std::process::Output| {
        let done: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        ["rewrapped", "current", "skipped", "locked"].map(|name| done[name].as_u64().expect("a count"))
    };

    let admin = printed(data, &["keys", "create"]);
    let server = Server::start(data, &[&["serve", "--bind", "127.0.0.1:0"], with_old.as_slice()].concat());
    let post = async |path: String, body: Value| {
        let post = server.request(reqwest::Method::POST, &path).header("authorization", &admin);
        let made = post.body(body.to_string()).send().await.expect("an answer");
        made.json::<Value>().await.expect("JSON")
    };
    let provider = json!({ "name": "mine", "provider_type": "llmsim", "credentials": { "a": CANARY, "b": CANARY } });
    let provider = post("/v1/providers".to_owned(), provider).await;
    let id = provider["id"].as_str().expect("an id");
    post(format!("/v1/providers/{id}/models"), json!({ "model_id": "echo", "display_name": "Echo" })).await;
    drop(server);

    // Without the key it goes on, says so, and the provider is not well.
    let (server, healthy) = health(data, &admin, &with_new).await;
    assert!(!healthy);
    let locked = rotate(&[]);
    assert_eq!((counts(&locked), locked.status.success()), ([0, 0, 0, 2], false));
    let log = server.kill();
    assert!(log.contains("EVERRUNS_MASTER_KEY_PREVIOUS") && !log.contains(CANARY), "{log}");

    // With the old key beside the new one it is well; then it is well without the old one.
    let (server, healthy) = health(data, &admin, &with_both).await;
    assert!(healthy);
    assert_eq!(counts(&rotate(&[])), [2, 0, 0, 0]);
    assert_eq!(counts(&rotate(&[])), [0, 2, 0, 0], "twice is once");
    drop(server);
    let (server, healthy) = health(data, &admin, &with_new).await;
    assert!(healthy);
    drop(server);

    // And without a server, back again.
    let back = [with_old.as_slice(), &["--master-key-previous-file", new.as_str()]].concat();
    assert_eq!(counts(&rotate(&back)), [2, 0, 0, 0]);
    let keyless = rotate(&[]);
    assert!(!keyless.status.success() && String::from_utf8_lossy(&keyless.stderr).contains("EVERRUNS_MASTER_KEY"));
    assert!(health(data, &admin, &with_old).await.1);
}
