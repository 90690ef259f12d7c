//! The environment means to an SDK what it means to the official client, and addresses are read alike.

use std::process::Command;

use crate::raw::{Turn, answer};
use crate::subject::{Fault, MARKER, Stage, Subject};
use crate::tls::Secured;

cases! {
    async: the_environment_is_enough_for_tls;
    plain: empty_is_unset, booleans_are_those_of_go, what_is_wrong_is_named, a_secret_in_a_variable_is_not_repeated,
        half_a_client_certificate_is_an_error, a_token_is_trimmed_and_its_file_wins, text_that_is_no_text_is_not_unset,
        an_address_without_scheme_has_the_products_own, a_shown_address_reads_as_the_same,
}

fn read<S: Subject>(pairs: &[(&str, &str)]) -> Result<S::Config, S::Error> {
    S::from_lookup(&|name| pairs.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned()))
}

/// The error of an environment with this one variable, which it must name.
fn wrong<S: Subject>(name: &str, value: &str) -> String {
    let error = read::<S>(&[(name, value)]).unwrap_err();
    assert_eq!((error.stage(), error.setting()), (Stage::Config, Some(name)), "{error}");
    assert!(error.to_string().contains(name), "{error}");
    error.printed()
}

fn empty_is_unset<S: Subject>() {
    let config = S::from_lookup(&|_| Some(String::new())).unwrap();
    assert_eq!(S::address(&config), S::DEFAULT_ADDRESS);
    assert!(!S::has_credential(&config));
    assert_eq!(format!("{config:?}"), format!("{:?}", S::from_lookup(&|_| None).unwrap()));
    S::build(&config).unwrap();
}

fn booleans_are_those_of_go<S: Subject>() {
    let (name, skipping) = S::VARIABLES.verification;
    let skips = |value: &str| {
        let text = format!("{:?}", read::<S>(&[(name, value)]).unwrap());
        assert!(text.contains("skip_verify: "), "{text}");
        text.contains("skip_verify: true")
    };
    for value in ["1", "t", "T", "TRUE", "true", "True"] {
        assert_eq!(skips(value), skipping, "{value}");
    }
    for value in ["0", "f", "F", "FALSE", "false", "False"] {
        assert_eq!(skips(value), !skipping, "{value}");
    }
    assert!(!skips(""), "certificates are verified unless told otherwise");
    for value in ["yes", "no", "on", "off", "tRUE", "2", "-1", "truee"] {
        wrong::<S>(name, value);
    }
}

