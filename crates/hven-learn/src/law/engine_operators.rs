//! The operators of the search engine, as one type.

use symbolic_regression::prelude::{Abs2, Acos, Add, Asin, Atan, Cos, Div, Exp, Log, Mul, Sin, Sqrt, Sub, Tan, Tanh};

symbolic_regression::opset! {
    pub(crate) LawOps for f64 { Add, Sub, Mul, Div, Abs2, Sqrt, Exp, Log, Sin, Cos, Tan, Tanh, Asin, Acos, Atan }
}
