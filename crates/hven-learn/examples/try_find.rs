//! scratch
#![allow(clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
use hven_learn::law::*;
use hven_core::unit::Unit;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&a[1]).unwrap();
    let target = &a[2];
    let inputs: Vec<&str> = a[3].split(',').collect();
    let units: std::collections::HashMap<String,String> = a.get(4).map_or(Default::default(), |s| s.split(';').filter(|s| !s.is_empty()).map(|kv| { let (k,v)=kv.split_once('=').unwrap(); (k.to_string(), v.to_string()) }).collect());
    let seed: u64 = a.get(5).map_or(0, |s| s.parse().unwrap());
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    let col = |name: &str| { let i = header.iter().position(|h| *h == name).unwrap(); Column { name: name.into(), unit: units.get(name).map(|u| Unit::parse(u).unwrap()), values: rows.iter().map(|r| r[i].parse().unwrap_or(f64::NAN)).collect() } };
    let p = Problem { inputs: inputs.iter().map(|n| col(n)).collect(), target: col(target), hold_out: None };
    let o = Options { seed, ..Default::default() };
    let t = std::time::Instant::now();
    let law = find(&p, &o, &mut |_| {}, &Default::default()).unwrap();
    for c in &law.front { println!("{:8} {:10.3} {:12.5e} {:.6}  {}", c.id, c.description.total, c.loss, c.r2, c.display); }
    println!("chosen {} {}", law.chosen, law.chosen().unwrap().text);
    println!("{}", law.reason);
    for q in &law.quantities { println!("  {} = {} [{:?}, {:?}] {:?}", q.name, q.value, q.low, q.high, q.unit.as_ref().map(|u| u.to_string())); }
    for c in &law.chosen().unwrap().constants { println!("  const {:?}", c); }
    println!("{:?} {} evals {:?} {:?} {:?}", law.ending, law.evaluations, law.removed_by_units, law.notes, t.elapsed());
}