fn what_is_wrong_is_named<S: Subject>() {
    let names = S::VARIABLES;
    for address in ["ftp://a", "http://", "unix://", "http://a:port", "://", "http://a b"] {
        wrong::<S>(names.address, address);
    }
    for name in [names.ca_file, names.token_file] {
        let text = wrong::<S>(name, "/nowhere/at/all");
        assert!(text.contains("/nowhere/at/all"), "{text}");
    }
    // A folder is read when the client is built.
    let config = read::<S>(&[(names.ca_directory, "/nowhere/at/all")]).unwrap();
    assert!(S::build(&config).unwrap_err().to_string().contains("/nowhere/at/all"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    std::fs::write(path, MARKER).unwrap();
    let error = S::build(&read::<S>(&[(names.ca_file, path)]).unwrap()).unwrap_err();
    assert!(error.stage() == Stage::Config && error.to_string().contains(path), "{error}");
    assert!(!error.printed().contains(MARKER), "{}", error.printed());
}

fn a_secret_in_a_variable_is_not_repeated<S: Subject>() {
    let names = S::VARIABLES;
    let wrongs = [
        (names.address, format!("http://user:{MARKER}@127.0.0.1:1")),
        (names.address, format!("http://{MARKER}@127.0.0.1:1")),
        (names.address, format!("ftp://user:{MARKER}@127.0.0.1:1")),
        (names.token, format!("one\n{MARKER}")),
        (names.token, format!("{MARKER}\r\nx-other: 1")),
        (names.token, format!("{MARKER} two")),
        (names.token, format!("{MARKER}\u{fffd}")),
    ];
    for (name, value) in wrongs {
        let text = wrong::<S>(name, &value);
        assert!(!text.contains(MARKER), "{text}");
    }
}

fn half_a_client_certificate_is_an_error<S: Subject>() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let names = S::VARIABLES;
    for (alone, missing) in [(names.certificate, names.key), (names.key, names.certificate)] {
        let text = wrong::<S>(alone, path);
        assert!(text.contains(missing), "{text}");
    }
    let both = [(names.certificate, path), (names.key, path)];
    let error = S::build(&read::<S>(&both).unwrap()).unwrap_err();
    assert!(error.to_string().contains(path), "{error}");
}

fn a_token_is_trimmed_and_its_file_wins<S: Subject>() {
    let names = S::VARIABLES;
    assert!(S::has_credential(&read::<S>(&[(names.token, " token\n")]).unwrap()));
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    // The token would be an error, were it looked at.
    let config = read::<S>(&[(names.token, "two words"), (names.token_file, path)]).unwrap();
    assert!(S::has_credential(&config));
}

/// Set in the process that this case starts of itself: an environment can be set only from outside.
const CHILD: &str = "CONTRACT_CHILD";

fn text_that_is_no_text_is_not_unset<S: Subject>() {
    use std::os::unix::ffi::OsStrExt;
    #[expect(clippy::disallowed_methods, reason = "the case asks whether it is the one or the other process")]
    if std::env::var_os(CHILD).is_some() {
        let error = S::from_env().unwrap_err();
        assert_eq!(error.setting(), Some(S::VARIABLES.token), "{error}");
        assert!(!error.printed().contains(MARKER), "{}", error.printed());
        return;
    }
    let case = format!("environment::{}::text_that_is_no_text_is_not_unset", S::NAME);
    let value = [MARKER.as_bytes(), b"\xff"].concat();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &case])
        .env_clear()
        .env(CHILD, "1")
        .env(S::VARIABLES.token, std::ffi::OsStr::from_bytes(&value))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn an_address_without_scheme_has_the_products_own<S: Subject>() {
    let from_env = |address: &str| S::address(&read::<S>(&[(S::VARIABLES.address, address)]).unwrap());
    let given = |address: &str| S::address(&S::configure(address).unwrap());
    for of in [&from_env as &dyn Fn(&str) -> String, &given] {
        assert_eq!(of("server:1234"), format!("{}://server:1234", S::DEFAULT_SCHEME));
        assert_eq!(of("[::1]:1234"), format!("{}://[::1]:1234", S::DEFAULT_SCHEME));
        assert_eq!(of("http://server:1234/"), "http://server:1234");
        assert_eq!(of("https://server/base/?x#y"), "https://server/base");
        assert_eq!(of("unix:///run/server.sock"), "unix:///run/server.sock");
    }
}

async fn the_environment_is_enough_for_tls<S: Subject>() {
    let server = Secured::new(Turn::Close(answer(200, S::READ_ANSWER))).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &server.authority).unwrap();
    let (file, folder) = (file.to_str().unwrap(), folder.path().to_str().unwrap());
    let names = S::VARIABLES;
    let (verification, skipping) = names.verification;
    let ask = async |more: &[(&str, &str)]| {
        let all = [&[(names.address, server.address.as_str()), (names.token, MARKER)], more].concat();
        S::read(&S::build(&read::<S>(&all).unwrap()).unwrap()).await
    };
    ask(&[(names.ca_file, file)]).await.unwrap();
    ask(&[(names.ca_directory, folder)]).await.unwrap();
    ask(&[(verification, if skipping { "true" } else { "false" })]).await.unwrap();
    assert_eq!(server.log.requests()[0].header(S::TOKEN_HEADER), Some(MARKER));
    for stranger in [&[][..], &[(names.ca_file, file), (names.server_name, "another.name")]] {
        let error = ask(stranger).await.unwrap_err();
        assert!(error.is_connect() && error.to_string().contains("certificate"), "{error}");
    }
    assert_eq!(server.log.requests().len(), 3);
}

fn a_shown_address_reads_as_the_same<S: Subject>() {
    for address in ["a//", "http://a/b//", "https://[::1]:1/a?b#c", "unix:///a b", "http://a/%2F/"] {
        let config = |address: &str| read::<S>(&[(S::VARIABLES.address, address)]).unwrap();
        let shown = S::address(&config(address));
        assert_eq!(format!("{:?}", config(&shown)), format!("{:?}", config(address)), "{shown}");
    }
}
