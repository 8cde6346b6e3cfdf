//! The properties of a run that are known before it starts, for comparison with earlier runs.

use hven_core::{forecast::Shape, resources::Resources, run::Spec};

/// The shape of a run. Numbers among the words of its command are sizes: `--rows 1000`, `rows=1000`.
pub(super) fn shape(question: &str, spec: &Spec) -> Shape {
    let Resources { cpus, memory_bytes, named } = &spec.resources;
    let mut shape = Shape { code: question.to_owned(), ..Shape::default() };
    shape.reserved.insert("cpus".to_owned(), (*cpus).into());
    shape.reserved.insert("memory".to_owned(), *memory_bytes);
    shape.reserved.extend(named.iter().map(|(name, amount)| (format!("of {name}"), *amount)));
    let bytes: u64 = spec.inputs.iter().map(|input| input.size).sum();
    shape.sizes.insert("bytes of inputs".to_owned(), bytes as f64);
    for (place, word) in spec.words().iter().enumerate() {
        let (name, value) = word.rsplit_once('=').unwrap_or(("", word));
        match value.parse::<f64>() {
            Ok(number) => {
                shape.sizes.insert(format!("{place} {name}"), number);
            }
            Err(_) => {
                shape.texts.insert(place.to_string(), word.clone());
            }
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_command_may_differ_a_little() {
        let of = |line: &str| {
            let argv = line.split(' ').map(str::to_owned).collect();
            shape("script:fit.py", &Spec::of_command(argv, "/work"))
        };
        let check =
            |one: &str, other: &str, expect: bool| assert_eq!(of(one).is_alike(&of(other)), expect, "{one} {other}");
        check("fit.py --rows 1000", "fit.py --rows 1200", true);
        check("fit.py --rows 1000", "fit.py --rows 2000", false);
        check("fit.py rows=1000", "fit.py rows=1100", true);
        check("fit.py rows=1000", "fit.py cols=1000", false);
        check("fit.py rows=1000", "fit.py rows=1000 fast", false);
        check("fit.py a", "fit.py b", false);
        let larger = Spec { resources: Resources { cpus: 2, ..Resources::default() }, ..Spec::of_command(vec![], "") };
        assert!(!shape("", &larger).is_alike(&shape("", &Spec::of_command(vec![], ""))));
    }
}
