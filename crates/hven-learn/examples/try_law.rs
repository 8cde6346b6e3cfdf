//! scratch
#![allow(clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
use hven_learn::bench::law::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&a[1]).unwrap();
    let secs: f64 = a[2].parse().unwrap();
    let noise: f64 = a.get(3).map_or(0.0, |s| s.parse().unwrap());
    let only = a.get(4).cloned().unwrap_or_default();
    let mut ok = 0;
    let mut n = 0;
    let mut t = 0.0;
    for e in read_equations(&text).unwrap() {
        if !only.is_empty() && !only.split(',').any(|o| o == e.name) {
            continue;
        }
        let o = hven_learn::law::Options { evaluations: u64::MAX, ..Default::default() };
        let (r2, s, law) = run(&e, 1, noise, std::time::Duration::from_secs_f64(secs), &o);
        n += 1;
        t += s;
        let good = r2 > 1.0 - 1e-9;
        if good {
            ok += 1;
        }
        println!("{} {:10} 1-r2={:9.2e} {:5.1}s {}", if good { "ok  " } else { "FAIL" }, e.name, 1.0 - r2, s, law);
    }
    println!("{ok} of {n}, {t:.0} s");
}
