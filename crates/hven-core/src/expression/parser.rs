//! Builds the syntax tree, by the binding strength of operators.
//!
//! From the weakest: `or`, `and`, `not`, comparisons (which are not chained), `+ -`, `* /`, the sign `-`, `^`
//! (right-associative). One function recurses, only for parentheses and stronger operators, and the depth is bounded, so no
//! source can exhaust the stack.

use std::ops::Range;

use super::{
    Arithmetic, BYTES_MAX, Function, HEIGHT_MAX, Kind, NESTING_MAX, SyntaxNode,
    lexer::{self, Spanned, Token, Word},
    strength::Strength,
};
use crate::{Unit, diagnostic::Diagnostic, nearest::suggestion};

type Result<T> = std::result::Result<T, Diagnostic>;

pub(super) fn parse(source: &str, units: lexer::Units) -> Result<SyntaxNode> {
    if source.len() > BYTES_MAX {
        return Err(Diagnostic::new(0..0, format!("an expression has at most {BYTES_MAX} bytes")));
    }
    let tokens = lexer::tokens(source, units)?;
    let mut parser = Parser { source, tokens, at: 0, depth: 0 };
    if parser.tokens.is_empty() {
        return Err(Diagnostic::new(0..0, "the expression is empty").help("write a condition, such as `period > 0`"));
    }
    let root = parser.expression(Strength::Or)?;
    match parser.peek() {
        None => Ok(root),
        Some(_) => Err(parser.unexpected(&root)),
    }
}

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Spanned>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }
    fn span(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.source.len()..self.source.len(), |(_, span)| span.clone())
    }
    /// The end of the last token.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, |(_, span)| span.end)
    }
    fn eat(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }
    fn expect(&mut self, token: &Token, message: &str) -> Result<()> {
        if self.eat(token) { Ok(()) } else { Err(Diagnostic::new(self.span(), message)) }
    }

    /// The error for a token in the place of an operator or the end.
    fn unexpected(&self, before: &SyntaxNode) -> Diagnostic {
        let span = self.span();
        let text = &self.source[span.clone()];
        let wrong = Diagnostic::new(span, format!("an operator is missing before `{text}`"));
        match (self.peek(), &before.kind) {
            (Some(Token::Close), _) => Diagnostic::new(self.span(), "this parenthesis was never opened"),
            (Some(Token::Name(name)), _) if self.ends_with_number() && name.parse::<Unit>().is_ok() => {
                wrong.help(format!("write the unit in brackets: `[{name}]`"))
            }
            (Some(Token::Name(name)), _) => match suggestion(name, ["and", "or", "in", "between", "is"]) {
                Some(help) => wrong.help(help),
                None => wrong.help("a name with blanks stands in backticks"),
            },
            (Some(Token::Open), Kind::Name(name)) => match suggestion(name, Function::ALL.iter().map(|f| f.as_str())) {
                Some(help) => wrong.help(help),
                None => wrong,
            },
            _ => wrong,
        }
    }
    fn ends_with_number(&self) -> bool {
        self.at > 0 && matches!(self.tokens[self.at - 1].0, Token::Number { unit: None, .. })
    }

    /// Operators that bind at least this strongly.
    fn expression(&mut self, least: Strength) -> Result<SyntaxNode> {
        self.depth += 1;
        if self.depth > NESTING_MAX {
            let message = format!("an expression may be {NESTING_MAX} levels deep");
            return Err(Diagnostic::new(self.span(), message).help("split it into several checks"));
        }
        let mut left = self.prefix(least)?;
        let mut compared = false;
        while let Some((strength, token)) = self.operator().filter(|(strength, _)| *strength >= least) {
            if strength == Strength::Compare && compared {
                let help = "write `a < x and x < b`, or `x between a and b`";
                return Err(Diagnostic::new(self.span(), "comparisons are not chained").help(help));
            }
            compared = strength == Strength::Compare;
            let start = left.span.start;
            let kind = self.infix(left, strength, &token)?;
            left = SyntaxNode::new(kind, start..self.end());
            if left.height() > HEIGHT_MAX {
                let message = format!("an expression may have {HEIGHT_MAX} operators in a row");
                return Err(Diagnostic::new(left.span, message).help("split it into several checks"));
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The operator at this position, and its strength.
    fn operator(&self) -> Option<(Strength, Token)> {
        let token = self.peek()?;
        let strength = match token {
            Token::Word(Word::Or) => Strength::Or,
            Token::Word(Word::And) => Strength::And,
            Token::Word(Word::In | Word::Between | Word::Is | Word::Not) | Token::Compare(_) | Token::Like { .. } => {
                Strength::Compare
            }
            Token::Arithmetic(operator) => Strength::of(*operator),
            _ => return None,
        };
        Some((strength, token.clone()))
    }

    fn infix(&mut self, left: SyntaxNode, strength: Strength, token: &Token) -> Result<Kind> {
        self.at += 1;
        let one = Box::new(left);
        Ok(match token {
            Token::Word(word @ (Word::And | Word::Or)) => {
                let word = *word;
                let mut parts = vec![*one, self.expression(strength.next())?];
                while self.eat(&Token::Word(word)) {
                    parts.push(self.expression(strength.next())?);
                }
                if word == Word::And { Kind::And(parts) } else { Kind::Or(parts) }
            }
            // The exponent may have a sign and a power of its own.
            Token::Arithmetic(Arithmetic::Power) => {
                Kind::Arithmetic(Arithmetic::Power, one, Box::new(self.expression(Strength::Sign)?))
            }
            Token::Arithmetic(operator) => {
                Kind::Arithmetic(*operator, one, Box::new(self.expression(strength.next())?))
            }
            Token::Compare(operator) => Kind::Compare(*operator, one, Box::new(self.operand()?)),
            Token::Like { negated } => Kind::Like { text: one, part: Box::new(self.operand()?), negated: *negated },
            Token::Word(Word::Is) => {
                let negated = self.eat(&Token::Word(Word::Not));
                self.expect(&Token::Word(Word::Missing), "`is missing` or `is not missing` is wanted")?;
                if !matches!(one.kind, Kind::Name(_)) {
                    return Err(Diagnostic::new(one.span, "`is missing` asks about a name"));
                }
                Kind::IsMissing { value: one, negated }
            }
            Token::Word(word) => {
                let negated = *word == Word::Not;
                let word = if negated { self.word() } else { Some(*word) };
                match word {
                    Some(Word::In) => Kind::In { value: one, list: self.list()?, negated },
                    Some(Word::Between) => {
                        let low = Box::new(self.operand()?);
                        self.expect(&Token::Word(Word::And), "`between` needs two values: `x between 1 and 2`")?;
                        Kind::Between { value: one, low, high: Box::new(self.operand()?), negated }
                    }
                    _ => return Err(Diagnostic::new(self.span(), "`not in` or `not between` is wanted here")),
                }
            }
            // `operator` gives no other token.
            _ => return Err(Diagnostic::new(self.span(), "an operator is wanted here")),
        })
    }

    fn word(&mut self) -> Option<Word> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let word = *word;
        self.at += 1;
        Some(word)
    }

    /// One side of a comparison.
    fn operand(&mut self) -> Result<SyntaxNode> {
        if self.peek() == Some(&Token::Word(Word::Missing)) {
            let message = "nothing is equal to what is missing";
            return Err(Diagnostic::new(self.span(), message).help("write `is missing` or `is not missing`"));
        }
        self.expression(Strength::Compare.next())
    }

    fn list(&mut self) -> Result<Vec<SyntaxNode>> {
        self.expect(&Token::Open, "a list in parentheses is wanted: `x in (1, 2)`")?;
        self.arguments()
    }

    /// The expressions between commas, up to the closing parenthesis.
    fn arguments(&mut self) -> Result<Vec<SyntaxNode>> {
        let open = self.end() - 1;
        let mut arguments = Vec::new();
        if self.eat(&Token::Close) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression(Strength::Or)?);
            if self.eat(&Token::Close) {
                return Ok(arguments);
            }
            if !self.eat(&Token::Comma) {
                return Err(match (self.peek(), arguments.last()) {
                    (Some(_), Some(last)) => self.unexpected(last),
                    _ => Diagnostic::new(open..open + 1, "this parenthesis is never closed"),
                });
            }
        }
    }

    /// The beginning of an expression, where operators of strength `least` are allowed.
    fn prefix(&mut self, least: Strength) -> Result<SyntaxNode> {
        let span = self.span();
        let Some((token, _)) = self.tokens.get(self.at).cloned() else {
            return Err(Diagnostic::new(span, "the expression ends where a value is wanted"));
        };
        self.at += 1;
        let kind = match token {
            Token::Number { value, unit } => Kind::Number { value, unit },
            Token::Text(text) => Kind::Text(text),
            Token::Name(name) if self.peek() == Some(&Token::Open) => return self.call(&name, span),
            Token::Name(name) => Kind::Name(name),
            Token::Word(Word::True) => Kind::Bool(true),
            Token::Word(Word::False) => Kind::Bool(false),
            Token::Word(Word::Not) if least > Strength::Not => {
                return Err(Diagnostic::new(span, "`not …` stands in parentheses here"));
            }
            Token::Word(Word::Not) => Kind::Not(Box::new(self.expression(Strength::Not)?)),
            Token::Arithmetic(Arithmetic::Subtract) => Kind::Negate(Box::new(self.expression(Strength::Sign)?)),
            Token::Open => {
                let mut inner = self.expression(Strength::Or)?;
                if !self.eat(&Token::Close) {
                    return Err(match self.peek() {
                        Some(Token::Comma) => Diagnostic::new(self.span(), "a list stands after `in` alone"),
                        Some(_) => self.unexpected(&inner),
                        None => Diagnostic::new(span, "this parenthesis is never closed"),
                    });
                }
                inner.span = span.start..self.end();
                return Ok(inner);
            }
            Token::Word(Word::Missing) => {
                let help = "write `x is missing`; a name that is a word of the language stands in backticks";
                return Err(Diagnostic::new(span, "`missing` is no value").help(help));
            }
            _ => {
                let text = &self.source[span.clone()];
                let wrong = Diagnostic::new(span, format!("a value is missing before `{text}`"));
                let is_word = matches!(token, Token::Word(_));
                let help = "a name that is a word of the language stands in backticks";
                return Err(if is_word { wrong.help(help) } else { wrong });
            }
        };
        Ok(SyntaxNode::new(kind, span.start..self.end()))
    }

    fn call(&mut self, name: &str, span: Range<usize>) -> Result<SyntaxNode> {
        let Some(function) = Function::find(name) else {
            let unknown = Diagnostic::new(span, format!("there is no function `{name}`"));
            if let Some(advice) = Function::advice(name) {
                return Err(unknown.help(advice));
            }
            let names = Function::ALL.iter().map(|function| function.as_str());
            return Err(match suggestion(name, names) {
                Some(help) => unknown.help(help),
                None => unknown.help("docs/expressions.md lists all functions"),
            });
        };
        self.at += 1;
        let arguments = self.arguments()?;
        let span = span.start..self.end();
        let (least, most) = function.arity();
        if !(least..=most).contains(&arguments.len()) {
            let wanted = match (least, most) {
                (1, 1) => "one argument".to_owned(),
                (2, 2) => "two arguments".to_owned(),
                (0, most) => format!("at most {most}"),
                (least, _) => format!("at least {least}"),
            };
            let message = format!("`{name}` takes {wanted}, not {}", arguments.len());
            return Err(Diagnostic::new(span, message).help(format!("it is {}", function.what())));
        }
        Ok(SyntaxNode::new(Kind::Call(function, arguments), span))
    }
}
