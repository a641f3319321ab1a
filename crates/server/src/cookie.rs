//! The key of a person who signed in with a browser, in a cookie that no script can read.
//!
//! A web page must not keep a key where its scripts reach it, so the browser does: `HttpOnly`, sent to this server alone,
//! and counted only with requests that this server's own pages make.

use axum::http::{HeaderMap, HeaderValue, header};

const NAME: &str = "everruns_key";
/// The same over HTTPS, where browsers then take it from this very host alone and for all of its paths.
const HOST_NAME: &str = "__Host-everruns_key";
/// Where a request comes from, as browsers tell and pages cannot lie about.
const SITE: &str = "sec-fetch-site";

/// Has the browser keep `key` until it is closed, or without one forget it. None for what is no key, since a cookie has
/// marks of its own.
pub(crate) fn set(key: Option<&str>, public_url: &str) -> Option<HeaderValue> {
    let is_plain = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if !key.is_none_or(is_plain) {
        return None;
    }
    let end = if key.is_none() { "; Max-Age=0" } else { "" };
    let (name, secure) = if public_url.starts_with("https:") { (HOST_NAME, "; Secure") } else { (NAME, "") };
    let cookie = format!("{name}={}; Path=/; HttpOnly; SameSite=Strict{end}{secure}", key.unwrap_or_default());
    let mut cookie = HeaderValue::try_from(cookie).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// The key that a page of this server sends along. None if a page of somebody else may have sent it, or if there are two:
/// then one is not from here.
pub(crate) fn key(headers: &HeaderMap) -> Option<&str> {
    let mut keys = keys(headers);
    let key = keys.next().filter(|key| !key.is_empty())?;
    (keys.next().is_none() && !is_foreign(headers)).then_some(key)
}

/// Whether the browser sends a key along, be it good or not.
pub(crate) fn is_there(headers: &HeaderMap) -> bool {
    keys(headers).next().is_some()
}

fn keys(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| [NAME, HOST_NAME].contains(name)).map(|(_, key)| key)
}

/// Browsers name the site over HTTPS and on this machine, and the origin of whatever changes something everywhere.
fn is_foreign(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SITE) {
        return site != "same-origin" && site != "none";
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let origin = text(header::ORIGIN).map(|origin| origin.split_once("://").map_or(origin, |(_, authority)| authority));
    origin.is_some_and(|origin| text(header::HOST) != Some(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_servers_pages_send_it() {
        #[track_caller]
        fn check(headers: &[(&'static str, &'static str)], expected: Option<&str>) {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(key(&headers), expected, "{headers:?}");
        }
        let cookie = ("cookie", "a=b; everruns_key=evr_pat_1; c=d");
        check(&[cookie], Some("evr_pat_1"));
        check(&[("cookie", "a=b"), ("cookie", "everruns_key=evr_pat_2")], Some("evr_pat_2"));
        check(&[cookie, ("sec-fetch-site", "same-origin")], Some("evr_pat_1"));
        check(&[cookie, ("sec-fetch-site", "none")], Some("evr_pat_1"));
        check(&[cookie, ("sec-fetch-site", "same-site")], None);
        check(&[cookie, ("sec-fetch-site", "cross-site")], None);
        // Over plain HTTP there is no site, but where something is changed there is an origin.
        check(&[cookie, ("host", "10.0.0.5:9000"), ("origin", "http://10.0.0.5:9000")], Some("evr_pat_1"));
        check(&[cookie, ("host", "10.0.0.5:9000"), ("origin", "http://10.0.0.5:8080")], None);
        check(&[cookie, ("host", "10.0.0.5:9000"), ("origin", "null")], None);
        check(&[("cookie", "__Host-everruns_key=evr_pat_3")], Some("evr_pat_3"));
        check(&[("cookie", "everruns_key=evr_pat_9; everruns_key=evr_pat_1")], None);
        check(&[("cookie", "everruns_key=")], None);
        check(&[("cookie", "xeverruns_key=evr_pat_1")], None);
        check(&[], None);
    }
}
