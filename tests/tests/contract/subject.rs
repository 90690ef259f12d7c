//! What the contract needs of an SDK, and the three that have it.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _};
use wiremock::{MockServer, Request, ResponseTemplate};

/// A secret that must not appear anywhere but in a request.
pub(crate) const MARKER: &str = "hunter2-marker-secret";

/// How far a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Config,
    Request,
    Connect,
    Timeout,
    Broken,
    Truncated,
    TooLarge,
    Redirect,
    Api,
    Decode,
}

/// An error of an SDK.
pub(crate) trait Fault: StdError + Send + Sync + 'static {
    fn stage(&self) -> Stage;
    fn status(&self) -> Option<u16>;
    fn retry_after(&self) -> Option<Duration>;
    /// The setting that a configuration error is about.
    fn setting(&self) -> Option<&str>;
    fn is_timeout(&self) -> bool;
    fn is_connect(&self) -> bool;
    fn is_retryable(&self) -> bool;
    fn may_have_applied(&self) -> bool;
    fn is_not_found(&self) -> bool;
    fn is_denied(&self) -> bool;
    fn is_conflict(&self) -> bool;
    fn is_rate_limited(&self) -> bool;

    /// All that any way of printing it shows.
    fn printed(&self) -> String {
        let mut texts = vec![format!("{self} {self:?} {self:#?}")];
        let mut cause = self.source();
        while let Some(error) = cause {
            texts.push(format!("{error} {error:?}"));
            cause = error.source();
        }
        texts.join(" ")
    }
}

/// A setting of a client.
#[derive(Debug)]
pub(crate) enum Setting {
    Token(&'static str),
    TokenFile(PathBuf),
    /// Gives out `token-1` and `token-2`, notes which one was refused, and then fails.
    Provider(Arc<Mutex<Vec<Option<String>>>>),
    OtherAddress(String),
    Timeout(Duration),
    Retries(usize),
    MaxBody(usize),
    RedirectHost(String),
    Authority(String),
    Tls(Trust),
    Proxy(String),
}

/// How TLS is done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    pub(crate) pem: Option<String>,
    pub(crate) file: Option<PathBuf>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) anything: bool,
    pub(crate) name: Option<String>,
    pub(crate) identity: Option<(String, String)>,
    pub(crate) identity_files: Option<(PathBuf, PathBuf)>,
}

/// The names of the environment variables.
#[derive(Debug)]
pub(crate) struct Variables {
    pub(crate) address: &'static str,
    pub(crate) token: &'static str,
    pub(crate) token_file: &'static str,
    pub(crate) ca_file: &'static str,
    pub(crate) ca_directory: &'static str,
    pub(crate) certificate: &'static str,
    pub(crate) key: &'static str,
    pub(crate) server_name: &'static str,
    /// The boolean about certificates, and the value that switches their verification off.
    pub(crate) verification: (&'static str, bool),
    /// Its own ones for a proxy, the stronger first.
    pub(crate) proxies: &'static [&'static str],
}

