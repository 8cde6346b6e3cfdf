//! The evolutionary search: islands of the crate `symbolic_regression`, each on one thread, merged in a fixed order.
//!
//! With several threads, the crate's own result depends on which thread finishes first. Independent islands, each in a pool of
//! one thread, give the same result on any number of threads; the search merges them.

use dynamic_expressions::{OpId, OperatorSet};
use ndarray::{Array1, Array2};
use symbolic_regression::{
    Dataset, NestedConstraints, Operators, Options, SearchEngine,
    prelude::{PNode, PostfixExpr},
};

use super::{
    engine_operators::LawOps,
    engine_units::{Codes, DimensionedOps, SHADOW_ROWS, breaches},
    error::LawError,
    expression::{Expr, Function, Number},
    options::Operator,
    task::Task,
};

/// The highest arity of operators in the engine.
const ARITY_MAX: usize = 2;

/// The parameters of the search besides the task.
#[derive(Debug, Clone)]
pub(crate) struct EngineSetting {
    pub seed: u64,
    pub operators: Vec<Operator>,
    pub complexity_max: usize,
    pub populations: usize,
    /// The dimensions of the inputs and of the target, if they are known.
    pub codes: Option<Codes>,
}

/// An island: it can be advanced, and returns its best expressions.
pub(crate) trait Island: Send {
    fn advance(&mut self, cycles: usize);
    fn evaluations(&self) -> u64;
    /// How many expressions were penalised for their units.
    fn breaches(&self) -> u64;
    /// The best expression of each size, over the inputs of the task.
    fn found(&self) -> Vec<Expr>;
}

struct Driven<Ops> {
    engine: SearchEngine<f64, Ops, ARITY_MAX>,
    thread: rayon::ThreadPool,
    scales: Scales,
}

/// The divisors that bring the inputs and the target near one.
struct Scales {
    inputs: Vec<f64>,
    target: f64,
}

impl<Ops: OperatorSet<T = f64> + Send + Sync> Island for Driven<Ops> {
    fn advance(&mut self, cycles: usize) {
        let engine = &mut self.engine;
        self.thread.install(|| engine.step(cycles));
    }

    fn evaluations(&self) -> u64 {
        self.engine.total_evals()
    }

    fn breaches(&self) -> u64 {
        self.thread.install(breaches)
    }

    fn found(&self) -> Vec<Expr> {
        self.engine
            .hall_of_fame()
            .members()
            .filter(|m| m.loss.is_finite())
            .filter_map(|m| self.scales.expression(&m.expr))
            .collect()
    }
}

pub(crate) fn island(task: &Task, setting: &EngineSetting) -> Result<Box<dyn Island>, LawError> {
    let scales = Scales::of(task);
    let rows = task.rows();
    let shadows = if setting.codes.is_some() { SHADOW_ROWS } else { 0 };
    let mut inputs = Array2::zeros((task.inputs.len(), rows + shadows));
    let mut target = Array1::zeros(rows + shadows);
    let mut weights = Array1::ones(rows + shadows);
    for (i, column) in task.inputs.iter().enumerate() {
        for (row, value) in column.iter().enumerate() {
            inputs[(i, row)] = value / scales.inputs[i];
        }
    }
    for (row, value) in task.target.iter().enumerate() {
        target[row] = value / scales.target;
    }
    let weights_of_rows = weights_of_rows(&task.error_sizes);
    for (row, weight) in weights_of_rows.iter().enumerate() {
        weights[row] = *weight;
    }
    if let Some(codes) = &setting.codes {
        for k in 0..SHADOW_ROWS {
            for i in 0..task.inputs.len() {
                inputs[(i, rows + k)] = codes.input(i)[k];
            }
            target[rows + k] = codes.target()[k];
            weights[rows + k] = Codes::weights(rows)[k];
        }
    }
    let dataset = Dataset::with_weights_and_names(inputs, target, Some(weights), Vec::new());
    // One thread, so that the result does not depend on the number of threads.
    let thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(|e| LawError::Thread(e.to_string()))?;
    let options = engine_options(setting);
    Ok(match &setting.codes {
        None => driven::<LawOps>(dataset, options, thread, scales),
        Some(c) if c.target_dimensionless => driven::<DimensionedOps<true>>(dataset, options, thread, scales),
        Some(_) => driven::<DimensionedOps<false>>(dataset, options, thread, scales),
    })
}

