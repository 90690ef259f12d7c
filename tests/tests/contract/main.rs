//! The contract that all three SDKs keep: one case each, run once per SDK against servers on the loopback interface.
//!
//! A case is a function over [`subject::Subject`]; `cases!` makes three tests of it.

/// Makes the tests `consul::…`, `vault::…` and `nomad::…` of each of these cases.
#[cfg(test)]
macro_rules! cases {
    (async: $($waiting:ident),* $(,)?; plain: $($plain:ident),* $(,)?) => {
        cases!(@ consul, Consul, [$($waiting)*] [$($plain)*]);
        cases!(@ vault, Vault, [$($waiting)*] [$($plain)*]);
        cases!(@ nomad, Nomad, [$($waiting)*] [$($plain)*]);
    };
    (@ $module:ident, $subject:ident, [$($waiting:ident)*] [$($plain:ident)*]) => {
        mod $module {
            use crate::subject::$subject;
            $(
                #[tokio::test]
                async fn $waiting() {
                    // A client that waits for ever fails instead of holding up the whole suite.
                    let case = super::$waiting::<$subject>();
                    tokio::time::timeout(std::time::Duration::from_secs(60), case).await.unwrap();
                }
            )*
            $(
                #[test]
                fn $plain() {
                    super::$plain::<$subject>();
                }
            )*
        }
    };
}

// Clippy lets only what is under this switch panic.
#[cfg(test)]
mod answers;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod redirects;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod watches;
