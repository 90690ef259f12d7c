//! Streams: what is found in them does not depend on where they are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nomad_client::fuzzing::{frames, lines, message};

/// So that a line can be too long.
const LIMIT: usize = 64;

fuzz_target!(|input: &[u8]| {
    // The first byte says how many of the next are lengths of pieces, which are taken in turn.
    let Some((count, rest)) = input.split_first() else { return };
    let (lengths, text) = rest.split_at(rest.len().min(usize::from(count % 8)));
    let cut = pieces(text, lengths);
    assert_eq!(frames(&cut), frames(&[text.to_vec()]));
    let whole = lines(vec![text.to_vec()], LIMIT);
    assert_eq!(lines(cut.clone(), LIMIT), whole);
    assert_eq!(consul_client::fuzzing::lines(cut.clone(), LIMIT), whole);
    assert_eq!(vault_client::fuzzing::lines(cut, LIMIT), whole);
    for line in whole.into_iter().flatten() {
        let _ = message(&line);
        fuzz::answer::<nomad_client::events::Event>(&line);
    }
});

fn pieces(mut text: &[u8], lengths: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut lengths = lengths.iter().cycle();
    while !text.is_empty() {
        let length = lengths.next().map_or(text.len(), |length| usize::from(*length).clamp(1, text.len()));
        let (piece, rest) = text.split_at(length);
        found.push(piece.to_vec());
        text = rest;
    }
    found
}
