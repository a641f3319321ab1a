//! `docs/cli.md`, written from the commands themselves. The test below fails when the file is not what they say;
//! `EVERRUNS_WRITE_DOCS=1` lets it write the file.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};

const HEAD: &str = "# Command line

Written from the commands by a test of `crates/cli` (`EVERRUNS_WRITE_DOCS=1 cargo test -p everruns-cli reference`).

Every command that speaks to a server takes `--api-url`, `--api-key`, `--org`, `--socket`, `--timeout`, `--reason`,
`--json` and `-q`. A flag is stronger than the environment, and that is stronger than the configuration file,
`$XDG_CONFIG_HOME/everruns/config.toml` or `~/.config/everruns/config.toml`:

```toml
profile = \"local\"               # the profile in use; --profile and EVERRUNS_PROFILE choose another
timeout_seconds = 30

[profiles.local]
api_url = \"http://127.0.0.1:9000\"

[profiles.prod]
api_url = \"http://everruns.internal:9000/api\"
api_key = \"evr_pat_…\"           # chmod 600; a file that others can read is warned about
org_id = \"org_…\"

[server]                        # the flags of `everruns dev` and `serve`, with _ for -
data_dir = \"/var/lib/everruns\"
port = 9000
```

An unknown key is refused by line and with what may have been meant. The key of a file is sent to the server of the same
profile alone. There is no TLS yet: an `https://` address is refused.

";

fn reference() -> String {
    let mut command = without_environment(crate::Arguments::command());
    command.build();
    let mut text = HEAD.to_owned();
    section(&mut text, &mut command, 2);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// What a variable holds at the moment is nobody's business, and another one's test would see another text.
fn without_environment(command: Command) -> Command {
    command
        .term_width(0)
        .disable_help_subcommand(true)
        .mut_args(|arg| arg.hide_env_values(true))
        .mut_subcommands(without_environment)
}

fn section(text: &mut String, command: &mut Command, level: usize) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    // What all commands of a server share is said once, at its head.
    let shared = level > 2 && name != "everruns chat";
    let mut shown = command.clone();
    if shared {
        shown = shown.mut_args(|arg| {
            let is_shared = matches!(arg.get_help_heading(), Some("Server" | "Output"))
                || ["config", "profile", "help"].contains(&arg.get_id().as_str());
            arg.hide(is_shared)
        });
    }
    let help = shown.render_long_help().to_string();
    let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    let _ = write!(text, "{} `{name}`\n\n```text\n{}\n```\n\n", "#".repeat(level), help.trim_end());
    for sub in command.get_subcommands_mut().filter(|sub| !sub.is_hide_set()) {
        section(text, sub, (level + 1).min(4));
    }
}

#[test]
fn docs_tell_what_the_commands_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let expected = reference();
    if std::env::var_os("EVERRUNS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &expected).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).expect("docs/cli.md");
    assert!(found == expected, "docs/cli.md is not what the commands say; run this test with EVERRUNS_WRITE_DOCS=1");
}
