//! `cargo xtask`: the chores of the project, one command each.

mod compatibility;
mod prove;
mod tidy;
mod ui;
mod workspace;

use std::process::ExitCode;

/// One command of `cargo xtask`; a new chore is a module and a row below.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const COMMANDS: &[Command] = &[
    Command { name: "tidy", about: "check the rules of the house that the compiler does not know", run: tidy::run },
    Command {
        name: "prove",
        about: "run one proof by name and print its figure; without a name, list the proofs",
        run: prove::run,
    },
    Command {
        name: "compatibility",
        about: "write docs/compatibility.md: our API beside upstream's, from its OpenAPI document",
        run: compatibility::run,
    },
    Command { name: "ui", about: "build the web page into ui/dist, or --check that it is current", run: ui::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print_commands();
        return ExitCode::from(2);
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("xtask: there is no command {name:?}");
        print_commands();
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print_commands() {
    eprintln!("usage: cargo xtask COMMAND [ARGUMENT...]");
    for command in COMMANDS {
        eprintln!("  {:<13} {}", command.name, command.about);
    }
}
