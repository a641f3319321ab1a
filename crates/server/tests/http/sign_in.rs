//! Signing in with a browser: the key becomes a cookie that counts for this server's own pages alone.

use everruns_core::Role;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE};

use crate::wire::Answer;
use crate::world::{Setup, World, key_of};

async fn guarded() -> World {
    World::with(Setup { keys: true, local_only: false, ..Setup::default() }).await
}

/// The cookie of an answer, and what stands behind it.
fn cookie_of(answer: &Answer) -> (String, String) {
    let (cookie, rest) = answer.header("set-cookie").expect("a cookie").split_once("; ").expect("attributes");
    (cookie.to_owned(), rest.to_owned())
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let world = guarded().await;
    let key = key_of(Role::Viewer);
    let send = async |method: Method, path: &str, headers: &[(&str, &str)]| {
        let request = headers.iter().fold(world.anonymous(method, path), |it, (name, value)| it.header(*name, *value));
        Answer::to(request).await
    };
    send(Method::POST, "/v1/users/me/sign-in", &[]).await.check_problem(401, "Authorization");
    let wrong = [("authorization", "evr_pat_wrong")];
    send(Method::POST, "/v1/users/me/sign-in", &wrong).await.check_problem(401, "Authorization");

    let answer = send(Method::POST, "/v1/users/me/sign-in", &[("authorization", &key)]).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
    let (cookie, attributes) = cookie_of(&answer);
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict");
    let check = async |headers: &[(&str, &str)], status: u16| {
        let answer = send(Method::GET, "/v1/agents", headers).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?} {}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    };
    check(&[("cookie", &cookie), ("sec-fetch-site", "same-origin")], 200).await;
    check(&[("cookie", &cookie), ("sec-fetch-site", "cross-site")], 401).await;
    check(&[("cookie", &cookie), ("sec-fetch-site", "same-site")], 401).await;
    check(&[("cookie", "everruns_key=evr_pat_wrong")], 401).await;
    check(&[("cookie", &cookie), ("origin", "http://elsewhere.example")], 401).await;
    // One that is no good any more is taken back.
    let refused = send(Method::POST, "/v1/users/me/sign-out", &[("cookie", "everruns_key=evr_pat_wrong")]).await;
    refused.check_problem(401, "Authorization");
    assert_eq!(cookie_of(&refused), ("everruns_key=".to_owned(), format!("{attributes}; Max-Age=0")));
    // A key that is said goes before the one that is kept.
    check(&[("cookie", &cookie), ("authorization", "evr_pat_wrong")], 401).await;

    let out = world.anonymous(Method::POST, "/v1/users/me/sign-out").header(COOKIE, &cookie);
    let answer = Answer::to(out).await;
    assert_eq!(answer.status.as_u16(), 204);
    assert_eq!(cookie_of(&answer), ("everruns_key=".to_owned(), format!("{attributes}; Max-Age=0")));
}

#[tokio::test]
async fn the_cookie_is_no_more_than_the_key() {
    let world = guarded().await;
    let viewer = format!("everruns_key={}", key_of(Role::Viewer));
    let post = world.anonymous(Method::POST, "/v1/agents").header(COOKIE, &viewer);
    Answer::to(post.body(r#"{"name":"a","system_prompt":""}"#)).await.check_problem(403, "member");
    // In dev mode there is none to keep.
    let dev = World::dev().await;
    let answer = Answer::to(dev.anonymous(Method::POST, "/v1/users/me/sign-in")).await;
    answer.check_problem(400, "`Authorization`");
    let answer = Answer::to(dev.anonymous(Method::POST, "/v1/users/me/sign-in").header(AUTHORIZATION, "a;b")).await;
    answer.check_problem(400, "`Authorization`");
}
