//! Decides by name which files are code. This is needed where most files are not code: in the repository above the run's
//! folder, and among ignored files.

use std::path::Path;

/// Extensions of programs and modules, as text and compiled, in alphabetical order.
const PROGRAMS: &[&str] = &[
    "adb",
    "ado",
    "ads",
    "asm",
    "awk",
    "bash",
    "bat",
    "beam",
    "bugs",
    "c",
    "cc",
    "cjs",
    "cl",
    "class",
    "clj",
    "cljs",
    "cmake",
    "cmd",
    "cpp",
    "cs",
    "csh",
    "cts",
    "cu",
    "cuh",
    "cwl",
    "cxx",
    "cypher",
    "d",
    "dart",
    "dll",
    "do",
    "dylib",
    "egg",
    "el",
    "erl",
    "ex",
    "exe",
    "exs",
    "f",
    "f03",
    "f08",
    "f77",
    "f90",
    "f95",
    "fish",
    "for",
    "fpp",
    "fs",
    "fsx",
    "ftn",
    "g",
    "gd",
    "gms",
    "gnuplot",
    "go",
    "gp",
    "groovy",
    "h",
    "hh",
    "hpp",
    "hs",
    "hxx",
    "hy",
    "inc",
    "inl",
    "ipynb",
    "jags",
    "jar",
    "java",
    "jl",
    "js",
    "jsonnet",
    "jsx",
    "ksh",
    "kt",
    "kts",
    "lisp",
    "lua",
    "m",
    "magma",
    "mex",
    "mexa64",
    "mexmaca64",
    "mexmaci64",
    "mexw64",
    "mjs",
    "mk",
    "ml",
    "mli",
    "mlx",
    "mod",
    "mpl",
    "mts",
    "mzn",
    "nb",
    "ncl",
    "nf",
    "nim",
    "pas",
    "php",
    "pl",
    "plt",
    "pm",
    "praat",
    "pro",
    "ps1",
    "pth",
    "pxd",
    "pxi",
    "py",
    "pyc",
    "pyd",
    "pyi",
    "pyw",
    "pyx",
    "pyz",
    "qmd",
    "r",
    "raku",
    "rb",
    "rkt",
    "rmd",
    "rnw",
    "rs",
    "s",
    "sage",
    "sas",
    "sbt",
    "scala",
    "scm",
    "sed",
    "sh",
    "smk",
    "so",
    "sps",
    "sql",
    "stan",
    "swift",
    "tcl",
    "tcsh",
    "tf",
    "ts",
    "tsx",
    "v",
    "vala",
    "vb",
    "vim",
    "wasm",
    "wdl",
    "whl",
    "wl",
    "wls",
    "zig",
    "zsh",
];

/// Extensions of settings, in alphabetical order.
const SETTINGS: &[&str] = &[
    "cfg",
    "cnf",
    "conf",
    "config",
    "gin",
    "hcl",
    "ini",
    "inp",
    "j2",
    "jinja",
    "json",
    "json5",
    "jsonc",
    "mdp",
    "mplstyle",
    "nml",
    "par",
    "params",
    "prefs",
    "properties",
    "settings",
    "toml",
    "tpl",
    "xml",
    "yaml",
    "yml",
];

/// Programs and settings without an extension, in alphabetical order.
const NAMES: &[&str] = &[
    ".julia_startup",
    ".octaverc",
    ".pythonrc",
    ".rprofile",
    "cmakelists.txt",
    "dockerfile",
    "gnumakefile",
    "justfile",
    "makefile",
    "rakefile",
    "sconstruct",
    "snakefile",
];

/// Files that fix the versions of packages, in alphabetical order.
const LOCKS: &[&str] = &[
    "bun.lock",
    "cargo.lock",
    "flake.lock",
    "gemfile.lock",
    "pdm.lock",
    "pipfile",
    "pipfile.lock",
    "pixi.lock",
    "poetry.lock",
    "renv.lock",
    "requirements.txt",
    "uv.lock",
    "yarn.lock",
];

/// Whether a file is code: its name is that of a program, module or settings file, or it is executable.
pub fn is_code(path: &Path, is_executable: bool) -> bool {
    is_executable || is_program(path) || has_ending(path, SETTINGS) || is_called(path, LOCKS)
}

/// Whether the name is that of a program or module.
pub fn is_program(path: &Path) -> bool {
    let Some(name) = path.file_name() else { return false };
    // `libfit.so.1` is a version of `libfit.so`.
    has_ending(path, PROGRAMS) || is_called(path, NAMES) || name.to_string_lossy().to_lowercase().contains(".so.")
}

fn is_called(path: &Path, names: &[&str]) -> bool {
    let Some(name) = path.file_name() else { return false };
    names.binary_search(&name.to_string_lossy().to_lowercase().as_str()).is_ok()
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let Some(ending) = path.extension() else { return false };
    let ending = ending.to_string_lossy().to_lowercase();
    endings.binary_search(&ending.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_recognised_by_name_or_permission() {
        for list in [PROGRAMS, SETTINGS, NAMES, LOCKS] {
            assert!(list.is_sorted(), "{list:?}");
        }
        for path in
            ["a.py", "src/Main.R", "_version.py", "fit.cpython-312-x86_64-linux-gnu.so", "libfit.so.1.2", "a.JL"]
        {
            assert!(is_program(Path::new(path)) && is_code(Path::new(path), false), "{path}");
        }
        for path in ["plot.gnuplot", "fit.plt", "a.praat", "model.mzn", "x.pro", "main.tf", "a.s", "CMakeLists.txt"] {
            assert!(is_program(Path::new(path)), "{path}");
        }
        for path in ["Makefile", ".Rprofile", "sub/Snakefile"] {
            assert!(is_program(Path::new(path)), "{path}");
        }
        for path in ["settings.yaml", "a.json", "pyproject.toml", "x.cfg", "uv.lock", "Pipfile"] {
            assert!(is_code(Path::new(path), false) && !is_program(Path::new(path)), "{path}");
        }
        for path in ["run.inp", "star.par", "md.mdp", "page.tpl", "a.xml", "paper.mplstyle", "requirements.txt"] {
            assert!(is_code(Path::new(path), false) && !is_program(Path::new(path)), "{path}");
        }
        for path in ["table.csv", "plot.svg", "notes.md", "README", "py", "data.parquet", "a.npy", "start.lock", ""] {
            assert!(!is_code(Path::new(path), false), "{path}");
        }
        assert!(is_code(Path::new("bin/fit"), true), "it may be executed");
    }
}