/// An SDK under the contract.
pub(crate) trait Subject: 'static {
    type Config: Clone + Debug;
    type Client: Clone + Debug;
    type Error: Fault;

    /// The product, as its tests and its crate's folder name it.
    const NAME: &'static str;
    const TOKEN_HEADER: &'static str;
    const DEFAULT_ADDRESS: &'static str;
    const DEFAULT_SCHEME: &'static str;
    const VARIABLES: Variables;

    /// Where [`Subject::read`] and its kind arrive, and what they can be answered with.
    const READ_PATH: &'static str;
    const READ_ANSWER: &'static str;
    const WRITE_ANSWER: &'static str;
    const NAME_ROOT: &'static str;
    const KEY_ROOT: &'static str;
    /// Whether a `/` in a name is sent as `%2F`; refused otherwise.
    const NAME_MAY_HOLD_SLASH: bool;
    /// Whether `/` around a key means nothing.
    const KEY_IS_TRIMMED: bool;

    /// What the server says about a token that it does not know; with status 403.
    const UNKNOWN_TOKEN: &'static str;
    /// What it says about a permission that is missing; with status 403.
    const DENIED: &'static str;
    /// Whether it says the same about a token that has expired.
    const DENIED_MAY_BE_STALE: bool = false;
    /// Errors that pass, besides those of every proxy.
    const PASSING: &'static [(u16, &'static str)];
    /// Errors that stay, besides those of every server.
    const LASTING: &'static [(u16, &'static str)];
    /// An unwell server's answer to [`Subject::health`]: status and JSON.
    const UNWELL: (u16, &'static str);

    /// The body of an error answer, and its content type.
    fn error_body(text: &str) -> (String, &'static str) {
        (text.to_owned(), "text/plain")
    }

    fn configure(address: &str) -> Result<Self::Config, Self::Error>;
    fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self::Config, Self::Error>;
    fn from_env() -> Result<Self::Config, Self::Error>;
    fn with(config: Self::Config, setting: Setting) -> Self::Config;
    fn address(config: &Self::Config) -> String;
    fn has_credential(config: &Self::Config) -> bool;
    fn build(config: &Self::Config) -> Result<Self::Client, Self::Error>;
    fn with_token(client: &Self::Client, token: &str) -> Self::Client;
    fn anonymous(client: &Self::Client) -> Self::Client;

    /// A read with a JSON answer.
    async fn read(client: &Self::Client) -> Result<(), Self::Error>;
    /// A write that must not happen twice, with this value in its body and a JSON answer.
    async fn write(client: &Self::Client, value: &str) -> Result<(), Self::Error>;
    /// A write that may happen twice.
    async fn put(client: &Self::Client, value: &str) -> Result<(), Self::Error>;
    /// A read whose path ends in this name.
    async fn name(client: &Self::Client, name: &str) -> Result<(), Self::Error>;
    /// A read whose path ends in this key, which may hold `/`.
    async fn key(client: &Self::Client, key: &str) -> Result<(), Self::Error>;
    /// A read that takes some error statuses for data.
    async fn health(client: &Self::Client) -> Result<(), Self::Error>;
    /// A read that comes as a stream.
    async fn open(client: &Self::Client) -> Result<BoxStream<'static, Result<Bytes, Self::Error>>, Self::Error>;
    /// The same, by lines of at most so many bytes.
    async fn lines(
        client: &Self::Client,
        limit: usize,
    ) -> Result<BoxStream<'static, Result<Bytes, Self::Error>>, Self::Error>;
    /// A write whose body is a stream.
    async fn upload(
        client: &Self::Client,
        content: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
    ) -> Result<(), Self::Error>;
}

/// A configuration for this address with the marker as its token, a short patience and no retries.
pub(crate) fn config<S: Subject>(address: &str) -> S::Config {
    let config = S::configure(address).unwrap();
    let config = S::with(config, Setting::Token(MARKER));
    S::with(S::with(config, Setting::Timeout(Duration::from_secs(10))), Setting::Retries(0))
}

/// A client of this address that never tries twice.
pub(crate) fn client<S: Subject>(address: &str) -> S::Client {
    S::build(&config::<S>(address)).unwrap()
}

/// A client of this address that tries three times.
pub(crate) fn patient<S: Subject>(address: &str) -> S::Client {
    S::build(&S::with(config::<S>(address), Setting::Retries(2))).unwrap()
}

/// An error answer in the product's own form.
pub(crate) fn refusal<S: Subject>(status: u16, text: &str) -> ResponseTemplate {
    let (body, kind) = S::error_body(text);
    ResponseTemplate::new(status).set_body_raw(body, kind)
}

/// A success with this JSON.
pub(crate) fn success(json: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(json, "application/json")
}

