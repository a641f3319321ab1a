//! An address that a user gave, in the one form in which it is dialled.

use std::net::IpAddr;

use reqwest::Url;

use crate::Policy;

/// An address that may be asked, as far as it can be told before its name is resolved.
#[derive(Clone, Debug)]
pub struct Address(Url);

/// Why an address is not asked. Says what it is and not what answered there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no address for HTTP.
    #[error("`{0}` is no address; write one such as `https://api.example.com/v1`")]
    Form(String),
    /// It carries a user or a password.
    #[error("an address must not contain a user or a password")]
    Credentials,
    /// It leads where only the operator of this server may.
    #[error(
        "`{0}` leads to an address that is not public; the server's operator has to allow it with `--allow-addresses`"
    )]
    NotPublic(String),
}

impl Address {
    pub(crate) fn parse(text: &str, policy: &Policy) -> Result<Self, Refused> {
        let form = || Refused::Form(text.chars().take(200).collect());
        let url = Url::parse(text).map_err(|_| form())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(form());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        // Whatever notation a number is written in (octal, hexadecimal, a single one), it is a plain one by now.
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(form)?;
        let number: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        if number.is_some_and(|number| !policy.admits(number)) {
            return Err(Refused::NotPublic(host.to_owned()));
        }
        Ok(Self(url))
    }

    /// The host, a name or a number.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    pub(crate) fn into_url(self) -> Url {
        self.0
    }
}