/// Weights with mean 1. No row weighs nothing, because then any formula would do there.
fn weights_of_rows(error_sizes: &[f64]) -> Vec<f64> {
    let inverse = |size: &f64| 1.0 / (size * size);
    let usual = error_sizes.iter().map(inverse).sum::<f64>() / error_sizes.len().max(1) as f64;
    error_sizes
        .iter()
        .map(|size| inverse(size) / usual)
        .map(|weight| if weight.is_finite() { weight.max(1e-30) } else { 1.0 })
        .collect()
}

fn driven<Ops: OperatorSet<T = f64> + Send + Sync + 'static>(
    dataset: Dataset<f64>,
    options: Options<f64, ARITY_MAX>,
    thread: rayon::ThreadPool,
    scales: Scales,
) -> Box<dyn Island> {
    let engine = thread.install(|| SearchEngine::<f64, Ops, ARITY_MAX>::new(dataset, options));
    Box::new(Driven { engine, thread, scales })
}

fn engine_options(setting: &EngineSetting) -> Options<f64, ARITY_MAX> {
    let mut operators = Operators::new();
    let mut functions = Vec::new();
    for operator in &setting.operators {
        for name in operator.engine_names() {
            if let Ok(op) = LawOps::lookup(name) {
                operators.push(op);
                if matches!(operator, Operator::Call(_)) {
                    functions.push(op);
                }
            }
        }
    }
    let mut nested = NestedConstraints::default();
    for &outer in &functions {
        for &inner in &functions {
            nested.add_nested_constraint(outer, inner, 0);
        }
    }
    Options {
        seed: setting.seed,
        niterations: usize::MAX / (setting.populations + 1),
        populations: setting.populations,
        maxsize: setting.complexity_max,
        maxdepth: 12,
        deterministic: true,
        progress: false,
        operators,
        nested_constraints: nested,
        ..Options::default()
    }
}

impl Scales {
    /// Whole powers of ten, only for columns far from one, so that the constants of a law stay readable.
    fn of(task: &Task) -> Self {
        let scale = |column: &[f64]| {
            let size = (column.iter().map(|v| v * v).sum::<f64>() / column.len().max(1) as f64).sqrt();
            let far = size.is_finite() && size > 0.0 && !(1e-3..=1e3).contains(&size);
            if far { 10f64.powi(size.log10().round() as i32) } else { 1.0 }
        };
        Self { inputs: task.inputs.iter().map(|c| scale(c)).collect(), target: scale(&task.target) }
    }

    fn expression<Ops>(&self, found: &PostfixExpr<f64, Ops, ARITY_MAX>) -> Option<Expr> {
        let mut stack: Vec<Expr> = Vec::new();
        for node in &found.nodes {
            let next = match *node {
                PNode::Var { feature } => {
                    let i = usize::from(feature);
                    let scale = *self.inputs.get(i)?;
                    scaled(Expr::Variable(i), 1.0 / scale)
                }
                PNode::Const { idx } => Expr::fitted(*found.consts.get(usize::from(idx))?),
                PNode::Op { arity: 1, op } => unary(op, stack.pop()?)?,
                PNode::Op { op, .. } => {
                    let right = stack.pop()?;
                    binary(op, stack.pop()?, right)?
                }
            };
            stack.push(next);
        }
        let whole = stack.pop()?;
        stack.is_empty().then(|| scaled(whole, self.target))
    }
}

#[allow(clippy::float_cmp)] // a scale of one is assigned, not computed
fn scaled(expr: Expr, by: f64) -> Expr {
    if by == 1.0 { expr } else { Expr::Number(Number::fitted(by)).times(expr) }
}

fn op_name(arity: u8, id: u16) -> &'static str {
    LawOps::name(OpId { arity, id })
}

fn unary(op: u16, x: Expr) -> Option<Expr> {
    Some(match op_name(1, op) {
        "abs2" => x.power(2.0),
        "sqrt" => x.power(0.5),
        name => x.call(Function::ALL.into_iter().find(|f| f.name() == name)?),
    })
}

fn binary(op: u16, x: Expr, y: Expr) -> Option<Expr> {
    Some(match op_name(2, op) {
        "add" => x.plus(y),
        "sub" => x.minus(y),
        "mul" => x.times(y),
        "div" => x.over(y),
        _ => return None,
    })
}
