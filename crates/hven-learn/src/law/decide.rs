//! Decides on the errors of the target and on the rows that are left out of the fit, after a search.

use std::fmt::Write as _;

use super::errors::{DecidedBy, Errors, ErrorsOfLaw};
use super::expression::Expr;
use super::options::Options;
use super::outcome::LeftOut;
use super::outliers::{FAR, Far, far_from, picked};
use super::pools::{Pools, Rules, powers_of_ten};
use super::print::short;
use super::problem::Prepared;
use super::task::Task;

/// The errors with which the law is fitted, and the rows that are left out.
pub(crate) struct Decision {
    pub errors: Errors,
    decided_by: DecidedBy,
    pub far: Far,
    /// For other errors: how much longer the shortest description of the data is.
    others: Vec<(Errors, f64)>,
}

/// Decides on the errors and on the rows to leave out, in turn until both agree.
pub(crate) fn decide(candidates: &[Expr], prepared: &Prepared, options: &Options, aside: Vec<usize>) -> Decision {
    let all = &prepared.train;
    let mut far = Far { aside, ..Far::default() };
    let mut decision = None;
    for _ in 0..DECISIONS_MAX {
        let kept: Vec<usize> = (0..all.target.len()).filter(|row| !far.aside.contains(row)).collect();
        let (inputs, target) = picked(&all.inputs, &all.target, &kept);
        let root = Task::root(inputs, target);
        let mut pools = Pools::new(&root.inputs, &root.target, options.errors, Rules::new(&root, prepared, options));
        for candidate in candidates {
            pools.offer(candidate);
        }
        if !pools.is_exact() && options.errors.is_none() {
            pools.add_relative(candidates);
        }
        let leading = pools.leading();
        let errors = leading.sample.errors;
        let total = pools.total(leading);
        let others = pools.all.iter().filter(|pool| pool.sample.errors != errors);
        let decided_by = match options.errors {
            Some(_) => DecidedBy::Setting,
            None if pools.all.len() > 1 && !pools.is_exact() => DecidedBy::Likelihood,
            None => DecidedBy::Default,
        };
        let next = leading
            .shortest()
            .map_or_else(Far::default, |(_, entry)| far_from(&entry.expr, &all.inputs, &all.target, errors));
        let settled = next.aside == far.aside;
        let others = others.map(|pool| (pool.sample.errors, pools.total(pool) - total)).collect();
        // The errors belong to these rows, even if the rows do not settle.
        let decided = Decision { errors, decided_by, far: Far { aside: far.aside, ..next }, others };
        far = next;
        decision = Some(decided);
        if settled {
            break;
        }
    }
    decision.unwrap_or(Decision {
        errors: options.errors.unwrap_or(Errors::Equal),
        decided_by: DecidedBy::Default,
        far: Far::default(),
        others: Vec::new(),
    })
}

/// How often errors and rows are decided in turn.
const DECISIONS_MAX: usize = 4;

/// How many of the rows that were left out a note names.
const NAMED_MAX: usize = 10;
/// From so many powers of ten on, a reader must know that equal errors make the largest rows decide.
const POWERS_WIDE: f64 = 3.0;

impl Decision {
    /// The errors, and a sentence about them. `target` are the values in the fitted rows.
    pub(crate) fn errors_of_law(&self, target: &[f64]) -> ErrorsOfLaw {
        let (size, r2) = self.errors.in_words();
        let mut text = format!("errors of the target: taken as {size}");
        match self.decided_by {
            DecidedBy::Setting => text += ", as the setting errors says",
            DecidedBy::Likelihood => {
                text += ", as the likelihood of the residuals says";
                let others: Vec<String> = self
                    .others
                    .iter()
                    .filter(|other| other.1.is_finite())
                    .map(|(errors, nats)| format!("{} errors by {nats:.1} nats", errors.name()))
                    .collect();
                if !others.is_empty() {
                    let _ = write!(text, " (less likely are {})", others.join(", "));
                }
            }
            DecidedBy::Default => match Errors::Logarithmic.suit(target) {
                Ok(()) => text += "; the law is exact, so there was nothing to decide",
                Err(why) => drop(write!(text, "; logarithmic errors are impossible, because {why}")),
            },
        }
        let _ = write!(text, "; {r2}");
        if self.errors == Errors::Equal
            && let Some(powers) = powers_of_ten(target).filter(|powers| *powers >= POWERS_WIDE)
        {
            let _ = write!(text, "; the target spans {powers:.0} powers of ten, so its largest values decide");
        }
        if self.decided_by == DecidedBy::Likelihood {
            text += "; the setting errors (equal, relative, logarithmic) decides otherwise";
        }
        ErrorsOfLaw { model: self.errors, decided_by: self.decided_by, text }
    }

    /// Notes about the rows that are far from the law.
    pub(crate) fn notes(&self, left_out: &[LeftOut], rows: usize) -> Vec<String> {
        let mut notes = Vec::new();
        if !left_out.is_empty() {
            let named: Vec<String> = left_out
                .iter()
                .take(NAMED_MAX)
                .map(|one| format!("row {}: {} instead of {}", one.row, short(one.target, 6), short(one.law, 6)))
                .collect();
            let more = left_out.len().saturating_sub(NAMED_MAX);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            notes.push(format!(
                "{} of {rows} rows were left out of the fit, because they are more than {FAR} times as far from the law as usual ({}{more})",
                left_out.len(),
                named.join("; ")
            ));
        }
        if self.far.in_fit > 0 {
            notes.push(format!(
                "{} of {rows} rows are more than {FAR} times as far from the law as usual; they are too many or lie together, so they were kept: the law may lack something there",
                self.far.in_fit
            ));
        }
        notes
    }
}
