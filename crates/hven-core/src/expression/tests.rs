//! Tests of the language: values, error messages, and properties of every expression.

mod properties;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::{Time, Unit, diagnostic::Diagnostic};

fn unit(text: &str) -> Type {
    Type::in_unit(text.parse().expect("a unit"))
}

fn schema(context: Context) -> Schema {
    Schema::new(
        context,
        [
            ("period", unit("yr")),
            ("semi_major_axis", unit("AU")),
            ("mass", unit("kg")),
            ("angle", unit("deg")),
            ("eccentricity", Type::NUMBER),
            ("rows", Type::NUMBER),
            ("name", Type::Text),
            ("is_gas_giant", Type::Bool),
            ("discovered", Type::Time),
            ("weird name", Type::NUMBER),
            ("exponent.semi_major_axis", Type::NUMBER),
        ],
    )
}

fn values(name: &str) -> Option<Value> {
    Some(match name {
        "period" => Value::Number(1.881),
        "semi_major_axis" => Value::Number(1.524),
        "angle" => Value::Number(90.0),
        "eccentricity" => Value::Number(f64::NAN),
        "rows" => Value::Number(8.0),
        "name" => Value::Text("Mars".to_owned()),
        "is_gas_giant" => Value::Bool(false),
        "discovered" => Value::Time("2026-05-01T12:00:00Z".parse().expect("a time")),
        "weird name" => Value::Number(-2.0),
        "exponent.semi_major_axis" => Value::Number(1.4999),
        _ => return None,
    })
}

fn checked(text: &str, context: Context) -> Result<Checked, Diagnostic> {
    Expression::parse(text)?.check(&schema(context))
}

/// The value of an expression for Mars, or the reason why it has none.
fn answer(text: &str) -> String {
    let checked = checked(text, Context::Row).unwrap_or_else(|wrong| panic!("{}", wrong.render(text)));
    match checked.evaluate(&values) {
        Ok(Value::Number(number)) => match checked.type_of() {
            Type::Number { unit: Some(unit) } => format!("{number} {unit}"),
            _ => number.to_string(),
        },
        Ok(Value::Bool(value)) => value.to_string(),
        Ok(Value::Text(text)) => text,
        Ok(Value::Time(time)) => time.to_string(),
        Err(why) => format!("cannot tell: {} at `{}`", why.because, &text[why.span]),
    }
}

#[test]
fn conditions_and_values() {
    let check = |text: &str, expect: &str| assert_eq!(answer(text), expect, "{text}");
    check("period > 1 [yr]", "true");
    check("period > 0", "true");
    check("period > 700 [d]", "false");
    check("365.25 [d] = 1 [yr]", "true");
    check("semi_major_axis between 1 [AU] and 2e8 [km]", "false");
    check("semi_major_axis between 1 [AU] and 2.3e8 [km]", "true");
    check("semi_major_axis not between 0 and 1 [AU]", "true");
    check("period ^ 2 / semi_major_axis ^ 3 < 1.001 [yr^2/AU^3]", "true");
    check("(period / 1 [yr]) ^ 1.4999 > 2", "true");
    check("semi_major_axis / 1 [km] > 2.2e8", "true");
    check("1 [km] / 2 [m]", "500");
    check("sqrt(4 [m^2])", "2 m");
    check("2 ^ 3 ^ 2", "512");
    check("-2 ^ 2", "-4");
    check("2 ^ -1", "0.5");
    check("(1 [m]) ^ (3/2)", "1 m^1.5");
    check("10 - 4 - 3", "3");
    check("12 / 2 / 3 * 2", "4");
    check("1 [km] + 500 [m]", "1.5 km");
    check("min(3 [m], 2 [km], 250 [cm])", "2.5 m");
    check("max(rows, 3)", "8");
    check("abs(`weird name`)", "2");
    check("round(2.5) + floor(-0.5) + ceil(0.1)", "3");
    check("sin(angle)", "1");
    check("cos(0)", "1");
    check("angle < 91 [deg]", "true");
    check("angle > 1.5 [rad]", "true");
    check("log10(100) + log(exp(2))", "4");
    check("50 [%] < rows / 10", "true");
    check("rows in (1, 2, 8)", "true");
    check("semi_major_axis in (1 [km], 1.524 [AU])", "true");
    check("name in ('Earth', 'Mars')", "true");
    check("name not in ('Earth')", "true");
    check("name ~ 'AR'", "true");
    check("name !~ \"x\"", "true");
    check("name = 'mars' or lower(name) = 'mars'", "true");
    check("length(name)", "4");
    check("contains(name, 'ar') and startswith(name, 'M') and endswith(name, 's')", "true");
    check("matches(name, 'M*s') and not matches(name, 'M?s')", "true");
    check("name < 'Venus'", "true");
    check("is_gas_giant", "false");
    check("is_gas_giant == false", "true");
    check("NOT is_gas_giant AND TRUE", "true");
    check("discovered > '2026-05-01'", "true");
    check("'2026-05-02' <= discovered", "false");
    check("discovered between '2026-05-01T13:00:00+02:00' and '2026-05-01T12:00:00Z'", "true");
    check("discovered - 12 [h]", "2026-05-01T00:00:00.000000Z");
    check("discovered + 0.5 [d] - discovered", "43200 s");
    check("discovered in ('2026-05-01T12:00:00Z')", "true");
    check("`exponent.semi_major_axis` = exponent.semi_major_axis", "true");
    check("abs(exponent.semi_major_axis - 1.5) < 0.01", "true");
    check("mass is missing and eccentricity is missing and name is not missing", "true");
    check("mass is null", "true");
    check("2 ≤ 3 and 2 ≠ 3 and 2 × 3 = 6 and 3 − 1 = 2", "true");
    check("'it''s' = \"it's\"", "true");
}

