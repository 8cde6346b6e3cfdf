//! `docs/expressions.md`.

use std::collections::HashMap;

use hven_core::{
    Expression,
    expression::{BYTES_MAX, Context, Function, GRAMMAR, NESTING_MAX, Schema, Type, Value},
};

use crate::book::{codes, tables};

const PAGE: &str = include_str!("../../../../docs/expressions.md");

/// The row of the page: what its names are, and their values.
fn row(rows: &[Vec<&str>]) -> (Schema, HashMap<String, Value>) {
    let mut values = HashMap::new();
    let mut types = Vec::new();
    for row in rows {
        let name = codes(row[0])[0].to_owned();
        let type_ = match row[1] {
            "text" => Type::Text,
            "true or false" => Type::Bool,
            "time" => Type::Time,
            "number" => Type::NUMBER,
            other => Type::in_unit(codes(other)[0].parse().expect("a unit")),
        };
        let value = match &type_ {
            _ if row[2] == "missing" => None,
            Type::Text => Some(Value::Text(row[2].to_owned())),
            Type::Bool => Some(Value::Bool(row[2].parse().expect("true or false"))),
            Type::Time => Some(Value::Time(row[2].parse().expect("a time"))),
            Type::Number { .. } => Some(Value::Number(row[2].parse().expect("a number"))),
        };
        values.extend(value.map(|value| (name.clone(), value)));
        types.push((name, type_));
    }
    (Schema::new(Context::Row, types), values)
}

#[test]
fn all_rows_are_true() {
    let [columns, examples, _, of_values, of_rows] = tables(PAGE).try_into().expect("the page has five tables");
    let (schema, values) = row(&columns);
    for example in examples {
        let source = codes(example[0])[0];
        let checked = Expression::parse(source).and_then(|expression| expression.check(&schema));
        let checked = checked.unwrap_or_else(|wrong| panic!("{}", wrong.render(source)));
        let given = match checked.evaluate(&|name| values.get(name).cloned()) {
            Ok(Value::Bool(value)) => value.to_string(),
            Ok(Value::Number(number)) => match checked.type_of() {
                Type::Number { unit: Some(unit) } => format!("{number} {unit}"),
                _ => number.to_string(),
            },
            Ok(other) => panic!("{source} gives {other:?}"),
            Err(_) => "cannot tell".to_owned(),
        };
        assert_eq!(given, example[1], "{source}");
    }
    let listed: Vec<(&str, &str)> = of_values
        .iter()
        .chain(&of_rows)
        .map(|row| (codes(row[0])[0].split_once('(').expect("a call").0, row[1]))
        .collect();
    for function in Function::ALL {
        assert!(
            listed.contains(&(function.as_str(), function.what())),
            "{} is missing or has another text",
            function.as_str()
        );
    }
    assert_eq!(listed.len(), Function::ALL.len());
    for sentence in [format!("{} KiB and {NESTING_MAX} levels", BYTES_MAX / 1024), format!("the language ({GRAMMAR})")]
    {
        assert!(PAGE.replace('\n', " ").contains(&sentence), "{sentence}");
    }
}
