"""Tests check_house.py with small crates. Run: python3 scripts/test_check_house.py"""

import tempfile
import unittest
from pathlib import Path

from check_house import check, findings, graph_of, list_counts
from rust_modules import House, tokens_of


class Repository(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def crate(self, name, files):
        self.write({f"crates/{name}/src/{file}": text for file, text in files.items()})

    def keys(self):
        return [finding.key for finding in findings(self.root, House(self.root))]

    def imports(self, file):
        """The imports of a file of crate `a`, as short names."""
        imports = House(self.root).imports()
        return sorted(target.removeprefix("crates/a/src/") for target in imports[f"crates/a/src/{file}"])


class Circles(Repository):
    def test_two_files(self):
        self.crate("a", {"lib.rs": "mod x; mod y;", "x.rs": "use crate::y::Y; pub struct X;", "y.rs": "struct Y(crate::x::X);"})
        self.assertEqual(self.keys(), ["circle crates/a/src/x.rs", "circle crates/a/src/y.rs"])
        lines, good = check(self.root, House(self.root))
        self.assertFalse(good)
        self.assertIn("    crates/a/src/y.rs:1 imports crate::x::X of crates/a/src/x.rs", lines)

    def test_three_files_and_none(self):
        self.crate(
            "a",
            {
                "lib.rs": "mod x; mod y; mod z; mod alone;",
                "x.rs": "use crate::y::f; pub fn g() { f() }",
                "y.rs": "use crate::z; pub fn f() { z::h() }",
                "z.rs": "pub fn h() { super::x::g() }",
                "alone.rs": "use crate::x::g; fn k() { g() }",
            },
        )
        self.assertEqual(len(self.keys()), 3)

    def test_through_re_exports_of_the_root(self):
        self.crate(
            "a",
            {
                "lib.rs": "mod x; mod y; pub use x::X; pub use y::Y as Other;",
                "x.rs": "pub struct X(crate::Other);",
                "y.rs": "pub struct Y(Box<crate::X>);",
            },
        )
        self.assertEqual(self.keys(), ["circle crates/a/src/x.rs", "circle crates/a/src/y.rs"])

    def test_through_chains_and_globs_of_re_exports(self):
        self.crate(
            "a",
            {
                "lib.rs": "mod x; mod y; mod outer; pub use outer::*;",
                "outer.rs": "mod inner; pub use inner::*;",
                "outer/inner.rs": "pub use crate::x::X;",
                "x.rs": "use crate::y::Y; pub struct X;",
                "y.rs": "use crate::X; pub struct Y;",
            },
        )
        self.assertEqual(self.keys(), ["circle crates/a/src/x.rs", "circle crates/a/src/y.rs"])

    def test_a_re_export_alone_is_no_import(self):
        self.crate("a", {"lib.rs": "pub mod x; pub use x::X; pub struct Base;", "x.rs": "pub struct X(crate::Base);"})
        self.assertEqual(self.keys(), [])

    def test_re_exports_that_name_each_other_end(self):
        self.crate("a", {"lib.rs": "mod x; mod y;", "x.rs": "pub use crate::y::*;", "y.rs": "pub use crate::x::*; fn f() { g() }"})
        self.assertEqual(self.keys(), [])

    def test_a_child_that_takes_from_its_parent(self):
        files = {"lib.rs": "mod x;", "x.rs": "mod y; use y::Y; pub struct X;", "x/y.rs": "use super::X; pub struct Y;"}
        self.crate("a", files)
        self.assertEqual(self.keys(), ["circle crates/a/src/x.rs", "circle crates/a/src/x/y.rs"])
        self.crate("a", {"x.rs": "mod y; pub struct X;"})
        self.assertEqual(self.keys(), [])

    def test_what_a_child_takes_through_its_parent_counts_for_the_definer(self):
        self.crate(
            "a",
            {"lib.rs": "mod x; mod z;", "x.rs": "mod y; use crate::z::Z;", "x/y.rs": "use super::Z;", "z.rs": "pub struct Z;"},
        )
        self.assertEqual(self.imports("x/y.rs"), ["z.rs"])

    def test_tests_do_not_count(self):
        self.crate(
            "a",
            {
                "lib.rs": "mod x; mod y; #[cfg(test)] mod tests;",
                "tests.rs": "fn f() {}",
                "x.rs": "pub struct X; #[cfg(test)] use crate::y::Y; #[cfg(test)] mod tests { use crate::y::Y; }",
                "y.rs": "pub struct Y(crate::x::X);",
            },
        )
        self.assertEqual(self.keys(), [])


class Names(Repository):
    def test_words_in_comments_texts_and_attributes_are_no_imports(self):
        text = """
            //! [`crate::y::Y`]
            /* crate::y::Y /* crate::y::Y */ crate::y::Y */
            #[doc = "crate::y::Y"]
            const A: &str = "crate::y::Y \\" crate::y::Y";
            const B: &str = r#"crate::y::Y " crate::y::Y"#;
            const C: (char, &'static str) = ('"', "crate::y::Y");
            fn f(y: u8) -> u8 { y.y::<u8>() }
        """
        self.crate("a", {"lib.rs": "mod x; mod y;", "x.rs": text, "y.rs": "pub struct Y;"})
        self.assertEqual(self.imports("x.rs"), [])

    def test_trees_aliases_methods_and_variants(self):
        text = "use crate::{y::{self, Y as Why}, z}; fn f() { Why::new(); z::Z::A; y::g(); }"
        files = {"y.rs": "pub struct Y; pub fn g() {}", "z.rs": "pub enum Z { A }"}
        self.crate("a", {"lib.rs": "mod x; mod y; mod z;", "x.rs": text, **files})
        self.assertEqual(self.imports("x.rs"), ["y.rs", "z.rs"])

    def test_macros_inline_modules_and_paths_of_files(self):
        self.crate(
            "a",
            {
                "lib.rs": "mod x; mod y; mod z;",
                "x.rs": "make!(u8); mod inner { use super::super::y::Y; }",
                "y.rs": "pub struct Y;",
                "z.rs": 'macro_rules! make { ($t:ty) => { $crate::y::Y }; } #[path = "elsewhere.rs"] mod w;',
                "elsewhere.rs": "pub struct W(crate::y::Y);",
            },
        )
        self.assertEqual(self.imports("x.rs"), ["y.rs", "z.rs"])
        self.assertEqual(self.imports("z.rs"), ["y.rs"])
        self.assertEqual(self.imports("elsewhere.rs"), ["y.rs"])

    def test_a_module_and_a_function_of_one_name(self):
        files = {"lib.rs": "mod x; mod spawn;", "spawn.rs": "pub fn spawn() {}"}
        self.crate("a", {**files, "x.rs": "use crate::spawn::{self, spawn}; fn f() { spawn(); spawn::spawn(); }"})
        self.assertEqual(self.imports("x.rs"), ["spawn.rs"])

    def test_what_follows_a_value_with_blocks_is_read(self):
        text = "const A: u8 = if cfg!(a) { 1 } else { 2 }; fn f() { crate::y::g() }"
        self.crate("a", {"lib.rs": "mod x; mod y;", "x.rs": text, "y.rs": "pub fn g() {}"})
        self.assertEqual(self.imports("x.rs"), ["y.rs"])

    def test_files_that_the_call_of_a_macro_declares(self):
        self.crate(
            "a",
            {
                "lib.rs": "macro_rules! list { ($(mod $m:ident;)+) => { $(mod $m;)+ } } list! { mod x; mod y; }",
                "x.rs": "use crate::y::Y; pub struct X;",
                "y.rs": "struct Y(crate::x::X);",
            },
        )
        self.assertEqual(self.keys(), ["circle crates/a/src/x.rs", "circle crates/a/src/y.rs"])

    def test_items_that_a_macro_makes(self):
        self.crate("a", {"lib.rs": "mod x; mod y;", "x.rs": "use crate::y::RunId;", "y.rs": "ids! { RunId, TokenId }"})
        self.assertEqual(self.imports("x.rs"), ["y.rs"])

    def test_lines_are_counted_over_comments_and_texts(self):
        self.assertEqual(tokens_of('/* \n */ a\n"x\ny" b'), [("a", 2), ('"x\ny', 3), ("b", 4)])


class Floors(Repository):
    def test_crates_import_what_deny_toml_says(self):
        self.write({"deny.toml": '[bans]\ndeny = [{ crate = "low", wrappers = ["mid"] }, { crate = "mid", wrappers = [] }]'})
        self.crate("low", {"lib.rs": "pub struct Low; fn f() { mid::g() }"})
        self.crate("mid", {"lib.rs": "pub use low::Low; pub fn g() {}"})
        self.crate("high", {"lib.rs": "use low::Low;"})
        self.assertEqual(self.keys()[-2:], ["upward crates/high/src/lib.rs low", "upward crates/low/src/lib.rs mid"])

    def test_floors_inside_a_crate(self):
        self.crate(
            "hven-app",
            {
                "lib.rs": "mod kernel; mod work; mod services; mod astray; pub use work::W;",
                "kernel.rs": "mod k;",
                "kernel/k.rs": "use crate::W;",
                "work.rs": "mod w; pub use w::W;",
                "work/w.rs": "pub struct W;",
                "services.rs": "use crate::W;",
                "astray.rs": "",
            },
        )
        kernel, work = "crates/hven-app/src/kernel/k.rs", "crates/hven-app/src/work/w.rs"
        self.assertEqual(self.keys(), ["upward crates/hven-app/src/astray.rs", f"upward {kernel} {work}"])


class Files(Repository):
    def test_parents_hold_no_logic(self):
        self.crate(
            "a",
            {
                "lib.rs": "mod x; mod w; pub struct S; pub trait T { fn f(&self); }",
                "x.rs": "mod y; const fn f() -> u8 { 1 }",
                "x/y.rs": "impl Y {}",
                "w.rs": "#[cfg(test)] mod tests; fn f() {}",
            },
        )
        self.assertEqual(self.keys(), ["logic crates/a/src/x.rs"])

    def test_the_name_of_a_recipe_stands_in_its_own_file(self):
        recipe = 'pub(crate) const RECIPE: Recipe = Recipe { schema: Schema {\n    name: "span",\n}, run };\n'
        self.crate("hven-recipes", {"lib.rs": "mod span;", "span.rs": recipe + 'const SELF: &str = "span";'})
        tests = '#[cfg(test)]\nmod tests { const NAME: &str = "span"; }'
        self.crate("a", {"lib.rs": '// "span"\nconst WIDE: &str = "a span of time";\n' + tests, "tests.rs": '"span"'})
        self.write({"web/src/run/x.ts": "// 'span'\nconst wide = 'spans'", "web/src/run/x.test.ts": "'span'"})
        found = {key for key in self.keys() if key.startswith("recipe") and key.endswith(" span")}
        self.assertEqual(found, set())
        self.crate("b", {"lib.rs": 'fn f(name: &str) -> bool { name == "span" }'})
        self.write({"web/src/run/y.tsx": "const is = (recipe: string) => recipe === 'span' || /^recipe span/.test(recipe)"})
        found = {key for key in self.keys() if key.startswith("recipe") and key.endswith(" span")}
        self.assertEqual(found, {"recipe crates/b/src/lib.rs span", "recipe web/src/run/y.tsx span"})

    def test_long_files(self):
        self.crate("a", {"lib.rs": "\n" * 501})
        self.assertEqual(self.keys(), ["long crates/a/src/lib.rs"])
        self.crate("a", {"lib.rs": "\n" * 500})
        self.assertTrue(check(self.root, House(self.root))[1])

    def test_variables_are_read_in_files_that_may(self):
        self.crate(
            "a",
            {
                "lib.rs": "mod x; mod y; mod z; #[cfg(test)] mod tests { fn f() { std::env::var(X); } }",
                "x.rs": "fn f() { std::env::var_os(X) }",
                "y.rs": "use std::env; fn f() { for v in env::vars() {} }",
                "z.rs": "use hven_client::env; fn f() { env::text(X); std::env::current_dir(); }",
            },
        )
        self.crate("hven-client", {"lib.rs": "mod env;", "env.rs": "use std::env; fn f() { env::var(X); }"})
        self.assertEqual(self.keys(), ["environment crates/a/src/x.rs", "environment crates/a/src/y.rs"])

    def test_commands_do_not_use_each_other(self):
        self.crate(
            "hven",
            {
                "lib.rs": "mod commands; mod shared;",
                "shared.rs": "pub struct S;",
                "commands.rs": "mod run; mod show;",
                "commands/run.rs": "mod args; use crate::shared::S; use args::A;",
                "commands/run/args.rs": "pub struct A;",
                "commands/show.rs": "use crate::commands::run::args::A;",
            },
        )
        folder = "crates/hven/src/commands"
        self.assertEqual(self.keys(), [f"command {folder}/show.rs {folder}/run/args.rs"])


class Explanations(Repository):
    def test_list_and_graph(self):
        self.crate("a", {"lib.rs": "mod x; mod y;", "x.rs": "use crate::y::Y;", "y.rs": "pub struct Y;"})
        house = House(self.root)
        self.assertEqual(list(list_counts(self.root, house))[-1].split(), ["all", "3", *["0"] * 7])
        line = "crates/a/src/x.rs:1 imports crate::y::Y of crates/a/src/y.rs"
        self.assertEqual(list(graph_of(house, "crates/a/src/y.rs")), [line])


if __name__ == "__main__":
    unittest.main()
