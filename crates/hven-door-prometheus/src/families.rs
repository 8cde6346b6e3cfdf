//! The text format of Prometheus: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::fmt::Write as _;

/// Families of metrics as text.
#[derive(Debug, Default)]
pub(crate) struct Families(String);

impl Families {
    /// Adds a family: its name, its type, its help, and a value for each set of labels.
    pub(crate) fn add(&mut self, name: &str, kind: &str, help: &str, samples: &[(&[(&str, &str)], f64)]) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let labels: Vec<String> =
                labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.0, "{name}{labels} {}", number(*value));
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_written_in_the_text_format() {
        let mut families = Families::default();
        families.add("hven_runs", "gauge", "Runs.", &[(&[("state", "a\"b\\c\nd")], 2.0), (&[], f64::INFINITY)]);
        let expected =
            "# HELP hven_runs Runs.\n# TYPE hven_runs gauge\nhven_runs{state=\"a\\\"b\\\\c\\nd\"} 2\nhven_runs +Inf\n";
        assert_eq!(families.into_text(), expected);
    }
}
