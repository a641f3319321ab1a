//! The server to measure: always one on this machine.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};

/// A loopback address and the path before `/v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// Empty, or such as `/api`; for other URLs than a base URL the whole path.
    pub(crate) path: String,
}

impl Target {
    /// The server at `port`.
    pub(crate) fn of_port(port: u16) -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), path: String::new() }
    }
}

impl FromStr for Target {
    type Err = anyhow::Error;

    /// Reads `http://127.0.0.1:9000/api`. A load generator must not be pointed at somebody else's machine by mistake,
    /// so other hosts than loopback are refused, and no name but `localhost` is looked up.
    fn from_str(url: &str) -> anyhow::Result<Self> {
        let rest = url.strip_prefix("http://").context("a URL begins with http://")?;
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let address = match authority.strip_prefix("localhost:") {
            Some(port) => SocketAddr::from(([127, 0, 0, 1], port.parse()?)),
            None => authority.parse().context("a URL names a loopback address and a port: http://127.0.0.1:9000")?,
        };
        let is_loopback = match address.ip() {
            IpAddr::V4(ip) => ip.is_loopback(),
            IpAddr::V6(ip) => ip.is_loopback(),
        };
        if !is_loopback {
            bail!("{authority} is not on this machine; only loopback addresses are measured");
        }
        ensure!(path.bytes().all(|b| b.is_ascii_graphic()), "a URL's path has no spaces and no control characters");
        Ok(Self { address, path: path.trim_end_matches('/').to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_a_target() {
        #[track_caller]
        fn check(url: &str, expected: Option<(&str, &str)>) {
            let target = url.parse::<Target>().ok();
            let target = target.map(|target| (target.address.to_string(), target.path));
            let expected = expected.map(|(address, path)| (address.to_owned(), path.to_owned()));
            assert_eq!(target, expected, "{url}");
        }
        check("http://127.0.0.1:9000", Some(("127.0.0.1:9000", "")));
        check("http://127.9.9.9:1/api/", Some(("127.9.9.9:1", "/api")));
        check("http://localhost:9000/", Some(("127.0.0.1:9000", "")));
        check("http://[::1]:9000", Some(("[::1]:9000", "")));
        check("http://127.0.0.1", None);
        check("http://10.0.0.1:9000", None);
        check("http://0.0.0.0:9000", None);
        check("http://[::ffff:10.0.0.1]:9000", None);
        check("http://example.org:9000", None);
        check("http://localhost.example.org:80", None);
        check("http://127.0.0.1:80@example.org:80", None);
        check("https://127.0.0.1:9000", None);
        check("http://127.0.0.1:9000/a b", None);
    }
}
