//! The errors of the target: equal, relative or logarithmic.

use hven_learn::law::{DecidedBy, Errors, Law, Options, Problem};

use crate::tables::{column, search, short};

fn normal(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}

/// y = 3100 · x^exponent over so many powers of ten of x, with errors of the logarithm.
fn power_law(exponent: f64, powers: f64, size: f64) -> Problem {
    let mut random = fastrand::Rng::with_seed(21);
    let x: Vec<f64> = (0..120).map(|_| 10f64.powf(powers * (random.f64() - 0.3))).collect();
    let y = x.iter().map(|x| 3100.0 * x.powf(exponent) * (size * normal(&mut random)).exp()).collect();
    Problem { inputs: vec![column("x", "", x)], target: column("y", "", y), hold_out: None }
}

fn decided(problem: &Problem, errors: Option<Errors>) -> Law {
    search(problem, &Options { errors, ..short() }).unwrap()
}

fn text(law: &Law) -> &str {
    &law.errors.as_ref().unwrap().text
}

#[test]
fn a_power_law_keeps_its_exponent_over_any_number_of_powers_of_ten() {
    for (exponent, powers) in [(-1.7, 1.5), (-1.7, 4.0), (-2.6, 7.0), (2.5, 2.5), (2.5, 7.0)] {
        let law = decided(&power_law(exponent, powers, 0.12), None);
        let found = law.quantity("exponent.x").unwrap();
        let shown = format!("{exponent} over {powers}: {} {}", law.chosen().unwrap().display, text(&law));
        assert!((found.value - exponent).abs() < 0.05, "{shown}");
        assert!(found.low.unwrap() <= exponent && exponent <= found.high.unwrap(), "{shown}, {found:?}");
        let errors = law.errors.unwrap();
        assert!(errors.model != Errors::Equal && errors.decided_by == DecidedBy::Likelihood, "{shown}");
        assert!(law.notes.contains(&errors.text));
    }
}

#[test]
fn the_setting_decides_and_a_wide_target_is_reported() {
    let problem = power_law(-2.6, 7.0, 0.12);
    let equal = decided(&problem, Some(Errors::Equal));
    assert_eq!(equal.errors.as_ref().unwrap().decided_by, DecidedBy::Setting);
    assert!(text(&equal).contains("powers of ten, so its largest values decide"), "{}", text(&equal));
    let relative = decided(&problem, Some(Errors::Relative));
    assert_eq!(relative.errors.as_ref().unwrap().model, Errors::Relative);
    assert!((relative.quantity("exponent.x").unwrap().value + 2.6).abs() < 0.05);
}

#[test]
fn equal_errors_are_recognised() {
    let mut problem = power_law(1.0, 1.0, 0.0);
    let mut random = fastrand::Rng::with_seed(5);
    problem.target.values.iter_mut().for_each(|y| *y += 900.0 * normal(&mut random).abs());
    let law = decided(&problem, None);
    assert_eq!(law.errors.as_ref().unwrap().model, Errors::Equal, "{}", text(&law));
    assert!(text(&law).ends_with("the setting errors (equal, relative, logarithmic) selects another model"));
}

#[test]
fn a_target_with_both_signs_has_no_logarithm() {
    let mut problem = power_law(1.0, 1.0, 0.1);
    problem.target.values.iter_mut().for_each(|y| *y -= 5000.0);
    let refused = search(&problem, &Options { errors: Some(Errors::Logarithmic), ..short() }).unwrap_err();
    let message = "the target \"y\" cannot have logarithmic errors, because it has values of both signs: leave the setting errors out, or say equal";
    assert_eq!(refused.to_string(), message);
    let law = decided(&problem, None);
    assert!(
        text(&law).contains("errors of the logarithm are impossible, because it has values of both signs"),
        "{}",
        text(&law)
    );
    problem.target.values[3] = 0.0;
    let refused = search(&problem, &Options { errors: Some(Errors::Relative), ..short() }).unwrap_err();
    assert!(refused.to_string().contains("relative errors, because some of its values are zero"), "{refused}");
}

#[test]
fn large_rows_do_not_make_a_law_exact() {
    let x: Vec<f64> = (0..60).map(|k| 10f64.powf(f64::from(k) / 6.0 - 6.0)).collect();
    let y = x.iter().map(|x| 2.0 / (x * x) + 3.0).collect();
    let problem = Problem { inputs: vec![column("x", "", x)], target: column("y", "", y), hold_out: None };
    let law = decided(&problem, None);
    let at_large = law.chosen().unwrap().evaluate(&[vec![1e3]])[0];
    assert!((at_large - 3.0).abs() < 0.01, "{}", law.chosen().unwrap().display);
}

#[test]
fn exponents_of_columns_in_proportion_have_no_interval_of_their_own() {
    let mut problem = power_law(1.4, 2.0, 0.05);
    problem.inputs.push(column("z", "", problem.inputs[0].values.iter().map(|x| 2.0 * x).collect()));
    let law = decided(&problem, None);
    // Either one of the columns suffices, or neither exponent has an interval.
    let both = ["x", "z"].map(|name| law.quantity(&format!("exponent.{name}")));
    if let [Some(x), Some(z)] = both {
        assert!((x.value + z.value - 1.4).abs() < 0.05 && x.low.is_none() && z.low.is_none(), "{both:?}");
    }
}
