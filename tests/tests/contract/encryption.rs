//! TLS: who is trusted, by which name, with which certificate of one's own, and what happens when files change.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::raw::{Turn, answer};
use crate::subject::{Fault, Setting, Stage, Subject, Trust, config};
use crate::tls::{Authority, Secured};

cases! {
    async: only_the_named_authority_is_trusted, the_name_in_the_certificate_counts, a_client_certificate_is_shown,
        changed_files_count_for_the_next_connection, a_server_without_tls_is_named_as_such;
    plain: a_missing_or_empty_authority_is_an_error_at_once, a_key_of_another_certificate_is_an_error_at_once,
}

/// Each answer closes its connection, so that each call makes a new one.
fn once<S: Subject>() -> Turn {
    Turn::Close(answer(200, S::READ_ANSWER))
}

fn build<S: Subject>(address: &str, trust: Trust) -> Result<S::Client, S::Error> {
    S::build(&S::with(config::<S>(address), Setting::Tls(trust)))
}

async fn ask<S: Subject>(server: &Secured, trust: Trust) -> Result<(), S::Error> {
    S::read(&build::<S>(&server.address, trust)?).await
}

fn refused<E: Fault>(result: Result<(), E>) -> String {
    let error = result.unwrap_err();
    assert!(error.is_connect() && !error.may_have_applied(), "{error}");
    error.to_string()
}

fn trusting(server: &Secured) -> Trust {
    Trust { pem: Some(server.authority.clone()), ..Trust::default() }
}

async fn only_the_named_authority_is_trusted<S: Subject>() {
    let server = Secured::new(once::<S>()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    // Of several authorities one is enough.
    std::fs::write(&file, format!("{}{}", Authority::new().pem(), server.authority)).unwrap();
    let ways = [
        trusting(&server),
        Trust { file: Some(file.clone()), ..Trust::default() },
        Trust { directory: Some(folder.path().to_owned()), ..Trust::default() },
        Trust { anything: true, ..Trust::default() },
    ];
    for trust in ways {
        ask::<S>(&server, trust).await.unwrap();
    }
    let stranger = Trust { pem: Some(Authority::new().pem()), ..Trust::default() };
    for trust in [Trust::default(), stranger] {
        let text = refused(ask::<S>(&server, trust).await);
        assert!(text.contains("certificate") && text.contains("are the CA certificates"), "{text}");
    }
}

async fn the_name_in_the_certificate_counts<S: Subject>() {
    let server = Secured::with(once::<S>(), &Authority::new(), "server.dc1.example", None).await;
    let named = |name: &str| Trust { name: Some(name.to_owned()), ..trusting(&server) };
    let text = refused(ask::<S>(&server, trusting(&server)).await);
    assert!(text.contains("the server name"), "{text}");
    ask::<S>(&server, named("server.dc1.example")).await.unwrap();
    refused(ask::<S>(&server, named("client.dc1.example")).await);
    assert_eq!(ask::<S>(&server, named("not a name")).await.unwrap_err().stage(), Stage::Config);
}

async fn a_client_certificate_is_shown<S: Subject>() {
    let authority = Authority::new();
    let server = Secured::with(once::<S>(), &authority, "127.0.0.1", Some(&authority)).await;
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = authority.issue("client");
    let files = (folder.path().join("client.pem"), folder.path().join("key.pem"));
    std::fs::write(&files.0, &certificate).unwrap();
    std::fs::write(&files.1, &key).unwrap();
    ask::<S>(&server, Trust { identity_files: Some(files.clone()), ..trusting(&server) }).await.unwrap();
    ask::<S>(&server, Trust { identity: Some((certificate, key.clone())), ..trusting(&server) }).await.unwrap();
    ask::<S>(&server, trusting(&server)).await.unwrap_err();
    let (strange, strange_key) = Authority::new().issue("client");
    let stranger = Trust { identity: Some((strange, strange_key)), ..trusting(&server) };
    ask::<S>(&server, stranger).await.unwrap_err();
    assert_eq!(server.log.requests().len(), 2);
    let swapped = Trust { identity_files: Some((files.1, files.0)), ..trusting(&server) };
    assert_eq!(ask::<S>(&server, swapped).await.unwrap_err().stage(), Stage::Config);
}

async fn changed_files_count_for_the_next_connection<S: Subject>() {
    let (old, new) = (Authority::new(), Authority::new());
    let server = Secured::with(once::<S>(), &new, "127.0.0.1", Some(&new)).await;
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let write = |authority: &Authority, clients: &Authority| {
        let (certificate, key) = clients.issue("client");
        std::fs::write(place("ca.pem"), authority.pem()).unwrap();
        std::fs::write(place("client.pem"), certificate).unwrap();
        std::fs::write(place("key.pem"), key).unwrap();
    };
    write(&old, &old);
    let identity_files = Some((place("client.pem"), place("key.pem")));
    let trust = Trust { file: Some(place("ca.pem")), identity_files, ..Trust::default() };
    let client = build::<S>(&server.address, trust).unwrap();
    refused(S::read(&client).await);
    write(&new, &old);
    S::read(&client).await.unwrap_err();
    assert_eq!(server.log.requests().len(), 0);
    write(&new, &new);
    S::read(&client).await.unwrap();
    // Half of a change, as it is written: what was good is used on.
    std::fs::write(place("ca.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    std::fs::write(place("key.pem"), "").unwrap();
    S::read(&client).await.unwrap();
    write(&old, &new);
    refused(S::read(&client).await);
}

async fn a_server_without_tls_is_named_as_such<S: Subject>() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream
    });
    let text = refused(S::read(&build::<S>(&address, Trust::default()).unwrap()).await);
    assert!(text.contains("does the server speak TLS"), "{text}");
    drop(server.await.unwrap());
}

fn failure<S: Subject>(trust: Trust) -> String {
    let error = build::<S>("https://127.0.0.1:1", trust).unwrap_err();
    assert_eq!(error.stage(), Stage::Config);
    error.to_string()
}

fn a_missing_or_empty_authority_is_an_error_at_once<S: Subject>() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let named = || Trust { file: Some(file.clone()), ..Trust::default() };
    assert!(failure::<S>(named()).contains("ca.pem"));
    let directory = Trust { directory: Some(folder.path().to_owned()), ..Trust::default() };
    assert!(failure::<S>(directory).contains("no certificate"));
    std::fs::write(&file, "").unwrap();
    assert!(failure::<S>(named()).contains("ca.pem"));
    let cut = Trust { pem: Some("-----BEGIN CERTIFICATE-----\nxx".to_owned()), ..Trust::default() };
    assert!(failure::<S>(cut).contains("CA certificate"));
}

fn a_key_of_another_certificate_is_an_error_at_once<S: Subject>() {
    let authority = Authority::new();
    let ((one, _), (_, other)) = (authority.issue("one"), authority.issue("other"));
    let text = failure::<S>(Trust { identity: Some((one.clone(), other)), ..Trust::default() });
    assert!(text.contains("does not fit its key"), "{text}");
    let text = failure::<S>(Trust { identity: Some((one.clone(), one)), ..Trust::default() });
    assert!(text.contains("private key"), "{text}");
}
