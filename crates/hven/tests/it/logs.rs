//! Logs with progress bars and endless lines: the shown text, the search, and every byte.

use crate::session::Session;

/// Draws a bar with 601 states in one line, with colours. From step 431 on, its loss is NaN.
const BAR: &str = r#"import sys
for step in range(601):
    loss = "nan" if step >= 431 else f"{2 / (step + 1):.4f}"
    sys.stdout.write(f"\r\x1b[32m{step}/600\x1b[0m {'=' * (step // 20):30} loss=\x1b[31m{loss}\x1b[0m\x1b[K")
    sys.stdout.flush()
print("\nfinished")
"#;

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn a_progress_bar_is_shown_in_its_last_state_and_each_state_is_found() {
    let session = Session::new();
    let printed = session.command(&["run", "--", "python3", "-c", BAR]).output().expect("it runs").stdout;
    let escaped = |text: &str| text.replace('\x1b', "\\u{1b}");
    let bar = escaped(&format!("\x1b[32m600/600\x1b[0m {} loss=\x1b[31mnan\x1b[0m", "=".repeat(30)));
    for arguments in
        [&["logs", "last"][..], &["logs", "-f", "last"], &["logs", "last", "--stdout"], &["attach", "last"]]
    {
        assert_eq!(session.hven(arguments).ok().out, format!("{bar}\nfinished\n"), "{arguments:?}");
    }
    let search = |words: &str| session.hven(&["logs", "last", "--search", words]).ok().out;
    let found = search("LOSS=nan");
    assert_eq!(lines(&found)[0], format!("     1 state 432  431/600 {:30} loss=nan", "=".repeat(21)));
    assert_eq!(lines(&found).len(), 600 - 430);
    let near = search("loss=0.0047");
    assert!(!near.is_empty() && lines(&near).iter().all(|line| line.ends_with("loss=0.0047")), "{near}");
    assert_eq!(search("finished"), "     2  finished\n");
    assert_eq!(search("600finished"), "");
    let raw = session.command(&["logs", "last", "--raw"]).output().expect("it runs").stdout;
    assert!(raw == printed && raw.split(|byte| *byte == b'\r').count() == 602, "--raw has every byte");
}

#[test]
fn a_search_is_limited_to_one_output_and_one_attempt() {
    let session = Session::new();
    let script = "if [ -e again ]; then printf needle- >&2; echo a line; echo across >&2; exit 0; fi; \
                  touch again; echo first-needle; exit 1";
    session.hven(&["run", "--retries", "1", "--", "sh", "-c", script]).ok();
    let found = |arguments: &[&str]| {
        let reply = session.hven(&[&["logs", "last", "--json"], arguments].concat()).ok().json();
        let texts = reply["matches"].as_array().expect("a list").iter();
        texts.map(|found| found["text"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&["--search", "needle"]), ["needle-across"]);
    assert_eq!(found(&["--search", "needle", "--stdout"]), [""; 0]);
    assert_eq!(found(&["--search", "needle", "--stderr"]), ["needle-across"]);
    assert_eq!(found(&["--search", "needle", "--attempt", "1"]), ["first-needle"]);
    for arguments in [&["--raw"][..], &["-f"], &[]] {
        let result = session.hven(&[&["logs", "last", "--attempt", "1"], arguments].concat()).ok();
        assert_eq!(result.out, "first-needle\n", "{arguments:?}");
    }
    assert_eq!(session.hven(&["logs", "last", "--raw", "--stderr"]).ok().out, "needle-across\n");
}

#[test]
fn a_search_in_an_endless_line_shows_the_text_around_the_match() {
    let session = Session::new();
    let script = "import sys; sys.stdout.write('x' * 10_000_000 + ' late-word'); sys.stdout.flush(); \
                  print('other', file=sys.stderr)";
    session.hven(&["run", "--", "python3", "-c", script]).ok();
    let found = session.hven(&["logs", "last", "--search", "late-word"]).ok().out;
    assert_eq!(found.trim_start().trim_start_matches(['1', '2', ' ']), format!("…{} late-word\n", "x".repeat(159)));
    let shown = session.hven(&["logs", "last", "--stdout"]).ok().out;
    assert!(shown == format!("{} late-word", "x".repeat(10_000_000)), "{} bytes", shown.len());
    assert_eq!(session.hven(&["logs", "last", "--stderr"]).ok().out, "other\n");
}
