//! Addresses, and everything else that comes from the environment.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// Stands in every token, and so in nothing that is shown.
const MARKER: &str = "canary-";

fuzz_target!(|text: &str| {
    macro_rules! each {
        ($($sdk:ident),+) => { $(
            if let Ok(config) = $sdk::Config::new(text) {
                // What is shown can be read again, and no credentials are among it.
                let shown = config.address().to_string();
                let again = $sdk::Config::new(&shown).expect("a shown address can be read");
                assert_eq!(again.address(), config.address());
                if let $sdk::config::Address::Http(url) = config.address() {
                    assert!(url.username().is_empty() && url.password().is_none());
                }
                let _ = $sdk::Client::new(&config);
            }
            // A variable in each line.
            let lookup = |name: &str| {
                let mut lines = text.lines();
                let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
                Some(if name.ends_with("_TOKEN") { format!("{MARKER}{value}") } else { value.to_owned() })
            };
            let said = match $sdk::Config::from_lookup(&lookup) {
                Ok(config) => format!("{config:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!said.contains(MARKER) || text.contains(MARKER), "{said}");
        )+ };
    }
    each!(consul_client, nomad_client, vault_client);
});
