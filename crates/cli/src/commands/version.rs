//! `everruns version`: which build this is.

use serde_json::json;

use crate::failure::Failure;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let (version, os, arch) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let text = match options.json {
        true => json!({ "name": "everruns", "version": version, "os": os, "arch": arch }).to_string(),
        false => format!("everruns {version} ({os}, {arch})"),
    };
    Ok(std::io::Write::write_all(&mut std::io::stdout().lock(), format!("{text}\n").as_bytes())?)
}
