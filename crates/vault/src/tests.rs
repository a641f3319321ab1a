//! Sealing and opening, here and elsewhere, whole and broken.

use super::*;

const PLACE: Place<'static> = Place { org: "org_1", kind: "provider", owner: "provider_1", name: "api_key" };
const TEXT: &str = "sk-canary-é";

fn vault(byte: u8) -> Vault {
    Vault::new(MasterKey::new([byte; KEY_BYTES]))
}

fn entropy(byte: u8) -> [u8; ENTROPY_BYTES] {
    std::array::from_fn(|place| byte.wrapping_add(place as u8))
}

fn sealed() -> Vec<u8> {
    vault(1).seal(PLACE, TEXT, &entropy(7)).expect("it seals")
}

#[test]
fn what_is_sealed_opens_in_its_place_alone() {
    #[track_caller]
    fn check(place: Place<'_>, expected: Result<&str, Error>) {
        let opened = vault(1).open(place, &sealed());
        assert_eq!(opened.as_ref().map(|text| text.as_str()).map_err(|error| *error), expected, "{place:?}");
    }
    check(PLACE, Ok(TEXT));
    let broken = Err(Error::Broken);
    check(Place { org: "org_2", ..PLACE }, broken);
    check(Place { kind: "session", ..PLACE }, broken);
    check(Place { owner: "provider_2", ..PLACE }, broken);
    check(Place { name: "other", ..PLACE }, broken);
    // The same letters, cut elsewhere.
    check(Place { owner: "provider_1api", name: "_key", ..PLACE }, broken);
    assert_eq!(vault(2).open(PLACE, &sealed()), Err(Error::OtherKey));
}

#[test]
fn every_bit_counts() {
    let whole = sealed();
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[place] ^= 1 << bit;
            assert!(vault(1).open(PLACE, &changed).is_err(), "byte {place}, bit {bit}");
        }
        assert!(vault(1).open(PLACE, &whole[..place]).is_err(), "cut at {place}");
    }
    let longer = [whole.as_slice(), &[0]].concat();
    assert_eq!(vault(1).open(PLACE, &longer), Err(Error::Broken));
    assert_eq!(vault(1).open(PLACE, &[]), Err(Error::Form));
    assert_eq!(vault(1).open(PLACE, &[2; 200]), Err(Error::Form));
}

#[test]
fn nothing_of_it_shows() {
    let whole = sealed();
    assert!(whole.windows(4).all(|window| window != &TEXT.as_bytes()[..4]));
    assert!(whole.windows(8).all(|window| window != &entropy(7)[..8]), "nor does the data key");
    assert_ne!(whole, vault(1).seal(PLACE, TEXT, &entropy(8)).expect("it seals"));
    assert_eq!(format!("{:?}", vault(1)), "Vault { .. }");
    let empty = vault(1).seal(PLACE, "", &entropy(9)).expect("it seals");
    assert_eq!(vault(1).open(PLACE, &empty).as_deref().map(String::as_str), Ok(""));
}

#[test]
fn another_master_key_takes_over() {
    let keys = |primary: u8, previous: &[u8]| {
        let key = |byte: &u8| MasterKey::new([*byte; KEY_BYTES]);
        Vault::with_previous(key(&primary), previous.iter().map(key).collect())
    };
    let (old, nonce) = (sealed(), [9; REWRAP_BYTES]);
    let anew = keys(2, &[3, 1]).rewrap(PLACE, &old, &nonce).expect("it is wrapped anew").expect("it was another key's");
    let opened = |vault: &Vault, sealed: &[u8]| vault.open(PLACE, sealed).map(|text| text.to_string());
    assert_eq!(opened(&keys(2, &[]), &anew).as_deref(), Ok(TEXT));
    assert_eq!(opened(&keys(2, &[1]), &old).as_deref(), Ok(TEXT), "what is not wrapped anew yet opens as well");
    assert_eq!(opened(&keys(1, &[]), &anew), Err(Error::OtherKey));
    assert_eq!(opened(&keys(2, &[3]), &old), Err(Error::OtherKey));
    assert_eq!((keys(2, &[1]).has_key_of(&old), keys(2, &[3]).has_key_of(&old)), (true, false));
    // Twice is once, and the text itself is as it was.
    assert_eq!(keys(2, &[1]).rewrap(PLACE, &anew, &nonce), Ok(None));
    let text = HEADER_BYTES + NONCE_BYTES + WRAPPED_BYTES;
    assert_eq!((anew.len(), &anew[text..]), (old.len(), &old[text..]));
    let elsewhere = Place { org: "org_2", ..PLACE };
    assert_eq!(keys(2, &[1]).rewrap(elsewhere, &old, &nonce), Err(Error::Broken));
    assert_eq!(keys(2, &[3]).rewrap(PLACE, &old, &nonce), Err(Error::OtherKey));
    assert_eq!(keys(2, &[1]).rewrap(PLACE, &old[..20], &nonce), Err(Error::Form));
}

#[test]
fn the_form_stays() {
    // What older builds wrote has to open for ever.
    let whole: String = sealed().iter().map(|byte| format!("{byte:02x}")).collect();
    let written = concat!(
        "01f81602af034544862728292a2b2c2d2e2f303132333435363738393a3b3c3d3e12c99ab4b7095970abead158",
        "835ee2ff5e6ba3e455bf9ccf38ada15969c15f382db827aff168aacb84ee6e5700c953263f4041424344454647",
        "48494a4b4c4d4e4f50515253545556c36ae2fc992ba047faaf818aa6d724b7ba57e175e8a1796509a0c2e0",
    );
    assert_eq!(whole, written);
}

#[test]
fn master_keys_are_read_and_written() {
    #[track_caller]
    fn check(text: &str, valid: bool) {
        let key = MasterKey::parse(text);
        assert_eq!(key.is_ok(), valid, "{text:?}");
        if let Ok(key) = key {
            assert_eq!(*key.to_text(), text.trim().to_lowercase());
        }
    }
    let text = "0123456789abcdef".repeat(4);
    check(&text, true);
    check(&text.to_uppercase(), true);
    check(&format!(" {text}\n"), true);
    check(&text[1..], false);
    check(&format!("{text}0"), false);
    check(&format!("+{}", &text[1..]), false);
    check(&"é".repeat(32), false);
    check("", false);
    assert!(!InvalidKey.to_string().contains(&text));
}
