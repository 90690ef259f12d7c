//! Names and paths: whatever they hold, the request stays where its route says.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (name, path) = text.split_once('\n').unwrap_or((text, "a"));
    macro_rules! each {
        ($($sdk:ident),+) => { $(
            if let Some(sent) = $sdk::fuzzing::path(name, path) {
                let parts: Vec<&str> = sent.split('/').collect();
                assert_eq!(parts[..3], ["", "v1", "a"]);
                assert_eq!(parts[4], "b");
                assert!(!parts.iter().any(|part| matches!(*part, "." | "..")), "{sent}");
                assert!(sent.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\\".contains(&byte)), "{sent}");
                assert_eq!(decoded(parts[3]), name.as_bytes());
                // Slashes at the ends of a path of Vault say nothing.
                let (given, kept) = (path.trim_matches('/').as_bytes(), decoded(&parts[5..].join("/")));
                assert!(kept == path.as_bytes() || kept == given, "{sent}");
                let mut url = url::Url::parse("http://127.0.0.1:1").expect("an address");
                url.set_path(&sent);
                assert_eq!(url.path(), sent);
            }
        )+ };
    }
    each!(consul_client, nomad_client, vault_client);
});

/// The text that a server makes of a part of a path.
fn decoded(part: &str) -> Vec<u8> {
    let mut bytes = part.bytes();
    let mut found = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut hex = || bytes.next().and_then(|byte| char::from(byte).to_digit(16)).expect("two digits");
        found.push(if byte == b'%' { u8::try_from(hex() * 16 + hex()).expect("a byte") } else { byte });
    }
    found
}
