//! The table of the functions of the language.

/// The domain of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Values: it may be used anywhere.
    Values,
    /// The rows of a table: it may be used only in checks of tables.
    Rows,
    /// Values with two or more arguments, rows with one argument.
    Either,
}

macro_rules! functions {
    ($($variant:ident $name:literal $of:ident $least:literal..=$most:expr, $what:literal;)*) => {
        /// A function of the language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function {
            $(#[doc = $what] $variant,)*
        }
        impl Function {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
            /// Its result, in one line.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$variant => $what),* }
            }
            pub(super) const fn of(self) -> Of {
                match self { $(Self::$variant => Of::$of),* }
            }
            /// The least and the largest number of arguments.
            pub(super) const fn arity(self) -> (usize, usize) {
                match self { $(Self::$variant => ($least, $most)),* }
            }
        }
    };
}

/// Enough for every list that a person writes.
const MANY: usize = 100;

functions! {
    Abs "abs" Values 1..=1, "the absolute value, in the unit of its argument";
    Sqrt "sqrt" Values 1..=1, "the square root, in the root of the unit";
    Exp "exp" Values 1..=1, "e to the power of a plain number";
    Log "log" Values 1..=1, "the natural logarithm of a plain number";
    Log10 "log10" Values 1..=1, "the logarithm to the base of 10 of a plain number";
    Log2 "log2" Values 1..=1, "the logarithm to the base of 2 of a plain number";
    Sin "sin" Values 1..=1, "the sine of an angle (a plain number is in radians)";
    Cos "cos" Values 1..=1, "the cosine of an angle";
    Tan "tan" Values 1..=1, "the tangent of an angle";
    Tanh "tanh" Values 1..=1, "the hyperbolic tangent of a plain number";
    Asin "asin" Values 1..=1, "the angle with this sine, in radians, as a plain number";
    Acos "acos" Values 1..=1, "the angle with this cosine, in radians, as a plain number";
    Atan "atan" Values 1..=1, "the angle with this tangent, in radians, as a plain number";
    Round "round" Values 1..=1, "the nearest whole number in its unit; halves go away from 0";
    Floor "floor" Values 1..=1, "the next whole number below";
    Ceil "ceil" Values 1..=1, "the next whole number above";
    Min "min" Either 1..=MANY, "the least of several values, or of a column";
    Max "max" Either 1..=MANY, "the greatest of several values, or of a column";
    Length "length" Values 1..=1, "the number of letters of a text";
    Lower "lower" Values 1..=1, "the text in small letters";
    Contains "contains" Values 2..=2, "whether the second text occurs in the first";
    StartsWith "startswith" Values 2..=2, "whether the first text begins with the second";
    EndsWith "endswith" Values 2..=2, "whether the first text ends with the second";
    Matches "matches" Values 2..=2, "whether the text is as a pattern in which * stands for any letters and ? for one";
    Count "count" Rows 0..=1, "the number of rows, or of rows in which the value is known";
    Nulls "nulls" Rows 1..=1, "the number of rows in which the value is missing or not a number";
    Distinct "distinct" Rows 1..=1, "the number of different values";
    Unique "unique" Rows 1..=MANY, "whether no two rows have the same value, or the same values together";
    Mean "mean" Rows 1..=1, "the mean of the known values";
    Sum "sum" Rows 1..=1, "the sum of the known values";
    Stddev "stddev" Rows 1..=1, "the standard deviation of the known values (over n − 1)";
    Median "median" Rows 1..=1, "the middle of the known values";
    Quantile "quantile" Rows 2..=2, "the quantile of the known values, between neighbours by proportion: quantile(x, 0.9)";
    All "all" Rows 1..=1, "whether a condition holds in every row that has the values for it";
    Any "any" Rows 1..=1, "whether a condition holds in some row";
    Share "share" Rows 1..=1, "the share of the rows in which a condition holds, among those where it is known";
}

impl Function {
    /// The function with this name; `ln` is another name of `log`.
    pub fn find(name: &str) -> Option<Self> {
        if name == "ln" {
            return Some(Self::Log);
        }
        Self::ALL.iter().copied().find(|function| function.as_str() == name)
    }
    /// The advice for a name that means different logarithms in different fields.
    pub(super) fn advice(name: &str) -> Option<&'static str> {
        matches!(name, "lg" | "lb" | "ld" | "Log" | "LOG" | "Lg").then_some(
            "write `log10` for the logarithm to the base of 10, `log2` to the base of 2, and `log` or `ln` for the natural one",
        )
    }
    /// Whether a call with this many arguments is over the rows of a table.
    pub(super) fn is_of_rows(self, arguments: usize) -> bool {
        match self.of() {
            Of::Values => false,
            Of::Rows => true,
            Of::Either => arguments == 1,
        }
    }
}
