//! What the runner says itself: lines on its standard error, which is a file in its spool. Nothing ever fails because
//! of it: a line that finds no space is dropped and counted, and the next that finds some says how many there were.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicU64, Ordering},
};

static LOST: AtomicU64 = AtomicU64::new(0);

pub(crate) fn say(text: &str) {
    say_to(&mut io::stderr().lock(), &LOST, text);
}

fn say_to(to: &mut dyn Write, lost: &AtomicU64, text: &str) {
    let before = lost.load(Ordering::Relaxed);
    let mut lines = String::new();
    if before > 0 {
        // The end of a line that was cut off may stand before it.
        lines = format!("\nhven-runner: {before} lines of this log were lost: there was no space for them\n");
    }
    lines.extend(["hven-runner: ", text, "\n"]);
    // One call, so that lines of several threads do not mix.
    if to.write_all(lines.as_bytes()).is_ok() {
        lost.fetch_sub(before, Ordering::Relaxed);
    } else {
        lost.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lost_lines_are_counted() {
        let lost = AtomicU64::new(0);
        let mut said = Vec::new();
        say_to(&mut said, &lost, "first");
        say_to(&mut Full, &lost, "second");
        say_to(&mut Full, &lost, "third");
        say_to(&mut said, &lost, "fourth");
        say_to(&mut said, &lost, "fifth");
        let wanted = "hven-runner: first\n\n\
                      hven-runner: 2 lines of this log were lost: there was no space for them\n\
                      hven-runner: fourth\nhven-runner: fifth\n";
        assert_eq!(String::from_utf8(said).expect("text"), wanted);
    }
}