#[test]
fn an_unknown_answer_has_a_reason() {
    let check = |text: &str, expect: &str| assert_eq!(answer(text), format!("cannot tell: {expect}"), "{text}");
    check("mass > 1 [kg]", "mass is missing at `mass`");
    check("eccentricity < 1", "eccentricity is not a number (NaN) at `eccentricity`");
    check("eccentricity == eccentricity", "eccentricity is not a number (NaN) at `eccentricity`");
    check("not (mass > 0)", "mass is missing at `mass`");
    check("rows / (rows - 8) > 1", "division by zero at `rows / (rows - 8)`");
    check("log(`weird name`)", "log has no value at -2 at `log(`weird name`)`");
    check("sqrt(0 - rows)", "sqrt has no value at -8 at `sqrt(0 - rows)`");
    check("log10(0)", "log10 has no value at 0 at `log10(0)`");
    check("`weird name` ^ 0.5", "-2^0.5 is not defined at ``weird name` ^ 0.5`");
    check("0 ^ -1", "0^-1 is not defined at `0 ^ -1`");
    check("exp(1000) - exp(1000)", "infinite values have no result here at `exp(1000) - exp(1000)`");
    check("mass > 0 and rows > 1", "mass is missing at `mass`");
    check("rows in (1, eccentricity)", "eccentricity is not a number (NaN) at `eccentricity`");
    check("rows between 1 and eccentricity", "eccentricity is not a number (NaN) at `eccentricity`");
    // The answer is known although one part is not.
    let clear = |text: &str, expect: &str| assert_eq!(answer(text), expect, "{text}");
    clear("mass > 0 and rows > 10", "false");
    clear("mass > 0 or rows > 1", "true");
    clear("rows in (8, eccentricity)", "true");
    clear("rows between 9 and eccentricity", "false");
    clear("mass is missing or mass > 0", "true");
}

