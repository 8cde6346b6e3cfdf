//! A progress bar on standard error, for people at a terminal only.

use std::{cell::Cell, time::Duration};

use hven_record::Step;
use hven_terminal::{Output, is_error_terminal};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const TICK: Duration = Duration::from_millis(120);

#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// The current step, and its total if known.
    about: Cell<Option<(&'static str, Option<u64>)>>,
}

impl Progress {
    pub fn new(output: &dyn Output) -> Self {
        let quiet = output.owns_stdout() || !is_error_terminal();
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.enable_steady_tick(TICK);
        Self { bar, about: Cell::new(None) }
    }

    pub fn show(&self, step: &Step) {
        if self.about.replace(Some((step.what, step.of))) != Some((step.what, step.of)) {
            let shape =
                if step.of.is_some() { "{spinner} {msg} {bar:30} {pos}/{len}" } else { "{spinner} {msg} {pos}" };
            let style = ProgressStyle::with_template(shape).unwrap_or_else(|_| ProgressStyle::default_bar());
            self.bar.set_style(style);
            self.bar.set_message(step.what);
            match step.of {
                Some(of) => self.bar.set_length(of),
                None => self.bar.unset_length(),
            }
        }
        self.bar.set_position(step.done);
    }

    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
