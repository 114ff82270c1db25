//! What `#[derive(Event)]` says to each misuse, one file a mistake, and what it accepts.
//! A message changed on purpose is written anew with `TRYBUILD=overwrite`, and read before it is kept.

#[test]
fn each_misuse_of_the_derive_gives_one_message_at_its_token() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
