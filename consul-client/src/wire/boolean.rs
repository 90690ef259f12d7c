//! Booleans as Go's `strconv.ParseBool` reads them.

/// Reads a boolean the way the official command lines read their environment variables.
///
/// `None` means that the text is not a boolean, which callers report as an error: taking it for `false` would
/// turn a typing mistake into a changed meaning.
pub fn parse(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_the_spellings_of_go_are_taken() {
        for text in ["1", "t", "T", "TRUE", "true", "True"] {
            assert_eq!(parse(text), Some(true), "{text}");
        }
        for text in ["0", "f", "F", "FALSE", "false", "False"] {
            assert_eq!(parse(text), Some(false), "{text}");
        }
        for text in ["", "yes", "no", "on", "tRUE", " true", "2"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
