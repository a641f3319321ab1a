//! Paths of files as clients really send them.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::files::Desk;

impl Desk {
    /// A request whose path no client library has put in order; status and body.
    async fn raw(&self, verb: &str, path: &str, body: &str) -> (u16, String) {
        let address = self.world.url().strip_prefix("http://").expect("an address");
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        let request = format!(
            "{verb} {}{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.root,
            body.len()
        );
        socket.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head[9..12].parse().expect("a status"), body.to_owned())
    }
}

/// What each raw path makes, and that it is found there again under the same path.
#[tokio::test]
async fn trap_35_paths_are_decoded_exactly_once() {
    let desk = Desk::new().await;
    let check = async |raw: &str, path: &str| {
        let (status, body) = desk.raw("POST", raw, r#"{"content":"x"}"#).await;
        assert_eq!(status, 201, "{raw}: {body}");
        let made: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(made["path"], path, "{raw}");
        assert_eq!(desk.raw("GET", raw, "").await.0, 200, "{raw}");
        let stat = desk.send("POST /_/stat", json!({ "path": path })).await.ok();
        assert_eq!(stat["path"], path);
        let (status, body) = desk.raw("DELETE", raw, "").await;
        assert_eq!((status, body.as_str()), (200, r#"{"deleted":true}"#), "{raw}");
    };
    check("/plain.md", "/plain.md").await;
    check("/with%20space", "/with space").await;
    check("/%C3%A4%E2%82%AC%F0%9F%98%80.md", "/ä€😀.md").await;
    check("/ä.md", "/ä.md").await;
    check("/a+b", "/a+b").await;
    check("/a%2Bb", "/a+b").await;
    check("/a&b:c[d]=e,f;g@h!$'()*~", "/a&b:c[d]=e,f;g@h!$'()*~").await;
    check("/what%3F", "/what?").await;
    check("/cut?name=x", "/cut").await;
    check("/hash%23tag", "/hash#tag").await;
    // `%20` that a user typed comes encoded once more, and is kept as it was typed.
    check("/a%2520b", "/a%20b").await;
    check("/100%25", "/100%").await;
    check("/100%", "/100%").await;
    check("/%zz", "/%zz").await;
    check("/a%5Cb", "/a\\b").await;
    check("/./dot", "/dot").await;
    check("/%2e/dot", "/dot").await;
    check("/...", "/...").await;
    check("/%252e%252e", "/%2e%2e").await;

    for upwards in ["/..", "/../x", "/a/../b", "/%2e%2e/x", "/.%2e", "/..%2fx", "/a%2f..%2f..%2fb", "/%2E%2E%2Fx"] {
        let (status, body) = desk.raw("POST", upwards, r#"{"content":"x"}"#).await;
        assert!(status == 400 && body.contains("`path` must not contain `..`"), "{upwards}: {status} {body}");
        assert_eq!(desk.raw("GET", upwards, "").await.0, 400, "{upwards}");
    }
    for (odd, text) in [
        ("/a%00b", "NUL"),
        ("/a%0Ab", "control"),
        ("/%FF", "UTF-8"),
        ("/a%C3", "UTF-8"),
        (&format!("/{}", "n".repeat(256)), "names of at most 255 bytes"),
        (&"/d".repeat(33), "32 names deep"),
        (&format!("/{}", "n".repeat(200)).repeat(6), "1024 bytes"),
    ] {
        let (status, body) = desk.raw("POST", odd, r#"{"content":"x"}"#).await;
        assert!(status == 400 && body.contains(text), "{odd}: {status} {body}");
    }
    assert!(desk.paths("?recursive=true").await.iter().all(|path| path == "/..." || !path.contains("..")));
}

#[tokio::test]
async fn trap_36_empty_rests_empty_segments_and_encoded_slashes() {
    let desk = Desk::new().await;
    for raw in ["/a/b", "//a//c", "/a%2Fd", "/a%2fe/", "/a/f//", "///g"] {
        let (status, body) = desk.raw("POST", raw, r#"{"content":"x"}"#).await;
        assert_eq!(status, 201, "{raw}: {body}");
    }
    let all = ["/a", "/a/b", "/a/c", "/a/d", "/a/e", "/a/f", "/g"];
    for root in ["?recursive=true", "/?recursive=true", "//?recursive=true", "/%2F?recursive=true", "/.?recursive=true"]
    {
        assert_eq!(desk.paths(root).await, all, "{root}");
    }
    for directory in ["/a", "/a/", "//a", "/a//", "/%2Fa%2F"] {
        assert_eq!(desk.paths(directory).await, ["/a/b", "/a/c", "/a/d", "/a/e", "/a/f"], "{directory}");
    }
    // No slash is put right by a redirect, which some clients do not follow.
    for raw in ["", "/", "//", "/a", "/a/", "//a//"] {
        assert_eq!(desk.raw("GET", raw, "").await.0, 200, "{raw}");
    }
    for (verb, raw) in [("POST", "/"), ("PUT", "/"), ("POST", "//")] {
        assert_eq!(desk.raw(verb, raw, r#"{"content":"x"}"#).await.0, 409, "{verb} {raw}");
    }
    assert_eq!(desk.raw("DELETE", "/", "").await.0, 400);
}

#[tokio::test]
async fn trap_37_actions_stand_before_paths() {
    let desk = Desk::new().await;
    for (raw, text) in [
        ("/_", "reserved"),
        ("/_/", "reserved"),
        ("/_/x", "reserved"),
        ("/%5F/move", "reserved"),
        ("//_/move", "reserved"),
        ("/_/move/x", "reserved"),
        ("/_%2Fmove", "reserved"),
    ] {
        let (status, body) = desk.raw("POST", raw, r#"{"content":"x"}"#).await;
        assert!(status == 400 && body.contains(text), "{raw}: {status} {body}");
    }
    // Further down it is a name like any other, and so are the words of the actions.
    for raw in ["/a/_/move", "/move", "/_x", "/fs/fs", "/a/fs/_"] {
        let (status, body) = desk.raw("POST", raw, r#"{"content":"x"}"#).await;
        assert_eq!(status, 201, "{raw}: {body}");
        assert_eq!(desk.raw("GET", &format!("/_/download{raw}"), "").await, (200, "x".to_owned()), "{raw}");
    }
    assert_eq!(desk.raw("POST", "/_/stat", r#"{"path":"/fs/fs"}"#).await.0, 200);
    assert_eq!(desk.raw("POST", "/_/grep", r#"{"pattern":"x"}"#).await.0, 200);
    assert_eq!(desk.raw("GET", "/_/grep", "").await.0, 405);
    assert_eq!(desk.paths("").await, ["/_x", "/a", "/fs", "/move"]);
}
