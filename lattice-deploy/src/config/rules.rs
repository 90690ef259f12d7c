//! What a text must look like, one rule per kind of name.

use std::fmt;

/// A named condition on a text.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Rule {
    /// What the text must be, as in "must be …".
    pub what: &'static str,
    /// Whether a text is that.
    pub holds: fn(&str) -> bool,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.what).finish()
    }
}

const fn rule(what: &'static str, holds: fn(&str) -> bool) -> Rule {
    Rule { what, holds }
}

/// Hex digits of a SHA-256 digest.
const DIGEST_DIGITS: usize = 64;
/// Start of a tag that pins an image by content.
pub(super) const DIGEST: &str = "sha256:";

pub(super) const SERVICE_NAME: Rule = rule(
    "1 to 63 lower-case letters, digits and dashes, starting with a letter and not ending with a dash",
    is_service_name,
);
pub(super) const SOURCE_NAME: Rule =
    rule("a Consul service name (letters, digits, dashes, dots, underscores) or *", |text| {
        text == "*" || is_word(text, "-_.")
    });
pub(super) const IDENTIFIER: Rule =
    rule("1 to 128 letters, digits, dashes and underscores", |text| text.len() <= 128 && is_word(text, "-_"));
pub(super) const OPTIONAL_IDENTIFIER: Rule =
    rule("letters, digits, dashes, dots and underscores, or empty", |text| text.is_empty() || is_word(text, "-_."));
pub(super) const NAMESPACE: Rule =
    rule("1 to 128 letters, digits and dashes", |text| text.len() <= 128 && is_word(text, "-"));
pub(super) const MOUNT: Rule = rule("a mount path without spaces and without a slash at either end", |text| {
    is_token(text) && !text.starts_with('/') && !text.ends_with('/')
});
pub(super) const VAULT_NAMESPACE: Rule =
    rule("a namespace path without spaces, or empty", |text| text.is_empty() || is_token(text));
pub(super) const NO_SPACES: Rule = rule("not empty and without spaces", is_token);
pub(super) const NOT_EMPTY: Rule = rule("not empty", |text| !text.trim().is_empty() && is_one_line(text));
pub(super) const ONE_LINE: Rule = rule("one line without control characters", is_one_line);
pub(super) const TOKEN: Rule =
    rule("printable ASCII without spaces (a trailing line break is the usual cause)", |text| {
        text.bytes().all(|byte| byte.is_ascii_graphic())
    });
pub(super) const IMAGE: Rule =
    rule("an image name without tag or digest, such as registry.example.com/team/name", is_image);
pub(super) const IMAGE_TAG: Rule = rule(
    "an image tag (letters, digits, dots, dashes, underscores; at most 128) or sha256: with 64 hex digits",
    is_image_tag,
);
pub(super) const HOST: Rule =
    rule("a host name, or *. and a host name", |text| is_host_name(text.strip_prefix("*.").unwrap_or(text)));
pub(super) const DNS_NAME: Rule = rule("a domain name", is_host_name);
pub(super) const REGISTRY: Rule =
    rule("a registry host with an optional port and path, without scheme and spaces", |text| {
        !text.contains("//") && is_word(text, "-_./:")
    });

/// Whether the first part of an image name is a registry, by Docker's own rule.
pub(super) fn has_registry(image: &str) -> bool {
    image.split_once('/').is_some_and(|(host, _)| host == "localhost" || host.contains(['.', ':']))
}

/// Letters and digits, with `others` allowed after the first character.
fn is_word(text: &str, others: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_one_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

fn is_service_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_image(text: &str) -> bool {
    let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
    is_word(text, "-_./:") && is_word(name, "-_.") && !text.contains("//")
}

fn is_image_tag(text: &str) -> bool {
    if let Some(digest) = text.strip_prefix(DIGEST) {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        return digest.len() == DIGEST_DIGITS && digest.bytes().all(is_hex);
    }
    text.len() <= 128 && is_word(text.strip_prefix('_').unwrap_or(text), "-_.")
}

fn is_host_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(|label| label.len() <= 63 && is_word(label, "-_") && !label.ends_with('-'))
}