/// What the server was asked.
pub(crate) async fn asked(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// Implements what is the same in all SDKs but for the names of the types.
macro_rules! subject {
    ($subject:ident, $sdk:ident, { $($own:tt)* }) => {
        impl Fault for $sdk::Error {
            fn stage(&self) -> Stage {
                match self {
                    Self::Config(_) => Stage::Config,
                    Self::Request(_) => Stage::Request,
                    Self::Api(_) => Stage::Api,
                    Self::Decode(_) => Stage::Decode,
                    Self::Transport(error) => match error.kind() {
                        $sdk::TransportKind::Connect => Stage::Connect,
                        $sdk::TransportKind::Timeout => Stage::Timeout,
                        $sdk::TransportKind::Broken => Stage::Broken,
                        $sdk::TransportKind::Truncated => Stage::Truncated,
                        $sdk::TransportKind::TooLarge => Stage::TooLarge,
                        $sdk::TransportKind::Redirect => Stage::Redirect,
                        other => panic!("{other:?}"),
                    },
                    other => panic!("{other}"),
                }
            }

            fn status(&self) -> Option<u16> {
                self.status()
            }

            fn retry_after(&self) -> Option<Duration> {
                match self {
                    Self::Api(error) => error.retry_after(),
                    _ => None,
                }
            }

            fn setting(&self) -> Option<&str> {
                match self {
                    Self::Config(error) => Some(error.what()),
                    _ => None,
                }
            }

            subject!(@predicates is_timeout is_connect is_retryable may_have_applied is_not_found is_denied is_conflict
                is_rate_limited);
        }

        #[derive(Debug)]
        pub(crate) struct $subject;

        impl Subject for $subject {
            type Config = $sdk::Config;
            type Client = $sdk::Client;
            type Error = $sdk::Error;

            fn configure(address: &str) -> Result<Self::Config, Self::Error> {
                Ok($sdk::Config::new(address)?)
            }

            fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self::Config, Self::Error> {
                Ok($sdk::Config::from_lookup(lookup)?)
            }

            fn from_env() -> Result<Self::Config, Self::Error> {
                Ok($sdk::Config::from_env()?)
            }

            fn with(config: Self::Config, setting: Setting) -> Self::Config {
                match setting {
                    Setting::Token(token) => config.with_token($sdk::Token::new(token).unwrap()),
                    Setting::TokenFile(path) => config.with_credential($sdk::Credential::File(path)),
                    Setting::Provider(asked_for) => {
                        struct Tokens(Arc<Mutex<Vec<Option<String>>>>);
                        impl $sdk::Provider for Tokens {
                            fn token<'a>(&'a self, refused: Option<&'a $sdk::Token>) -> $sdk::TokenFuture<'a> {
                                let number = {
                                    let mut asked_for = self.0.lock().unwrap();
                                    asked_for.push(refused.map(|token| token.expose().to_owned()));
                                    asked_for.len()
                                };
                                Box::pin(async move {
                                    tokio::task::yield_now().await;
                                    if number > 2 {
                                        return Err($sdk::Error::no_token(std::io::Error::other("no more tokens")));
                                    }
                                    Ok($sdk::Issued::new($sdk::Token::new(&format!("token-{number}"))?))
                                })
                            }
                        }
                        config.with_credential($sdk::Credential::provider(Tokens(asked_for)))
                    }
                    Setting::OtherAddress(address) => config.with_other_address(&address).unwrap(),
                    Setting::Timeout(timeout) => config.with_timeout(timeout),
                    Setting::Retries(retries) => config.with_retries(retries),
                    Setting::MaxBody(bytes) => config.with_max_body(bytes),
                    Setting::RedirectHost(host) => config.with_redirect_host(host),
                    Setting::Tls(trust) => {
                        let mut tls = $sdk::config::Tls::new();
                        tls = trust.pem.into_iter().fold(tls, $sdk::config::Tls::with_ca_pem);
                        tls = trust.file.into_iter().fold(tls, $sdk::config::Tls::with_ca_file);
                        tls = trust.directory.into_iter().fold(tls, $sdk::config::Tls::with_ca_directory);
                        tls = trust.name.into_iter().fold(tls, $sdk::config::Tls::with_server_name);
                        if let Some((certificate, key)) = trust.identity {
                            tls = tls.with_identity_pem(certificate, key);
                        }
                        if let Some((certificate, key)) = trust.identity_files {
                            tls = tls.with_identity(certificate, key);
                        }
                        config.with_tls(if trust.anything { tls.danger_skip_verify() } else { tls })
                    }
                    Setting::Proxy(address) => config.with_proxy(&address).unwrap(),
                    Setting::Authority(pem) => config.with_tls($sdk::config::Tls::new().with_ca_pem(pem)),
                }
            }

            fn address(config: &Self::Config) -> String {
                config.address().to_string()
            }

            fn has_credential(config: &Self::Config) -> bool {
                config.has_credential()
            }

            fn build(config: &Self::Config) -> Result<Self::Client, Self::Error> {
                $sdk::Client::new(config)
            }

            fn with_token(client: &Self::Client, token: &str) -> Self::Client {
                client.with_token($sdk::Token::new(token).unwrap())
            }

            fn anonymous(client: &Self::Client) -> Self::Client {
                client.anonymous()
            }

            async fn open(client: &Self::Client) -> Result<BoxStream<'static, Result<Bytes, Self::Error>>, Self::Error> {
                Ok(client.raw().stream("a").await?.boxed())
            }

            async fn lines(
                client: &Self::Client,
                limit: usize,
            ) -> Result<BoxStream<'static, Result<Bytes, Self::Error>>, Self::Error> {
                Ok(client.raw().lines("a", limit).await?.boxed())
            }

            async fn upload(
                client: &Self::Client,
                content: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
            ) -> Result<(), Self::Error> {
                client.raw().upload("a", content).await.map(drop)
            }

            $($own)*
        }
    };
    (@predicates $($predicate:ident)*) => {
        $(
            fn $predicate(&self) -> bool {
                self.$predicate()
            }
        )*
    };
}

