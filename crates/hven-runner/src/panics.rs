//! A panic in one thread ends the whole runner.

/// Aborts the process when any thread panics, because a runner without one of its threads would watch nothing. Release
/// builds abort on a panic in any case.
pub fn end_with_any_thread() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        std::process::abort();
    }));
}
