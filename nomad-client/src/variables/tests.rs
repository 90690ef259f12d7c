//! What can be told without a server.
use super::{Cas, Variable, guarded};
use crate::meta::Index;
use crate::transport::Request;

#[test]
fn paths_are_trimmed_and_checked() {
    let request = |path| Request::get("/v1/var/*path", [path]);
    assert_eq!(request("/nomad/jobs/a b/").unwrap().path.as_str(), "/v1/var/nomad/jobs/a%20b");
    for bad in ["", "/", "a//b", "a/../b"] {
        assert!(request(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn guards_are_sent_and_not_repeated() {
    let put = |cas| guarded(Request::put("/v1/var/*path", ["a"]).unwrap(), cas);
    assert_eq!((put(Cas::Any).query.as_str(), put(Cas::Any).idempotent), ("", true));
    assert_eq!((put(Cas::Absent).query.as_str(), put(Cas::Absent).idempotent), ("cas=0", false));
    assert_eq!((put(Cas::At(Index(7))).query.as_str(), put(Cas::At(Index(7))).idempotent), ("cas=7", false));
}

#[test]
fn values_are_hidden_but_sent() {
    let text = r#"{"CreateIndex":35,"CreateTime":1795456118883216938,"Items":{"k":"hunter2"},"ModifyIndex":35,
        "ModifyTime":1795456118883216938,"Namespace":"default","Path":"a/b"}"#;
    let variable: Variable = serde_json::from_str(text).unwrap();
    assert_eq!(variable.items.expose("k"), Some("hunter2"));
    assert!(!format!("{variable:?}").contains("hunter2"));
    let sent: serde_json::Value = serde_json::to_value(&variable).unwrap();
    assert_eq!(sent, serde_json::from_str::<serde_json::Value>(text).unwrap());
    let mut new = Variable::new("a/b");
    new.items.insert("k", "v");
    assert_eq!(serde_json::to_string(&new).unwrap(), r#"{"Path":"a/b","Items":{"k":"v"}}"#);
}
