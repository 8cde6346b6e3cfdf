//! Rules for the parameters of a run. The limits are the same for every source: a call, a submission, a line of
//! `$HVEN_METRICS`, a runner's message. A parameter within them can be written into a fact and read by every reader.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Malformed, limits,
    limits::{PARAM_BYTES_MAX, PARAMS_MAX},
    stream::{KEY_BYTES_MAX, check_key},
};

pub type Params = BTreeMap<String, Value>;

/// The origin of parameters. Parameters of an attempt that was followed by another do not belong to the run: they describe the
/// set-up of that attempt, and not of the attempt that ended the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// They were given with the run, or logged before it had an attempt.
    Given,
    /// They were logged while this attempt was running.
    Attempt(u32),
    /// Not known: neither facts of the first version nor publications contain it.
    NotKnown,
}

impl Origin {
    /// The origin of parameters that are logged while this is the newest attempt; 0 when there was no attempt yet.
    pub const fn of_attempt(number: u32) -> Self {
        if number == 0 { Self::Given } else { Self::Attempt(number) }
    }

    /// The number of the attempt before the last that they belong to; `None` when they count for the run.
    pub const fn earlier_attempt(self, last: u32) -> Option<u32> {
        match self {
            Self::Attempt(number) if number < last => Some(number),
            Self::Given | Self::Attempt(_) | Self::NotKnown => None,
        }
    }
}

/// The parameters that were given with a run, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Parameters that were certainly given.
    pub known: Params,
    /// Parameters that may have been given, or logged while the run was running.
    pub maybe: Params,
}

impl Given {
    /// The names of the parameters that differ from those in `now`.
    pub fn others<'a>(&'a self, now: &'a Params) -> BTreeSet<&'a str> {
        let names = self.known.keys().chain(now.keys());
        names.filter(|name| self.value(name) != now.get(*name)).map(String::as_str).collect()
    }

    /// All of them.
    #[must_use]
    pub fn all(mut self) -> Params {
        self.maybe.append(&mut self.known);
        self.maybe
    }

    /// The value of a parameter.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.known.get(name).or_else(|| self.maybe.get(name))
    }
}

/// The largest total JSON size of the parameters in one fact.
pub const FACT_BYTES_MAX: usize = 1 << 20;
/// The same while the disk is full: the reserve of a home allows no larger facts of this kind.
pub const FACT_BYTES_ON_FULL_DISK: usize = 60 << 10;

/// The error of a parameter, as text that follows its name.
pub fn fault(name: &str, value: &Value) -> Option<String> {
    if check_key(name).is_err() {
        return Some(format!("its name has 1 to {KEY_BYTES_MAX} bytes and no control characters"));
    }
    match limits::json("it", value, PARAM_BYTES_MAX) {
        Err(Malformed::Bound { why, .. }) => Some(format!("it {why}")),
        _ => None,
    }
}

/// Checks that parameters are valid.
pub fn check(params: &Params) -> Result<(), Malformed> {
    for (name, value) in params {
        check_key(name)?;
        limits::json(&format!("the parameter {name}"), value, PARAM_BYTES_MAX)?;
    }
    Ok(())
}

