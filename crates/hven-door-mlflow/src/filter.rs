//! The filter language of MLflow: conditions joined by AND, such as `metrics.loss < 0.1 and params.model = 'cnn'`. It has texts, likes
//! and lists that the expressions of Hven do not have, so it is not translated into them.

use crate::answer::{Answer, Fault};

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    /// `metric`, `param`, `tag`, `attribute` or `dataset`.
    pub(crate) entity: Entity,
    pub(crate) key: String,
    pub(crate) test: Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entity {
    Metric,
    Param,
    Tag,
    Attribute,
    Dataset,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Number(Comparator, f64),
    Text(Comparator, String),
    In { texts: Vec<String>, is_not: bool },
    Missing { is_not: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    LikeAnyCase,
}

impl Condition {
    /// Whether a text meets it. A missing one meets only the condition that it is missing.
    pub(crate) fn meets_text(&self, value: Option<&str>) -> bool {
        match (&self.test, value) {
            (Test::Missing { is_not }, value) => value.is_some() == *is_not,
            (_, None) => false,
            (Test::In { texts, is_not }, Some(value)) => texts.iter().any(|text| text == value) != *is_not,
            (Test::Text(comparator, wanted), Some(value)) => compare_texts(*comparator, value, wanted),
            (Test::Number(comparator, wanted), Some(value)) => {
                value.parse::<f64>().is_ok_and(|value| compare(*comparator, &value, wanted))
            }
        }
    }

    /// Whether a number meets it.
    pub(crate) fn meets_number(&self, value: Option<f64>) -> bool {
        match (&self.test, value) {
            (Test::Missing { is_not }, value) => value.is_some() == *is_not,
            (Test::Number(comparator, wanted), Some(value)) => compare(*comparator, &value, wanted),
            (Test::Text(comparator, wanted), Some(value)) => {
                wanted.parse::<f64>().is_ok_and(|wanted| compare(*comparator, &value, &wanted))
            }
            _ => false,
        }
    }
}

/// Whether a value has an order to the wanted one. Likes are of texts alone.
fn compare<T: PartialOrd + ?Sized>(comparator: Comparator, value: &T, wanted: &T) -> bool {
    match comparator {
        Comparator::Equal => value == wanted,
        Comparator::NotEqual => value != wanted,
        Comparator::Less => value < wanted,
        Comparator::LessOrEqual => value <= wanted,
        Comparator::Greater => value > wanted,
        Comparator::GreaterOrEqual => value >= wanted,
        Comparator::Like | Comparator::LikeAnyCase => false,
    }
}

fn compare_texts(comparator: Comparator, value: &str, wanted: &str) -> bool {
    match comparator {
        Comparator::Like => is_like(value, wanted),
        Comparator::LikeAnyCase => is_like(&value.to_lowercase(), &wanted.to_lowercase()),
        other => compare(other, value, wanted),
    }
}

/// SQL's LIKE: `%` stands for any characters, `_` for one. It takes time of the product of both lengths at most.
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    // Where the last `%` stands, and up to where the text was matched with it.
    let mut any: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                any = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '_' || *c == text[t] => (t, p) = (t + 1, p + 1),
            _ => match any {
                Some((at, from)) => {
                    any = Some((at, from + 1));
                    (t, p) = (from + 1, at + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

/// The conditions of a filter; none for an empty one.
pub(crate) fn read(filter: &str) -> Answer<Vec<Condition>> {
    let words = words(filter)?;
    let mut reader = Reader { filter, words: words.as_slice() };
    if reader.words.is_empty() {
        return Ok(Vec::new());
    }
    let mut conditions = vec![reader.condition()?];
    while let Some(word) = reader.next() {
        if !word.is("and") {
            return Err(reader.wrong(&format!("{} where AND was expected", word.shown())));
        }
        conditions.push(reader.condition()?);
    }
    Ok(conditions)
}

/// The name of something by which a list is ordered, and whether it descends: `metrics.loss DESC`.
pub(crate) fn read_order(text: &str) -> Answer<(Entity, String, bool)> {
    let words = words(text)?;
    let mut reader = Reader { filter: text, words: words.as_slice() };
    let (entity, key) = reader.name()?;
    let descends = match reader.next() {
        None => false,
        Some(word) if word.is("asc") => false,
        Some(word) if word.is("desc") => true,
        Some(word) => return Err(reader.wrong(&format!("{} where ASC or DESC was expected", word.shown()))),
    };
    match reader.next() {
        None => Ok((entity, key, descends)),
        Some(word) => Err(reader.wrong(&format!("{} after the end", word.shown()))),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    /// A name, a number or a word of the language.
    Bare(String),
    /// In single quotes, double quotes or backticks.
    Quoted(String, char),
    Comparator(Comparator),
    Dot,
    Comma,
    Open,
    Close,
}

impl Word {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Bare(text) if text.eq_ignore_ascii_case(word))
    }

    fn shown(&self) -> String {
        match self {
            Self::Bare(text) => format!("`{text}`"),
            Self::Quoted(text, quote) => format!("{quote}{text}{quote}"),
            Self::Comparator(_) => "a comparison".to_owned(),
            Self::Dot => "a dot".to_owned(),
            Self::Comma => "a comma".to_owned(),
            Self::Open | Self::Close => "a parenthesis".to_owned(),
        }
    }
}

fn words(text: &str) -> Answer<Vec<Word>> {
    let wrong = |why: &str| Fault::invalid(format!("Invalid filter {text:?}: {why}"));
    let mut words = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let follows = rest.peek() == Some(&'=');
        let comparator = match (c, follows) {
            ('!', true) => Some((Comparator::NotEqual, true)),
            ('<', true) => Some((Comparator::LessOrEqual, true)),
            ('>', true) => Some((Comparator::GreaterOrEqual, true)),
            ('<', false) => Some((Comparator::Less, false)),
            ('>', false) => Some((Comparator::Greater, false)),
            ('=', two) => Some((Comparator::Equal, two)),
            _ => None,
        };
        if let Some((comparator, is_two)) = comparator {
            if is_two {
                rest.next();
            }
            words.push(Word::Comparator(comparator));
            continue;
        }
        match c {
            c if c.is_whitespace() => {}
            ';' if rest.peek().is_none() => {}
            '.' if !rest.peek().is_some_and(char::is_ascii_digit)
                || matches!(words.last(), Some(Word::Bare(_) | Word::Quoted(..))) =>
            {
                words.push(Word::Dot);
            }
            ',' => words.push(Word::Comma),
            '(' => words.push(Word::Open),
            ')' => words.push(Word::Close),
            '\'' | '"' | '`' => {
                let mut quoted = String::new();
                loop {
                    match rest.next() {
                        None => return Err(wrong("a quote is not closed")),
                        Some(end) if end == c => break,
                        Some(inner) => quoted.push(inner),
                    }
                }
                words.push(Word::Quoted(quoted, c));
            }
            c if is_in_name(c) || matches!(c, '+' | '.') => {
                let mut bare = String::from(c);
                let is_number = c.is_ascii_digit() || matches!(c, '+' | '-' | '.');
                while let Some(&next) = rest.peek() {
                    let continues_number = is_number && (next == '.' || (next == '+' && bare.ends_with(['e', 'E'])));
                    if !is_in_name(next) && !continues_number {
                        break;
                    }
                    bare.push(next);
                    rest.next();
                }
                words.push(Word::Bare(bare));
            }
            other => return Err(wrong(&format!("the character {other:?} means nothing here"))),
        }
    }
    Ok(words)
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '$' | '@')
}

struct Reader<'w> {
    filter: &'w str,
    words: &'w [Word],
}

