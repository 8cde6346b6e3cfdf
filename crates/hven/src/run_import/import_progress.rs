//! The line that shows how far an import is, for people at a terminal only.

use std::{sync::mpsc::RecvTimeoutError, thread, time::Duration};

use hven_terminal::{
    Output,
    formats::{bytes, counted},
    is_error_terminal,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::tally::Tally;

const TICK: Duration = Duration::from_millis(150);

/// Shows the counts while `work` is done.
pub fn shown<T>(output: &dyn Output, total: u64, tally: &Tally, work: impl FnOnce() -> T) -> T {
    let is_quiet = output.owns_stdout() || !is_error_terminal();
    if is_quiet {
        return work();
    }
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{spinner} {bar:30} {pos}/{len} runs   {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    thread::scope(|scope| {
        let watch = bar.clone();
        scope.spawn(move || {
            while waiting.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let counted_now = tally.lock().clone();
                let content = counted_now.content;
                watch.set_position(counted_now.done);
                watch.set_message(format!(
                    "{}, {}, {}",
                    counted(content.points, "point", "points"),
                    counted(content.files, "file", "files"),
                    bytes(content.file_bytes)
                ));
                watch.tick();
            }
        });
        let result = work();
        drop(done);
        bar.finish_and_clear();
        result
    })
}