/// Divides parameters so that each part fits into one fact of this size. A parameter that is larger gets a part of its own.
pub fn in_parts(params: Params, bytes_max: usize) -> Vec<Params> {
    let (mut parts, mut part, mut bytes) = (Vec::new(), Params::new(), 0);
    for (name, value) in params {
        // With the quotes around the name, escapes in it, a colon and a comma.
        let escaped = name.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        let added = name.len() + escaped + value.to_string().len() + 4;
        if !part.is_empty() && (part.len() >= PARAMS_MAX || bytes + added > bytes_max) {
            parts.push(std::mem::take(&mut part));
            bytes = 0;
        }
        bytes += added;
        part.insert(name, value);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

crate::sample::sampled! {
    enum Origin { Given, Attempt(number), NotKnown }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_parameter_has_bounds() {
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        let good = |name: &str, value: Value| {
            let (fault, checked) = (fault(name, &value), check(&[(name.to_owned(), value)].into()));
            assert_eq!(fault.is_none(), checked.is_ok(), "{fault:?} {checked:?}");
            checked.is_ok()
        };
        assert!(good("lr", json!(0.1)) && good("a", nested(32)) && good("o", json!({"a": {"b": []}})));
        assert!(!good("a", nested(33)));
        assert!(good("a", json!("x".repeat(PARAM_BYTES_MAX - 2))) && !good("a", json!("x".repeat(PARAM_BYTES_MAX))));
        assert!(!good("", json!(1)) && !good("a\nb", json!(1)) && !good(&"k".repeat(251), json!(1)));
    }

    #[test]
    fn parameters_of_the_last_attempt_count_for_the_run() {
        let earlier = |origin: Origin| origin.earlier_attempt(2);
        assert_eq!([Origin::Given, Origin::NotKnown, Origin::Attempt(2)].map(earlier), [None; 3]);
        assert_eq!(earlier(Origin::Attempt(1)), Some(1));
        assert_eq!((Origin::of_attempt(0), Origin::of_attempt(3)), (Origin::Given, Origin::Attempt(3)));
        let written = |origin: Origin| serde_json::to_string(&origin).expect("JSON");
        assert_eq!(written(Origin::Attempt(2)), r#"{"attempt":2}"#);
        assert_eq!([Origin::Given, Origin::NotKnown].map(written), [r#""given""#, r#""not_known""#]);
    }

    #[test]
    fn given_parameters_are_compared_as_far_as_they_are_known() {
        let params = |values: &[(&str, f64)]| -> Params {
            values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
        };
        let given = Given { known: params(&[("lr", 0.1)]), maybe: params(&[("loss", 0.5)]) };
        let check = |now: &[(&str, f64)], wanted: &[&str]| {
            assert_eq!(given.others(&params(now)).into_iter().collect::<Vec<_>>(), wanted, "{now:?}");
        };
        check(&[("lr", 0.1)], &[]);
        check(&[("lr", 0.2)], &["lr"]);
        check(&[], &["lr"]);
        check(&[("lr", 0.1), ("depth", 3.0)], &["depth"]);
        check(&[("lr", 0.1), ("loss", 0.5)], &[]);
        check(&[("lr", 0.1), ("loss", 0.6)], &["loss"]);
        assert_eq!(given.all(), params(&[("loss", 0.5), ("lr", 0.1)]));
    }

    #[test]
    fn many_are_divided_and_none_is_lost() {
        let params: Params = (0..2500).map(|i| (format!("p{i}"), json!(i))).collect();
        let parts = in_parts(params.clone(), FACT_BYTES_MAX);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts.into_iter().flatten().collect::<Params>(), params);
        let large: Params = (0..40).map(|i| (format!("p{i}"), json!("x".repeat(60_000)))).collect();
        let parts = in_parts(large.clone(), FACT_BYTES_MAX);
        assert!(parts.len() > 1 && parts.len() < 5, "{}", parts.len());
        assert_eq!(parts.into_iter().flatten().collect::<Params>(), large);
        assert!(in_parts(Params::new(), FACT_BYTES_MAX).is_empty());
        // Names with many escapes, and many small values.
        let quotes: Params = (0..900).map(|i| (format!("{i}{}", "\"\\".repeat(120)), json!(i))).collect();
        let parts = in_parts(quotes.clone(), FACT_BYTES_ON_FULL_DISK);
        let long = parts.iter().map(|part| serde_json::to_string(part).expect("parameters serialise").len()).max();
        assert!(long.is_some_and(|bytes| bytes <= FACT_BYTES_ON_FULL_DISK + 2), "{long:?}");
        assert_eq!(parts.into_iter().flatten().collect::<Params>(), quotes);
    }
}
