//! Plots of a law: Vega-Lite specifications (version 5) with their data.
//!
//! They contain no colours and fonts; the viewer applies its theme.

use serde_json::{Value, json};

use super::outcome::{Candidate, Law};
use super::problem::{Column, Problem};

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";
/// The limit of points in a plot; of more points, an evenly spread selection is drawn.
const POINTS_MAX: usize = 2000;
/// How many points draw the law over one input.
const LINE_POINTS: usize = 200;
/// Axes are logarithmic if the values span at least this factor.
const LOG_FROM: f64 = 50.0;

/// A plot and its name: `front`, `fit` or `residuals`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    pub name: &'static str,
    pub spec: Value,
}

/// The front, the chosen law with the data, and the residuals.
pub fn plots(problem: &Problem, law: &Law) -> Vec<Plot> {
    let mut plots = vec![Plot { name: "front", spec: front(law) }];
    if let Some(chosen) = law.chosen() {
        let rows = Rows::of(problem, chosen);
        plots.push(Plot { name: "fit", spec: fit(problem, chosen, &rows) });
        plots.push(Plot { name: "residuals", spec: residuals(problem, &rows) });
    }
    plots
}

/// The plotted rows, with the law's predictions.
struct Rows {
    inputs: Vec<Vec<f64>>,
    target: Vec<f64>,
    predicted: Vec<f64>,
    held_out: Vec<bool>,
}

impl Rows {
    fn of(problem: &Problem, law: &Candidate) -> Self {
        let columns: Vec<&Column> = problem.inputs.iter().chain([&problem.target]).collect();
        let finite = |row: &usize| columns.iter().all(|column| column.values[*row].is_finite());
        let usable: Vec<usize> = (0..problem.target.values.len()).filter(finite).collect();
        let step = usable.len().div_ceil(POINTS_MAX).max(1);
        let rows: Vec<usize> = usable.into_iter().step_by(step).collect();
        let pick = |column: &Column| rows.iter().map(|&row| column.values[row]).collect::<Vec<f64>>();
        let inputs: Vec<Vec<f64>> = problem.inputs.iter().map(pick).collect();
        let hidden: std::collections::HashSet<usize> = problem.hold_out.iter().flatten().copied().collect();
        Self {
            predicted: law.evaluate(&inputs),
            target: pick(&problem.target),
            held_out: rows.iter().map(|row| hidden.contains(row)).collect(),
            inputs,
        }
    }

    fn part(&self, row: usize) -> &'static str {
        if self.held_out[row] { "held out" } else { "seen" }
    }
}

/// A column's name with its unit, as a title.
fn title(column: &Column) -> String {
    match &column.unit {
        Some(unit) if unit.to_string() != "1" => format!("{} ({unit})", column.name),
        _ => column.name.clone(),
    }
}

/// Logarithmic if all values are positive and span a wide range.
fn scale(values: &[f64]) -> Value {
    let (low, high) = values.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), &v| (low.min(v), high.max(v)));
    if low > 0.0 && high / low >= LOG_FROM {
        json!({ "type": "log" })
    } else {
        json!({ "type": "linear", "zero": false })
    }
}

fn front(law: &Law) -> Value {
    let points: Vec<Value> = law
        .front
        .iter()
        .map(|candidate| {
            json!({
                "id": candidate.id,
                "complexity": candidate.complexity,
                // A perfect law has the error 0, which a logarithmic axis cannot show.
                "error": (1.0 - candidate.r2).max(1e-16),
                "law": candidate.display,
                "chosen": candidate.id == law.chosen,
            })
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "description": "Candidates: how inaccurate and how complex each is",
        "data": { "values": points },
        "encoding": {
            "x": { "field": "complexity", "type": "quantitative", "title": "complexity (symbols)" },
            "y": { "field": "error", "type": "quantitative", "title": "1 − R²", "scale": { "type": "log" } },
        },
        "layer": [
            { "mark": { "type": "line", "interpolate": "step-after", "strokeDash": [3, 3] } },
            {
                "mark": { "type": "point", "filled": true, "size": 70 },
                "encoding": {
                    "shape": { "field": "chosen", "type": "nominal", "legend": null,
                        "scale": { "domain": [false, true], "range": ["circle", "diamond"] } },
                    "size": { "condition": { "test": "datum.chosen", "value": 180 }, "value": 60 },
                    "tooltip": [
                        { "field": "law", "title": "law" },
                        { "field": "complexity" },
                        { "field": "error", "title": "1 − R²", "format": ".3g" },
                    ],
                },
            },
        ],
    })
}

