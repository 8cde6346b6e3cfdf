//! The comparison of what two runs printed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The comparison of what two runs printed, separately for each stream: the order between the streams depends on chance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedComparison {
    pub stdout: Printed,
    pub stderr: Printed,
}

/// The comparison of the text that two runs printed to one stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Printed {
    /// Neither run printed anything.
    Nothing,
    Same,
    /// The first line that differs, counted from 1.
    Differs {
        line: u64,
    },
    NotKnown {
        why: String,
    },
}

impl Printed {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Same => "same",
            Self::Differs { .. } => "differs",
            Self::NotKnown { .. } => "not_known",
        }
    }
}
impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing was printed"),
            Self::Same => f.write_str("printed the same"),
            Self::Differs { line } => write!(f, "printed something else, from line {line}"),
            Self::NotKnown { why } => write!(f, "not known: {why}"),
        }
    }
}

impl fmt::Display for PrintedComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.stdout, &self.stderr) {
            (Printed::Nothing, Printed::Nothing) => Printed::Nothing.fmt(f),
            (Printed::NotKnown { why }, Printed::NotKnown { why: other }) if why == other => {
                write!(f, "what was printed is not known: {why}")
            }
            (stdout, stderr) => write!(f, "stdout: {stdout}; stderr: {stderr}"),
        }
    }
}

crate::sample::sampled! {
    enum Printed { Nothing, Same, Differs { line }, NotKnown { why } }
    PrintedComparison { stdout, stderr }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_has_its_own_result() {
        let of = |stdout: Printed, stderr: Printed| PrintedComparison { stdout, stderr }.to_string();
        let gone = || Printed::NotKnown { why: "it is gone".to_owned() };
        assert_eq!(of(Printed::Nothing, Printed::Nothing), "nothing was printed");
        assert_eq!(of(gone(), gone()), "what was printed is not known: it is gone");
        assert_eq!(of(Printed::Same, Printed::Same), "stdout: printed the same; stderr: printed the same");
        assert_eq!(
            of(Printed::Differs { line: 3 }, Printed::Nothing),
            "stdout: printed something else, from line 3; stderr: nothing was printed"
        );
    }
}
