//! Comparisons of outputs with earlier versions.

use std::{fmt::Write, fs, path::Path};

use hven_core::{
    file_name,
    reproduction::{ComparedAs, Likeness, Tolerance},
};
use hven_data::compare::{self, Options};
use image::{Rgb, RgbImage};

fn compared(name: &str, before: &[u8], after: &[u8], options: &Options) -> hven_core::reproduction::FileComparison {
    let place = tempfile::tempdir().expect("a folder");
    let (old, new, scratch) = (place.path().join("old"), place.path().join("new"), place.path().join("scratch"));
    fs::write(&old, before).expect("a file");
    fs::write(&new, after).expect("a file");
    fs::create_dir(&scratch).expect("a folder");
    compare::files(name, &old, &new, &scratch, options).expect("both can be read")
}

/// A comparison as a few lines of text.
fn summary(name: &str, before: &[u8], after: &[u8], options: &Options) -> String {
    let file = compared(name, before, after, options);
    let mut text = match &file.likeness {
        Likeness::SameBytes => "same bytes".to_owned(),
        Likeness::SameWithin { largest: None, .. } => "same".to_owned(),
        Likeness::SameWithin { largest: Some(place), tolerance } => {
            let (before, after) = (place.before.as_deref().unwrap_or("–"), place.after.as_deref().unwrap_or("–"));
            format!("same within {tolerance}; largest at {}: {before} → {after}", place.spot)
        }
        Likeness::Differs { count, places } => {
            let mut text = format!("differs {count}×");
            for place in places {
                let (before, after) = (place.before.as_deref().unwrap_or("–"), place.after.as_deref().unwrap_or("–"));
                write!(text, "; {}: {before} → {after}", place.spot).expect("text");
            }
            text
        }
    };
    if file.compared_as == ComparedAs::Bytes {
        text.push_str(" [bytes]");
    }
    text
}

fn within(relative: f64) -> Options {
    Options { tolerance: Tolerance { relative, absolute: 0.0 }, ..Options::default() }
}

#[test]
fn tables_are_compared_cell_by_cell() {
    let check = |before: &str, after: &str, expect: &str| {
        assert_eq!(
            summary("t.csv", before.as_bytes(), after.as_bytes(), &within(1e-6)),
            expect,
            "{before:?} {after:?}"
        );
    };
    let old = "name,x\nEarth,1.0\nMars,1.5\n";
    check(old, old, "same bytes");
    check(old, "name,x\nEarth,1\nMars,1.50\n", "same");
    check(old, "name;x\r\nEarth;1.0\r\nMars;1.5\r\n", "same");
    check(old, "x,name\n1.0,Earth\n1.5,Mars\n", "same");
    check(
        old,
        "name,x\nEarth,1.0000001\nMars,1.5\n",
        "same within 1e-6 relative; largest at row 1, column x: 1 → 1.0000001",
    );
    check(old, "name,x\nEarth,1.0\nMars,1.6\n", "differs 1×; row 2, column x: 1.5 → 1.6");
    check(
        old,
        "name,x\nMars,1.5\nEarth,1.0\n",
        "differs 4×; row 1, column name: Earth → Mars; row 2, column name: Mars → Earth; row 1, column x: 1 → 1.5; row 2, column x: 1.5 → 1",
    );
    check(old, "name,x\nEarth,1.0\n", "differs 1×; the number of rows: 2 → 1");
    check(old, "name,y\nEarth,1.0\nMars,1.5\n", "differs 2×; column x: float64 → –; column y: – → float64");
    check(old, "name,x\nEarth,a\nMars,b\n", "differs 1×; column x: float64 → text");
    check(old, "name,x\nEarth,\nMars,1.5\n", "differs 1×; row 1, column x: 1 → –");
    check("a,b\n1,NaN\n2,3.5\n", "a,b\n1,nan\n2,3.5\n", "same");
    check("n\n9007199254740993\n", "n\n9007199254740992\n", "same");
    let exact = Options { tolerance: Tolerance::EXACT, ..Options::default() };
    let wide = summary("t.csv", b"n\n9007199254740993\n", b"n\n9007199254740992\n", &exact);
    assert_eq!(wide, "differs 1×; row 1, column n: 9007199254740993 → 9007199254740992");
}

