//! The types of parameters in an expression.
//!
//! A parameter has no declared type: some programs record `0.01`, others the text `"0.01"`, and two runs may differ. The
//! type of a name in an expression is that of its use, if a run has such a value; otherwise that of most values.

use std::collections::HashMap;

use hven_core::expression::{Arithmetic, Function, Kind, SyntaxNode, Type, Value};

use crate::ports::quantities::{ParamValue, QuantityRange, number_in};

/// The types with which an expression uses names: the first use of each counts.
pub(super) fn uses(root: &SyntaxNode) -> HashMap<String, Type> {
    let mut uses = HashMap::new();
    visit(root, &mut uses);
    uses
}

fn visit(node: &SyntaxNode, uses: &mut HashMap<String, Type>) {
    let mut used = |node: &SyntaxNode, type_: Option<Type>| {
        if let (Kind::Name(name), Some(type_)) = (&node.kind, type_) {
            uses.entry(name.clone()).or_insert(type_);
        }
    };
    match &node.kind {
        Kind::Compare(_, one, other) => {
            used(one, type_of(other));
            used(other, type_of(one));
        }
        Kind::In { value, list, .. } => used(value, list.iter().find_map(type_of)),
        Kind::Between { value, low, high, .. } => used(value, type_of(low).or_else(|| type_of(high))),
        Kind::Like { text, part, .. } => [text, part].into_iter().for_each(|side| used(side, Some(Type::Text))),
        Kind::Negate(one) => used(one, Some(Type::NUMBER)),
        Kind::Arithmetic(_, one, other) => [one, other].into_iter().for_each(|side| used(side, Some(Type::NUMBER))),
        Kind::Not(one) => used(one, Some(Type::Bool)),
        Kind::And(parts) | Kind::Or(parts) => parts.iter().for_each(|part| used(part, Some(Type::Bool))),
        Kind::Call(function, arguments) => {
            let type_ = if takes_text(*function) { Type::Text } else { Type::NUMBER };
            for argument in arguments {
                used(argument, Some(type_.clone()));
            }
        }
        Kind::IsMissing { .. } | Kind::Number { .. } | Kind::Text(_) | Kind::Bool(_) | Kind::Name(_) => {}
    }
    node.children().into_iter().for_each(|child| visit(child, uses));
}

const fn takes_text(function: Function) -> bool {
    matches!(
        function,
        Function::Length
            | Function::Lower
            | Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::Matches
    )
}

/// The type of a part that has the same type whatever the names are.
fn type_of(node: &SyntaxNode) -> Option<Type> {
    match &node.kind {
        Kind::Number { .. } | Kind::Negate(_) => Some(Type::NUMBER),
        Kind::Arithmetic(operator, one, _) => {
            // A sum may be a time, if its first part is one.
            let is_sum = matches!(operator, Arithmetic::Add | Arithmetic::Subtract);
            if is_sum { type_of(one) } else { Some(Type::NUMBER) }
        }
        Kind::Text(_) => Some(Type::Text),
        Kind::Bool(_) => Some(Type::Bool),
        Kind::Call(Function::Lower, _) => Some(Type::Text),
        Kind::Call(function, _) if takes_text(*function) && *function != Function::Length => Some(Type::Bool),
        Kind::Call(..) => Some(Type::NUMBER),
        _ => None,
    }
}

/// The type of a parameter in an expression that uses it with the type `used`.
pub(super) fn of_param(range: &QuantityRange, is_metric: bool, used: Option<&Type>) -> Type {
    let numbers = range.numbers + range.number_texts;
    let can_be = |type_: &Type| match type_ {
        Type::Number { .. } => is_metric || numbers > 0,
        Type::Text => range.texts + range.number_texts > 0,
        Type::Bool => range.bools > 0,
        Type::Time => false,
    };
    if let Some(used) = used.filter(|used| can_be(used)) {
        return used.clone();
    }
    if is_metric || (numbers > 0 && numbers >= range.texts.max(range.bools)) {
        Type::NUMBER
    } else if range.texts >= range.bools && range.texts > 0 {
        Type::Text
    } else if range.bools > 0 {
        Type::Bool
    } else {
        // All are null.
        used.filter(|used| **used != Type::Time).cloned().unwrap_or(Type::NUMBER)
    }
}

