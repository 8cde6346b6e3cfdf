//! Units inside the evolutionary search.
//!
//! The engine knows only numbers, and its loss functions see only the values of an expression. So dimensions are passed
//! along in two additional rows below the data ("shadow rows"), in which Hven's operators compute with dimensions instead of
//! values. In the first row a dimension is one number (the base dimensions weighted by numbers without small rational
//! relations), which adds in a product and halves under a root; the second row counts the unit errors. The weights of these
//! rows penalise each error, so inconsistent expressions die out during the search. A constant may have any unit: its
//! dimension is *open*, and so is that of its products.

use std::cell::Cell;

use dynamic_expressions::{
    EvalOptions, OpId, OpMeta, OperatorSet,
    dispatch::{DiffKernelCtx, EvalKernelCtx, GradKernelCtx, SrcRef},
};

use super::engine_operators::LawOps;

/// The number of shadow rows.
pub(crate) const SHADOW_ROWS: usize = 2;

/// The number for the target's dimension; the codes of the inputs are scaled to it.
const fn target_code(dimensionless: bool) -> f64 {
    if dimensionless { 0.0 } else { 1.0 }
}

/// An open dimension is so close to the target's that it does not affect the loss, but no real dimension is that close.
const OPEN_OFFSET: f64 = 1.0 / 1_073_741_824.0;
const SAME: f64 = 1e-12;

/// The dimensions of a task as numbers for the engine.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    pub inputs: Vec<f64>,
    pub target_dimensionless: bool,
}

impl Codes {
    /// Computes the codes from the exponents of the base dimensions, for each input and for the target.
    pub(crate) fn new(inputs: &[Vec<f64>], target: &[f64]) -> Self {
        // The square roots of primes are linearly independent over the rationals.
        const PRIMES: [f64; 10] = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0];
        let code = |exponents: &[f64]| {
            exponents.iter().zip(PRIMES.iter().cycle()).map(|(e, prime)| e * prime.sqrt()).sum::<f64>()
        };
        let of_target = code(target);
        let target_dimensionless = of_target.abs() < SAME;
        let scale = if target_dimensionless { 1.0 } else { of_target };
        Self { inputs: inputs.iter().map(|e| code(e) / scale).collect(), target_dimensionless }
    }

    /// The values in the shadow rows of input `i`.
    pub(crate) fn input(&self, i: usize) -> [f64; SHADOW_ROWS] {
        [self.inputs[i], 0.0]
    }

    pub(crate) fn target(&self) -> [f64; SHADOW_ROWS] {
        [target_code(self.target_dimensionless), 0.0]
    }

    pub(crate) fn weights(rows: usize) -> [f64; SHADOW_ROWS] {
        [2.0 * rows as f64; SHADOW_ROWS]
    }
}

thread_local! {
    static BREACHES: Cell<u64> = const { Cell::new(0) };
}

/// How many expressions with a unit error this thread has evaluated.
pub(crate) fn breaches() -> u64 {
    BREACHES.get()
}

#[derive(Clone, Copy)]
struct Shadow {
    code: f64,
    breaches: f64,
}

/// Computes with a dimension as `op` computes with values.
fn apply<const DIMENSIONLESS: bool>(op: OpId, args: &[Shadow]) -> Shadow {
    let open_code = target_code(DIMENSIONLESS) + OPEN_OFFSET;
    let is_open = |code: f64| (code - open_code).abs() < OPEN_OFFSET / 4.0;
    let before: f64 = args.iter().map(|a| a.breaches).sum();
    let name = LawOps::name(op);
    let (code, breach) = match (name, args) {
        ("mul", [a, b]) if is_open(a.code) || is_open(b.code) => (open_code, false),
        ("mul", [a, b]) => (a.code + b.code, false),
        ("div", [a, b]) if is_open(a.code) || is_open(b.code) => (open_code, false),
        ("div", [a, b]) => (a.code - b.code, false),
        ("add" | "sub", [a, b]) if is_open(a.code) => (b.code, false),
        ("add" | "sub", [a, b]) if is_open(b.code) => (a.code, false),
        ("add" | "sub", [a, b]) => (a.code, (a.code - b.code).abs() > SAME),
        ("abs2", [a]) if !is_open(a.code) => (2.0 * a.code, false),
        ("sqrt", [a]) if !is_open(a.code) => (0.5 * a.code, false),
        ("abs2" | "sqrt", _) => (open_code, false),
        // Functions: their argument must be dimensionless, and so is their value.
        (_, [a, ..]) => (0.0, !is_open(a.code) && a.code.abs() > SAME),
        _ => (0.0, true),
    };
    if breach && before == 0.0 {
        BREACHES.set(BREACHES.get() + 1);
    }
    Shadow { code, breaches: before + f64::from(u8::from(breach)) }
}

/// The operators of [`LawOps`] over data with shadow rows below.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DimensionedOps<const DIMENSIONLESS: bool>;

impl<const DIMENSIONLESS: bool> DimensionedOps<DIMENSIONLESS> {
    fn shadow_of(op: OpId, args: &[SrcRef<'_, f64>], data_rows: usize) -> Shadow {
        let read = |arg: &SrcRef<'_, f64>| match arg {
            SrcRef::Slice(column) => Shadow { code: column[data_rows], breaches: column[data_rows + 1] },
            SrcRef::Const(_) => Shadow { code: target_code(DIMENSIONLESS) + OPEN_OFFSET, breaches: 0.0 },
        };
        match args {
            [a] => apply::<DIMENSIONLESS>(op, &[read(a)]),
            [a, b] => apply::<DIMENSIONLESS>(op, &[read(a), read(b)]),
            _ => Shadow { code: 0.0, breaches: 1.0 },
        }
    }
}

