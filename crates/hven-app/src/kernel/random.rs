//! Random bytes for ids and secrets.

/// Random bytes from the operating system, which never fails to give them once it is up.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without randomness no id or token is safe: there is no way to go on.
        panic!("the operating system gives no random bytes: {error}");
    }
    bytes
}
