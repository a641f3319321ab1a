//! Dependencies of capabilities, as words.

use super::*;

fn one(id: &'static str, aliases: &'static [&'static str], dependencies: &'static [&'static str]) -> Capability {
    Capability { id, aliases, dependencies, ..Capability::default() }
}

/// `web` needs `files`, which needs `store`; `a`, `b` and `c` need each other; `lost` needs what is not there.
fn catalogue() -> Vec<Capability> {
    vec![
        one("web", &["browser", "files"], &["files"]),
        one("files", &["disk"], &["store"]),
        one("store", &[], &[]),
        one("a", &[], &["b"]),
        one("b", &[], &["store", "c"]),
        one("c", &[], &["a"]),
        one("self", &[], &["self"]),
        one("lost", &[], &["gone"]),
        one("both", &[], &["web", "disk"]),
    ]
}

#[test]
fn ids_come_with_what_they_need() {
    #[track_caller]
    fn check(wanted: &str, expected: &str) {
        let catalogue = catalogue();
        let found = with_dependencies(wanted.split_whitespace(), &catalogue);
        let ids: Vec<&str> = found.iter().map(|capability| capability.id).collect();
        assert_eq!(ids.join(" "), expected, "{wanted}");
    }
    check("", "");
    check("store", "store");
    check("files", "store files");
    check("disk files disk", "store files");
    check("web store", "store files web");
    check("browser", "store files web");
    check("store nobody web", "store files web");
    check("both", "store files web both");
    check("a", "store c b a");
    check("self", "self");
    check("lost", "lost");
}

#[test]
fn a_catalogue_is_held_to_its_dependencies() {
    #[track_caller]
    fn check(id: &str, expected: &str) {
        let result = check_dependencies(id, &catalogue()).map_err(|error| error.to_string());
        assert_eq!(result.err().unwrap_or_default(), expected, "{id}");
    }
    check("web", "");
    check("disk", "");
    check("both", "");
    check("nobody", "`nobody` is not in the catalogue");
    check("lost", "`gone` is not in the catalogue");
    check("self", "the dependencies go round: self -> self");
    check("a", "the dependencies go round: a -> b -> c -> a");
    check("b", "the dependencies go round: b -> c -> a -> b");
}

#[test]
fn a_chain_has_a_bound() {
    // Leaked, since the texts of a catalogue are constants.
    let names: Vec<&'static str> = (0..=CAPABILITY_DEPENDENCIES_MAX).map(|n| &*format!("c{n}").leak()).collect();
    let names: &'static [&'static str] = names.leak();
    let chain: Vec<Capability> = names
        .iter()
        .enumerate()
        .map(|(place, id)| one(id, &[], &names[place + 1..names.len().min(place + 2)]))
        .collect();
    assert_eq!(check_dependencies(names[0], &chain), Err(DependencyError::TooMany));
    assert_eq!(check_dependencies(names[1], &chain), Ok(()));
}