/// The value of a parameter as this type; `None` if it is none.
pub(super) fn as_type(value: &ParamValue, type_: &Type) -> Option<Value> {
    match (type_, value) {
        (Type::Number { .. }, ParamValue::Number(number)) => Some(Value::Number(*number)),
        (Type::Number { .. }, ParamValue::Text(text)) => number_in(text).map(Value::Number),
        (Type::Text, ParamValue::Text(text)) => Some(Value::Text(text.clone())),
        (Type::Text, ParamValue::Number(number)) => Some(Value::Text(number.to_string())),
        (Type::Text, ParamValue::Bool(yes)) => Some(Value::Text(yes.to_string())),
        (Type::Bool, ParamValue::Bool(yes)) => Some(Value::Bool(*yes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hven_core::expression::Expression;

    use super::*;

    #[test]
    fn a_name_has_the_type_of_its_use() {
        let check = |text: &str, name: &str, expect: Option<Type>| {
            let uses = uses(Expression::parse(text).expect("an expression").root());
            assert_eq!(uses.get(name), expect.as_ref(), "{text}");
        };
        check("lr > 1e-4", "lr", Some(Type::NUMBER));
        check("1e-4 < lr", "lr", Some(Type::NUMBER));
        check("lr == '0.01'", "lr", Some(Type::Text));
        check("seed in ('1', '2')", "seed", Some(Type::Text));
        check("model ~ 'res'", "model", Some(Type::Text));
        check("contains(lower(model), 'res')", "model", Some(Type::Text));
        check("amp == true", "amp", Some(Type::Bool));
        check("not amp and lr between -1 and 1", "amp", Some(Type::Bool));
        check("not amp and lr between -1 and 1", "lr", Some(Type::NUMBER));
        check("lr * 2 == batch", "batch", Some(Type::NUMBER));
        check("a == b", "a", None);
        check("a is missing", "a", None);
    }

    #[test]
    fn a_type_needs_a_value_of_it() {
        let range = |values: &[ParamValue]| {
            let mut range = QuantityRange::default();
            for value in values {
                range.add(value);
            }
            range
        };
        let text = |text: &str| ParamValue::Text(text.to_owned());
        let numbers = range(&[text("0.1"), ParamValue::Number(1.0)]);
        assert_eq!(of_param(&numbers, false, None), Type::NUMBER);
        assert_eq!(of_param(&numbers, false, Some(&Type::Text)), Type::Text);
        assert_eq!(of_param(&numbers, false, Some(&Type::Bool)), Type::NUMBER);
        let words = range(&[text("adam"), text("1")]);
        assert_eq!(of_param(&words, false, Some(&Type::NUMBER)), Type::NUMBER);
        assert_eq!(of_param(&range(&[text("adam")]), false, Some(&Type::NUMBER)), Type::Text);
        assert_eq!(of_param(&range(&[ParamValue::Bool(true)]), false, None), Type::Bool);
        assert_eq!(of_param(&range(&[ParamValue::Null]), false, Some(&Type::Text)), Type::Text);
        assert_eq!(of_param(&range(&[text("adam")]), true, Some(&Type::Text)), Type::Text);
        assert_eq!(as_type(&text("1e-3"), &Type::NUMBER), Some(Value::Number(0.001)));
        assert_eq!(as_type(&text("adam"), &Type::NUMBER), None);
        assert_eq!(as_type(&ParamValue::Bool(true), &Type::Text), Some(Value::Text("true".to_owned())));
        assert_eq!(as_type(&ParamValue::Bool(true), &Type::Bool), Some(Value::Bool(true)));
        assert_eq!(as_type(&ParamValue::Number(3.0), &Type::Text), Some(Value::Text("3".to_owned())));
    }
}
