//! The simulated provider as people start it.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Child;

use tempfile::TempDir;

use crate::world::{ended, everruns, interrupt, read_until, rest, run};

/// A provider on a free port, where it is, and what it says of itself.
fn provider(home: &TempDir, arguments: &[&str]) -> (Child, String, String) {
    let command = [&["simulate", "provider", "--listen", "127.0.0.1:0"], arguments].concat();
    let mut child = everruns(home.path(), &command).spawn().expect("the binary starts");
    let told = read_until(child.stdout.as_mut().expect("a pipe"), "for what a model's name can ask for.");
    let (_, place) = told.split_once("--base-url http://").expect("an address");
    let (place, _) = place.split_once("/v1").expect("the address ends");
    (child, place.to_owned(), told.clone())
}

/// Asks for an answer, and reads until the provider hangs up.
fn ask(place: &str, key: &str, model: &str) -> String {
    let body = format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"Hello"}}]}}"#);
    let mut socket = TcpStream::connect(place).expect("it listens");
    write!(
        socket,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {place}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("it reads");
    rest(socket)
}

#[test]
fn it_tells_its_addresses_answers_and_ends_with_ctrl_c() {
    let home = tempfile::tempdir().expect("a directory");
    let (child, place, told) = provider(&home, &["--key", "right"]);
    for kind in ["openai", "openai_completions", "anthropic", "gemini", "bedrock"] {
        assert!(told.contains(&format!("--type {kind} \\\n        --base-url http://{place}")), "{told}");
    }
    let check = |key: &str, model: &str, status: &str, part: &str| {
        let answer = ask(&place, key, model);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(part), "{answer}");
    };
    check("right", "any?text=Good%20day.", "200", "Good day.");
    check("wrong", "any", "401", "invalid_api_key");
    check("right", "any?error=503", "503", "server_error");
    interrupt(&child);
    assert_eq!(ended(child).code, 0);
}

#[test]
fn a_place_that_is_taken() {
    let home = tempfile::tempdir().expect("a directory");
    let (child, place, _) = provider(&home, &[]);
    let second = run(everruns(home.path(), &["simulate", "provider", "--listen", &place]), "");
    assert_eq!((second.code, second.out.as_str()), (1, ""), "{second:?}");
    assert!(second.err.contains(&format!("cannot listen on {place}")) && second.err.contains("--listen"), "{second:?}");
    interrupt(&child);
    assert_eq!(ended(child).code, 0);
}
