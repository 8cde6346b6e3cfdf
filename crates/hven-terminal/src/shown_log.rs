//! What a task printed, as people see it: in lines, each of one output of the task alone, and of a line that carriage
//! returns wrote over (see [`hven_core::log_line`]) the last state.
//!
//! While a run is followed in a terminal, the open line is drawn in the last row as it grows: a progress bar looks as it
//! does by itself, and lines of the other output come above it. Everywhere else a line is written when it has ended.
//! Lines are held up to a bound: of a longer one the beginning is written, and stays also when a new state takes its
//! place.

use std::mem;

use hven_core::{
    log_line::{OpenLine, Step, steps},
    safe_text::SafeLog,
    stream::Source,
};

/// When a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// As it grows, in the last row of a terminal.
    AsItGrows,
    /// When it has ended.
    WhenEnded,
    /// When it has ended, behind the lines whose last state began before its own: the whole log is there.
    InOrder,
}

/// More of an open line is not held.
const HELD_BYTES_MAX: usize = 64 << 10;
/// More of ended lines does not wait for an open one.
const WAITING_BYTES_MAX: usize = 1 << 20;
/// Goes back to the beginning of the row, and erases it.
const ERASE_ROW: &[u8] = b"\r\x1b[K";

/// Takes what a task prints and says what is to be written of it.
#[derive(Debug)]
pub(super) struct ShownLog {
    pace: Pace,
    outputs: [TaskOutput; 2],
    /// Whose open line stands in the last row.
    row: Option<usize>,
    /// Who wrote last: its colours may still be on.
    last: usize,
    /// How many states have begun.
    begun: u64,
    /// Ended lines of one output; the open line of the other one comes before them.
    waiting: Vec<Line>,
    waiting_bytes: usize,
}

/// One output of the task, and its open line.
#[derive(Debug)]
struct TaskOutput {
    line: OpenLine,
    safe: SafeLog,
    /// Which of all states its state is.
    begun: u64,
    /// How many bytes of it stand in the last row.
    drawn: usize,
    /// The beginning of the state was written and is not held any more.
    is_cut: bool,
}

impl TaskOutput {
    fn is_open(&self) -> bool {
        self.is_cut || !self.line.state().is_empty()
    }
}

/// A line to be written.
#[derive(Debug)]
struct Line {
    begun: u64,
    output: usize,
    state: Vec<u8>,
    has_ended: bool,
}

impl ShownLog {
    pub(super) fn new(pace: Pace, colours: bool) -> Self {
        let output = || {
            let safe = SafeLog::of_states(colours);
            TaskOutput { line: OpenLine::default(), safe, begun: 0, drawn: 0, is_cut: false }
        };
        let outputs = [output(), output()];
        Self { pace, outputs, row: None, last: 0, begun: 0, waiting: Vec::new(), waiting_bytes: 0 }
    }

    /// Takes what the task wrote, and appends to `out` what is to be written.
    pub(super) fn take(&mut self, source: Source, bytes: &[u8], out: &mut Vec<u8>) {
        let output = usize::from(source == Source::Stderr);
        for step in steps(bytes) {
            self.step(output, &step, out);
        }
        self.draw_again(out);
    }

    /// What follows does not go on from what was: all lines end.
    pub(super) fn break_off(&mut self, out: &mut Vec<u8>) {
        self.finish(out);
        self.end_row(out);
    }

