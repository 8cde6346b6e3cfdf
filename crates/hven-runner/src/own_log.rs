//! What the runner says itself: lines on its standard error, which is a file in its spool. Nothing ever fails because
//! of it: a line that cannot be written is dropped and counted, and the next that can be says how many there were, and
//! why the last of them was lost.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

/// How many lines were lost since one was written, and why the last one was.
#[derive(Debug)]
struct Lost {
    lines: u64,
    why: String,
}

static LOST: Mutex<Lost> = Mutex::new(Lost { lines: 0, why: String::new() });

pub(crate) fn say(text: &str) {
    say_to(&mut io::stderr().lock(), &mut LOST.lock().unwrap_or_else(PoisonError::into_inner), text);
}

fn say_to(to: &mut dyn Write, lost: &mut Lost, text: &str) {
    let mut lines = String::new();
    if lost.lines > 0 {
        // The end of a line that was cut off may stand before it.
        lines = format!("\nhven-runner: {} lines of this log were lost: {}\n", lost.lines, lost.why);
    }
    lines.extend(["hven-runner: ", text, "\n"]);
    // One call, so that lines of several threads do not mix.
    match to.write_all(lines.as_bytes()) {
        Ok(()) => lost.lines = 0,
        Err(error) => {
            lost.lines += 1;
            lost.why = error.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lost_lines_are_counted_with_the_reason() {
        let mut lost = Lost { lines: 0, why: String::new() };
        let mut said = Vec::new();
        say_to(&mut said, &mut lost, "first");
        say_to(&mut Failing(io::ErrorKind::StorageFull), &mut lost, "second");
        say_to(&mut Failing(io::ErrorKind::BrokenPipe), &mut lost, "third");
        say_to(&mut said, &mut lost, "fourth");
        say_to(&mut said, &mut lost, "fifth");
        let wanted = "hven-runner: first\n\n\
                      hven-runner: 2 lines of this log were lost: broken pipe\n\
                      hven-runner: fourth\nhven-runner: fifth\n";
        assert_eq!(String::from_utf8(said).expect("text"), wanted);
    }
}
