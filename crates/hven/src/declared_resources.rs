//! The resources of this machine that its owner declares in the settings: numbers of units, or their names.

use std::{collections::BTreeMap, path::Path};

use hven_client::Failure;
use hven_compute::machine::Declared;
use hven_core::resources::unit_variable;

use crate::arg_values::parse_pair;

/// Parses `licence.matlab=1,spectrometer=a+b`: a number of units, or their names.
pub fn parse(text: &str) -> Result<BTreeMap<String, Declared>, String> {
    let mut all = BTreeMap::new();
    for part in text.split(',') {
        let (name, value) = parse_pair(part.trim())?;
        if ["cpus", "cpu", "cores", "memory", "mem"].contains(&name.as_str()) {
            return Err(format!("{name} is known from the machine: name only other resources here"));
        }
        let value = match value.parse() {
            Ok(count) => Declared::Count(count),
            Err(_) if value.contains('+') => Declared::Units(unit_names(&name, &value)?),
            Err(_) => return Err(format!("{value:?} is not a whole number, and no list of names such as a+b")),
        };
        if all.insert(name.clone(), value).is_some() {
            return Err(format!("{name} is named twice"));
        }
        // GPUs that Hven finds have this name.
        let others = all.keys().map(String::as_str).chain(["gpu"]);
        let variable = unit_variable(&name);
        if let Some(other) = others.into_iter().find(|other| *other != name && unit_variable(other) == variable) {
            return Err(format!(
                "{name} and {other} would share the variable {variable}: give one of them another name"
            ));
        }
    }
    Ok(all)
}
/// Parses `a+b`; a single name is `a+`.
fn unit_names(resource: &str, text: &str) -> Result<Vec<String>, String> {
    let text = text.strip_suffix('+').unwrap_or(text);
    let names: Vec<String> = text.split('+').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(|name| name.is_empty() || name.contains(char::is_control)) {
        return Err(format!("a unit of {resource} has no name"));
    }
    let twice = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name));
    match twice {
        Some((_, name)) => Err(format!("the unit {name} of {resource} is named twice")),
        None => Ok(names),
    }
}

/// Takes the table `[resources]` out of a file of settings: `gpu = 2`, `spectrometer = ["a", "b"]`. It is another way to write the
/// setting `runner.resources`, and is returned in its form.
pub fn take_table(path: &Path, table: &mut toml::Table) -> anyhow::Result<Option<String>> {
    let malformed = |what: &str, why: &str| {
        Failure::new("setting.malformed", format!("{what} ({}): {why}", path.display()))
            .hint("write a number of units, `gpu = 2`, or their names, `spectrometer = [\"a\", \"b\"]`")
    };
    let Some(declared) = table.remove("resources") else { return Ok(None) };
    let toml::Value::Table(declared) = declared else {
        return Err(malformed("resources", "it is a table").into());
    };
    if table.get("runner").and_then(|runner| runner.get("resources")).is_some() {
        return Err(malformed("[resources]", "runner.resources says the same: keep one of the two").into());
    }
    let mut parts = Vec::new();
    for (name, value) in &declared {
        let what = format!("resources.{name}");
        let value = match value {
            toml::Value::Integer(count) => count.to_string(),
            toml::Value::Array(units) => {
                let unit = |unit: &toml::Value| match unit {
                    toml::Value::String(name) => Some(name.clone()),
                    toml::Value::Integer(index) => Some(index.to_string()),
                    _ => None,
                };
                let units: Option<Vec<String>> = units.iter().map(unit).collect();
                let units = units.ok_or_else(|| malformed(&what, "a unit is a name or an index"))?;
                if units.is_empty() || units.iter().any(|unit| unit.contains([',', '+', '='])) {
                    return Err(malformed(&what, "a name of a unit is not empty, and has no `,`, `+` or `=`").into());
                }
                format!("{}+", units.join("+"))
            }
            _ => return Err(malformed(&what, "it is neither a whole number nor a list").into()),
        };
        if name.contains([',', '=']) {
            return Err(malformed(&what, "the name of a resource has no `,` or `=`").into());
        }
        parts.push(format!("{name}={value}"));
    }
    Ok((!parts.is_empty()).then(|| parts.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_a_number_or_names() {
        let check = |text: &str, expect: Result<&[(&str, Declared)], &str>| match (parse(text), expect) {
            (Ok(found), Ok(expect)) => {
                let expect: BTreeMap<String, Declared> =
                    expect.iter().map(|(name, declared)| ((*name).to_owned(), declared.clone())).collect();
                assert_eq!(found, expect, "{text}");
            }
            (Err(why), Err(part)) => assert!(why.contains(part), "{text}: {why}"),
            (found, _) => panic!("{text}: {found:?}"),
        };
        let units = |names: &[&str]| Declared::Units(names.iter().map(|name| (*name).to_owned()).collect());
        check("gpu=2,licence.matlab=1", Ok(&[("gpu", Declared::Count(2)), ("licence.matlab", Declared::Count(1))]));
        check("spectrometer=a+b, gpu=1+3", Ok(&[("spectrometer", units(&["a", "b"])), ("gpu", units(&["1", "3"]))]));
        check("gpu=1+", Ok(&[("gpu", units(&["1"]))]));
        check("gpu", Err("is not of the form NAME=VALUE"));
        check("gpu=many", Err("\"many\" is not a whole number, and no list of names such as a+b"));
        check("gpu=1,gpu=2", Err("gpu is named twice"));
        check(
            "a-b=1,a_b=2",
            Err("a_b and a-b would share the variable HVEN_RESOURCE_A_B: give one of them another name"),
        );
        check("Licence.X=1,licence-x=a+b", Err("would share the variable HVEN_RESOURCE_LICENCE_X"));
        check("GPU=2", Err("GPU and gpu would share the variable HVEN_RESOURCE_GPU"));
        check("spectrometer=a+b+a", Err("the unit a of spectrometer is named twice"));
        check("spectrometer=a++b", Err("a unit of spectrometer has no name"));
        check("spectrometer=+", Err("a unit of spectrometer has no name"));
        check("memory=5", Err("memory is known from the machine"));
    }

    #[test]
    fn a_table_is_another_form() {
        let take = |text: &str| {
            let mut table: toml::Table = text.parse().expect("TOML");
            take_table(Path::new("/h/config.toml"), &mut table).map_err(|error| error.to_string())
        };
        let declared = take("[resources]\nfpga = 2\nspectrometer = [\"a\", \"b\"]\ngpu = [1]\n").expect("good");
        assert_eq!(declared.as_deref(), Some("fpga=2,gpu=1+,spectrometer=a+b+"));
        assert!(parse(&declared.expect("some")).is_ok());
        assert_eq!(take("[resources]\n"), Ok(None));
        assert_eq!(take("project = \"a\""), Ok(None));
        for (bad, part) in [
            ("resources = 3", "it is a table"),
            ("[resources]\ngpu = 1.5", "neither a whole number nor a list"),
            ("[resources]\ngpu = []", "is not empty"),
            ("[resources]\ngpu = [true]", "a name or an index"),
            ("[resources]\ngpu = [\"a+b\"]", "no `,`, `+` or `=`"),
            ("[resources]\n\"a=b\" = 1", "the name of a resource"),
            ("[resources]\ngpu = 1\n[runner]\nresources = \"gpu=2\"", "keep one of the two"),
        ] {
            assert!(take(bad).is_err_and(|why| why.contains(part)), "{bad}");
        }
    }
}