impl<'w> Reader<'w> {
    fn next(&mut self) -> Option<&'w Word> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn wrong(&self, why: &str) -> Fault {
        Fault::invalid(format!("Invalid filter {:?}: {why}", self.filter))
    }

    fn condition(&mut self) -> Answer<Condition> {
        let (entity, key) = self.name()?;
        let test = self.test()?;
        Ok(Condition { entity, key, test })
    }

    fn name(&mut self) -> Answer<(Entity, String)> {
        let first = self.part()?;
        if self.words.first() != Some(&Word::Dot) {
            return Ok((Entity::Attribute, first));
        }
        let entity = match first.to_ascii_lowercase().as_str() {
            "metric" | "metrics" => Entity::Metric,
            "param" | "params" | "parameter" | "parameters" => Entity::Param,
            "tag" | "tags" => Entity::Tag,
            "attribute" | "attributes" | "attr" | "run" => Entity::Attribute,
            "dataset" | "datasets" => Entity::Dataset,
            _ => {
                let why = format!("`{first}` is none of metrics, params, tags, attributes and datasets");
                return Err(self.wrong(&why));
            }
        };
        let mut key = String::new();
        while self.words.first() == Some(&Word::Dot) {
            self.next();
            if !key.is_empty() {
                key.push('.');
            }
            key.push_str(&self.part()?);
        }
        Ok((entity, key))
    }

    fn part(&mut self) -> Answer<String> {
        match self.next() {
            Some(Word::Bare(text) | Word::Quoted(text, '`' | '"')) => Ok(text.clone()),
            Some(other) => Err(self.wrong(&format!("{} where a name was expected", other.shown()))),
            None => Err(self.wrong("a name is missing at the end")),
        }
    }

    fn test(&mut self) -> Answer<Test> {
        let mut is_not = false;
        let word = self.next().ok_or_else(|| self.wrong("a comparison is missing at the end"))?;
        let word = match word {
            word if word.is("not") => {
                is_not = true;
                self.next().ok_or_else(|| self.wrong("IN is missing at the end"))?
            }
            word => word,
        };
        let comparator = match word {
            word if word.is("in") => return Ok(Test::In { texts: self.texts()?, is_not }),
            word if word.is("is") && !is_not => {
                let is_not = self.words.first().is_some_and(|word| word.is("not"));
                if is_not {
                    self.next();
                }
                return match self.next() {
                    Some(word) if word.is("null") => Ok(Test::Missing { is_not }),
                    _ => Err(self.wrong("NULL is missing after IS")),
                };
            }
            Word::Comparator(comparator) if !is_not => *comparator,
            word if word.is("like") && !is_not => Comparator::Like,
            word if word.is("ilike") && !is_not => Comparator::LikeAnyCase,
            other => return Err(self.wrong(&format!("{} where a comparison was expected", other.shown()))),
        };
        match self.next() {
            Some(Word::Quoted(text, '\'' | '"')) => Ok(Test::Text(comparator, text.clone())),
            Some(Word::Bare(text)) => match text.parse() {
                Ok(number) => Ok(Test::Number(comparator, number)),
                Err(_) => Err(self.wrong(&format!("`{text}` is no number; a text needs quotes"))),
            },
            Some(other) => Err(self.wrong(&format!("{} where a value was expected", other.shown()))),
            None => Err(self.wrong("a value is missing at the end")),
        }
    }

    fn texts(&mut self) -> Answer<Vec<String>> {
        if self.next() != Some(&Word::Open) {
            return Err(self.wrong("a parenthesis is missing after IN"));
        }
        let mut texts = Vec::new();
        loop {
            match self.next() {
                Some(Word::Quoted(text, '\'' | '"') | Word::Bare(text)) => texts.push(text.clone()),
                Some(Word::Close) if texts.is_empty() => return Ok(texts),
                _ => return Err(self.wrong("a list has texts, with commas between them")),
            }
            match self.next() {
                Some(Word::Comma) => {}
                Some(Word::Close) => return Ok(texts),
                _ => return Err(self.wrong("a list is not closed")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(filter: &str) -> Condition {
        let mut conditions = read(filter).unwrap_or_else(|fault| panic!("{filter}: {fault:?}"));
        assert_eq!(conditions.len(), 1, "{filter}");
        conditions.remove(0)
    }

    #[test]
    fn conditions_are_read() {
        let all = read("metrics.m > 0.5 and params.p = 'v' AND tags.`mlflow.user` LIKE 'ro%' and status != \"FAILED\"");
        let all = all.expect("conditions");
        let names: Vec<_> = all.iter().map(|condition| (condition.entity, condition.key.as_str())).collect();
        let expected =
            [(Entity::Metric, "m"), (Entity::Param, "p"), (Entity::Tag, "mlflow.user"), (Entity::Attribute, "status")];
        assert_eq!(names, expected);
        assert_eq!(all[0].test, Test::Number(Comparator::Greater, 0.5));
        for (filter, key) in [
            ("metrics.`a b` > .5", "a b"),
            ("metric.\"val/acc\" >= 1e-3", "val/acc"),
            ("metrics.val/acc<1", "val/acc"),
            ("metrics.a.b = -1.5e+3", "a.b"),
            ("metrics.acc-1 > 2", "acc-1"),
        ] {
            assert_eq!(one(filter).key, key, "{filter}");
        }
        assert_eq!(one("metrics.x > .5").test, Test::Number(Comparator::Greater, 0.5));
        assert_eq!(
            one("run_id NOT IN ('a', 'b')").test,
            Test::In { texts: vec!["a".into(), "b".into()], is_not: true }
        );
        assert_eq!(one("tags.x is not null").test, Test::Missing { is_not: true });
        assert_eq!(read("  ").expect("nothing"), []);
    }

    #[test]
    fn unreadable_filters_are_refused() {
        let wrong = [
            "metrics.",
            "metrics.a",
            "metrics.a >",
            "a = 'b' or c = 'd'",
            "foo.x = 1",
            "x = 'a",
            "x IN ('a'",
            "x = y",
            "é€ ~ 1",
        ];
        for filter in wrong {
            assert!(read(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn likes_are_those_of_sql() {
        for (text, pattern, is_so) in [
            ("resnet50", "res%", true),
            ("resnet50", "%50", true),
            ("resnet50", "%net%", true),
            ("resnet50", "res_et50", true),
            ("resnet50", "Res%", false),
            ("", "%", true),
            ("a", "", false),
            ("aaab", "%a%b", true),
        ] {
            assert_eq!(is_like(text, pattern), is_so, "{text} {pattern}");
        }
        assert!(!is_like(&"a".repeat(5000), &("%a".repeat(200) + "b")));
    }

    #[test]
    fn a_missing_value_meets_only_that_it_is_missing() {
        for (filter, is_met) in [("tags.x != 'a'", false), ("tags.x is null", true), ("tags.x not in ('a')", false)] {
            assert_eq!(one(filter).meets_text(None), is_met, "{filter}");
        }
        assert!(!one("metrics.x != 1").meets_number(None));
        assert!(one("metrics.x != 1").meets_number(Some(f64::NAN)));
    }

    #[test]
    fn orders_are_read() {
        assert_eq!(
            read_order("metrics.`val loss` DESC").expect("an order"),
            (Entity::Metric, "val loss".to_owned(), true)
        );
        assert_eq!(read_order("start_time").expect("an order"), (Entity::Attribute, "start_time".to_owned(), false));
        assert!(read_order("metrics.a DOWN").is_err());
    }
}
