//! Dev mode takes any key, so nothing but programs on this machine may use it: a web page that the same machine's
//! browser shows must not reach it, be it by a request across origins or by a name that resolves to loopback.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::state::App;

pub(crate) async fn local_only(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.settings.local_only
        && let Err(reason) = check(request.headers(), request.uri())
    {
        return Problem::new(StatusCode::FORBIDDEN, "forbidden", reason).into_response();
    }
    next.run(request).await
}

fn check(headers: &HeaderMap, uri: &Uri) -> Result<(), &'static str> {
    let host = match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST).and_then(|host| host.to_str().ok()),
    };
    let host = host.ok_or("Dev mode needs a `Host` header; use http://localhost or http://127.0.0.1.")?;
    if !is_loopback(host) {
        return Err("Dev mode answers only under localhost, 127.0.0.1 or [::1]; use one of these as the host.");
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let own = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://")) == Some(host);
        if !own {
            return Err("Dev mode does not answer web pages of other origins; call it from a program.");
        }
    }
    let foreign = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site");
    if foreign {
        return Err("Dev mode does not answer web pages of other sites; call it from a program.");
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "::1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_no_page() {
        #[track_caller]
        fn check(headers: &[(&'static str, &str)], allowed: bool) {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
                .collect();
            assert_eq!(super::check(&headers, &Uri::from_static("/v1/agents")).is_ok(), allowed, "{headers:?}");
        }
        check(&[("host", "localhost:9000")], true);
        check(&[("host", "127.0.0.1:9000")], true);
        check(&[("host", "[::1]:9000")], true);
        check(&[], false);
        check(&[("host", "evil.example")], false);
        check(&[("host", "localhost.evil.example:9000")], false);
        check(&[("host", "127.0.0.1.evil.example")], false);
        check(&[("host", "localhost:9000"), ("origin", "http://localhost:9000")], true);
        check(&[("host", "localhost:9000"), ("origin", "http://localhost:3000")], false);
        check(&[("host", "localhost:9000"), ("origin", "https://evil.example")], false);
        check(&[("host", "localhost:9000"), ("origin", "null")], false);
        check(&[("host", "localhost:9000"), ("sec-fetch-site", "cross-site")], false);
        check(&[("host", "localhost:9000"), ("sec-fetch-site", "none")], true);
    }
}
