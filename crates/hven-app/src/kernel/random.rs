//! Random bytes for ids and secrets.

/// Random bytes from the operating system. They are always available after the system has started.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without randomness no id and no token is safe, so the process must stop.
        panic!("the operating system gives no random bytes: {error}");
    }
    bytes
}