subject!(Consul, consul_client, {
    const NAME: &'static str = "consul";
    const TOKEN_HEADER: &'static str = "x-consul-token";
    const DEFAULT_ADDRESS: &'static str = "http://127.0.0.1:8500";
    const DEFAULT_SCHEME: &'static str = "http";
    const VARIABLES: Variables = Variables {
        address: "CONSUL_HTTP_ADDR",
        token: "CONSUL_HTTP_TOKEN",
        token_file: "CONSUL_HTTP_TOKEN_FILE",
        ca_file: "CONSUL_CACERT",
        ca_directory: "CONSUL_CAPATH",
        certificate: "CONSUL_CLIENT_CERT",
        key: "CONSUL_CLIENT_KEY",
        server_name: "CONSUL_TLS_SERVER_NAME",
        verification: ("CONSUL_HTTP_SSL_VERIFY", false),
        proxies: &[],
    };
    const READ_PATH: &'static str = "/v1/status/peers";
    const READ_ANSWER: &'static str = r#"["127.0.0.1:8300"]"#;
    const WRITE_ANSWER: &'static str = "true";
    const NAME_ROOT: &'static str = "/v1/catalog/service/";
    const KEY_ROOT: &'static str = "/v1/kv/";
    const NAME_MAY_HOLD_SLASH: bool = true;
    const KEY_IS_TRIMMED: bool = false;
    const UNKNOWN_TOKEN: &'static str = "ACL not found";
    const DENIED: &'static str = "Permission denied: token with AccessorID 'a' lacks permission 'key:read' on \"a\"";
    const PASSING: &'static [(u16, &'static str)] = &[
        (500, "No cluster leader"),
        (500, "rpc error making call: leadership lost while committing log"),
        (429, "rate limit exceeded, try again later or against a different server"),
    ];
    const LASTING: &'static [(u16, &'static str)] = &[(401, "ACL support disabled"), (403, "ACL not found")];
    const UNWELL: (u16, &'static str) = (429, r#"{"Healthy":false,"FailureTolerance":0,"Servers":[]}"#);

    async fn read(client: &Self::Client) -> Result<(), Self::Error> {
        client.status().peers().await.map(drop)
    }

    async fn write(client: &Self::Client, value: &str) -> Result<(), Self::Error> {
        let options = consul_client::kv::PutOptions::new().with_cas(consul_client::Cas::Absent);
        client.kv().put_with("a", value.to_owned(), &options).await.map(drop)
    }

    async fn put(client: &Self::Client, value: &str) -> Result<(), Self::Error> {
        client.kv().put("a", value.to_owned()).await
    }

    async fn name(client: &Self::Client, name: &str) -> Result<(), Self::Error> {
        client.catalog().service(name).await.map(drop)
    }

    async fn key(client: &Self::Client, key: &str) -> Result<(), Self::Error> {
        client.kv().read(key).await.map(drop)
    }

    async fn health(client: &Self::Client) -> Result<(), Self::Error> {
        client.operator().autopilot_health().await.map(drop)
    }
});

