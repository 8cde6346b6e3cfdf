//! The requests of pages and clients.

use super::fill::{LONG_METRIC, Sizes};

/// How many runs a comparison has.
const COMPARED: usize = 200;

/// A kind of question. Each time it is asked for something else.
pub(super) struct Question {
    pub(super) name: &'static str,
    pub(super) path: fn(&Known<'_>, u32) -> String,
}

/// The things that the questions ask about.
pub(super) struct Known<'k> {
    pub(super) sizes: Sizes,
    /// Ids of runs: those with many steps first.
    pub(super) runs: &'k [String],
    /// Where the list is continued, in its middle; `None` for a short list.
    pub(super) cursor: Option<&'k str>,
}

impl Known<'_> {
    fn metric(&self, number: u32) -> u32 {
        number.wrapping_mul(37) % self.sizes.metrics
    }

    /// The ids of runs, separated by commas.
    fn compared(&self, number: u32) -> String {
        let first = (number as usize * 7) % self.runs.len().saturating_sub(COMPARED).max(1);
        self.runs[first..self.runs.len().min(first + COMPARED)].join(",")
    }
}

pub(super) const QUESTIONS: &[Question] = &[
    Question { name: "list, newest 100", path: |_, _| "runs?project=bench&limit=100".to_owned() },
    Question {
        name: "list, 100 in the middle",
        path: |known, _| {
            let cursor = known.cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            format!("runs?project=bench&limit=100{cursor}")
        },
    },
    Question {
        name: "search: a condition on two quantities",
        path: |known, n| {
            let (first, second) = (known.metric(n), n % known.sizes.params.max(1));
            format!("runs?project=bench&limit=100&where=m{first}%20%3C%200.1%20and%20params.p{second}%20%3E%200.5")
        },
    },
    Question {
        name: "search: sorted by a metric, ten columns",
        path: |known, n| {
            let columns: Vec<String> = (0..10).map(|more| format!("m{}", known.metric(n + more))).collect();
            format!("runs?project=bench&limit=100&sort=m{}&columns={}", known.metric(n), columns.join(","))
        },
    },
    Question { name: "names of all quantities", path: |_, _| "runs/columns?project=bench".to_owned() },
    Question {
        name: "metric of 200 runs",
        path: |known, n| format!("runs/curves?key=m{}&runs={}", known.metric(n), known.compared(n)),
    },
    Question {
        name: "differences of 200 runs",
        path: |known, n| format!("runs/compare?metric=m{}&runs={}", known.metric(n), known.compared(n)),
    },
    Question {
        name: "curve of a run with many steps",
        path: |known, n| {
            let run = &known.runs[n as usize % (known.sizes.long_runs.max(1) as usize).min(known.runs.len())];
            format!("runs/{run}/metrics/points?key={}", if known.sizes.long_runs > 0 { LONG_METRIC } else { "m0" })
        },
    },
    Question {
        name: "curves of ten runs with many steps",
        path: |known, n| {
            let long = (known.sizes.long_runs.max(1) as usize).min(known.runs.len());
            let runs: Vec<&str> =
                (0..10.min(long)).map(|more| known.runs[(n as usize + more) % long].as_str()).collect();
            let key = if known.sizes.long_runs > 0 { LONG_METRIC } else { "m0" };
            format!("runs/curves?key={key}&runs={}", runs.join(","))
        },
    },
];
