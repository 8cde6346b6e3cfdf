//! Writes a syntax tree in canonical spelling, with as few parentheses as possible.

use super::{Arithmetic, Function, Kind, SyntaxNode, lexer, strength::Strength};

/// The text of a tree; parsing it gives the tree again.
pub(super) fn print(node: &SyntaxNode) -> String {
    let mut text = String::new();
    write(node, Strength::Or, &mut text);
    text
}

/// A name, in backticks if it needs them.
pub(super) fn name(name: &str) -> String {
    let is_written_so = || {
        name.contains(".`")
            && matches!(lexer::tokens(name, lexer::Units::Recorded).as_deref(), Ok([(lexer::Token::Name(read), _)]) if read == name)
    };
    if lexer::is_plain_name(name) || is_written_so() { name.to_owned() } else { lexer::in_backticks(name) }
}

/// Letters that other languages and most readers take for a number: Euler's number, the imaginary unit, and so on.
const CONSTANTS: [&str; 8] = ["e", "i", "j", "pi", "tau", "inf", "infinity", "nan"];

/// A name in a formula that people and other programs read: also in backticks if it is the name of a function or of a
/// constant, or has a raised digit.
pub(super) fn name_in_formula(text: &str) -> String {
    let is_letter = |letter: char| letter.is_alphabetic() || letter.is_ascii_digit() || matches!(letter, '_' | '.');
    let small = text.to_lowercase();
    let has_meaning = Function::find(&small).is_some()
        || Function::advice(&small).is_some()
        || CONSTANTS.contains(&small.as_str())
        || !text.chars().all(is_letter);
    if has_meaning { lexer::in_backticks(text) } else { name(text) }
}

pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The shortest digits that are read as the same number.
pub(super) fn number(value: f64) -> String {
    let digits = format!("{value:?}");
    digits.strip_suffix(".0").map_or(digits.clone(), str::to_owned)
}

pub(super) fn strength(kind: &Kind) -> Strength {
    match kind {
        Kind::Or(_) => Strength::Or,
        Kind::And(_) => Strength::And,
        Kind::Not(_) => Strength::Not,
        Kind::Compare(..) | Kind::Like { .. } | Kind::In { .. } | Kind::Between { .. } | Kind::IsMissing { .. } => {
            Strength::Compare
        }
        Kind::Arithmetic(operator, ..) => Strength::of(*operator),
        Kind::Negate(_) => Strength::Sign,
        Kind::Number { .. } | Kind::Text(_) | Kind::Bool(_) | Kind::Name(_) | Kind::Call(..) => Strength::Single,
    }
}

/// Writes a part where operators of strength `least` are allowed without parentheses.
fn write(node: &SyntaxNode, least: Strength, text: &mut String) {
    let mine = strength(&node.kind);
    let wrapped = mine < least;
    if wrapped {
        text.push('(');
    }
    let not = |negated: bool| if negated { "not " } else { "" };
    match &node.kind {
        Kind::Number { value, unit } => {
            text.push_str(&number(*value));
            if let Some(unit) = unit {
                text.push_str(" [");
                text.push_str(&unit.to_string());
                text.push(']');
            }
        }
        Kind::Text(part) => text.push_str(&quoted(part)),
        Kind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Kind::Name(part) => text.push_str(&name(part)),
        Kind::Negate(one) => {
            text.push('-');
            write(one, Strength::Sign, text);
        }
        Kind::Not(one) => {
            text.push_str("not ");
            write(one, Strength::Not, text);
        }
        Kind::And(parts) => list(parts, " and ", Strength::Not, text),
        Kind::Or(parts) => list(parts, " or ", Strength::And, text),
        Kind::Arithmetic(Arithmetic::Power, one, other) => {
            write(one, Strength::Single, text);
            text.push('^');
            write(other, Strength::Sign, text);
        }
        Kind::Arithmetic(operator, one, other) => {
            write(one, mine, text);
            text.push(' ');
            text.push_str(operator.as_str());
            text.push(' ');
            write(other, if mine == Strength::Add { Strength::Multiply } else { Strength::Sign }, text);
        }
        Kind::Compare(operator, one, other) => {
            write(one, Strength::Add, text);
            text.push(' ');
            text.push_str(operator.as_str());
            text.push(' ');
            write(other, Strength::Add, text);
        }
        Kind::Like { text: one, part, negated } => {
            write(one, Strength::Add, text);
            text.push_str(if *negated { " !~ " } else { " ~ " });
            write(part, Strength::Add, text);
        }
        Kind::In { value, list: values, negated } => {
            write(value, Strength::Add, text);
            text.push(' ');
            text.push_str(not(*negated));
            text.push_str("in (");
            list(values, ", ", Strength::Or, text);
            text.push(')');
        }
        Kind::Between { value, low, high, negated } => {
            write(value, Strength::Add, text);
            text.push(' ');
            text.push_str(not(*negated));
            text.push_str("between ");
            write(low, Strength::Add, text);
            text.push_str(" and ");
            write(high, Strength::Add, text);
        }
        Kind::IsMissing { value, negated } => {
            write(value, Strength::Add, text);
            text.push_str(" is ");
            text.push_str(not(*negated));
            text.push_str("missing");
        }
        Kind::Call(function, arguments) => {
            text.push_str(function.as_str());
            text.push('(');
            list(arguments, ", ", Strength::Or, text);
            text.push(')');
        }
    }
    if wrapped {
        text.push(')');
    }
}

fn list(parts: &[SyntaxNode], between: &str, least: Strength, text: &mut String) {
    for (at, part) in parts.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { between });
        write(part, least, text);
    }
}
