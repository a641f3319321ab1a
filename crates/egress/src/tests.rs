//! What passes the gate, what does not, and that a name is judged by where it leads.

use std::net::IpAddr;

use super::*;

fn strict() -> Policy {
    Policy::default()
}

#[test]
fn only_public_addresses_pass() {
    #[track_caller]
    fn check(address: &str, passes: bool) {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(strict().admits(address), passes, "{address}");
        assert!(Policy { private: true, ..strict() }.admits(address));
    }
    for public in ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.255"] {
        check(public, true);
        check(&format!("::ffff:{public}"), true);
    }
    for hidden in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.0.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.9.9",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.1.1",
        "198.51.100.3",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
    ] {
        check(hidden, false);
        check(&format!("::ffff:{hidden}"), false);
        check(&format!("64:ff9b::{hidden}"), false);
    }
    check("2606:4700::1111", true);
    check("2002:0808:0808::1", true);
    check("2002:7f00:0001::1", false);
    for hidden in [
        "::",
        "::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "100::1",
        "64:ff9b:1:a9fe:a9:fe00:808:808",
    ] {
        check(hidden, false);
    }
}

#[test]
fn an_operator_allows_ranges() {
    let allowed = ["10.1.0.0/16", "192.168.1.7", "fd00::/8"].map(|text| text.parse().unwrap()).to_vec();
    let policy = Policy { private: false, allowed };
    let check = |address: &str, passes: bool| assert_eq!(policy.admits(address.parse().unwrap()), passes, "{address}");
    check("10.1.2.3", true);
    check("::ffff:10.1.2.3", true);
    check("10.2.0.1", false);
    check("192.168.1.7", true);
    check("192.168.1.8", false);
    check("fd99::1", true);
    check("fc00::1", false);
    for text in ["", "10.0.0.0/33", "localhost", "10.0.0"] {
        assert!(text.parse::<Range>().is_err(), "{text}");
    }
}

#[test]
fn every_notation_of_an_address_is_judged() {
    #[track_caller]
    fn check(text: &str, expected: Option<Refused>) {
        assert_eq!(Address::parse(text, &strict()).err(), expected, "{text}");
    }
    check("https://api.example.com/v1", None);
    check("https://api.example.com:8443/v1", None);
    check("http://1.1.1.1/", None);
    let hidden = |host: &str| Some(Refused::NotPublic(host.to_owned()));
    for odd in ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1."] {
        check(&format!("http://{odd}/"), hidden("127.0.0.1"));
    }
    check("http://[::1]:8080/", hidden("[::1]"));
    check("http://[::ffff:169.254.169.254]/latest", hidden("[::ffff:a9fe:a9fe]"));
    check("http://１２７.0.0.1/", hidden("127.0.0.1"));
    check("https://user@example.com/", Some(Refused::Credentials));
    check("https://:secret@example.com/", Some(Refused::Credentials));
    for text in ["ftp://example.com", "file:///etc/passwd", "example.com", "https://", ""] {
        check(text, Some(Refused::Form(text.to_owned())));
    }
}

#[tokio::test]
async fn a_name_is_judged_by_where_it_leads() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    let gate = Gate::new(strict()).unwrap();
    let error = gate.get(gate.address(&url).unwrap()).send().await.unwrap_err();
    assert_eq!(refusal(&error), Some(&Refused::NotPublic("localhost".to_owned())), "{error:?}");

    let open = Gate::new(Policy { private: true, ..strict() }).unwrap();
    let call = tokio::spawn(open.get(open.address(&url).unwrap()).send());
    listener.accept().await.expect("the call arrives");
    call.abort();
}

#[test]
fn there_are_certificates_where_the_machine_has_none() {
    let certificates = known_certificates().unwrap();
    assert!(certificates.len() > 50, "{}", certificates.len());
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().tls_certs_only(certificates).build().expect("a client");
}
