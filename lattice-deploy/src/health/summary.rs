//! One line that says it all.

use super::status::Status;

/// No first line is longer.
pub(super) const LONGEST: usize = 200;

/// How long one message may be in it.
const LONGEST_MESSAGE: usize = 90;

/// The worst first, as many as fit, then how many more there are and how many are well.
pub(super) fn line<'a>(status: Status, all: impl Iterator<Item = (&'a str, Option<Status>, &'a str)>) -> String {
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(_, status, _)| std::cmp::Reverse(*status));
    let count = |wanted: Option<Status>| all.iter().filter(|(_, status, _)| *status == wanted).count();
    let mut tail = match count(Some(Status::Ok)) {
        1 => "1 check ok".to_owned(),
        good => format!("{good} checks ok"),
    };
    if count(None) > 0 {
        tail = format!("{tail}, {} skipped", count(None));
    }
    let bad: Vec<_> = all.iter().filter(|(_, status, _)| !matches!(status, None | Some(Status::Ok))).collect();
    let mut text = format!("{status}: ");
    for (place, (id, _, message)) in bad.iter().enumerate() {
        let part = format!("{id} {}; ", clip(&clean(message), LONGEST_MESSAGE));
        let more = format!("{} more; ", bad.len() - place);
        if text.chars().count() + part.chars().count() + more.len() + tail.len() > LONGEST {
            text.push_str(&more);
            break;
        }
        text.push_str(&part);
    }
    clip(&(text + &tail), LONGEST)
}

/// Without what would break a line or a format: control characters and the bar that separates performance data.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for part in text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|part| !part.is_empty()) {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(&part.replace('|', "/"));
    }
    clean
}

/// No longer than this.
pub(super) fn clip(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, clean, clip, line};
    use crate::health::Status;
    use proptest::prelude::proptest;

    #[test]
    fn as_many_as_fit() {
        let long = "x".repeat(300);
        let bad = [("a.b", Some(Status::Critical), long.as_str()); 5];
        let text = line(Status::Critical, bad.into_iter());
        assert!(text.ends_with("; 4 more; 0 checks ok"), "{text}");
        assert_eq!(line(Status::Unknown, std::iter::empty()), "UNKNOWN: 0 checks ok");
    }

    #[test]
    fn nothing_breaks_the_line() {
        assert_eq!(clean(" a\n\tb | c\u{7} \u{1b}[0m"), "a b / c [0m");
        assert_eq!(clip("äöü", 3), "äöü");
        assert_eq!(clip("äöüß", 3), "äö…");
    }

    proptest! {
        #[test]
        fn the_line_is_short_and_one(messages in proptest::collection::vec("\\PC{0,250}|[a-z\\n|]{0,99}", 0..9)) {
            let all = messages.iter().map(|message| ("c.x", Some(Status::Warning), message.as_str()));
            let text = line(Status::Warning, all);
            assert!(text.chars().count() <= LONGEST && !text.contains(['\n', '|']), "{text}");
        }
    }
}