fn fit(problem: &Problem, law: &Candidate, rows: &Rows) -> Value {
    let target = title(&problem.target);
    if let ([input], [values]) = (&problem.inputs[..], &rows.inputs[..]) {
        return over_one_input(law, rows, &title(input), values, &target);
    }
    let points: Vec<Value> = (0..rows.target.len())
        .map(|row| json!({ "observed": rows.target[row], "predicted": rows.predicted[row], "rows": rows.part(row) }))
        .collect();
    let ends = rows.target.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    let scale = scale(&rows.target);
    json!({
        "$schema": SCHEMA,
        "description": "What the law says against what was observed",
        "layer": [
            {
                "data": { "values": [
                    { "observed": ends.0, "predicted": ends.0 }, { "observed": ends.1, "predicted": ends.1 },
                ] },
                "mark": { "type": "line", "strokeDash": [3, 3] },
                "encoding": {
                    "x": { "field": "observed", "type": "quantitative", "scale": scale },
                    "y": { "field": "predicted", "type": "quantitative", "scale": scale },
                },
            },
            {
                "data": { "values": points },
                "mark": { "type": "point", "tooltip": true },
                "encoding": {
                    "x": { "field": "observed", "type": "quantitative", "title": format!("{target}, observed"), "scale": scale },
                    "y": { "field": "predicted", "type": "quantitative", "title": format!("{target}, by the law"), "scale": scale },
                    "shape": { "field": "rows", "type": "nominal" },
                },
            },
        ],
    })
}

fn over_one_input(law: &Candidate, rows: &Rows, x_title: &str, x: &[f64], y_title: &str) -> Value {
    let points: Vec<Value> =
        (0..x.len()).map(|row| json!({ "x": x[row], "y": rows.target[row], "rows": rows.part(row) })).collect();
    let (x_scale, y_scale) = (scale(x), scale(&rows.target));
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    let at = |step: usize| {
        let share = step as f64 / (LINE_POINTS - 1) as f64;
        if x_scale["type"] == "log" { low * (high / low).powf(share) } else { low + (high - low) * share }
    };
    let grid: Vec<f64> = (0..LINE_POINTS).map(at).collect();
    let values = law.evaluate(std::slice::from_ref(&grid));
    let line: Vec<Value> = grid
        .iter()
        .zip(&values)
        .filter(|(_, y)| y.is_finite() && (y_scale["type"] != "log" || **y > 0.0))
        .map(|(x, y)| json!({ "x": x, "y": y }))
        .collect();
    let encoding = |x_title: &str, y_title: &str| {
        json!({
            "x": { "field": "x", "type": "quantitative", "title": x_title, "scale": x_scale },
            "y": { "field": "y", "type": "quantitative", "title": y_title, "scale": y_scale },
        })
    };
    let mut of_points = encoding(x_title, y_title);
    of_points["shape"] = json!({ "field": "rows", "type": "nominal" });
    of_points["tooltip"] = json!([{ "field": "x", "title": x_title }, { "field": "y", "title": y_title }]);
    json!({
        "$schema": SCHEMA,
        "description": "The law over the data",
        "layer": [
            { "data": { "values": line }, "mark": { "type": "line" }, "encoding": encoding(x_title, y_title) },
            { "data": { "values": points }, "mark": { "type": "point", "filled": true }, "encoding": of_points },
        ],
    })
}

fn residuals(problem: &Problem, rows: &Rows) -> Value {
    let points: Vec<Value> = (0..rows.target.len())
        .map(|row| {
            let residual = rows.target[row] - rows.predicted[row];
            json!({ "predicted": rows.predicted[row], "residual": residual, "rows": rows.part(row) })
        })
        .collect();
    let target = title(&problem.target);
    json!({
        "$schema": SCHEMA,
        "description": "What the law leaves of each row",
        "layer": [
            {
                "data": { "values": [{}] },
                "mark": { "type": "rule", "strokeDash": [3, 3] },
                "encoding": { "y": { "datum": 0, "type": "quantitative" } },
            },
            {
                "data": { "values": points },
                "mark": { "type": "point", "tooltip": true },
                "encoding": {
                    "x": { "field": "predicted", "type": "quantitative", "title": format!("{target}, by the law"),
                        "scale": scale(&rows.predicted) },
                    "y": { "field": "residual", "type": "quantitative", "title": format!("observed − law, {target}") },
                    "shape": { "field": "rows", "type": "nominal" },
                },
            },
        ],
    })
}
