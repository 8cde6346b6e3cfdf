//! The runner's own log: lines on its standard error, which is a file in its spool. Logging never fails the caller: a
//! line that cannot be written is dropped and counted. The next line that can be written reports the count and the
//! last error.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

/// How many lines were lost since the last written line, and the last error.
#[derive(Debug)]
struct Lost {
    lines: u64,
    why: String,
}

static LOST: Mutex<Lost> = Mutex::new(Lost { lines: 0, why: String::new() });

pub(crate) fn log_line(text: &str) {
    write_line(&mut io::stderr().lock(), &mut LOST.lock().unwrap_or_else(PoisonError::into_inner), text);
}

fn write_line(to: &mut dyn Write, lost: &mut Lost, text: &str) {
    let mut lines = String::new();
    if lost.lines > 0 {
        // A partial line may precede this one.
        lines = format!("\nhven-runner: {} lines of this log were lost: {}\n", lost.lines, lost.why);
    }
    lines.extend(["hven-runner: ", text, "\n"]);
    // One write call, so that the lines of several threads do not mix.
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
        let mut written = Vec::new();
        write_line(&mut written, &mut lost, "first");
        write_line(&mut Failing(io::ErrorKind::StorageFull), &mut lost, "second");
        write_line(&mut Failing(io::ErrorKind::BrokenPipe), &mut lost, "third");
        write_line(&mut written, &mut lost, "fourth");
        write_line(&mut written, &mut lost, "fifth");
        let wanted = "hven-runner: first\n\n\
                      hven-runner: 2 lines of this log were lost: broken pipe\n\
                      hven-runner: fourth\nhven-runner: fifth\n";
        assert_eq!(String::from_utf8(written).expect("text"), wanted);
    }
}