/// The messages for wrong texts, as a person sees them.
fn messages(context: Context, texts: &[&str]) -> String {
    let wrong = texts.iter().map(|text| match checked(text, context) {
        Err(wrong) => wrong.render(text),
        Ok(good) => format!("{text} is good: {:?}", good.type_of()),
    });
    wrong.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn misspelt_texts() {
    assert_snapshot!(messages(Context::Row, &[
        "", "period >", "(period > 1", "period > 1)", "period > 1 [", "period > 5 yr", "period > 5yr", "period 5",
        "1 < rows < 3", "rows == missing", "rows is 3", "rows not 3", "'abc", "rows > 3 && rows < 5", "!is_gas_giant",
        "rows = 5%", "[1, 2]", "rows in 1, 2", "(1, 2)", "period > 1e999", "period > 5 [yer]", "rows == not is_gas_giant",
        "and rows", "# no", "average(rows) > 1", "abs(1, 2)", "sqrt() > 1", "rows nad name", "rows + 1 is missing",
        "in > 5",
    ]), @r"
    the expression is empty

      ^
    help: write a condition, such as `period > 0`

    the expression ends where a value is wanted
      period >
              ^

    this parenthesis is never closed
      (period > 1
      ^

    this parenthesis was never opened
      period > 1)
                ^

    this bracket is never closed
      period > 1 [
                 ^

    an operator is missing before `yr`
      period > 5 yr
                 ^^
    help: write the unit in brackets: `[yr]`

    `5yr` is neither a number nor a name
      period > 5yr
               ^^^
    help: write the unit in brackets: `5 [yr]`

    an operator is missing before `5`
      period 5
             ^

    comparisons are not chained
      1 < rows < 3
               ^
    help: write `a < x and x < b`, or `x between a and b`

    nothing is equal to what is missing
      rows == missing
              ^^^^^^^
    help: write `is missing` or `is not missing`

    `is missing` or `is not missing` is wanted
      rows is 3
              ^

    `not in` or `not between` is wanted here
      rows not 3
               ^

    this text has no ' at its end
      'abc
      ^

    `&&` is written `and`
      rows > 3 && rows < 5
               ^^

    `!` cannot stand here
      !is_gas_giant
      ^
    help: write `not`

    `%` cannot stand here
      rows = 5%
              ^
    help: write `5 [%]` for a percentage

    `[` cannot stand here
      [1, 2]
      ^
    help: only a number is given a unit, as in `5 [km]`; lists stand in parentheses

    a list in parentheses is wanted: `x in (1, 2)`
      rows in 1, 2
              ^

    a list stands after `in` alone
      (1, 2)
        ^

    this number is too large
      period > 1e999
               ^^^^^

    `yer` is not a unit that Hven knows
      period > 5 [yer]
                  ^^^
    help: is `year` meant?

    `not …` stands in parentheses here
      rows == not is_gas_giant
              ^^^

    a value is missing before `and`
      and rows
      ^^^
    help: a name that is a word of the language stands in backticks

    `#` cannot stand here
      # no
      ^
    help: a name with other signs than letters, digits, `_` and `.` stands in backticks

    there is no function `average`
      average(rows) > 1
      ^^^^^^^
    help: docs/expressions.md lists all functions

    `abs` takes one argument, not 2
      abs(1, 2)
      ^^^^^^^^^
    help: it is the absolute value, in the unit of its argument

    `sqrt` takes one argument, not 0
      sqrt() > 1
      ^^^^^^
    help: it is the square root, in the root of the unit

    an operator is missing before `nad`
      rows nad name
           ^^^
    help: is `and` meant?

    `is missing` asks about a name
      rows + 1 is missing
      ^^^^^^^^

    a value is missing before `in`
      in > 5
      ^^
    help: a name that is a word of the language stands in backticks
    ");
}

#[test]
fn logarithms_have_several_names() {
    assert_eq!(answer("ln(exp(2)) + log2(8) + log10(1000)"), "8");
    assert_eq!(answer("ln(rows) == log(rows)"), "true");
    assert_eq!(Expression::parse("ln(rows)").map(|read| read.canonical()), Ok("log(rows)".to_owned()));
    assert_snapshot!(messages(Context::Row, &["lg(rows)", "ln(mass)"]), @r"
    there is no function `lg`
      lg(rows)
      ^^
    help: write `log10` for the logarithm to the base of 10, `log2` to the base of 2, and `log` or `ln` for the natural one

    `log` takes a plain number; this is a number in kg
      ln(mass)
         ^^^^
    help: divide by a unit first, as in `x / 1 [kg]`
    ");
}

#[test]
fn parts_of_a_name_keep_backticks_that_make_a_difference() {
    let name = |text: &str| {
        let read = Expression::parse(text).unwrap_or_else(|wrong| panic!("{}", wrong.render(text)));
        assert_eq!(Expression::parse(&read.canonical()), Ok(read.clone()), "{text}");
        read.names()[0].to_owned()
    };
    for (text, expect) in [
        ("exponent.x.high", "exponent.x.high"),
        ("exponent.`x.high`", "exponent.`x.high`"),
        ("exponent.`x.high`.low", "exponent.`x.high`.low"),
        ("exponent.`low`", "exponent.`low`"),
        ("exponent.`mass (kg)`", "exponent.mass (kg)"),
        ("exponent.`a``b`", "exponent.`a``b`"),
        ("`x.high`", "x.high"),
        ("`low`", "low"),
    ] {
        assert_eq!(name(text), expect, "{text}");
    }
    assert_eq!(part_in_name("x.high"), "`x.high`");
    assert_eq!(part_in_name("mass (kg)"), "mass (kg)");
}

#[test]
fn wrong_names_types_and_units() {
    assert_snapshot!(messages(Context::Row, &[
        "perod > 1 [yr]", "velocity > 1", "period > semi_major_axis", "period + semi_major_axis > 0", "period > 5",
        "period + rows > 0", "angle > 90", "semi_major_axis ^ 1.4999 > 1", "semi_major_axis ^ rows > 1",
        "2 ^ period", "exp(period)", "log(semi_major_axis)", "name > 5", "rows = '5'", "name + 'x'", "-name",
        "not rows", "rows and true", "is_gas_giant < true", "length(rows)", "discovered > 'yesterday'",
        "discovered + 5", "discovered > 5", "rows ~ 'x'", "mean(rows) > 1", "min(rows) > 1",
        "period between 1 and 2", "rows in ('a')", "min(rows, period)",
    ]), @r"
    there is no column `perod`
      perod > 1 [yr]
      ^^^^^
    help: is `period` meant?

    there is no column `velocity`
      velocity > 1
      ^^^^^^^^
    help: there are angle, discovered, eccentricity, exponent.semi_major_axis, is_gas_giant, mass, name, period, rows, semi_major_axis, `weird name`

    yr and AU do not measure the same: time [s] and length [m]
      period > semi_major_axis
      ^^^^^^^^^^^^^^^^^^^^^^^^
    help: compare and add only quantities of one dimension

    yr and AU do not measure the same: time [s] and length [m]
      period + semi_major_axis > 0
      ^^^^^^^^^^^^^^^^^^^^^^^^
    help: compare and add only quantities of one dimension

    5 has no unit, and the other side is in yr
      period > 5
               ^
    help: write `5 [yr]`

    this has no unit, and the other side is in yr
      period + rows > 0
               ^^^^
    help: give it a unit where it comes from, or multiply it by `1 [yr]`

    90 has no unit, and the other side is in deg
      angle > 90
              ^^
    help: write `90 [deg]`

    a number in AU has no power of 1.4999: its unit would have none
      semi_major_axis ^ 1.4999 > 1
      ^^^^^^^^^^^^^^^^^^^^^^^^
    help: divide by a unit first: `(x / 1 [AU])^1.4999`

    a free exponent acts on a plain number; this is a number in AU
      semi_major_axis ^ rows > 1
      ^^^^^^^^^^^^^^^
    help: divide by a unit first: `(x / 1 [AU])^…`

    an exponent is a plain number; this is a number in yr
      2 ^ period
          ^^^^^^

    `exp` takes a plain number; this is a number in yr
      exp(period)
          ^^^^^^
    help: divide by a unit first, as in `x / 1 [yr]`

    `log` takes a plain number; this is a number in AU
      log(semi_major_axis)
          ^^^^^^^^^^^^^^^
    help: divide by a unit first, as in `x / 1 [AU]`

    a text cannot be compared with a number without unit
      name > 5
      ^^^^^^^^
    help: write '5' with quotes for the text

    a number without unit cannot be compared with a text
      rows = '5'
      ^^^^^^^^^^
    help: write 5 without quotes for the number

    `+` goes with numbers; this is a text
      name + 'x'
      ^^^^

    a number is wanted here; this is a text
      -name
       ^^^^

    a condition is wanted here; this is a number without unit
      not rows
          ^^^^
    help: compare it with something, as in `x < 5`

    a condition is wanted here; this is a number without unit
      rows and true
      ^^^^
    help: compare it with something, as in `x < 5`

    true and false have no order
      is_gas_giant < true
      ^^^^^^^^^^^^^^^^^^^
    help: compare with == or !=

    a text is wanted here; this is a number without unit
      length(rows)
             ^^^^

    `yesterday` is not a time
      discovered > 'yesterday'
                   ^^^^^^^^^^^
    help: write '2026-05-01' or '2026-05-01T12:00:00Z'

    a time is shifted by a duration; this is a number without unit
      discovered + 5
                   ^
    help: write a duration with its unit, as in `2 [h]`

    a time cannot be compared with a number without unit
      discovered > 5
      ^^^^^^^^^^^^^^

    a text is wanted here; this is a number without unit
      rows ~ 'x'
      ^^^^

    `mean` is of all rows of a table
      mean(rows) > 1
      ^^^^^^^^^^
    help: this is looked at row by row

    `min` is of all rows of a table
      min(rows) > 1
      ^^^^^^^^^
    help: `min` of values wants two or more of them

    1 has no unit, and the other side is in yr
      period between 1 and 2
                     ^
    help: write `1 [yr]`

    a number without unit cannot be compared with a text
      rows in ('a')
      ^^^^^^^^^^^^

    this has no unit, and the other side is in yr
      min(rows, period)
          ^^^^
    help: give it a unit where it comes from, or multiply it by `1 [yr]`
    ");
    assert_snapshot!(messages(Context::Table, &[
        "period", "period > mean(period)", "all(period > 0) and period < 5 [yr]", "mean(mean(period))", "mean(name) > 1",
        "quantile(period, 2) > 0", "quantile(period, rows) > 0", "all(period)", "all(mean(period) > 0)",
    ]), @r"
    a check is a condition; this is a number in yr in every row
      period
      ^^^^^^
    help: compare it with something, as in `x > 0`

    a value of a row and a value of the whole table cannot be combined
      period > mean(period)
               ^^^^^^^^^^^^
    help: write the part for every row in `all(…)`, without aggregates

    a value of a row and a value of the whole table cannot be combined
      all(period > 0) and period < 5 [yr]
      ^^^^^^^^^^^^^^^
    help: write the part for every row in `all(…)`, without aggregates

    `mean` is of all rows and cannot stand inside of another aggregate
      mean(mean(period))
           ^^^^^^^^^^^^
    help: compare the two aggregates with each other

    `mean` takes numbers; this is a text
      mean(name) > 1
           ^^^^

    the place of a quantile is a number from 0 to 1
      quantile(period, 2) > 0
                       ^

    the place of a quantile is a number from 0 to 1
      quantile(period, rows) > 0
                       ^^^^

    `all` takes a condition; this is a number in yr
      all(period)
          ^^^^^^
    help: compare it with something, as in `x > 0`

    `mean` is of all rows and cannot stand inside of another aggregate
      all(mean(period) > 0)
          ^^^^^^^^^^^^
    help: compare the two aggregates with each other
    ");
    assert_snapshot!(messages(Context::Run, &["count() > 1", "accuracy > 1"]), @r"
    `count` is of all rows of a table
      count() > 1
      ^^^^^^^
    help: a run has single values: metrics and parameters

    there is no metric or parameter `accuracy`
      accuracy > 1
      ^^^^^^^^
    help: there are angle, discovered, eccentricity, exponent.semi_major_axis, is_gas_giant, mass, name, period, rows, semi_major_axis, `weird name`
    ");
}

#[test]
fn a_condition_is_wanted() {
    assert!(checked("period > 0", Context::Row).unwrap().condition().is_ok());
    assert_snapshot!(checked("period", Context::Row).unwrap().condition().unwrap_err().render("period"), @r"
    a condition is wanted; this is a number in yr
      period
      ^^^^^^
    help: compare it with something, as in `x < 5`
    ");
}

#[test]
fn sources_without_bound_are_refused() {
    let check = |text: String| {
        let wrong = Expression::parse(&text).expect_err("too deep or too long");
        wrong.render(&text)
    };
    assert!(check("(".repeat(10_000)).contains("levels deep"));
    assert!(check("-".repeat(10_000)).contains("levels deep"));
    assert!(check("not ".repeat(4_000)).contains("levels deep"));
    assert!(check(format!("1{}", "+1".repeat(4_000))).contains("in a row"));
    assert!(check(format!("1{}", "^1".repeat(4_000))).contains("levels deep"));
    assert!(check("x".repeat(BYTES_MAX + 1)).contains("at most"));
    assert!(check(format!("x in ({}", "1,".repeat(5_000))).contains("ends where a value"));
    // Lists and conditions in a row are not nested.
    let many = vec!["rows > 0"; 1_000].join(" and ");
    assert_eq!(checked(&many, Context::Row).unwrap().holds(&values), Truth::True);
    let list = format!("rows in ({})", vec!["1"; 5_000].join(", "));
    assert_eq!(checked(&list, Context::Row).unwrap().holds(&values), Truth::False);
}

#[test]
fn equal_meanings_have_one_spelling() {
    let check = |text: &str, expect: &str| {
        let expression = Expression::parse(text).unwrap();
        assert_eq!(expression.canonical(), expect);
        assert_eq!(Expression::parse(expect).unwrap(), expression);
        assert_eq!(expression.to_string(), text, "it is written as it was read");
    };
    check("a=1 AND (b<>2)", "a == 1 and b != 2");
    check("((a))", "a");
    check("a - (b - c) - d", "a - (b - c) - d");
    check("(a*b)/(c*d)", "a * b / (c * d)");
    check("-(a^2)", "-a^2");
    check("(-a)^2", "(-a)^2");
    check("a^b^c", "a^b^c");
    check("(a^b)^c", "(a^b)^c");
    check("not (a and b)", "not (a and b)");
    check("(not a) and b", "not a and b");
    check("(a or b) and c", "(a or b) and c");
    check("a or (b and c)", "a or b and c");
    check("(a < b) == true", "(a < b) == true");
    check("x between (1) and 2 and y", "x between 1 and 2 and y");
    check("`a b`.c > 1.50", "`a b.c` > 1.5");
    check("`not` is missing", "`not` is missing");
    check("\"it's\" != x", "'it''s' != x");
    check("1e300 > 5 [km] / 2.0", "1e300 > 5 [km] / 2");
    check("p > 1 [mm[Hg]]", "p > 1 [mm[Hg]]");
    check("周期 > 1", "周期 > 1");
}

#[test]
fn the_names_of_an_expression() {
    let expression = Expression::parse("a > 1 and params.lr < `x y` and a in (b, max(c, d))").unwrap();
    assert_eq!(expression.names(), ["a", "params.lr", "x y", "b", "c", "d"]);
}

#[test]
fn tests_are_explained_with_their_numbers() {
    let explain = |text: &str| checked(text, Context::Run).unwrap().explain(&values).text;
    let explained: Vec<String> = [
        "abs(exponent.semi_major_axis - 1.5) < 0.01",
        "exponent.semi_major_axis > 1.49",
        "period > 700 [d]",
        "period^2 / semi_major_axis^3 between 0.99 [yr^2/AU^3] and 1.01 [yr^2/AU^3]",
        "`weird name` - `weird name` + 3 * `weird name` < -1",
        "abs(exponent.semi_major_axis - 1.49989999999) < 1e-7",
        "rows > 5 and not (name = 'Earth' or mass > 1 [kg])",
        "mass > 1 [kg]",
        "rows / (rows - 8) > 1",
        "name ~ 'ar' and name in ('Mars', 'Venus')",
        "semi_major_axis * 2 > 400000000 [km]",
        "discovered - 1 [d] > '2026-04-01'",
        "mass is missing",
        "rows * 2",
        "0.3 - 0.1 == 0.2",
    ]
    .into_iter()
    .map(explain)
    .collect();
    assert_snapshot!(explained.join("\n"), @r"
    abs(1.4999 − 1.5) = 0.0001 < 0.01 → true
    exponent.semi_major_axis = 1.4999 > 1.49 → true
    period = 1.881 yr > 700 d → false
    (1.881 yr)^2 / (1.524 AU)^3 = 0.999592 yr^2/AU^3 between 0.99 yr^2/AU^3 and 1.01 yr^2/AU^3 → true
    −2 − (−2) + 3 · (−2) = −6 < −1 → true
    abs(1.4999 − 1.4999) = 1e-11 < 1e-7 → true
    rows = 8 > 5 and not (name = 'Mars' == 'Earth' or mass > 1 kg) → cannot tell: mass is missing
    mass > 1 kg → cannot tell: mass is missing
    8 / (8 − 8) > 1 → cannot tell: division by zero
    name = 'Mars' ~ 'ar' and name = 'Mars' in ('Mars', 'Venus') → true
    1.524 AU · 2 = 3.048 AU > 400000000 km → true
    2026-05-01T12:00:00.000000Z − 1 d = 2026-04-30T12:00:00.000000Z > 2026-04-01T00:00:00.000000Z → true
    mass is missing → true
    8 · 2 = 16
    0.3 − 0.1 = 0.19999999999999998 == 0.2 → false
    ");
}

/// A table of six rows, pushed in two batches. `period` and `name` are missing in the fourth.
fn table(text: &str) -> TableAnswer {
    table_with(text, true)
}

/// The same; `period` may be NaN there instead of missing.
fn table_with(text: &str, is_missing: bool) -> TableAnswer {
    let checked = checked(text, Context::Table).unwrap_or_else(|wrong| panic!("{}", wrong.render(text)));
    let period = [1.0, 2.0, 4.0, f64::NAN, 8.0, 2.0];
    let rows = [1.0, 2.0, 3.0, 4.0, 5.0, 0.0];
    let name = [Some("a"), Some("b"), Some("c"), None, Some("e"), Some("b")];
    let discovered = [3, 1, 2, 5, 4, 6].map(|second| Some(Time::from_micros(second * 1_000_000)));
    let mut accumulator = checked.accumulate();
    for range in [0..4, 4..6] {
        let columns: Vec<Column<'_>> = checked
            .names()
            .iter()
            .map(|(column, _)| match column.as_str() {
                "period" => Column::Numbers(&period[range.clone()]),
                "rows" => Column::Numbers(&rows[range.clone()]),
                "name" => Column::Texts(&name[range.clone()]),
                "discovered" => Column::Times(&discovered[range.clone()]),
                other => panic!("no column {other}"),
            })
            .collect();
        let missing = [false, false, false, true, false, false];
        let cells: Vec<MissingCells<'_>> = checked
            .names()
            .iter()
            .map(|(column, _)| (column != "rows" && is_missing).then_some(&missing[range.clone()]))
            .collect();
        accumulator.push(range.len(), &columns, &cells).unwrap();
    }
    accumulator.finish()
}

#[test]
fn aggregates_go_over_all_rows() {
    let check = |text: &str, expect: Result<f64, &str>| {
        let found = match table(text).outcome {
            Ok(Value::Number(number)) => Ok(number),
            Ok(other) => panic!("{text}: {other:?}"),
            Err(why) => Err(why.because),
        };
        assert_eq!(found, expect.map_err(str::to_owned), "{text}");
    };
    check("count()", Ok(6.0));
    check("count(period)", Ok(5.0));
    check("count(name)", Ok(5.0));
    check("nulls(period) + nulls(name) + nulls(rows)", Ok(2.0));
    check("distinct(period)", Ok(4.0));
    check("distinct(name)", Ok(4.0));
    check("mean(period)", Ok(3.4));
    check("sum(period)", Ok(17.0));
    check("min(period)", Ok(1.0));
    check("max(period) / min(period)", Ok(8.0));
    check("median(period)", Ok(2.0));
    check("quantile(period, 0.75)", Ok(4.0));
    check("quantile(rows, 0.9)", Ok(4.5));
    check("quantile(rows, 1)", Ok(5.0));
    check("stddev(rows)", Ok(3.5_f64.sqrt()));
    check("max(period * rows / 1 [yr])", Ok(40.0));
    check("(max(discovered) - min(discovered)) / 1 [s]", Ok(5.0));
    check("share(rows >= 2)", Ok(4.0 / 6.0));
    check("share(period >= 2 [yr])", Ok(0.8));
    check("mean(1 / rows)", Ok((1.0 + 0.5 + 1.0 / 3.0 + 0.25 + 0.2) / 5.0));
    check("mean(log(rows - 9))", Err("there is no known value"));
}

#[test]
fn checks_of_tables_name_the_rows_that_fail() {
    let check = |text: &str, truth: Truth, first: &[u64]| {
        let answer = table(text);
        assert_eq!(answer.truth(), truth, "{text}: {:?}", answer.outcome);
        let found: Vec<u64> = answer.failures.iter().flat_map(|failures| failures.first.clone()).collect();
        assert_eq!(found, first, "{text}");
    };
    check("rows >= 0", Truth::True, &[]);
    check("rows > 0", Truth::False, &[5]);
    check("period > 0", Truth::True, &[]);
    check("period > 1 [yr]", Truth::False, &[0]);
    check("period is missing or period > 0", Truth::True, &[]);
    check("all(rows < 6) and count() == 6", Truth::True, &[]);
    check("any(period > 7 [yr])", Truth::True, &[0, 1, 2, 3, 5]);
    check("any(period > 9 [yr])", Truth::CannotTell, &[0, 1, 2, 3, 4, 5]);
    check("unique(rows)", Truth::True, &[]);
    check("unique(period)", Truth::False, &[5]);
    check("unique(name)", Truth::False, &[5]);
    check("unique(name, rows)", Truth::CannotTell, &[3]);
    check("share(rows >= 1) > 80 [%]", Truth::True, &[5]);
    check("length(name) == 1 and name != 'z'", Truth::True, &[]);
    assert_eq!(table("name ~ 'B' or rows < 3 or name is missing").failures[0].first, [2, 4]);
}

#[test]
fn rows_without_a_value_are_not_checked() {
    use Truth::{CannotTell, False, True};
    let check = |text: &str, is_missing: bool, truth: Truth, not_checked: u64| {
        let answer = table_with(text, is_missing);
        let (found, failures) = (answer.truth(), &answer.failures[0]);
        assert_eq!((found, failures.not_checked), (truth, not_checked), "{text}: {:?}", answer.outcome);
    };
    check("period > 0", true, True, 1);
    check("all(period > 0)", true, True, 1);
    check("period > 1 [yr]", true, False, 1);
    check("period is not missing", true, False, 0);
    check("period is missing or period > 0", true, True, 0);
    // The other side decides.
    check("period > 0 or rows == 4", true, True, 0);
    check("period > 0 and rows != 4", true, False, 0);
    check("period > 0 or rows == 9", true, True, 1);
    check("name ~ 'a' or name in ('b', 'c', 'e')", true, True, 1);
    check("length(lower(name)) between 1 and 2", true, True, 1);
    // No row can be checked.
    check("period > 0 and period is missing", true, False, 1);
    check("rows != 4 or period > 0 or rows > 9", true, True, 1);
    // NaN is not missing, and an operation without a value is no missing cell.
    check("period > 0", false, CannotTell, 0);
    check("1 / rows > 0", true, CannotTell, 0);
    check("1 / rows > 0 and period > 0", true, CannotTell, 1);
    check("sqrt(rows - 1) >= 0", true, CannotTell, 0);
    check("1 / (rows - 4) < 9 and period > 0", true, CannotTell, 0);
    check("(period is missing or period > 0) and 1 / (rows - 4) < 9", true, CannotTell, 0);
    // Only conditions on all rows leave them out.
    check("any(period > 9 [yr])", true, CannotTell, 0);
    check("unique(name, rows)", true, CannotTell, 0);
    let none = table("period > 0 or name > 'a' or rows < 99 and name is missing");
    assert_eq!(none.truth(), True);
}

#[test]
fn a_check_of_which_no_row_can_be_checked_cannot_be_told() {
    let checked = checked("period > 0", Context::Table).unwrap();
    let mut accumulator = checked.accumulate();
    accumulator.push(2, &[Column::Numbers(&[f64::NAN; 2])], &[Some(&[true; 2])]).unwrap();
    let found = accumulator.finish();
    assert_snapshot!(
        found.explained.text,
        @"period > 0 (holds in 0 of 2 rows; 2 rows lack a value and were not checked) → cannot tell: every row lacks a value"
    );
}

#[test]
fn checks_of_tables_are_explained() {
    let explained: Vec<String> = [
        "rows > 0",
        "period > 0",
        "period > 1 [yr]",
        "unique(name)",
        "mean(period) < 1000 [d]",
        "count() >= 6 and share(rows >= 1) > 80 [%]",
        "mean(rows)",
    ]
    .into_iter()
    .map(|text| table(text).explained.text)
    .collect();
    assert_snapshot!(explained.join("\n"), @r"
    rows > 0 (holds in 5 of 6 rows; not in row 6) → false
    period > 0 (holds in 5 of 6 rows; 1 row lacks a value and was not checked) → true
    period > 1 [yr] (holds in 4 of 6 rows; not in row 1; 1 row lacks a value and was not checked) → false
    unique(name) (holds in 4 of 6 rows; not in row 6) → false
    mean(period) = 3.4 yr < 1000 d → false
    count() = 6 ≥ 6 and share(rows >= 1) = 0.833333 > 80 % → true
    mean(rows) = 2.5
    ");
}

#[test]
fn empty_tables() {
    let check = |text: &str, expect: Truth| {
        let checked = checked(text, Context::Table).unwrap();
        assert_eq!(checked.accumulate().finish().truth(), expect, "{text}");
    };
    check("period > 0", Truth::CannotTell);
    check("any(period > 0)", Truth::False);
    check("unique(name)", Truth::True);
    check("count() == 0", Truth::True);
    check("mean(period) > 0", Truth::CannotTell);
    check("share(period > 0) > 0", Truth::CannotTell);
}

#[test]
fn columns_that_do_not_match_are_an_error_of_the_caller() {
    let checked = checked("rows > 0 and name = 'x'", Context::Row).unwrap();
    let numbers = [1.0, 2.0];
    let texts = [Some("x"), None];
    let fits = |columns: &[Column<'_>]| checked.hold_in_rows(2, columns).map_err(|error| error.to_string());
    assert_eq!(fits(&[Column::Numbers(&numbers), Column::Texts(&texts)]), Ok(vec![Truth::True, Truth::CannotTell]));
    assert_snapshot!(fits(&[Column::Numbers(&numbers)]).unwrap_err(), @"the expression needs 2 columns, and 1 were given");
    assert_snapshot!(fits(&[Column::Numbers(&numbers), Column::Numbers(&numbers)]).unwrap_err(), @r#"column "name" does not hold a text"#);
    assert_snapshot!(fits(&[Column::Numbers(&numbers[..1]), Column::Texts(&texts)]).unwrap_err(), @r#"column "rows" has 1 values for 2 rows"#);
}

#[test]
fn expressions_are_text_in_json() {
    let expression: Expression = "period >  5 [d]".parse().unwrap();
    let json = serde_json::to_string(&expression).unwrap();
    assert_eq!(json, r#""period >  5 [d]""#);
    assert_eq!(serde_json::from_str::<Expression>(&json).unwrap(), expression);
    assert_snapshot!(serde_json::from_str::<Expression>("\"period >\"").unwrap_err(), @r#""period >" is not an expression: the expression ends where a value is wanted"#);
}
