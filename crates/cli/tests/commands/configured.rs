//! Flags over environment over file, and the doctor's word on it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::world::{World, everruns, run};

impl World {
    /// A command without the environment that names the server, beside this file at its usual place.
    fn with_file(&self, text: &str, mode: u32, arguments: &[&str]) -> std::process::Command {
        let place = self.directory.path().join(".config/everruns");
        fs::create_dir_all(&place).expect("a directory");
        let file = place.join("config.toml");
        fs::write(&file, text).expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("ours");
        everruns(self.directory.path(), arguments)
    }
}

#[test]
fn each_is_stronger_than_the_one_before() {
    let world = World::new();
    world.refused(&["agents", "list", "--api-url", "https://127.0.0.1:1"], 2, &["does not speak TLS yet"]);
    let list = ["agents", "list", "-q"];
    let nowhere = "http://127.0.0.1:1";
    let right = format!("api_url = \"{}\"\n", world.url);
    let wrong = format!("api_url = \"{nowhere}\"\n");
    assert_eq!(run(world.with_file(&right, 0o600, &list), "").code, 0);
    assert_eq!(run(world.with_file(&wrong, 0o600, &list), "").code, 5);
    let mut command = world.with_file(&wrong, 0o600, &list);
    assert_eq!(
        run(
            {
                command.env("EVERRUNS_API_URL", &world.url);
                command
            },
            ""
        )
        .code,
        0
    );
    let mut command = world.with_file(&wrong, 0o600, &[&list[..], &["--api-url", &world.url]].concat());
    assert_eq!(
        run(
            {
                command.env("EVERRUNS_API_URL", nowhere);
                command
            },
            ""
        )
        .code,
        0
    );

    let profiles = format!("{wrong}[profiles.here]\napi_url = \"{}/api/\"\n", world.url);
    assert_eq!(run(world.with_file(&profiles, 0o600, &[&list[..], &["--profile", "here"]].concat()), "").code, 0);
    let refused = run(world.with_file(&profiles, 0o600, &[&list[..], &["--profile", "there"]].concat()), "");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("there is no profile \"there\"") && refused.err.contains("here"), "{}", refused.err);
}

#[test]
fn a_wrong_file_is_refused_by_name_and_line() {
    let world = World::new();
    let refused = run(world.with_file("\napi_ulr = 'x'\n", 0o600, &["agents", "list"]), "");
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    for part in [".config/everruns/config.toml:2: unknown key `api_ulr`", "did you mean `api_url`?"] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    let named = run(everruns(world.directory.path(), &["agents", "list", "--config", "no.toml"]), "");
    assert_eq!(named.code, 2);
    assert!(named.err.contains("cannot read the configuration file no.toml"), "{}", named.err);
    // What needs no configuration is not held up by it.
    assert_eq!(run(world.with_file("x = 1", 0o600, &["version"]), "").code, 0);
    // A server reads the same file.
    let server = run(world.with_file("[server]\nprot = 1", 0o600, &["dev", "--port", "0"]), "");
    assert_eq!(server.code, 2);
    assert!(server.err.contains("did you mean `port`?"), "{}", server.err);
}

#[test]
fn a_key_is_kept_for_its_owner_and_its_server() {
    let world = World::new();
    let file = format!("api_url = \"{}\"\napi_key = \"evr_pat_secret\"\n", world.url);
    let open = run(world.with_file(&file, 0o644, &["agents", "list"]), "");
    assert_eq!(open.code, 0);
    assert!(open.err.contains("others on this machine can read the key"), "{}", open.err);
    let closed = run(world.with_file(&file, 0o600, &["agents", "list"]), "");
    assert_eq!((closed.code, closed.err.as_str()), (0, ""));
    let other = run(world.with_file(&file, 0o600, &["agents", "list", "--api-url", "http://127.0.0.1:1"]), "");
    assert_eq!(other.code, 2);
    assert!(other.err.contains("is not for this server") && !other.err.contains("secret"), "{}", other.err);
    let help = run(world.with_file(&file, 0o600, &["agents", "list", "--help"]), "");
    assert!(!help.out.contains("secret"), "{}", help.out);
}

#[test]
fn the_doctor_looks_and_says() {
    let world = World::new();
    let levels = |out: &str| -> Vec<(String, String)> {
        let rows: Vec<Value> = serde_json::from_str(out).expect("JSON");
        let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
        rows.iter().map(|row| (text(row, "what"), text(row, "level"))).collect()
    };
    let well = world.run(&["doctor", "--data-dir", "data", "--json"]);
    assert_eq!(well.code, 0, "{well:?}");
    let found = levels(&well.out);
    for what in ["configuration", "server", "key", "clock", "data"] {
        assert!(found.contains(&(what.to_owned(), "ok".to_owned())), "{what} {found:?}");
    }
    assert!(found.iter().any(|(what, _)| what == "disk") && found.iter().any(|(what, _)| what == "open files"));

    let lost = world.run(&["doctor", "--api-url", "http://127.0.0.1:1", "--database-url", "postgres://127.0.0.1:1/x"]);
    assert_eq!(lost.code, 1);
    for part in ["fail  server: ", "start one with `everruns dev`", "fail  PostgreSQL: ", "ok    open files: "] {
        assert!(lost.out.contains(part), "{part} {}", lost.out);
    }
    let broken = run(world.with_file("x = 1", 0o600, &["doctor", "--json", "--api-url", &world.url]), "");
    assert_eq!(broken.code, 1);
    assert!(levels(&broken.out).contains(&("configuration".to_owned(), "fail".to_owned())), "{}", broken.out);
}
