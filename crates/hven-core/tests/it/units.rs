//! `docs/units.md`.

use hven_core::Unit;

use crate::book::{codes, tables};

const PAGE: &str = include_str!("../../../../docs/units.md");

fn unit(text: &str) -> Unit {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn all_rows_are_true() {
    let [spellings, temperatures, doubtful, units, conversions, refused] =
        tables(PAGE).try_into().expect("the page has six tables");
    for row in temperatures {
        for spelling in codes(row[1]) {
            let read = Unit::read(spelling).unwrap_or_else(|error| panic!("{error}"));
            let scale = read.temperature.unwrap_or_else(|| panic!("{spelling} is no temperature"));
            assert_eq!((scale.to_string().as_str(), scale.formula()), (row[0], row[2]), "{spelling}");
        }
    }
    for row in doubtful {
        for spelling in codes(row[0]) {
            let error = Unit::read(spelling).expect_err(spelling);
            assert!(error.diagnostic().is_some_and(|what| what.help.is_some()), "{error}");
        }
        for advised in codes(row[2]) {
            unit(advised);
        }
    }
    for row in spellings {
        for other in codes(row[1]) {
            assert_eq!(unit(codes(row[0])[0]), unit(other), "{row:?}");
        }
    }
    for name in units.iter().flat_map(|row| codes(row[1])) {
        unit(name);
    }
    for row in conversions {
        let conversion = unit(codes(row[0])[0]).conversion(&unit(codes(row[1])[0])).expect("they measure the same");
        assert_eq!(conversion.factor().to_string(), row[2].parse::<f64>().expect("a number").to_string(), "{row:?}");
    }
    for row in refused {
        for name in codes(row[0]) {
            assert!(name.parse::<Unit>().is_err(), "{name}");
        }
        for advised in codes(row[1]) {
            unit(advised);
        }
    }
    for ambiguous in ["J/kg K", "m^3/2", "AU1.5"] {
        assert!(PAGE.contains(&format!("`{ambiguous}`")) && ambiguous.parse::<Unit>().is_err());
    }
}
