//! `everruns simulate`: what plays the part of others, for tests, benchmarks and the curious.

use std::net::SocketAddr;

use everruns_engine::Source as _;
use everruns_simulator::{Settings, Simulator};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::system::System;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    part: Part,
}

#[derive(clap::Subcommand)]
enum Part {
    /// Play a model provider: five wire formats, and answers and faults as the model's name says.
    ///
    /// A model's name may say behind a `?` what it answers, how fast, and what goes wrong:
    /// `any?text=Hello%20world`, `any?words=200&first_ms=300&word_ms=20`, `any?thinking=Hm&tools=get_weather&calls=2`,
    /// `any?error=429&retry_after=2`, `any?cut_contents=5`. A parameter that does not exist is answered with all that do.
    Provider {
        /// Where it listens.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4100")]
        listen: SocketAddr,
        /// The key that it knows; absent: every key.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// The secret of Amazon's signatures; absent: only their form is looked at.
        #[arg(long, value_name = "SECRET")]
        secret: Option<String>,
        /// Answer requests without a key, too, as a server on one's own machine does.
        #[arg(long, conflicts_with = "key")]
        keyless: bool,
        /// A model that it lists, instead of its own two; may be repeated. It answers for every other, too.
        #[arg(long = "model", value_name = "NAME")]
        models: Vec<String>,
    },
}

/// Type of provider in Everruns, what stands behind the simulator's address, and what it speaks.
const BASES: &[(&str, &str, &str)] = &[
    ("openai", "/v1", "OpenAI Responses"),
    ("openai_completions", "/v1", "OpenAI Chat Completions"),
    ("anthropic", "/v1", "Anthropic Messages"),
    ("gemini", "/v1beta", "Google Gemini"),
    ("bedrock", "", "Amazon Bedrock Converse"),
];

pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let Part::Provider { listen, key, secret, keyless, models } = options.part;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::failed(format!("cannot listen on {listen}")).because(error).then("name another place with --listen")
    })?;
    let mut settings =
        Settings { key, secret, is_keyless: keyless, created: created(), keep: 0, ..Settings::default() };
    if !models.is_empty() {
        settings.models = models;
    }
    let simulator = Simulator::serve(listener, settings)?;
    println!("{}", told(&simulator.url()));
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn created() -> u64 {
    u64::try_from(System.now().as_micros() / 1_000_000).unwrap_or_default()
}

/// What to do with it.
fn told(url: &str) -> String {
    let mut text = String::from("A simulated provider; Ctrl-C ends it. Its formats and their base addresses:\n");
    for (kind, path, format) in BASES {
        let name = kind.replace('_', "-");
        text.push_str(&format!(
            "\n  {format}\n    echo any-key | everruns providers create simulated-{name} --type {kind} \\\n        \
             --base-url {url}{path} --key-file -\n"
        ));
    }
    text.push_str(
        "\nThen a model of it, such as:\n    everruns models create 'any?words=50&word_ms=20' --provider simulated-openai\n\n\
         See `everruns simulate provider --help` for what a model's name can ask for.",
    );
    text
}
