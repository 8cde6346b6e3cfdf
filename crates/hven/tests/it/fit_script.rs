//! The script of most sessions: it reads a table, prints, logs, and makes a file.

use crate::session::Session;

pub const FIT: &str = r#"
import json, os, sys
rows = [line.split(",") for line in open("planets.csv").read().split()[1:]]
with open(os.environ["HVEN_METRICS"], "a") as metrics:
    for step in range(3):
        metrics.write(json.dumps({"loss": 1.0 / (step + 1), "step": step}) + "\n")
    metrics.write(json.dumps({"param": {"rows": len(rows)}}) + "\n")
print("read", len(rows), "rows", flush=True)
print("a warning", file=sys.stderr, flush=True)
open("fit.json", "w").write(json.dumps({"rows": len(rows)}))
"#;

pub const FIT_RUN: [&str; 9] = ["run", "-i", "planets.csv", "-o", "fit.json", "--", "python3", "fit.py", "--fast"];

/// A session with the script and its table.
pub fn study() -> Session {
    let session = Session::new();
    session.write("fit.py", FIT);
    session.write("planets.csv", "name,period\nearth,1.0\nmars,1.88\n");
    session
}
