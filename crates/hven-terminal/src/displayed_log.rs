//! The output of a task in lines for people. Each line contains text of one output of the task only. For a line that was
//! overwritten with carriage returns (see [`hven_core::log_line`]), only the last state is shown.
//! While a run is followed in a terminal, the open line is drawn in the last row as it grows: a progress bar looks as it
//! While a run is followed in a terminal, the open line is drawn in the last row as it grows: a progress bar looks as
//! usual, and lines of the other output appear above it. In other cases a line is written when it has ended. The length
//! of a line in memory is limited: the beginning of a longer line is written, and is not removed when a new state
//! replaces it.

use std::mem;

use hven_core::{
    log_line::{LineUpdate, OpenLine, updates},
    safe_text::SafeLog,
    stream::Source,
};

/// When a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineTiming {
    /// While it grows, in the last row of a terminal.
    AsItGrows,
    /// When it has ended.
    WhenEnded,
    /// When it has ended, after the lines whose last state started before its own. For a log that is complete.
    InOrder,
}

/// The limit for an open line in memory.
const HELD_BYTES_MAX: usize = 64 << 10;
/// The limit for ended lines that wait for an open one.
const WAITING_BYTES_MAX: usize = 1 << 20;
/// Moves the cursor to the start of the row and erases the row.
const ERASE_ROW: &[u8] = b"\r\x1b[K";

/// Takes the output of a task and decides what to write.
#[derive(Debug)]
pub(super) struct DisplayedLog {
    timing: LineTiming,
    outputs: [TaskOutput; 2],
    /// The output whose open line is in the last row.
    row: Option<usize>,
    /// The output that wrote last. Its colours may still be active.
    last: usize,
    /// The number of states that have started.
    started: u64,
    /// Ended lines of one output that wait for the open line of the other one.
    waiting: Vec<Line>,
    waiting_bytes: usize,
}

/// One output of the task, and its open line.
#[derive(Debug)]
struct TaskOutput {
    line: OpenLine,
    safe: SafeLog,
    /// The number of the open line's state, counted over both outputs.
    started: u64,
    /// How many bytes of the state are in the last row.
    drawn: usize,
    /// The beginning of the state was written and is no longer in memory.
    is_cut: bool,
}

impl TaskOutput {
    fn is_open(&self) -> bool {
        self.is_cut || !self.line.state().is_empty()
    }
}

/// A line to write.
#[derive(Debug)]
struct Line {
    started: u64,
    output: usize,
    state: Vec<u8>,
    has_ended: bool,
}

impl DisplayedLog {
    pub(super) fn new(timing: LineTiming, colours: bool) -> Self {
        let output = || {
            let safe = SafeLog::of_states(colours);
            TaskOutput { line: OpenLine::default(), safe, started: 0, drawn: 0, is_cut: false }
        };
        let outputs = [output(), output()];
        Self { timing, outputs, row: None, last: 0, started: 0, waiting: Vec::new(), waiting_bytes: 0 }
    }

    /// Takes output of the task, and appends to `out` what to write.
    pub(super) fn take(&mut self, source: Source, bytes: &[u8], out: &mut Vec<u8>) {
        let output = usize::from(source == Source::Stderr);
        for step in updates(bytes) {
            self.step(output, &step, out);
        }
        self.draw_again(out);
    }

    /// Ends all lines, because the next output does not continue them.
    pub(super) fn break_off(&mut self, out: &mut Vec<u8>) {
        self.finish(out);
        self.end_row(out);
    }

