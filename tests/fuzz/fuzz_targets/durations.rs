//! Durations: what is read is written in a form that reads as the same.
#![no_main]

use consul_client::wire::duration::{GoText, Nanos, Seconds, format, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(parsed) = parse(text) {
        assert_eq!(parse(&format(parsed)), Some(parsed));
    }
    fuzz::answer::<GoText>(text.as_bytes());
    fuzz::answer::<Nanos>(text.as_bytes());
    fuzz::answer::<Seconds>(text.as_bytes());
});
