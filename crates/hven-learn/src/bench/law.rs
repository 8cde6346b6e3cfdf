//! How many known laws are found again.
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::formula::parse;
use crate::law::{Expr, Options, raw_search};

#[derive(Debug, Clone)]
pub struct Equation {
    pub name: String,
    pub formula: Expr,
    pub names: Vec<String>,
    pub ranges: Vec<(f64, f64)>,
}

pub fn read_equations(text: &str) -> Result<Vec<Equation>, String> {
    let mut out = Vec::new();
    for line in text.lines().skip(1).filter(|l| !l.trim().is_empty()) {
        let parts: Vec<&str> = line.splitn(4, ',').collect();
        let [name, _output, formula, variables] = parts[..] else { return Err(format!("{line:?}")) };
        let mut names = Vec::new();
        let mut ranges = Vec::new();
        for variable in variables.split_whitespace() {
            let v: Vec<&str> = variable.split(':').collect();
            let [n, low, high] = v[..] else { return Err(format!("{variable:?}")) };
            names.push(n.to_owned());
            ranges.push((low.parse().map_err(|e| format!("{e}"))?, high.parse().map_err(|e| format!("{e}"))?));
        }
        out.push(Equation { name: name.to_owned(), formula: parse(formula, &names)?, names, ranges });
    }
    Ok(out)
}

pub fn run(equation: &Equation, seed: u64, noise: f64, budget: Duration, options: &Options) -> (f64, f64, String) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut sample = |n: usize| {
        let columns: Vec<Vec<f64>> =
            equation.ranges.iter().map(|(l, h)| (0..n).map(|_| l + (h - l) * random.f64()).collect()).collect();
        let target: Vec<f64> =
            (0..n).map(|r| equation.formula.value(&columns.iter().map(|c| c[r]).collect::<Vec<_>>())).collect();
        (columns, target)
    };
    let (x, mut y) = sample(1000);
    let (xt, yt) = sample(1000);
    if noise > 0.0 {
        let mean = y.iter().sum::<f64>() / 1000.0;
        let sd = (y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1000.0).sqrt();
        for v in &mut y {
            let (a, b) = (random.f64().max(1e-300), random.f64());
            *v += noise * sd * (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        }
    }
    let started = Instant::now();
    let options = Options { time_limit: Some(budget), ..options.clone() };
    let best = raw_search(&x, &y, &equation.names, &options, &AtomicBool::new(false));
    let seconds = started.elapsed().as_secs_f64();
    let Some((law, text)) = best else { return (f64::NAN, seconds, String::new()) };
    let mean = yt.iter().sum::<f64>() / 1000.0;
    let (mut res, mut tot) = (0.0, 0.0);
    for r in 0..1000 {
        let row: Vec<f64> = xt.iter().map(|c| c[r]).collect();
        res += (law.value(&row) - yt[r]).powi(2);
        tot += (yt[r] - mean).powi(2);
    }
    (1.0 - res / tot, seconds, text)
}
