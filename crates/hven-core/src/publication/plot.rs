//! Plots of laws, converted from the Vega-Lite form in which recipes write them.

use serde_json::Value;

use super::evidence::{Axis, Plot, Series};

impl Plot {
    /// The points and lines of a simple Vega-Lite specification as recipes write it: layers of lines and points with inline
    /// values. `None` for any other specification.
    pub fn of_vega_lite(name: &str, spec: &Value) -> Option<Self> {
        let mut plot = Self {
            name: name.to_owned(),
            description: spec["description"].as_str().unwrap_or(name).to_owned(),
            x: Axis { title: String::new(), logarithmic: false },
            y: Axis { title: String::new(), logarithmic: false },
            series: Vec::new(),
        };
        let layers = spec["layer"].as_array().cloned().unwrap_or_else(|| vec![spec.clone()]);
        for layer in &layers {
            let mark = layer["mark"].as_str().or_else(|| layer["mark"]["type"].as_str())?;
            let line = match mark {
                "line" => true,
                "point" | "circle" => false,
                // A rule marks a level; the grid shows the level as well.
                "rule" => continue,
                _ => return None,
            };
            let values = layer["data"]["values"].as_array().or_else(|| spec["data"]["values"].as_array())?;
            let channel = |of: &str| {
                let own = &layer["encoding"][of];
                if own["field"].is_string() { own } else { &spec["encoding"][of] }
            };
            let (x, y) = (channel("x"), channel("y"));
            for (axis, channel) in [(&mut plot.x, x), (&mut plot.y, y)] {
                if let Some(title) = channel["title"].as_str() {
                    title.clone_into(&mut axis.title);
                }
                axis.logarithmic |= channel["scale"]["type"] == "log";
            }
            let (x, y) = (x["field"].as_str()?, y["field"].as_str()?);
            let group = |row: &Value| row["rows"].as_str().unwrap_or_default().to_owned();
            let mut names: Vec<String> = values.iter().map(group).collect();
            names.sort_unstable_by(|a, b| b.cmp(a));
            names.dedup();
            for name in names {
                let of_group = values.iter().filter(|row| group(row) == name);
                let points = of_group.filter_map(|row| Some([row[x].as_f64()?, row[y].as_f64()?])).collect();
                plot.series.push(Series { name, line, points });
            }
        }
        Some(plot)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_vega_lite_is_understood() {
        let encoding = json!({
            "x": { "field": "x", "title": "a (AU)", "scale": { "type": "log" } },
            "y": { "field": "y", "title": "P (yr)", "scale": { "type": "linear" } },
        });
        let spec = json!({
            "description": "The law over the data",
            "layer": [
                { "data": { "values": [{ "x": 1, "y": 1 }, { "x": 2, "y": 3 }] }, "mark": { "type": "line" }, "encoding": encoding },
                { "data": { "values": [{ "x": 1, "y": 1, "rows": "seen" }, { "x": 2, "y": 3, "rows": "held out" }] },
                  "mark": { "type": "point" }, "encoding": encoding },
            ],
        });
        let plot = Plot::of_vega_lite("fit", &spec).expect("it is plain");
        let shapes: Vec<_> =
            plot.series.iter().map(|series| (series.name.as_str(), series.line, series.points.len())).collect();
        assert_eq!(shapes, [("", true, 2), ("seen", false, 1), ("held out", false, 1)]);
        assert_eq!((plot.x.title.as_str(), plot.x.logarithmic, plot.y.logarithmic), ("a (AU)", true, false));
        assert_eq!(Plot::of_vega_lite("bars", &json!({ "mark": "bar" })), None);
    }
}