#[test]
fn parquet_is_compared_by_its_content() {
    let place = tempfile::tempdir().expect("a folder");
    let parquet = |name: &str, text: &str| {
        let (source, folder) = (place.path().join(format!("{name}.csv")), place.path().join(name));
        fs::write(&source, text).expect("a file");
        hven_data::import(&source, &folder, &hven_data::ImportOptions::default(), &mut |_| {}).expect("a table");
        fs::read(folder.join(hven_data::TABLE_FILE)).expect("a table")
    };
    let mut rows: Vec<String> = (0..200_000).map(|row| format!("{row},{}", f64::from(row) * 0.5)).collect();
    let old = parquet("old", &format!("n,x\n{}\n", rows.join("\n")));
    rows[150_000] = "150000,7".to_owned();
    let new = parquet("new", &format!("n,x\n{}\n", rows.join("\n")));
    assert_eq!(summary("t.parquet", &old, &new, &within(1e-6)), "differs 1×; row 150001, column x: 75000 → 7");
    let damaged = [&new[..new.len() / 2], b"PAR1"].concat();
    assert!(summary("t.parquet", &old, &damaged, &within(1e-6)).ends_with("[bytes]"));
}

#[test]
fn a_table_with_bad_cells_is_compared_as_text() {
    let mut rows: Vec<String> = (0..500).map(|row| format!("{row}.5")).collect();
    rows[300] = "what?".to_owned();
    let old = format!("x\n{}\n", rows.join("\n"));
    let new = old.replace("what?", "that?");
    assert_eq!(
        summary("t.csv", old.as_bytes(), new.as_bytes(), &within(0.1)),
        "differs 1×; line 302, word 1: what? → that?"
    );
}

