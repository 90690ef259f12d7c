//! Every answer of Nomad: no input makes a decoder panic, and what is kept once is kept for ever.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::one_of(fuzz::nomad::ANSWERS, bytes));
