//! The semantic difference between what is declared and what a server holds.
//!
//! What the server fills in by itself is no difference, and what is not declared is not ours: only declared fields
//! are compared, and `null`, missing, empty, zero and `false` are the same where nothing else was declared.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One field that would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where the field is, such as `TaskGroups[0].Count`.
    pub path: String,
    /// What the server holds.
    pub before: Value,
    /// What is declared.
    pub after: Value,
}

/// The declared fields that the server holds otherwise, in the order of their paths.
pub fn changes(declared: &Value, held: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare("", declared, held, &mut found);
    found
}

fn compare(path: &str, declared: &Value, held: &Value, found: &mut Vec<Change>) {
    match (declared, held) {
        (Value::Object(declared), Value::Object(held)) => {
            for (name, value) in declared {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&path, value, held.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(declared), Value::Array(held)) if declared.len() == held.len() => {
            for (place, (declared, held)) in declared.iter().zip(held).enumerate() {
                compare(&format!("{path}[{place}]"), declared, held, found);
            }
        }
        _ if same(declared, held) => {}
        _ => found.push(Change { path: path.to_owned(), before: held.clone(), after: declared.clone() }),
    }
}

fn same(declared: &Value, held: &Value) -> bool {
    match (declared, held) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) if is_nothing(a) && is_nothing(b) => true,
        (Value::Object(declared), Value::Null) => declared.values().all(is_nothing),
        (a, b) => a == b,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        Value::Bool(true) => false,
    }
}

/// Leaves out what says nothing, so that two descriptions of the same thing look the same.
pub fn trimmed(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, trimmed(value)))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(trimmed).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, changes};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn server_defaults_are_no_difference() {
        let declared = json!({"Name": "a", "Count": 3, "Meta": {}, "Tags": [], "Update": {"MaxParallel": 1}});
        let held = json!({"Name": "a", "Count": 3.0, "Meta": null, "Priority": 50, "Update": {"MaxParallel": 1, "Stagger": 30}});
        assert_eq!(changes(&declared, &held), []);
    }

    #[test]
    fn a_difference_names_its_place() {
        let declared = json!({"Groups": [{"Count": 3}], "Gone": ["x"]});
        let held = json!({"Groups": [{"Count": 2}]});
        assert_eq!(
            changes(&declared, &held),
            [
                Change { path: "Gone".into(), before: Value::Null, after: json!(["x"]) },
                Change { path: "Groups[0].Count".into(), before: json!(2), after: json!(3) },
            ]
        );
    }

    #[test]
    fn an_emptied_field_is_a_difference() {
        assert_eq!(changes(&json!({"Tags": []}), &json!({"Tags": ["x"]})).len(), 1);
        assert_eq!(changes(&json!({"On": false}), &json!({"On": true})).len(), 1);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-c]{1,2}", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself(value in any_value()) {
            prop_assert_eq!(changes(&value, &value), []);
        }
    }
}