#[test]
fn json_is_compared_by_pointer() {
    let check = |before: &str, after: &str, expect: &str| {
        assert_eq!(summary("m.json", before.as_bytes(), after.as_bytes(), &within(1e-6)), expect, "{before} {after}");
    };
    check(r#"{"a":1,"b":[1,2]}"#, "{ \"b\": [1, 2.0], \"a\": 1 }", "same");
    check(r#"{"r2":0.9999}"#, r#"{"r2":0.99990001}"#, "same within 1e-6 relative; largest at /r2: 0.9999 → 0.99990001");
    check(r#"{"a/b":{"~":1}}"#, r#"{"a/b":{"~":2}}"#, "differs 1×; /a~1b/~0: 1 → 2");
    check("[1,2,3]", "[1,2]", "differs 1×; /2: 3 → –");
    check(r#"{"a":1}"#, r#"{"b":1}"#, "differs 2×; /a: 1 → –; /b: – → 1");
    check(r#"["NaN"]"#, r#"["NaN" ]"#, "same");
    check(r#"["NaN"]"#, "[1]", "differs 1×; /0: \"NaN\" → 1");
    check(r#"{"a":1}"#, r#"{"a":1"#, "differs 1×; byte 6: 7d → – [bytes]");
    check(&"[".repeat(100_000), &"[".repeat(100_001), "differs 1×; byte 100000: – → 5b [bytes]");
}

#[test]
fn text_is_compared_word_by_word() {
    let check = |before: &str, after: &str, expect: &str| {
        assert_eq!(summary("log", before.as_bytes(), after.as_bytes(), &within(0.01)), expect, "{before:?} {after:?}");
    };
    check(
        "loss=0.5 after 10 steps\n",
        "loss=0.501 after 10 steps",
        "same within 1e-2 relative; largest at line 1, word 1: 0.5 → 0.501",
    );
    check("loss 0.5\n", "loss  0.5\r\n", "same");
    check("loss 0.5\n", "loss 0.6\n", "differs 1×; line 1, word 2: 0.5 → 0.6");
    check("a\nb\n", "a\nc\n", "differs 1×; line 2, word 1: b → c");
    check("a\nb\n", "a\n", "differs 1×; line 2: b → –");
    check("at 2026-11-25\n", "at 2026-11-26\n", "differs 1×; line 1, word 2: 2026-11-25 → 2026-11-26");
    check("one two\n", "one two three\n", "differs 1×; line 1: one two → one two three");
    check("x nan\n", "x NaN\n", "same");
    check("x -inf\n", "x inf\n", "differs 1×; line 1, word 2: -inf → inf");
}

const OLD_SVG: &str = r##"<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">
<metadata><date>2026-11-25T09:00:00</date></metadata><defs><clipPath id="p1a2b"><rect width="5" height="5"/></clipPath>
<path id="m7c" d="M0 0L1 1"/></defs><g id="figure_1"><path d="M 1.0 2.0 L 3.0 4.0" clip-path="url(#p1a2b)" style="stroke: #1f77b4"/>
<use xlink:href="#m7c" x="3"/><text>R2 0.99</text></g></svg>"##;

#[test]
fn svg_is_compared_by_its_tree() {
    let check = |change: &dyn Fn(&str) -> String, expect: &str| {
        assert_eq!(summary("fit.svg", OLD_SVG.as_bytes(), change(OLD_SVG).as_bytes(), &within(1e-3)), expect);
    };
    check(&|old| old.replace("2026-11-25T09:00:00", "2027-01-01T00:00:00"), "same");
    check(&|old| old.replace("p1a2b", "p9z9z").replace("m7c", "mff"), "same");
    check(&|old| old.replace("M 1.0 2.0 L 3.0 4.0", "M1,2L3,4"), "same");
    check(
        &|old| old.replace("L 3.0 4.0", "L 3.0 4.001"),
        "same within 1e-3 relative; largest at /svg/g[2]/path[1]@d: 4.0 → 4.001",
    );
    check(&|old| old.replace("L 3.0 4.0", "L 3.0 5.0"), "differs 1×; /svg/g[2]/path[1]@d: 4.0 → 5.0");
    check(
        &|old| old.replace("#1f77b4", "#ff7f0e"),
        "differs 1×; /svg/g[2]/path[1]@style: stroke: #1f77b4 → stroke: #ff7f0e",
    );
    check(&|old| old.replace("R2 0.99", "R2 0.5"), "differs 1×; /svg/g[2]/text[3]: 0.99 → 0.5");
    check(&|old| old.replace("url(#p1a2b)", "url(#m7c)"), "differs 1×; /svg/g[2]/path[1]@clip-path: p1a2b → m7c");
    check(&|old| old.replace("<text>R2 0.99</text>", ""), "differs 1×; /svg/g[2]: 3 parts → 2 parts");
    check(&|old| old.replace("<use", "<image"), "differs 1×; /svg/g[2]/use[2]: use → image");
    check(
        &|old| old.replace(" x=\"3\"", " y=\"3\""),
        "differs 2×; /svg/g[2]/use[2]@x: 3 → –; /svg/g[2]/use[2]@y: – → 3",
    );
    check(&|old| old.replace("</svg>", ""), "differs 1×; byte 531: 3c 2f 73 76 67 3e → – [bytes]");
    let deep = |value: &str| format!("<svg>{}{value}{}</svg>", "<g>".repeat(5000), "</g>".repeat(5000));
    assert!(summary("deep.svg", deep("1").as_bytes(), deep("2").as_bytes(), &within(0.1)).ends_with("[bytes]"));
    let laughs = |value: &str| {
        let mut text = "<!DOCTYPE svg [<!ENTITY a0 \"ha\">".to_owned();
        for level in 1..30 {
            write!(text, "<!ENTITY a{level} \"&a{};&a{};\">", level - 1, level - 1).expect("text");
        }
        text + "]><svg><text>&a29;</text>" + value + "</svg>"
    };
    assert!(summary("laughs.svg", laughs("1").as_bytes(), laughs("2").as_bytes(), &within(0.1)).ends_with("[bytes]"));
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

#[test]
fn pictures_are_compared_by_their_appearance() {
    let plot = |height: u32| {
        RgbImage::from_fn(200, 200, |x, y| if (x + y) % height < 4 { Rgb([20, 40, 200]) } else { Rgb([255, 255, 255]) })
    };
    let old = plot(50);
    let mut little = old.clone();
    little.put_pixel(17, 3, Rgb([250, 255, 255]));
    let check = |after: &RgbImage, options: &Options, expect: &str| {
        assert_eq!(summary("fit.png", &png(&old), &png(after), options), expect);
    };
    check(&old, &within(0.0), "same bytes");
    check(&little, &within(1e-9), "same");
    check(&little, &within(0.0), "differs 1×; pixel 17, 3: rgba(255, 255, 255, 255) → rgba(250, 255, 255, 255)");
    assert!(summary("fit.png", &png(&old), &png(&plot(37)), &within(0.1)).starts_with("differs 1×; pixel "));
    let smaller = image::imageops::crop_imm(&old, 0, 0, 100, 200).to_image();
    check(&smaller, &within(0.1), "differs 1×; size: 200 × 200 → 100 × 200");
    let few = Options { pixels_max: 1000, ..Options::default() };
    assert!(summary("fit.png", &png(&old), &png(&little), &few).ends_with("[bytes]"));
    let mut torn = png(&little);
    torn.truncate(200);
    assert!(summary("fit.png", &png(&old), &torn, &within(0.1)).ends_with("[bytes]"));
    let notes = compared("fit.png", &png(&old), &png(&little), &Options::default()).notes;
    assert!(
        notes[0].starts_with("structural similarity 0.99") && notes[0].ends_with("largest 0.020 at pixel 17, 3"),
        "{notes:?}"
    );
}

#[test]
fn large_or_unknown_files_are_compared_by_their_bytes() {
    let small = Options { bytes_max: 10, document_bytes_max: 5, ..Options::default() };
    let check = |name: &str, before: &[u8], after: &[u8], why: &str| {
        let found = compared(name, before, after, &small);
        assert_eq!(found.compared_as, ComparedAs::Bytes);
        assert_eq!(found.notes, [format!("compared by its bytes alone: {why}")]);
    };
    check("a.txt", b"0123456789a", b"0123456789b", "it has more than 10 bytes");
    check("a.json", b"[1,2,3]", b"[1,2,4]", "it has more than 5 bytes");
    check("a.bin", b"\0\x01", b"\0\x02", "it is neither a table, nor JSON, text, SVG, PNG or JPEG");
    check("a", b"text", b"\0\x02", "before it was text, now it is something else");
}

#[test]
fn different_bytes_are_shown_in_hexadecimal() {
    let check = |before: &[u8], after: &[u8], expect: &str| {
        assert_eq!(summary("a.bin", before, after, &Options::default()), expect, "{before:?} {after:?}");
    };
    check(b"\0\x01", b"\0\xff", "differs 1×; byte 1: 01 → ff [bytes]");
    check(b"\0\x01", b"\0", "differs 1×; byte 1: 01 → – [bytes]");
    check(
        b"\0abcdefgh",
        b"\0bcdefghij",
        "differs 1×; byte 1: 61 62 63 64 65 66 67 68 → 62 63 64 65 66 67 68 69 … [bytes]",
    );
}

#[test]
fn folders_are_compared_by_their_paths() {
    let place = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = place.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("before/a.txt", "1");
    write("before/deep/b.json", "{\"x\": 1.0}");
    write("before/gone.txt", "1");
    write("after/a.txt", "1");
    write("after/deep/b.json", "{\"x\": 1.05}");
    write("after/new.txt", "1");
    let compare = |before: &Path, after: &Path, tolerance: f64| {
        compare::folders(before, after, &place.path().join("scratch"), &|_| within(tolerance))
            .expect("they can be read")
    };
    let (before, after) = (place.path().join("before"), place.path().join("after"));
    let found = compare(&before, &after, 0.1);
    let words: Vec<_> = found.files.iter().map(|file| (file.path.as_str(), file.likeness.level().as_str())).collect();
    let expect =
        [("a.txt", "same_bytes"), ("deep/b.json", "same_within"), ("gone.txt", "differs"), ("new.txt", "differs")];
    assert_eq!(words, expect);
    assert!(!place.path().join("scratch").exists());
    let none = place.path().join("none");
    assert_eq!(compare(&none, &none, 0.1).files, []);
}

#[test]
fn names_of_any_bytes_and_empty_folders_are_compared() {
    let place = tempfile::tempdir().expect("a folder");
    let (before, after) = (place.path().join("before"), place.path().join("after"));
    for folder in ["both", "filled", "gone/deep"] {
        fs::create_dir_all(before.join(folder)).expect("a folder");
    }
    for folder in ["both", "filled", "new"] {
        fs::create_dir_all(after.join(folder)).expect("a folder");
    }
    fs::write(after.join("filled/file"), "1").expect("a file");
    for (name, was, is) in [("\u{eff6}", "1", "1"), ("\u{efe4}", "1", "2"), ("two\nlines", "1", "1")] {
        fs::write(before.join(file_name::from_text(name)), was).expect("a file");
        fs::write(after.join(file_name::from_text(name)), is).expect("a file");
    }
    let scratch = place.path().join("scratch");
    let found = compare::folders(&before, &after, &scratch, &|_| Options::default()).expect("they can be read");
    let words: Vec<_> = found.files.iter().map(|file| (file.path.as_str(), file.likeness.level().as_str())).collect();
    let expect = [
        ("filled/file", "differs"),
        ("gone/deep", "differs"),
        ("new", "differs"),
        ("two\nlines", "same_bytes"),
        ("\u{efe4}", "differs"),
        ("\u{eff6}", "same_bytes"),
    ];
    assert_eq!(words, expect, "a folder that is empty on both sides is not compared");
    let Likeness::Differs { places, .. } = &found.files[1].likeness else { panic!("it differs") };
    assert_eq!((places[0].before.as_deref(), places[0].after.as_deref()), (Some("an empty folder"), None));
    assert_eq!(found.files[1].notes, ["it did not come out again"]);
}

/// A folder's listing contains links as links, so their targets are part of its content.
#[test]
fn links_in_folders_are_compared_by_their_targets() {
    let place = tempfile::tempdir().expect("a folder");
    let (before, after) = (place.path().join("before"), place.path().join("after"));
    for (folder, links) in [
        (
            &before,
            [("folder", "v1"), ("same", "v1"), ("nothing", "v3"), ("file", "v1/a"), ("alike", "v1/a"), ("lost", "b")],
        ),
        (
            &after,
            [("folder", "v2"), ("same", "v1"), ("nothing", "v3"), ("file", "v2/a"), ("alike", "v1/a"), ("new", "v1")],
        ),
    ] {
        for version in ["v1", "v2"] {
            fs::create_dir_all(folder.join(version)).expect("a folder");
            fs::write(folder.join(version).join("a"), "the same").expect("a file");
        }
        for (name, target) in links {
            std::os::unix::fs::symlink(target, folder.join(name)).expect("a link");
        }
    }
    let scratch = place.path().join("scratch");
    let found = compare::folders(&before, &after, &scratch, &|_| Options::default()).expect("they can be read");
    let words: Vec<_> = found.files.iter().map(|file| (file.path.as_str(), file.likeness.level().as_str())).collect();
    let expect = [
        ("alike", "same_bytes"),
        ("file", "differs"),
        ("folder", "differs"),
        ("lost", "differs"),
        ("new", "differs"),
        ("nothing", "same_bytes"),
        ("same", "same_bytes"),
        ("v1/a", "same_bytes"),
        ("v2/a", "same_bytes"),
    ];
    assert_eq!(words, expect);
    let Likeness::Differs { places, .. } = &found.files[2].likeness else { panic!("it differs") };
    let (was, is) = (places[0].before.as_deref(), places[0].after.as_deref());
    assert_eq!((was, is), (Some("a link to v1"), Some("a link to v2")));
}