    /// Nothing follows: what is open is shown as it is, the last of it without an end.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        self.waiting_bytes = 0;
        let mut lines = mem::take(&mut self.waiting);
        for (number, output) in self.outputs.iter_mut().enumerate() {
            let state = output.line.end();
            if self.row != Some(number) && !state.is_empty() {
                lines.push(Line { begun: output.begun, output: number, state, has_ended: false });
            }
            (output.drawn, output.is_cut) = (0, false);
        }
        lines.sort_by_key(|line| line.begun);
        for line in &lines {
            self.end_row(out);
            self.write(line, out);
        }
        self.outputs.iter_mut().for_each(|output| output.safe.finish(out));
    }

    /// Leaves the last row to others, and what waits does not come behind them.
    pub(super) fn step_aside(&mut self, out: &mut Vec<u8>) {
        self.write_waiting(out);
        self.clear_row(out);
    }

    /// Draws an open line when the last row is free.
    pub(super) fn draw_again(&mut self, out: &mut Vec<u8>) {
        let open = self.outputs.iter().position(|output| output.drawn < output.line.state().len());
        if self.pace == Pace::AsItGrows
            && self.row.is_none()
            && let Some(number) = open
        {
            self.draw(number, out);
        }
    }

    fn step(&mut self, number: usize, step: &Step<'_>, out: &mut Vec<u8>) {
        if self.outputs[number].line.is_replaced_by(step) {
            self.take_back(number, out);
        }
        let output = &mut self.outputs[number];
        if !output.is_open() && (step.ends || !step.text.is_empty()) {
            self.begun += 1;
            output.begun = self.begun;
        }
        output.line.take(step);
        let is_drawn = self.pace == Pace::AsItGrows || output.is_cut || output.line.state().len() > HELD_BYTES_MAX;
        self.write_free(out);
        if is_drawn {
            self.draw(number, out);
        }
        if step.ends {
            self.end(number, out);
            self.write_free(out);
        }
    }

    /// A new state takes the place of the one that the open line has.
    fn take_back(&mut self, number: usize, out: &mut Vec<u8>) {
        let output = &mut self.outputs[number];
        output.line.let_go();
        output.drawn = 0;
        // A state begins without the colours of the one before.
        output.safe.finish(out);
        let was_cut = mem::take(&mut output.is_cut);
        if self.row == Some(number) {
            self.row = None;
            out.extend_from_slice(if was_cut { &b"\n"[..] } else { ERASE_ROW });
        }
    }

    /// Writes what of an open line is not in the last row yet.
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
            output.line.let_go();
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
        let line = Line { begun: output.begun, output: number, state, has_ended: true };
        let other = &self.outputs[1 - number];
        if self.pace == Pace::InOrder && other.is_open() && other.begun < line.begun {
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

    /// Writes the lines that wait for no open one any more.
    fn write_free(&mut self, out: &mut Vec<u8>) {
        let first_open = self.outputs.iter().filter(|output| output.is_open()).map(|output| output.begun).min();
        if self.waiting.first().is_some_and(|line| first_open.is_none_or(|open| line.begun < open)) {
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

    /// Frees the last row for something that comes before its line.
    fn clear_row(&mut self, out: &mut Vec<u8>) {
        let Some(number) = self.row.take() else { return };
        let output = &mut self.outputs[number];
        output.safe.finish(out);
        output.drawn = 0;
        if output.is_cut {
            // What is not held cannot be drawn again: it stays, and the rest goes on in another row.
            output.line.let_go();
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

    /// Lets an output write next: colours of the other one end.
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

    /// What is written for each piece, and at the end.
    fn written(pace: Pace, pieces: &[(Source, &str)]) -> Vec<String> {
        let mut log = ShownLog::new(pace, pace == Pace::AsItGrows);
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
    fn check(pace: Pace, pieces: &[(Source, &str)], expect: &str) {
        assert_eq!(written(pace, pieces).concat(), expect, "{pieces:?}");
    }

    #[test]
    fn a_bar_is_shown_as_it_ended() {
        let bar: Vec<String> = (0..600).map(|step| format!("\r\x1b[32m{step}\x1b[0m of 600\x1b[K")).collect();
        let mut pieces: Vec<(Source, &str)> = bar.iter().map(|state| (OUT, state.as_str())).collect();
        pieces.extend([(OUT, "\r\n"), (OUT, "finished\n")]);
        for pace in [Pace::WhenEnded, Pace::InOrder] {
            check(pace, &pieces, "\\u{1b}[32m599\\u{1b}[0m of 600\nfinished\n");
        }
        check(Pace::InOrder, &[(OUT, "10%\r20%\r"), (OUT, "30%\rdone\n"), (OUT, "1\r2\r3\r")], "done\n3");
        check(Pace::WhenEnded, &[(OUT, "a long state\rshort\r\n")], "short\n");
    }

    #[test]
    fn a_line_is_written_when_it_has_ended() {
        let pieces = [(OUT, "one\ntw"), (OUT, "o\nthr"), (ERR, "\r1%"), (ERR, "\r2%\n"), (OUT, "ee")];
        assert_eq!(written(Pace::WhenEnded, &pieces), ["one\n", "two\n", "", "2%\n", "", "three"]);
    }

    #[test]
    fn lines_of_two_outputs_never_mix() {
        let pieces = [(ERR, "needle-"), (OUT, "a line\n"), (ERR, "across"), (OUT, "the end")];
        check(Pace::WhenEnded, &pieces, "a line\nneedle-across\nthe end");
        check(Pace::InOrder, &pieces, "needle-across\na line\nthe end");
    }

    #[test]
    fn a_bar_stands_where_it_was_drawn_last() {
        let pieces =
            [(ERR, "\r1%"), (OUT, "epoch 1\n"), (ERR, "\r2%"), (OUT, "epoch 2\n"), (ERR, "\r3%"), (OUT, "finished\n")];
        assert_eq!(written(Pace::InOrder, &pieces), ["", "", "epoch 1\n", "", "epoch 2\n", "", "3%\nfinished\n"]);
        check(Pace::InOrder, &[&pieces[..], &[(ERR, "\n")]].concat(), "epoch 1\nepoch 2\n3%\nfinished\n");
        let pieces = [(OUT, "open"), (ERR, "a line\n"), (OUT, "\rlast\n")];
        check(Pace::InOrder, &pieces, "a line\nlast\n");
    }

    #[test]
    fn lines_wait_up_to_a_bound() {
        let line = format!("{}\n", "x".repeat(1000));
        let mut pieces = vec![(ERR, "open")];
        pieces.resize(2000, (OUT, line.as_str()));
        let all = written(Pace::InOrder, &pieces);
        assert!(all[..900].iter().all(String::is_empty) && all[..1100].concat().len() > 900_000);
        assert!(all[2000].starts_with("open\nxxx"), "what is open comes before what still waits");
        assert_eq!(all.concat().matches(&line).count(), 1999);
    }

    #[test]
    fn in_a_terminal_a_bar_looks_as_by_itself() {
        let pieces = [(OUT, "\r1"), (OUT, "%"), (OUT, "\r"), (OUT, "2%\r"), (OUT, "3%\r4%\r\n"), (OUT, "done")];
        let expect = ["1", "%", "", "\r\x1b[K2%", "\r\x1b[K4%\n", "done", ""];
        assert_eq!(written(Pace::AsItGrows, &pieces), expect);
        let red = [(OUT, "\x1b[31m1%"), (OUT, "\r2%\x1b[K"), (OUT, "\n")];
        assert_eq!(written(Pace::AsItGrows, &red), ["\x1b[31m1%", "\x1b[0m\r\x1b[K2%", "\n", ""]);
    }

    #[test]
    fn in_a_terminal_other_lines_come_above_a_bar() {
        let pieces = [(ERR, "\r1%"), (OUT, "epoch 1\nepoch"), (OUT, " 2\n"), (ERR, "\r2%\n"), (OUT, "end")];
        let expect = [
            "1%",
            "\r\x1b[Kepoch 1\nepoch",
            // The line that went on is there; the bar comes back.
            " 2\n1%",
            "\r\x1b[K2%\n",
            "end",
            "",
        ];
        assert_eq!(written(Pace::AsItGrows, &pieces), expect);
        let mut log = ShownLog::new(Pace::AsItGrows, true);
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
    fn what_is_open_ends_where_something_breaks_off() {
        let mut log = ShownLog::new(Pace::InOrder, false);
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
    fn an_endless_line_is_written_as_it_comes_and_held_to_a_bound() {
        let piece = "é".repeat(20_000);
        for pace in [Pace::AsItGrows, Pace::WhenEnded, Pace::InOrder] {
            let mut log = ShownLog::new(pace, false);
            let mut out = Vec::new();
            for _ in 0..250 {
                // In pieces that end within a character.
                log.take(OUT, &piece.as_bytes()[..19_999], &mut out);
                log.take(OUT, &piece.as_bytes()[19_999..], &mut out);
                assert!(log.outputs[0].line.state().len() <= HELD_BYTES_MAX);
            }
            log.take(OUT, b"\n", &mut out);
            log.finish(&mut out);
            assert!(out == format!("{}\n", piece.repeat(250)).as_bytes(), "{pace:?}: {} bytes", out.len());
        }
    }

    #[test]
    fn an_endless_line_makes_way_for_others_and_for_its_next_state() {
        let long = "x".repeat(HELD_BYTES_MAX + 1);
        let long = long.as_str();
        let pieces = [(OUT, long), (ERR, "a line\n"), (OUT, "rest\n"), (OUT, long), (OUT, "\rnew\n")];
        for pace in [Pace::AsItGrows, Pace::WhenEnded] {
            check(pace, &pieces, &format!("{long}\na line\nrest\n{long}\nnew\n"));
        }
        check(Pace::InOrder, &pieces, &format!("{long}rest\na line\n{long}\nnew\n"));
        let pieces = [(OUT, long), (ERR, "a line\n"), (OUT, "\nnext\n")];
        check(Pace::WhenEnded, &pieces, &format!("{long}\na line\nnext\n"));
    }
}
