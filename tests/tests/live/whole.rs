//! What all tests of this binary have to leave undone. Last by its name.

#[test]
fn no_secret_was_logged_or_said() {
    tests::canary::none_seen();
}
