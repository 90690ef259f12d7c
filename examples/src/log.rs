//! One line of JSON per event on standard output.

use std::io::Write;

use jiff::Timestamp;
use serde_json::Value;

/// Writes events to standard output, where Nomad's `alloc logs` finds them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

impl Log {
    /// Writes an event of the normal course of things.
    pub fn info(self, event: &str, fields: &[(&str, Value)]) {
        write("info", event, fields);
    }

    /// Writes an event that somebody should look at.
    pub fn error(self, event: &str, fields: &[(&str, Value)]) {
        write("error", event, fields);
    }
}

fn write(level: &str, event: &str, fields: &[(&str, Value)]) {
    let line = line(Timestamp::now(), level, event, fields);
    // A closed pipe leaves nowhere to report it, and must not end the service.
    let _written = std::io::stdout().lock().write_all(line.as_bytes());
}

/// Built by hand, because a JSON map would sort the time stamp behind the event.
fn line(now: Timestamp, level: &str, event: &str, fields: &[(&str, Value)]) -> String {
    let mut parts = vec![format!(r#"{{"ts":"{now}","level":"{level}","event":{}"#, text(event))];
    let fields = fields.iter();
    parts.extend(fields.map(|(name, value)| format!(",{}:{value}", text(name))));
    parts.push("}\n".to_owned());
    parts.concat()
}

fn text(text: &str) -> Value {
    Value::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_json() {
        let fields = [("reason", "a \"b\"\nc".into()), ("reloads", 3.into())];
        let line = line(Timestamp::UNIX_EPOCH, "info", "reloaded", &fields);
        assert_eq!(
            line,
            "{\"ts\":\"1970-01-01T00:00:00Z\",\"level\":\"info\",\"event\":\"reloaded\",\
             \"reason\":\"a \\\"b\\\"\\nc\",\"reloads\":3}\n"
        );
    }
}
