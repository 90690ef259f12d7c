//! Whether an SDK's types lose anything of what a live server sends.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::canary::journal;

/// What is written in place of a secret.
pub(crate) const REDACTED: &str = "(redacted)";

static LOST: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Compares an answer with what the types made of it, and notes what was lost.
pub fn note(product: &str, method: &str, route: &str, sent: &Value, kept: &Value) {
    journal().plant_redacted(sent, kept);
    let mut found = Vec::new();
    compare(sent, kept, "", &mut found);
    if !found.is_empty() {
        let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
        lost.extend(found.into_iter().map(|place| format!("{product} {method} {route}: {place}")));
    }
}

/// Vault answers the data of some paths twice: inside its envelope, and beside it.
pub fn once(sent: &Value) -> Value {
    let mut sent = sent.clone();
    let data = sent.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(envelope) = sent.as_object_mut() {
        envelope.retain(|name, value| data.get(name) != Some(value));
    }
    sent
}

/// All that was lost in this process, by operation and place. Values are not shown, since they may be secrets.
pub fn losses() -> Vec<String> {
    LOST.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

fn compare(sent: &Value, kept: &Value, at: &str, found: &mut Vec<String>) {
    if is_empty(sent) || is_same(sent, kept) {
        return;
    }
    match (sent, kept) {
        (Value::Object(sent), kept) if kept.is_object() || kept.is_null() => {
            let none = Map::new();
            let kept = kept.as_object().unwrap_or(&none);
            for (name, value) in sent {
                compare(value, named(kept, name), &format!("{at}/{name}"), found);
            }
        }
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => {
            for (sent, kept) in sent.iter().zip(kept) {
                compare(sent, kept, &format!("{at}/*"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

/// Nomad spells one name in two ways, which Go does not mind when it reads.
fn named<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a Value {
    let similar = || fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    fields.get(name).or_else(similar).unwrap_or(&Value::Null)
}

/// `null`, absent and empty are the same, and so is the time that Go writes for none.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() || text.starts_with("0001-01-01T00:00:00"),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

fn is_same(sent: &Value, kept: &Value) -> bool {
    match (sent, kept) {
        (_, Value::String(kept)) if kept == REDACTED => true,
        (Value::Number(sent), Value::Number(kept)) => sent == kept || sent.as_f64() == kept.as_f64(),
        (Value::String(sent), Value::String(kept)) => {
            sent == kept || is_same_time(sent, kept) || duration(sent) == duration(kept) && duration(sent).is_some()
        }
        // Vault reads the duration that it answers as seconds from a text with a unit.
        (Value::Number(sent), Value::String(kept)) => {
            duration(kept).is_some_and(|kept| sent.as_u64() == Some(kept.as_secs()))
        }
        _ => sent == kept,
    }
}

fn is_same_time(sent: &str, kept: &str) -> bool {
    let read = |text: &str| text.parse::<consul_client::wire::time::Timestamp>().ok();
    read(sent).is_some_and(|sent| read(kept) == Some(sent))
}

fn duration(text: &str) -> Option<std::time::Duration> {
    consul_client::wire::duration::parse(text)
}

#[cfg(test)]
mod tests {
    use super::compare;
    use serde_json::{Value, json};

    fn lost(sent: &Value, kept: &Value) -> Vec<String> {
        let mut found = Vec::new();
        compare(sent, kept, "", &mut found);
        found
    }

    #[test]
    fn what_is_lost_is_named_and_what_says_nothing_is_not() {
        let sent =
            json!({"a": 1, "b": null, "c": [], "d": {"e": [{"f": "x", "g": false}]}, "h": "0001-01-01T00:00:00Z"});
        assert_eq!(lost(&sent, &json!({"a": 1, "d": {"e": [{"f": "x", "g": false}]}})), Vec::<String>::new());
        assert_eq!(lost(&sent, &json!({"a": 2, "d": {"e": [{"f": "y"}]}})), ["/a", "/d/e/*/f", "/d/e/*/g"]);
        assert_eq!(lost(&sent, &json!({"a": 1})), ["/d/e"]);
        assert_eq!(lost(&json!([1, 2]), &json!([1])), [""]);
    }

    #[test]
    fn the_same_in_another_form_is_kept() {
        for (sent, kept) in [
            (json!("s.token"), json!("(redacted)")),
            (json!({"Url": "a"}), json!({"URL": "a"})),
            (json!("1h0m0s"), json!("1h")),
            (json!(3600), json!("3600s")),
            (json!(1), json!(1.0)),
            (json!("2026-11-23T17:47:17.72Z"), json!("2026-11-23T17:47:17.720Z")),
        ] {
            assert_eq!(lost(&sent, &kept), Vec::<String>::new(), "{sent} {kept}");
        }
        for (sent, kept) in [(json!(3600), json!("1s")), (json!("a"), json!("b")), (json!(true), json!(null))] {
            assert_eq!(lost(&sent, &kept), [""], "{sent} {kept}");
        }
    }
}