subject!(Vault, vault_client, {
    const NAME: &'static str = "vault";
    const TOKEN_HEADER: &'static str = "x-vault-token";
    const DEFAULT_ADDRESS: &'static str = "https://127.0.0.1:8200";
    const DEFAULT_SCHEME: &'static str = "https";
    const VARIABLES: Variables = Variables {
        address: "VAULT_ADDR",
        token: "VAULT_TOKEN",
        token_file: "VAULT_TOKEN_FILE",
        ca_file: "VAULT_CACERT",
        ca_directory: "VAULT_CAPATH",
        certificate: "VAULT_CLIENT_CERT",
        key: "VAULT_CLIENT_KEY",
        server_name: "VAULT_TLS_SERVER_NAME",
        verification: ("VAULT_SKIP_VERIFY", true),
        proxies: &["VAULT_PROXY_ADDR", "VAULT_HTTP_PROXY"],
    };
    const READ_PATH: &'static str = "/v1/sys/leader";
    const READ_ANSWER: &'static str = r#"{"ha_enabled":true,"is_self":true,"leader_address":"https://127.0.0.1:8200"}"#;
    const WRITE_ANSWER: &'static str = r#"{"request_id":"r","data":{"version":1}}"#;
    const NAME_ROOT: &'static str = "/v1/transit/keys/";
    const KEY_ROOT: &'static str = "/v1/secret/data/";
    const NAME_MAY_HOLD_SLASH: bool = false;
    const KEY_IS_TRIMMED: bool = true;
    const DENIED: &'static str = "1 error occurred:\n\t* permission denied\n\n";
    const UNKNOWN_TOKEN: &'static str = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n";
    const PASSING: &'static [(u16, &'static str)] = &[
        (500, "local node not active but active cluster node not found"),
        (412, "required index state not present"),
        (429, "request path \"a\": rate limit quota exceeded"),
        (503, "the server is overloaded, try again later"),
    ];
    const LASTING: &'static [(u16, &'static str)] = &[(503, "Vault is sealed"), (501, "not initialized")];
    const UNWELL: (u16, &'static str) = (503, r#"{"initialized":true,"sealed":true,"standby":true}"#);

    fn error_body(text: &str) -> (String, &'static str) {
        (serde_json::json!({ "errors": [text] }).to_string(), "application/json")
    }

    async fn read(client: &Self::Client) -> Result<(), Self::Error> {
        client.sys().leader().await.map(drop)
    }

    async fn write(client: &Self::Client, value: &str) -> Result<(), Self::Error> {
        let fields = vault_client::kv2::Fields::from([("k", value)]);
        client.kv2("secret").put_with("a", &fields, vault_client::kv2::Cas::Absent).await.map(drop)
    }

    async fn put(client: &Self::Client, value: &str) -> Result<(), Self::Error> {
        client.sys().policies().put("a", value).await
    }

    async fn name(client: &Self::Client, name: &str) -> Result<(), Self::Error> {
        client.transit("transit").read_key(name).await.map(drop)
    }

    async fn key(client: &Self::Client, key: &str) -> Result<(), Self::Error> {
        client.kv2("secret").read::<vault_client::kv2::Fields>(key).await.map(drop)
    }

    async fn health(client: &Self::Client) -> Result<(), Self::Error> {
        client.sys().health().await.map(drop)
    }
});

