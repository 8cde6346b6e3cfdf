//! Threads that the record needs. When one of them dies while the home is open, or the journal cannot be trusted any more, the
//! server learns of it and ends: a new process reads everything that is durable and continues.

use std::sync::Arc;

use tokio::sync::watch;

/// The reason why the record is dead, once it is.
#[derive(Clone, Debug)]
pub(crate) struct Death(Arc<watch::Sender<Option<String>>>);

impl Default for Death {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Death {
    /// Announces the death; only the first reason counts.
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

    /// Waits until the record is dead and returns the reason.
    pub(crate) async fn wait(&self) -> String {
        let mut receiver = self.0.subscribe();
        let why = receiver.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
        // The wait cannot fail, because `self` owns the sender.
        why.unwrap_or_default()
    }

    /// A guard for a thread: announces its end unless the thread ends as intended.
    pub(crate) fn of_thread(&self, name: &'static str) -> EssentialThread {
        EssentialThread { name, death: self.clone(), is_intended: false }
    }
}

pub(crate) struct EssentialThread {
    name: &'static str,
    death: Death,
    is_intended: bool,
}

impl EssentialThread {
    pub(crate) fn finish_intended(mut self) {
        self.is_intended = true;
    }
}

impl Drop for EssentialThread {
    fn drop(&mut self) {
        if !self.is_intended {
            let how = if std::thread::panicking() { "panicked" } else { "ended" };
            self.death.announce(&format!("its thread {} {how}", self.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_death_of_a_thread_is_announced_and_its_intended_end_is_not() {
        let death = Death::default();
        let ended = death.of_thread("first");
        std::thread::spawn(move || ended.finish_intended()).join().expect("it ends");
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
