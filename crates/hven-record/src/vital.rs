//! Threads without which the record is dead. When one of them ends although nobody closed the home, or the journal can
//! no longer be trusted, whoever serves the home hears of it, and ends: a new process reads what is durable and goes on.

use std::sync::Arc;

use tokio::sync::watch;

/// Why the record is dead, once it is.
#[derive(Clone, Debug)]
pub(crate) struct Death(Arc<watch::Sender<Option<String>>>);

impl Default for Death {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Death {
    /// The first reason is the one that counts.
    pub(crate) fn announce(&self, why: &str) {
        self.0.send_if_modified(|known| {
            let is_new = known.is_none();
            if is_new {
                tracing::error!(why, "the record has stopped");
                *known = Some(why.to_owned());
            }
            is_new
        });
    }

    /// Waits until the record is dead; answers why.
    pub(crate) async fn wait(&self) -> String {
        let mut told = self.0.subscribe();
        let why = told.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
        // The sender lives in `self`, so waiting cannot fail.
        why.unwrap_or_default()
    }

    /// Announces the end of a thread unless it says first that it was to end.
    pub(crate) fn of_thread(&self, name: &'static str) -> Vital {
        Vital { name, death: self.clone(), was_to_end: false }
    }
}

pub(crate) struct Vital {
    name: &'static str,
    death: Death,
    was_to_end: bool,
}

impl Vital {
    pub(crate) fn ends_well(mut self) {
        self.was_to_end = true;
    }
}

impl Drop for Vital {
    fn drop(&mut self) {
        if !self.was_to_end {
            let how = if std::thread::panicking() { "panicked" } else { "ended" };
            self.death.announce(&format!("its thread {} {how}", self.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_dies_is_missed_and_one_that_ends_is_not() {
        let death = Death::default();
        let ended = death.of_thread("first");
        std::thread::spawn(move || ended.ends_well()).join().expect("it ends");
        assert!(death.0.borrow().is_none());
        let panicked = death.of_thread("second");
        let died = std::thread::spawn(move || {
            let _vital = panicked;
            panic!("on purpose");
        });
        assert!(died.join().is_err());
        assert_eq!(futures::executor::block_on(death.wait()), "its thread second panicked");
        death.announce("something else");
        assert_eq!(futures::executor::block_on(death.wait()), "its thread second panicked");
    }
}
