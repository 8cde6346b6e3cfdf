//! The quantities that a name in an expression may mean.

use hven_core::expression::without_backticks;

use super::fields::RunField;
use crate::ports::quantities::Quantity;

/// Which value of a metric a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Last,
    Low,
    High,
}

/// The meaning of a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meaning {
    Field(RunField),
    /// A metric of the runs.
    Metric(String, Part),
    Param(String),
    /// A tag with a value that another program set.
    Tag(String),
    /// A metric; of a run without it the parameter with the same name.
    MetricOrParam(String),
}

impl Meaning {
    /// The quantities that it needs.
    pub(crate) fn quantities(&self) -> Vec<Quantity> {
        match self {
            Self::Field(_) => Vec::new(),
            Self::Metric(name, _) => vec![Quantity::Metric(name.clone())],
            Self::Param(name) => vec![Quantity::Param(name.clone())],
            Self::Tag(name) => vec![Quantity::Tag(name.clone())],
            Self::MetricOrParam(name) => vec![Quantity::Metric(name.clone()), Quantity::Param(name.clone())],
        }
    }
}

/// The meanings that a name may have, the first one that exists counts. A name with a prefix may also be the whole name
/// of a metric: programs name metrics `min.loss`.
pub(crate) fn meanings(name: &str) -> Vec<Meaning> {
    let mut meanings = Vec::new();
    // In a name of one part the backticks are gone, in a name of several parts a part with dots keeps them.
    let rest = |prefix: &str| name.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(without_backticks);
    // A metric or parameter with the name of a field never changes the meaning of the bare name.
    if let Some(field) = RunField::parse(name.strip_prefix("run.").unwrap_or(name)) {
        return vec![Meaning::Field(field)];
    }
    if let Some(name) = rest("params.") {
        meanings.push(Meaning::Param(name));
    }
    if let Some(name) = rest("tags.") {
        meanings.push(Meaning::Tag(name));
    }
    if let Some(name) = rest("metrics.") {
        meanings.push(Meaning::Metric(name, Part::Last));
    }
    if let Some(name) = rest("min.") {
        meanings.push(Meaning::Metric(name, Part::Low));
    }
    if let Some(name) = rest("max.") {
        meanings.push(Meaning::Metric(name, Part::High));
    }
    meanings.push(Meaning::MetricOrParam(name.to_owned()));
    let flat = without_backticks(name);
    if flat != name {
        meanings.push(Meaning::MetricOrParam(flat));
    }
    meanings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_choose_and_fall_back_to_whole_names() {
        let bare = |name: &str| Meaning::MetricOrParam(name.to_owned());
        assert_eq!(meanings("loss"), [bare("loss")]);
        assert_eq!(meanings("params.lr"), [Meaning::Param("lr".to_owned()), bare("params.lr")]);
        assert_eq!(meanings("min.loss"), [Meaning::Metric("loss".to_owned(), Part::Low), bare("min.loss")]);
        assert_eq!(meanings("metrics.`a.b`")[0], Meaning::Metric("a.b".to_owned(), Part::Last));
        assert_eq!(meanings("max.val/loss")[0], Meaning::Metric("val/loss".to_owned(), Part::High));
        assert_eq!(meanings("tags.mlflow.user")[0], Meaning::Tag("mlflow.user".to_owned()));
        assert_eq!(meanings("tags.`my stage`")[0], Meaning::Tag("my stage".to_owned()));
        assert_eq!(meanings("run.state"), [Meaning::Field(RunField::State)]);
        assert_eq!(meanings("run.speed"), [bare("run.speed")]);
        assert_eq!(meanings("state"), [Meaning::Field(RunField::State)]);
        assert_eq!(meanings("metrics.state")[0], Meaning::Metric("state".to_owned(), Part::Last));
        assert_eq!(meanings("params."), [bare("params.")]);
    }
}