    /// Shows all open lines as they are, because no more output follows. The last one gets no line end.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        self.waiting_bytes = 0;
        let mut lines = mem::take(&mut self.waiting);
        for (number, output) in self.outputs.iter_mut().enumerate() {
            let state = output.line.end();
            if self.row != Some(number) && !state.is_empty() {
                lines.push(Line { started: output.started, output: number, state, has_ended: false });
            }
            (output.drawn, output.is_cut) = (0, false);
        }
        lines.sort_by_key(|line| line.started);
        for line in &lines {
            self.end_row(out);
            self.write(line, out);
        }
        self.outputs.iter_mut().for_each(|output| output.safe.finish(out));
    }

    /// Writes the waiting lines and clears the last row, so that another text can be written.
    pub(super) fn step_aside(&mut self, out: &mut Vec<u8>) {
        self.write_waiting(out);
        self.clear_row(out);
    }

    /// Draws an open line when the last row is free.
    pub(super) fn draw_again(&mut self, out: &mut Vec<u8>) {
        let open = self.outputs.iter().position(|output| output.drawn < output.line.state().len());
        if self.timing == LineTiming::AsItGrows
            && self.row.is_none()
            && let Some(number) = open
        {
            self.draw(number, out);
        }
    }

    fn step(&mut self, number: usize, step: &LineUpdate<'_>, out: &mut Vec<u8>) {
        if self.outputs[number].line.is_replaced_by(step) {
            self.take_back(number, out);
        }
        let output = &mut self.outputs[number];
        if !output.is_open() && (step.ends || !step.text.is_empty()) {
            self.started += 1;
            output.started = self.started;
        }
        output.line.take(step);
        let is_drawn =
            self.timing == LineTiming::AsItGrows || output.is_cut || output.line.state().len() > HELD_BYTES_MAX;
        self.write_free(out);
        if is_drawn {
            self.draw(number, out);
        }
        if step.ends {
            self.end(number, out);
            self.write_free(out);
        }
    }

    /// Removes the state of the open line, which a new state replaces.
    fn take_back(&mut self, number: usize, out: &mut Vec<u8>) {
        let output = &mut self.outputs[number];
        output.line.clear();
        output.drawn = 0;
        // A state does not inherit the colours of the previous one.
        output.safe.finish(out);
        let was_cut = mem::take(&mut output.is_cut);
        if self.row == Some(number) {
            self.row = None;
            out.extend_from_slice(if was_cut { &b"\n"[..] } else { ERASE_ROW });
        }
    }

    /// Writes the part of an open line that is not in the last row yet.
    fn draw(&mut self, number: usize, out: &mut Vec<u8>) {
        if self.outputs[number].drawn == self.outputs[number].line.state().len() {
            return;
        }
        if self.row != Some(number) {
            self.step_aside(out);
            self.hand_over(number, out);
            self.row = Some(number);
        }
        let output = &mut self.outputs[number];
        output.safe.feed(&output.line.state()[output.drawn..], out);
        output.drawn = output.line.state().len();
        if output.drawn > HELD_BYTES_MAX {
            output.line.clear();
            (output.drawn, output.is_cut) = (0, true);
        }
    }

    fn end(&mut self, number: usize, out: &mut Vec<u8>) {
        let output = &mut self.outputs[number];
        let state = output.line.end();
        let was_cut = mem::take(&mut output.is_cut);
        output.drawn = 0;
        if self.row == Some(number) {
            output.safe.feed(b"\n", out);
            self.row = None;
            return;
        }
        if was_cut && state.is_empty() {
            // All of it was written in rows that have ended.
            return;
        }
        let line = Line { started: output.started, output: number, state, has_ended: true };
        let other = &self.outputs[1 - number];
        if self.timing == LineTiming::InOrder && other.is_open() && other.started < line.started {
            self.wait(line, out);
        } else {
            self.write(&line, out);
        }
    }

    fn wait(&mut self, line: Line, out: &mut Vec<u8>) {
        self.waiting_bytes += size_of::<Line>() + line.state.len();
        self.waiting.push(line);
        if self.waiting_bytes > WAITING_BYTES_MAX {
            self.write_waiting(out);
        }
    }

    /// Writes the waiting lines when no open line precedes them any more.
    fn write_free(&mut self, out: &mut Vec<u8>) {
        let first_open = self.outputs.iter().filter(|output| output.is_open()).map(|output| output.started).min();
        if self.waiting.first().is_some_and(|line| first_open.is_none_or(|open| line.started < open)) {
            self.write_waiting(out);
        }
    }

    fn write_waiting(&mut self, out: &mut Vec<u8>) {
        self.waiting_bytes = 0;
        for line in mem::take(&mut self.waiting) {
            self.write(&line, out);
        }
    }

    fn write(&mut self, line: &Line, out: &mut Vec<u8>) {
        self.clear_row(out);
        self.hand_over(line.output, out);
        let safe = &mut self.outputs[line.output].safe;
        safe.feed(&line.state, out);
        if line.has_ended {
            safe.feed(b"\n", out);
        } else {
            self.row = Some(line.output);
        }
    }

    /// Clears the last row for a text that comes before its line.
    fn clear_row(&mut self, out: &mut Vec<u8>) {
        let Some(number) = self.row.take() else { return };
        let output = &mut self.outputs[number];
        output.safe.finish(out);
        output.drawn = 0;
        if output.is_cut {
            // The part that is no longer in memory cannot be drawn again: it stays, and the rest continues in another row.
            output.line.clear();
            out.push(b'\n');
        } else {
            out.extend_from_slice(ERASE_ROW);
        }
    }

    /// Ends the last row as it is.
    fn end_row(&mut self, out: &mut Vec<u8>) {
        if let Some(number) = self.row.take() {
            self.outputs[number].safe.finish(out);
            out.push(b'\n');
        }
    }

    /// Makes an output the one that writes, and ends the colours of the other one.
    fn hand_over(&mut self, number: usize, out: &mut Vec<u8>) {
        let before = mem::replace(&mut self.last, number);
        if before != number {
            self.outputs[before].safe.finish(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUT: Source = Source::Stdout;
    const ERR: Source = Source::Stderr;

    /// The written text for each piece, and at the end.
    fn written(timing: LineTiming, pieces: &[(Source, &str)]) -> Vec<String> {
        let mut log = DisplayedLog::new(timing, timing == LineTiming::AsItGrows);
        let mut all: Vec<Vec<u8>> = Vec::new();
        for (source, text) in pieces {
            let mut out = Vec::new();
            log.take(*source, text.as_bytes(), &mut out);
            all.push(out);
        }
        let mut out = Vec::new();
        log.finish(&mut out);
        all.push(out);
        all.into_iter().map(|out| String::from_utf8(out).expect("text")).collect()
    }

    #[track_caller]
    fn check(timing: LineTiming, pieces: &[(Source, &str)], expect: &str) {
        assert_eq!(written(timing, pieces).concat(), expect, "{pieces:?}");
    }

    #[test]
    fn a_bar_is_shown_as_it_ended() {
        let bar: Vec<String> = (0..600).map(|step| format!("\r\x1b[32m{step}\x1b[0m of 600\x1b[K")).collect();
        let mut pieces: Vec<(Source, &str)> = bar.iter().map(|state| (OUT, state.as_str())).collect();
        pieces.extend([(OUT, "\r\n"), (OUT, "finished\n")]);
        for timing in [LineTiming::WhenEnded, LineTiming::InOrder] {
            check(timing, &pieces, "\\u{1b}[32m599\\u{1b}[0m of 600\nfinished\n");
        }
        check(LineTiming::InOrder, &[(OUT, "10%\r20%\r"), (OUT, "30%\rdone\n"), (OUT, "1\r2\r3\r")], "done\n3");
        check(LineTiming::WhenEnded, &[(OUT, "a long state\rshort\r\n")], "short\n");
    }

    #[test]
    fn a_line_is_written_when_it_has_ended() {
        let pieces = [(OUT, "one\ntw"), (OUT, "o\nthr"), (ERR, "\r1%"), (ERR, "\r2%\n"), (OUT, "ee")];
        assert_eq!(written(LineTiming::WhenEnded, &pieces), ["one\n", "two\n", "", "2%\n", "", "three"]);
    }

    #[test]
    fn lines_of_two_outputs_never_mix() {
        let pieces = [(ERR, "needle-"), (OUT, "a line\n"), (ERR, "across"), (OUT, "the end")];
        check(LineTiming::WhenEnded, &pieces, "a line\nneedle-across\nthe end");
        check(LineTiming::InOrder, &pieces, "needle-across\na line\nthe end");
    }

    #[test]
    fn a_bar_is_placed_where_it_was_drawn_last() {
        let pieces =
            [(ERR, "\r1%"), (OUT, "epoch 1\n"), (ERR, "\r2%"), (OUT, "epoch 2\n"), (ERR, "\r3%"), (OUT, "finished\n")];
        assert_eq!(written(LineTiming::InOrder, &pieces), ["", "", "epoch 1\n", "", "epoch 2\n", "", "3%\nfinished\n"]);
        check(LineTiming::InOrder, &[&pieces[..], &[(ERR, "\n")]].concat(), "epoch 1\nepoch 2\n3%\nfinished\n");
        let pieces = [(OUT, "open"), (ERR, "a line\n"), (OUT, "\rlast\n")];
        check(LineTiming::InOrder, &pieces, "a line\nlast\n");
    }

    #[test]
    fn lines_wait_up_to_a_bound() {
        let line = format!("{}\n", "x".repeat(1000));
        let mut pieces = vec![(ERR, "open")];
        pieces.resize(2000, (OUT, line.as_str()));
        let all = written(LineTiming::InOrder, &pieces);
        assert!(all[..900].iter().all(String::is_empty) && all[..1100].concat().len() > 900_000);
        assert!(all[2000].starts_with("open\nxxx"), "the open line comes before the lines that still wait");
        assert_eq!(all.concat().matches(&line).count(), 1999);
    }

    #[test]
    fn in_a_terminal_a_bar_looks_as_usual() {
        let pieces = [(OUT, "\r1"), (OUT, "%"), (OUT, "\r"), (OUT, "2%\r"), (OUT, "3%\r4%\r\n"), (OUT, "done")];
        let expect = ["1", "%", "", "\r\x1b[K2%", "\r\x1b[K4%\n", "done", ""];
        assert_eq!(written(LineTiming::AsItGrows, &pieces), expect);
        let red = [(OUT, "\x1b[31m1%"), (OUT, "\r2%\x1b[K"), (OUT, "\n")];
        assert_eq!(written(LineTiming::AsItGrows, &red), ["\x1b[31m1%", "\x1b[0m\r\x1b[K2%", "\n", ""]);
    }

    #[test]
    fn in_a_terminal_other_lines_come_above_a_bar() {
        let pieces = [(ERR, "\r1%"), (OUT, "epoch 1\nepoch"), (OUT, " 2\n"), (ERR, "\r2%\n"), (OUT, "end")];
        let expect = [
            "1%",
            "\r\x1b[Kepoch 1\nepoch",
            // The line continues, and the bar is drawn again.
            " 2\n1%",
            "\r\x1b[K2%\n",
            "end",
            "",
        ];
        assert_eq!(written(LineTiming::AsItGrows, &pieces), expect);
        let mut log = DisplayedLog::new(LineTiming::AsItGrows, true);
        let mut out = Vec::new();
        log.take(ERR, b"\r1%", &mut out);
        log.step_aside(&mut out);
        out.extend_from_slice(b"a note\n");
        log.draw_again(&mut out);
        log.take(ERR, b"\r2%", &mut out);
        log.break_off(&mut out);
        assert_eq!(out, b"1%\r\x1b[Ka note\n1%\r\x1b[K2%\n");
    }

    #[test]
    fn open_lines_end_when_the_output_breaks_off() {
        let mut log = DisplayedLog::new(LineTiming::InOrder, false);
        let mut out = Vec::new();
        log.take(OUT, b"begin", &mut out);
        log.take(ERR, b"a line\nopen\r", &mut out);
        log.break_off(&mut out);
        log.take(OUT, b"end\n", &mut out);
        log.take(ERR, b"more", &mut out);
        log.finish(&mut out);
        assert_eq!(out, b"begin\na line\nopen\nend\nmore");
    }

    #[test]
    fn an_endless_line_is_written_in_parts_and_its_memory_is_limited() {
        let piece = "é".repeat(20_000);
        for timing in [LineTiming::AsItGrows, LineTiming::WhenEnded, LineTiming::InOrder] {
            let mut log = DisplayedLog::new(timing, false);
            let mut out = Vec::new();
            for _ in 0..250 {
                // In pieces that end within a character.
                log.take(OUT, &piece.as_bytes()[..19_999], &mut out);
                log.take(OUT, &piece.as_bytes()[19_999..], &mut out);
                assert!(log.outputs[0].line.state().len() <= HELD_BYTES_MAX);
            }
            log.take(OUT, b"\n", &mut out);
            log.finish(&mut out);
            assert!(out == format!("{}\n", piece.repeat(250)).as_bytes(), "{timing:?}: {} bytes", out.len());
        }
    }

    #[test]
    fn an_endless_line_gives_way_to_others_and_to_its_next_state() {
        let long = "x".repeat(HELD_BYTES_MAX + 1);
        let long = long.as_str();
        let pieces = [(OUT, long), (ERR, "a line\n"), (OUT, "rest\n"), (OUT, long), (OUT, "\rnew\n")];
        for timing in [LineTiming::AsItGrows, LineTiming::WhenEnded] {
            check(timing, &pieces, &format!("{long}\na line\nrest\n{long}\nnew\n"));
        }
        check(LineTiming::InOrder, &pieces, &format!("{long}rest\na line\n{long}\nnew\n"));
        let pieces = [(OUT, long), (ERR, "a line\n"), (OUT, "\nnext\n")];
        check(LineTiming::WhenEnded, &pieces, &format!("{long}\na line\nnext\n"));
    }
}
