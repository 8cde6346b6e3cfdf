//! Properties of every expression: written text can be parsed, nothing panics, columns and rows agree, and units do not change
//! answers.

use super::*;

/// Any tree that the language allows, sensible or not.
fn nodes() -> impl Strategy<Value = SyntaxNode> {
    let leaf = prop_oneof![
        (0.0..1e9_f64, prop::option::of(units())).prop_map(|(value, unit)| Kind::Number { value, unit }),
        Just(Kind::Number { value: 0.0, unit: None }),
        "\\PC{0,6}".prop_map(Kind::Text),
        any::<bool>().prop_map(Kind::Bool),
        names().prop_map(Kind::Name),
    ]
    .prop_map(node);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new).boxed();
        let many = |least| prop::collection::vec(inner.clone(), least..4);
        let not = any::<bool>();
        prop_oneof![
            boxed.clone().prop_map(Kind::Negate),
            boxed.clone().prop_map(Kind::Not),
            many(2).prop_map(Kind::And),
            many(2).prop_map(Kind::Or),
            (arithmetics(), boxed.clone(), boxed.clone()).prop_map(|(op, a, b)| Kind::Arithmetic(op, a, b)),
            (compares(), boxed.clone(), boxed.clone()).prop_map(|(op, a, b)| Kind::Compare(op, a, b)),
            (boxed.clone(), boxed.clone(), not).prop_map(|(text, part, negated)| Kind::Like { text, part, negated }),
            (boxed.clone(), many(0), not).prop_map(|(value, list, negated)| Kind::In { value, list, negated }),
            (boxed.clone(), boxed.clone(), boxed, not).prop_map(|(value, low, high, negated)| Kind::Between {
                value,
                low,
                high,
                negated
            }),
            (names(), not)
                .prop_map(|(name, negated)| Kind::IsMissing { value: Box::new(node(Kind::Name(name))), negated }),
            (prop::sample::select(Function::ALL), many(1)).prop_map(|(function, mut arguments)| {
                let (least, most) = function.arity();
                arguments.resize(arguments.len().clamp(least, most), node(Kind::Bool(true)));
                Kind::Call(function, arguments)
            }),
        ]
        .prop_map(node)
    })
}

fn node(kind: Kind) -> SyntaxNode {
    SyntaxNode::new(kind, 0..0)
}
fn units() -> impl Strategy<Value = Unit> {
    prop::sample::select(vec!["m", "km", "yr", "yr/AU^1.5", "mm[Hg]", "%", "deg", "10^3 kg", "1"])
        .prop_map(|text| text.parse().expect("a unit"))
}
fn names() -> impl Strategy<Value = String> {
    let known = vec!["period", "mass", "angle", "rows", "name", "is_gas_giant", "discovered", "weird name"];
    prop_oneof![prop::sample::select(known).prop_map(str::to_owned), "[a-z]{1,3}(\\.[a-z0-9]{1,3}){0,2}", "\\PC{1,5}"]
}
fn arithmetics() -> impl Strategy<Value = Arithmetic> {
    use Arithmetic::{Add, Divide, Multiply, Power, Subtract};
    prop::sample::select(vec![Add, Subtract, Multiply, Divide, Power])
}
fn compares() -> impl Strategy<Value = Compare> {
    use Compare::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    prop::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

/// Lengths, plain numbers and conditions over the columns x, y (lengths), z (plain), t (text), as texts.
fn lengths() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("y".to_owned()),
        (-20_i32..20, prop::sample::select(vec!["m", "km", "mile"])).prop_map(|(n, unit)| format!("({n} [{unit}])")),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-"]), inner.clone())
                .prop_map(|(a, s, b)| format!("({a} {s} {b})")),
            inner.clone().prop_map(|a| format!("abs(-{a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("min({a}, {b})")),
            inner.clone().prop_map(|a| format!("({a} * 3)")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("sqrt(abs({a} * {b}))")),
        ]
    })
    .boxed()
}
fn plains() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("z".to_owned()),
        (-20_i32..20).prop_map(|n| format!("({n} / 4)")),
        Just("length(t)".to_owned())
    ];
    (leaf, lengths(), lengths())
        .prop_flat_map(|(leaf, a, b)| {
            let quotient = format!("({a} / {b})");
            let root = format!("sqrt({leaf} - 1)");
            prop_oneof![
                Just(leaf.clone()),
                Just(quotient.clone()),
                Just(root),
                Just(format!("max({leaf}, {quotient})")),
                Just(format!("log({leaf} + {quotient})")),
                Just(format!("({leaf} ^ 2 - exp({leaf} / 9))")),
            ]
        })
        .boxed()
}
fn conditions() -> BoxedStrategy<String> {
    let sign = || prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let leaf = prop_oneof![
        (lengths(), sign(), lengths()).prop_map(|(a, s, b)| format!("{a} {s} {b}")),
        (plains(), sign(), plains()).prop_map(|(a, s, b)| format!("{a} {s} {b}")),
        (lengths(), lengths(), lengths()).prop_map(|(a, b, c)| format!("{a} not between {b} and {c}")),
        (plains(), plains(), plains()).prop_map(|(a, b, c)| format!("{a} in ({b}, {c})")),
        prop::sample::select(vec![
            "t ~ 'A'",
            "t == 'ab'",
            "lower(t) < 'b'",
            "matches(t, '?b*')",
            "t in ('ab', 'B')",
            "x is missing",
            "t is not missing",
            "b",
            "b == true",
            "b != (z > 1)",
            "d > '1970-01-01T00:00:02Z'",
            "d - 1 [s] <= '1970-01-01T00:00:02Z'",
            "d is missing",
            "d between '1970-01-01' and '1970-01-02'",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
    .boxed()
}

fn lengths_in(unit: &str) -> Schema {
    let length = Type::in_unit(unit.parse().expect("a unit"));
    let other = Type::in_unit("km".parse().expect("a unit"));
    Schema::new(
        Context::Row,
        [("x", length), ("y", other), ("z", Type::NUMBER), ("t", Type::Text), ("b", Type::Bool), ("d", Type::Time)],
    )
}

/// Numbers, among them missing, equal, zero and infinite ones.
fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-40_i32..40).prop_map(|n| f64::from(n) / 4.0),
        2 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => -1e300..1e300,
    ]
}