/// How many rows contain data. The engine folds constants in a column of one row, which has no shadow rows.
fn data_rows(rows: usize) -> Option<usize> {
    rows.checked_sub(SHADOW_ROWS).filter(|data| *data > 0)
}

/// Disables the engine's check of finite values, which Hven replaces.
const UNCHECKED: EvalOptions = EvalOptions { check_finite: false, early_exit: false };

fn finite(values: &[f64], opts: EvalOptions) -> bool {
    !opts.check_finite || values.iter().all(|v| v.is_finite())
}

impl<const DIMENSIONLESS: bool> OperatorSet for DimensionedOps<DIMENSIONLESS> {
    type T = f64;

    const MAX_ARITY: u8 = LawOps::MAX_ARITY;

    fn ops_with_arity(arity: u8) -> &'static [u16] {
        LawOps::ops_with_arity(arity)
    }

    fn meta(op: OpId) -> Option<&'static OpMeta> {
        LawOps::meta(op)
    }

    fn eval(op: OpId, ctx: EvalKernelCtx<'_, '_, f64>) -> bool {
        let EvalKernelCtx { out, args, opts } = ctx;
        let Some(data_rows) = data_rows(out.len()) else {
            return LawOps::eval(op, EvalKernelCtx { out, args, opts });
        };
        LawOps::eval(op, EvalKernelCtx { out: &mut *out, args, opts: &UNCHECKED });
        let shadow = Self::shadow_of(op, args, data_rows);
        out[data_rows] = shadow.code;
        out[data_rows + 1] = shadow.breaches;
        finite(&out[..data_rows], *opts)
    }

    fn diff(op: OpId, ctx: DiffKernelCtx<'_, '_, f64>) -> bool {
        let DiffKernelCtx { out_val, out_der, args, dargs, opts } = ctx;
        let Some(data_rows) = data_rows(out_val.len()) else {
            return LawOps::diff(op, DiffKernelCtx { out_val, out_der, args, dargs, opts });
        };
        let inner = DiffKernelCtx { out_val: &mut *out_val, out_der: &mut *out_der, args, dargs, opts: &UNCHECKED };
        LawOps::diff(op, inner);
        let shadow = Self::shadow_of(op, args, data_rows);
        out_val[data_rows] = shadow.code;
        out_val[data_rows + 1] = shadow.breaches;
        out_der[data_rows..].fill(0.0);
        finite(&out_val[..data_rows], *opts) && finite(out_der, *opts)
    }

    fn grad(op: OpId, ctx: GradKernelCtx<'_, '_, f64>) -> bool {
        let GradKernelCtx { out_val, out_grad, args, arg_grads, n_dir, n_rows, opts } = ctx;
        let Some(data_rows) = data_rows(n_rows) else {
            return LawOps::grad(op, GradKernelCtx { out_val, out_grad, args, arg_grads, n_dir, n_rows, opts });
        };
        let inner = GradKernelCtx {
            out_val: &mut *out_val,
            out_grad: &mut *out_grad,
            args,
            arg_grads,
            n_dir,
            n_rows,
            opts: &UNCHECKED,
        };
        LawOps::grad(op, inner);
        let shadow = Self::shadow_of(op, args, data_rows);
        out_val[data_rows] = shadow.code;
        out_val[data_rows + 1] = shadow.breaches;
        // The dimension of an expression does not depend on the values of its constants.
        for direction in out_grad.chunks_mut(n_rows) {
            direction[data_rows..].fill(0.0);
        }
        finite(&out_val[..data_rows], *opts) && finite(out_grad, *opts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length, speed and time for a target that is a length: 1, and two numbers whose sum is 1.
    fn check(name: &str, codes: &[f64], code: f64, breaches: f64) {
        let arity = codes.len() as u8;
        let op = LawOps::lookup_with_arity(name, arity).unwrap();
        let args: Vec<Shadow> = codes.iter().map(|&code| Shadow { code, breaches: 0.0 }).collect();
        let got = apply::<false>(op, &args);
        assert!(
            (got.code - code).abs() < 1e-9 && (got.breaches - breaches).abs() < 0.5,
            "{name}: {} {}",
            got.code,
            got.breaches
        );
    }

    #[test]
    fn dimensions_are_computed_with_the_values() {
        let codes = Codes::new(&[vec![1.0, 0.0], vec![1.0, -1.0], vec![0.0, 1.0]], &[1.0, 0.0]);
        let [length, speed, time] = [codes.inputs[0], codes.inputs[1], codes.inputs[2]];
        let open = 1.0 + OPEN_OFFSET;
        check("mul", &[speed, time], length, 0.0);
        check("div", &[length, time], speed, 0.0);
        check("add", &[length, length], length, 0.0);
        check("add", &[length, time], length, 1.0);
        check("add", &[open, time], time, 0.0);
        check("mul", &[open, time], open, 0.0);
        check("sqrt", &[length], 0.5, 0.0);
        check("sin", &[length], 0.0, 1.0);
        check("exp", &[open], 0.0, 0.0);
    }
}
