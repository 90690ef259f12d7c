//! What a caller names is what the server is asked for, or nothing is.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::{Builder, Runtime};
use url::form_urlencoded;

use crate::raw::{Raw, answer};
use crate::subject::{Fault, Stage, Subject, client};

cases! {
    async: a_name_is_sent_as_one_segment, a_slash_in_a_name_is_hidden_or_refused, a_key_keeps_its_slashes,
        what_would_lead_elsewhere_is_refused_unsent;
    plain: any_name_is_one_segment_or_refused, any_key_stays_below_its_root_or_is_refused,
}

/// A server that refuses all, which shows that a request reached it.
async fn refusing<S: Subject>() -> Raw {
    Raw::serving(&answer(403, &S::error_body("permission denied").0)).await
}

async fn a_name_is_sent_as_one_segment<S: Subject>() {
    let server = refusing::<S>().await;
    let client = client::<S>(&server.address);
    let table = [
        ("a", "a"),
        ("a b", "a%20b"),
        ("ü", "%C3%BC"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("a%2Fb", "a%252Fb"),
        ("%2e%2e", "%252e%252e"),
        ("a+b;c&d", "a%2Bb%3Bc%26d"),
        ("...", "..."),
        ("a\\b", "a%5Cb"),
        ("-._~", "-._~"),
    ];
    for (name, sent) in table {
        assert!(S::name(&client, name).await.unwrap_err().is_denied(), "{name}");
        assert_eq!(server.log.requests().last().unwrap().target, format!("{}{sent}", S::NAME_ROOT));
    }
    assert_eq!(server.log.requests().len(), table.len());
}

async fn a_slash_in_a_name_is_hidden_or_refused<S: Subject>() {
    let server = refusing::<S>().await;
    let error = S::name(&client::<S>(&server.address), "a/b").await.unwrap_err();
    if S::NAME_MAY_HOLD_SLASH {
        assert_eq!(server.log.requests()[0].target, format!("{}a%2Fb", S::NAME_ROOT));
    } else {
        assert_eq!((error.stage(), server.log.connections()), (Stage::Request, 0), "{error}");
    }
}

async fn a_key_keeps_its_slashes<S: Subject>() {
    let server = refusing::<S>().await;
    let error = S::key(&client::<S>(&server.address), "team a/ü/..b").await.unwrap_err();
    assert!(error.is_denied(), "{error}");
    assert_eq!(server.log.requests()[0].target, format!("{}team%20a/%C3%BC/..b", S::KEY_ROOT));
}

async fn what_would_lead_elsewhere_is_refused_unsent<S: Subject>() {
    let server = refusing::<S>().await;
    let client = client::<S>(&server.address);
    for name in ["", ".", "..", "a\nb", "a\0b"] {
        let error = S::name(&client, name).await.unwrap_err();
        assert_eq!(error.stage(), Stage::Request, "{name:?}: {error}");
        assert!(!error.may_have_applied() && !error.is_retryable());
    }
    for key in [".", "..", "../sys/seal", "a/../b", "a/./b", "a/..", "a//b", "a/\n"] {
        let error = S::key(&client, key).await.unwrap_err();
        assert_eq!(error.stage(), Stage::Request, "{key:?}: {error}");
    }
    assert_eq!(server.log.connections(), 0);
}

/// Any text, with more of what means something in a URL than chance would bring.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[./%?#&=+ aü\\\\2eF]{0,8}", "(\\.{0,3}/){0,3}a?"]
}

/// Checks a call for many texts: either it is refused unsent, or what is sent passes.
fn for_any_text<S: Subject>(
    call: &impl AsyncFn(&S::Client, &str) -> Result<(), S::Error>,
    passes: &impl Fn(&str, &str) -> bool,
) {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(refusing::<S>());
    let client = client::<S>(&server.address);
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let check = |text: String| {
        let before = server.log.requests().len();
        let error = runtime.block_on(call(&client, &text)).unwrap_err();
        let requests = server.log.requests();
        if error.stage() == Stage::Request {
            prop_assert_eq!(requests.len(), before);
        } else {
            prop_assert!(error.is_denied(), "{}", error);
            prop_assert_eq!(requests.len(), before + 1);
            prop_assert!(passes(&text, &requests[before].target), "{}", requests[before].target);
        }
        Ok(())
    };
    runner.run(&texts(), check).unwrap();
}

/// What a server makes of a part of a path. There is no `+` that could mean a space.
fn decoded(part: &str) -> String {
    assert!(!part.contains(['+', '&', '=']), "{part}");
    form_urlencoded::parse(format!("x={part}").as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

fn any_name_is_one_segment_or_refused<S: Subject>() {
    for_any_text::<S>(&S::name, &|name, target| {
        let segment = target.strip_prefix(S::NAME_ROOT).unwrap();
        !segment.contains(['/', '?', '#', '\\']) && !matches!(segment, "" | "." | "..") && decoded(segment) == name
    });
}

fn any_key_stays_below_its_root_or_is_refused<S: Subject>() {
    for_any_text::<S>(&S::key, &|key, target| {
        let path = target.strip_prefix(S::KEY_ROOT).unwrap();
        let meant = if S::KEY_IS_TRIMMED { key.trim_matches('/') } else { key };
        !path.contains(['?', '#', '\\'])
            && path.split('/').all(|segment| !matches!(segment, "." | ".."))
            && !path.contains("//")
            && decoded(path) == meant
    });
}