subject!(Nomad, nomad_client, {
    const NAME: &'static str = "nomad";
    const TOKEN_HEADER: &'static str = "x-nomad-token";
    const DEFAULT_ADDRESS: &'static str = "http://127.0.0.1:4646";
    const DEFAULT_SCHEME: &'static str = "http";
    const VARIABLES: Variables = Variables {
        address: "NOMAD_ADDR",
        token: "NOMAD_TOKEN",
        token_file: "NOMAD_TOKEN_FILE",
        ca_file: "NOMAD_CACERT",
        ca_directory: "NOMAD_CAPATH",
        certificate: "NOMAD_CLIENT_CERT",
        key: "NOMAD_CLIENT_KEY",
        server_name: "NOMAD_TLS_SERVER_NAME",
        verification: ("NOMAD_SKIP_VERIFY", true),
        proxies: &[],
    };
    const READ_PATH: &'static str = "/v1/status/peers";
    const READ_ANSWER: &'static str = r#"["127.0.0.1:4647"]"#;
    const WRITE_ANSWER: &'static str = r#"{"Path":"a","Items":{}}"#;
    const NAME_ROOT: &'static str = "/v1/job/";
    const KEY_ROOT: &'static str = "/v1/var/";
    const NAME_MAY_HOLD_SLASH: bool = true;
    const KEY_IS_TRIMMED: bool = true;
    const UNKNOWN_TOKEN: &'static str = "ACL token not found";
    const DENIED: &'static str = "Permission denied";
    const DENIED_MAY_BE_STALE: bool = true;
    const PASSING: &'static [(u16, &'static str)] = &[
        (500, "No cluster leader"),
        (500, "rpc error: Not ready to serve consistent reads"),
        (429, "Your IP is issuing too many concurrent connections, please rate limit your calls\n"),
    ];
    const LASTING: &'static [(u16, &'static str)] = &[(500, "unexpected EOF"), (500, "No path to region")];
    const UNWELL: (u16, &'static str) = (429, r#"{"Healthy":false,"FailureTolerance":0,"Servers":[]}"#);

    async fn read(client: &Self::Client) -> Result<(), Self::Error> {
        client.status().peers().await.map(drop)
    }

    async fn write(client: &Self::Client, value: &str) -> Result<(), Self::Error> {
        client.variables().put_with(&variable(value), nomad_client::variables::Cas::Absent).await.map(drop)
    }

    async fn put(client: &Self::Client, value: &str) -> Result<(), Self::Error> {
        client.variables().put(&variable(value)).await.map(drop)
    }

    async fn name(client: &Self::Client, name: &str) -> Result<(), Self::Error> {
        client.jobs().read(name).await.map(drop)
    }

    async fn key(client: &Self::Client, key: &str) -> Result<(), Self::Error> {
        client.variables().read(key).await.map(drop)
    }

    async fn health(client: &Self::Client) -> Result<(), Self::Error> {
        client.operator().autopilot_health().await.map(drop)
    }
});

fn variable(value: &str) -> nomad_client::variables::Variable {
    let mut variable = nomad_client::variables::Variable::new("a");
    variable.items.insert("k", value);
    variable
}
