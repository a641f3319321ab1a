//! The key of a person who signed in with a browser, in a cookie that no script can read.
//!
//! A web page must not keep a key where its scripts reach it, so the browser does: `HttpOnly`, sent to this server alone,
//! and counted only with requests that this server's own pages make.

use axum::http::{HeaderMap, HeaderValue, header};

const NAME: &str = "everruns_key";
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
    let secure = if public_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{NAME}={}; Path=/; HttpOnly; SameSite=Strict{end}{secure}", key.unwrap_or_default());
    let mut cookie = HeaderValue::try_from(cookie).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// The key that a page of this server sends along.
pub(crate) fn key(headers: &HeaderMap) -> Option<&str> {
    if headers.get(SITE).is_some_and(|site| site != "same-origin" && site != "none") {
        return None;
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, key)| (name == NAME && !key.is_empty()).then_some(key))
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
        check(&[("cookie", "everruns_key=")], None);
        check(&[("cookie", "xeverruns_key=evr_pat_1")], None);
        check(&[], None);
    }
}