#[derive(Clone, Debug)]
struct Row {
    numbers: [f64; 3],
    text: Option<&'static str>,
    truth: Truth,
    time: Option<Time>,
}
fn rows() -> impl Strategy<Value = Row> {
    let text = prop::sample::select(vec![None, Some("ab"), Some("B"), Some(""), Some("aBc")]);
    let truth = prop::sample::select(vec![Truth::False, Truth::True, Truth::CannotTell]);
    let time = prop::option::of((0_i64..5).prop_map(|second| Time::from_micros(second * 1_000_000)));
    ([numbers(), numbers(), numbers()], text, truth, time).prop_map(|(numbers, text, truth, time)| Row {
        numbers,
        text,
        truth,
        time,
    })
}
impl Row {
    fn value(&self, name: &str) -> Option<Value> {
        match name {
            "x" => Some(Value::Number(self.numbers[0])),
            "y" => Some(Value::Number(self.numbers[1])),
            "z" => Some(Value::Number(self.numbers[2])),
            "t" => self.text.map(|text| Value::Text(text.to_owned())),
            "b" => (self.truth != Truth::CannotTell).then_some(Value::Bool(self.truth == Truth::True)),
            "d" => self.time.map(Value::Time),
            _ => None,
        }
    }
}

proptest! {
    #[test]
    fn written_text_can_be_parsed(tree in nodes()) {
        let text = print::print(&tree);
        let read = Expression::parse(&text).map_err(|wrong| TestCaseError::fail(wrong.render(&text)))?;
        prop_assert_eq!(read.root(), &tree);
        prop_assert_eq!(read.canonical(), text);
    }

    #[test]
    fn no_tree_panics(tree in nodes(), context in prop::sample::select(vec![Context::Row, Context::Table, Context::Run])) {
        let text = print::print(&tree);
        match checked(&text, context) {
            Err(wrong) => drop(wrong.render(&text)),
            Ok(checked) => {
                drop(checked.evaluate(&values));
                drop(checked.explain(&values));
                drop(checked.evaluate(&|_| None));
                drop(checked.accumulate().finish());
            }
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,30}") {
        drop(Expression::parse(&text).map_err(|wrong| wrong.render(&text)));
    }
    #[test]
    fn no_text_of_language_tokens_panics(text in "[a-c0-9 .,()'`\"\\[\\]<>=!~+*/^-]{0,30}|(and |or |not |in |is |missing |between |x |1 |\\(|\\)|, |< ){0,12}") {
        if let Ok(expression) = Expression::parse(&text) {
            prop_assert_eq!(Expression::parse(&expression.canonical()), Ok(expression.clone()));
            drop(expression.check(&schema(Context::Row)));
        }
    }

    #[test]
    fn columns_and_rows_agree(text in conditions(), rows in prop::collection::vec(rows(), 0..6)) {
        let checked = Expression::parse(&text).and_then(|e| e.check(&lengths_in("km")));
        let checked = checked.map_err(|wrong| TestCaseError::fail(wrong.render(&text)))?;
        let numbers: Vec<Vec<f64>> = (0..3).map(|at| rows.iter().map(|row| row.numbers[at]).collect()).collect();
        let texts: Vec<Option<&str>> = rows.iter().map(|row| row.text).collect();
        let truths: Vec<Truth> = rows.iter().map(|row| row.truth).collect();
        let times: Vec<Option<Time>> = rows.iter().map(|row| row.time).collect();
        let columns: Vec<Column<'_>> = checked.names().iter().map(|(name, _)| match name.as_str() {
            "x" => Column::Numbers(&numbers[0]),
            "y" => Column::Numbers(&numbers[1]),
            "z" => Column::Numbers(&numbers[2]),
            "b" => Column::Bools(&truths),
            "d" => Column::Times(&times),
            _ => Column::Texts(&texts),
        }).collect();
        let by_columns = checked.hold_in_rows(rows.len(), &columns).expect("columns fit");
        let by_rows: Vec<Truth> = rows.iter().map(|row| checked.holds(&|name| row.value(name))).collect();
        prop_assert_eq!(&by_columns, &by_rows, "{}", text);
        // The check of the whole table agrees with the rows.
        let table = Schema { context: Context::Table, ..lengths_in("km") };
        let all = Expression::parse(&text).and_then(|e| e.check(&table)).expect("it is a check of a table too");
        if all.names() == checked.names() && !all.names().is_empty() {
            let answer = |missing: &[MissingCells<'_>]| {
                let mut accumulator = all.accumulate();
                accumulator.push(rows.len(), &columns, missing).expect("columns fit");
                accumulator.finish()
            };
            let of_empty = if rows.is_empty() { Truth::CannotTell } else { Truth::True };
            let by_all_rows = by_rows.iter().copied().fold(of_empty, Truth::and);
            prop_assert_eq!(answer(&[]).truth(), by_all_rows);
            // With missing cells, some of the rows without an answer are not checked; all others count as before.
            let cells: Vec<Vec<bool>> = all.names().iter()
                .map(|(name, _)| rows.iter().map(|row| row.value(name).is_none()).collect())
                .collect();
            let missing: Vec<MissingCells<'_>> = cells.iter().map(|cells| Some(cells.as_slice())).collect();
            let found = answer(&missing);
            let failures = &found.failures[0];
            let count = |wanted: Truth| by_rows.iter().filter(|truth| **truth == wanted).count() as u64;
            prop_assert_eq!(failures.failing, count(Truth::False));
            prop_assert_eq!(failures.cannot_tell + failures.not_checked, count(Truth::CannotTell));
            let lacking = (0..rows.len()).filter(|row| cells.iter().any(|cells| cells[*row])).count() as u64;
            prop_assert!(failures.not_checked <= lacking);
            prop_assert_eq!(found.truth() == Truth::False, by_all_rows == Truth::False);
        }
    }

    #[test]
    fn the_explanation_agrees_with_the_answer(text in conditions(), row in rows()) {
        let checked = Expression::parse(&text).and_then(|e| e.check(&lengths_in("km"))).expect("good");
        let explained = checked.explain(&|name| row.value(name));
        prop_assert_eq!(&explained.outcome, &checked.evaluate(&|name| row.value(name)));
        let answer = explained.text.rsplit_once(" → ").map(|(_, answer)| answer.to_owned()).unwrap_or_default();
        prop_assert_eq!(answer.starts_with("true"), explained.truth() == Truth::True, "{}", explained.text);
        prop_assert_eq!(answer.starts_with("cannot tell: "), explained.truth() == Truth::CannotTell, "{}", explained.text);
    }

    #[test]
    fn the_unit_does_not_change_a_value(text in lengths(), x in -100.0..100.0_f64, y in -100.0..100.0_f64) {
        // The same length in kilometres and in centimetres.
        let value = |unit: &str, x: f64| {
            let checked = Expression::parse(&text).and_then(|e| e.check(&lengths_in(unit))).expect("good");
            let Type::Number { unit: Some(found) } = checked.type_of().clone() else { panic!("a length has a unit") };
            let number = checked.evaluate(&|name| Some(Value::Number(if name == "x" { x } else { y })));
            let Ok(Value::Number(number)) = number else { panic!("{text} is a number") };
            found.conversion(&"m".parse().expect("a unit")).expect("a length").apply(number)
        };
        let (one, other) = (value("km", x), value("cm", x * 1e5));
        prop_assert!((one - other).abs() <= 1e-9 * (1e6 + one.abs()), "{} {} {}", text, one, other);
    }
}
