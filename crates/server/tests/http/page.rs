//! The web page: it is in the binary, comes compressed, and its policy lets nothing else in.

use reqwest::header::{ACCEPT, ACCEPT_ENCODING};
use reqwest::{Method, Response};

use crate::wire::Answer;
use crate::world::World;

/// What a browser gets for a path.
async fn opened(world: &World, path: &str) -> Response {
    let request = world.anonymous(Method::GET, path).header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
    request.header(ACCEPT_ENCODING, "gzip").send().await.expect("an answer")
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn every_place_of_the_page_is_the_page() {
    let world = World::dev().await;
    for path in ["/", "/sessions", "/agents/agent_00000000000000000000000000000001", "/sessions/x/trace?turn=y"] {
        let answer = opened(&world, path).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "text/html"), "{path}");
        assert_eq!(header(&answer, "cache-control"), "no-cache", "{path}");
        let policy = header(&answer, "content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    }
}

#[tokio::test]
async fn its_files_are_there_compressed_and_kept() {
    let world = World::dev().await;
    let page = world.anonymous(Method::GET, "/").send().await.expect("an answer").text().await.expect("a page");
    assert!(!page.contains("//"), "nothing from elsewhere: {page}");
    let links: Vec<&str> = page.split('"').filter(|text| text.starts_with('/')).collect();
    assert!(links.len() >= 4, "{page}");
    for link in links {
        let answer = opened(&world, link).await;
        assert_eq!(answer.status(), 200, "{link}");
        let kept = if link.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(header(&answer, "cache-control"), kept, "{link}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{link}");
        let is_large = answer.bytes().await.expect("a file").len() > 10_000;
        let answer = opened(&world, link).await;
        assert!(!is_large || header(&answer, "content-encoding") == "gzip", "{link}");
    }
}

#[tokio::test]
async fn programs_that_go_astray_are_told_so() {
    let world = World::dev().await;
    let get = |path: &str| Answer::to(world.anonymous(Method::GET, path));
    get("/v1/nowhere").await.check_problem(404, "no such route");
    get("/assets/nothing.js").await.check_problem(404, "file");
    for path in ["/v1/nowhere", "/api/v1/agentz"] {
        let request = world.anonymous(Method::GET, path).header(ACCEPT, "text/html,*/*");
        Answer::to(request).await.check_problem(404, "no such route");
    }
    let post = world.anonymous(Method::POST, "/sessions").header(ACCEPT, "text/html");
    Answer::to(post).await.check_problem(404, "no such route");
}
