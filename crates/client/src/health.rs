//! `/health`: whether there is a server, and which.

use std::time::SystemTime;

use serde::Deserialize;

use crate::{Client, Error};

/// A server that lives.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Its version, if it tells.
    pub version: Option<String>,
    /// `none` when any key will do, `keys` otherwise.
    pub auth_mode: Option<String>,
    /// Its clock, to the second.
    pub time: Option<SystemTime>,
}

#[derive(Deserialize)]
struct Body {
    version: Option<String>,
    auth_mode: Option<String>,
}

impl Client {
    /// Whether the server lives. Needs no key.
    pub async fn health(&self) -> Result<Health, Error> {
        let response = self.get(&["health"]).beside_the_api().open_briefly().await?;
        let date = response.headers().get(reqwest::header::DATE).and_then(|date| date.to_str().ok());
        let time = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let body: Body = serde_json::from_slice(&response.bytes().await?).map_err(Error::decode)?;
        Ok(Health { version: body.version, auth_mode: body.auth_mode, time })
    }
}
