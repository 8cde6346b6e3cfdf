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
    /// For other errors: how much longer the shortest description of the data is, in nats.
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
        let description = Pools::description(leading);
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
        let others = others.map(|pool| (pool.sample.errors, Pools::description(pool) - description)).collect();
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
    /// The errors, and sentences about them. `target` are the values in the fitted rows.
    pub(crate) fn errors_of_law(&self, target: &[f64]) -> ErrorsOfLaw {
        let model = self.errors;
        let mut text = match self.decided_by {
            DecidedBy::Setting => format!("the setting errors asks for {}", model.in_words()),
            DecidedBy::Likelihood => self.likelihoods_in_words(),
            DecidedBy::Default => match Errors::Logarithmic.suit(target) {
                Ok(()) => "the law is exact, so there are no errors to describe".to_owned(),
                Err(why) => {
                    format!("{} are assumed; errors of the logarithm are impossible, because {why}", model.in_words())
                }
            },
        };
        let _ = write!(text, "; {}", model.r2_in_words());
        if model == Errors::Equal
            && let Some(powers) = powers_of_ten(target).filter(|powers| *powers >= POWERS_WIDE)
        {
            let _ = write!(text, "; the target spans {powers:.0} powers of ten, so its largest values decide");
        }
        if self.decided_by == DecidedBy::Likelihood {
            text += "; the setting errors (equal, relative, logarithmic) selects another model";
        }
        ErrorsOfLaw { model, decided_by: self.decided_by, text }
    }

    fn likelihoods_in_words(&self) -> String {
        let model = self.errors;
        let finite = || self.others.iter().filter(|(_, nats)| nats.is_finite());
        if let Some((other, nats)) = finite().find(|(_, nats)| *nats < 0.0) {
            return format!(
                "{} are assumed; {} describe the residuals only a little better: they are likelier by a factor of {}",
                model.in_words(),
                other.in_words(),
                factor(-nats)
            );
        }
        let less = |(k, (other, nats)): (usize, &(Errors, f64))| {
            let are_less_likely = if k == 0 { " are less likely" } else { "" };
            format!("{}{are_less_likely} by a factor of {}", other.in_words(), factor(*nats))
        };
        let others: Vec<String> = finite().enumerate().map(less).collect();
        let best = format!("{} describe the residuals best", model.in_words());
        if others.is_empty() { best } else { format!("{best}; {}", others.join(", ")) }
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
                "{} of {rows} rows are more than {FAR} times as far from the law as usual; they are too many or lie together, or the law is not accurate enough, so they were kept: the law may lack something there",
                self.far.in_fit
            ));
        }
        notes
    }
}

/// A difference of logarithms of likelihoods as their quotient.
fn factor(nats: f64) -> String {
    let powers = nats / std::f64::consts::LN_10;
    match powers {
        p if p < 1.0 => short(10f64.powf(p), 2),
        p if p < 4.0 => format!("{:.0}", 10f64.powf(p)),
        p => {
            let whole = p.floor();
            let digit = 10f64.powf(p - whole).round();
            let (digit, whole) = if digit >= 10.0 { (1.0, whole + 1.0) } else { (digit, whole) };
            if digit > 1.0 { format!("{digit}·10^{whole}") } else { format!("10^{whole}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(errors: Errors, others: &[(Errors, f64)], expected: &str) {
        let decision =
            Decision { errors, decided_by: DecidedBy::Likelihood, far: Far::default(), others: others.to_vec() };
        assert_eq!(decision.likelihoods_in_words(), expected);
    }

    #[test]
    fn the_errors_are_explained_without_nats() {
        check(
            Errors::Relative,
            &[(Errors::Equal, 13.0), (Errors::Logarithmic, 0.4)],
            "errors in proportion to the law describe the residuals best; equal errors are less likely by a factor of \
             4·10^5, equal errors of the logarithm by a factor of 1.5",
        );
        check(
            Errors::Equal,
            &[(Errors::Relative, -1.1)],
            "equal errors are assumed; errors in proportion to the law describe the residuals only a little better: \
             they are likelier by a factor of 3",
        );
        check(Errors::Equal, &[(Errors::Relative, f64::INFINITY)], "equal errors describe the residuals best");
    }

    #[test]
    fn a_factor_has_one_digit_that_counts() {
        for (nats, expected) in [(0.0, "1"), (3.0, "20"), (9.0, "8103"), (23.0, "10^10"), (600.0, "4·10^260")] {
            assert_eq!(factor(nats), expected);
        }
    }
}
