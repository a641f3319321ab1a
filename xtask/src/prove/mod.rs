//! Proofs: each shows one promise of the project on this machine and prints its figure.
//!
//! A proof is a file here and a row in `PROOFS`. It returns the figure it measured, or an error that says which part of
//! the promise did not hold.

mod conformance;
mod sdk;
mod test_run;

use anyhow::{anyhow, bail};

/// One promise that can be shown.
struct Proof {
    name: &'static str,
    /// What is true when the proof passes.
    shows: &'static str,
    /// Returns the figure, as one line for people.
    run: fn() -> anyhow::Result<String>,
}

const PROOFS: &[Proof] = &[
    Proof { name: "conformance", shows: "the store means the same on SQLite and on PostgreSQL", run: conformance::run },
    Proof { name: "sdk", shows: "the published Python SDK runs against this server, unchanged", run: sdk::run },
];

/// Runs the named proof; without a name, lists them all.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    match arguments {
        [] => {
            for proof in PROOFS {
                println!("{:<14} {}", proof.name, proof.shows);
            }
            Ok(())
        }
        [name] => {
            let proof = find(name)?;
            let figure = (proof.run)()?;
            println!("{}: {figure}", proof.name);
            Ok(())
        }
        _ => bail!("takes one name"),
    }
}

fn find(name: &str) -> anyhow::Result<&'static Proof> {
    PROOFS
        .iter()
        .find(|proof| proof.name == name)
        .ok_or_else(|| anyhow!("no proof is called {name:?}; `cargo xtask prove` lists them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_proof_is_found_by_its_own_name() {
        for proof in PROOFS {
            assert_eq!(find(proof.name).unwrap().shows, proof.shows);
        }
        assert!(find("nothing").is_err());
    }
}
