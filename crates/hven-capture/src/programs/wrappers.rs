//! Programs that start another program from their words, and where the words of that program begin.

/// The words from the first accepted one on. Options, values of variables and numbers come before it.
pub(super) fn from_program(words: &[String], is_one: impl Fn(&str) -> bool) -> &[String] {
    let first = words.iter().position(|word| !word.starts_with('-') && !word.contains('=') && is_one(word));
    first.map_or(&[], |first| &words[first..])
}

pub(crate) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Whether a program starts the program that its words name.
pub(super) fn is_wrapper(base: &str) -> bool {
    matches!(
        base,
        "env"
            | "time"
            | "nice"
            | "nohup"
            | "timeout"
            | "taskset"
            | "numactl"
            | "stdbuf"
            | "unbuffer"
            | "setsid"
            | "ionice"
            | "chrt"
            | "prlimit"
            | "setarch"
            | "caffeinate"
            | "xvfb-run"
            | "catchsegv"
            | "strace"
            | "valgrind"
            | "mpirun"
            | "mpiexec"
            | "srun"
            | "aprun"
            | "ibrun"
            | "jsrun"
            | "xargs"
            | "parallel"
            | "flock"
            | "perf"
            | "gdb"
            | "hyperfine"
            | "nsys"
            | "systemd-run"
            | "runuser"
            | "unshare"
    )
}

/// Whether the first word after a program is a subcommand: `perf stat` does not start `stat`.
pub(super) fn has_subcommands(base: &str) -> bool {
    matches!(base, "perf" | "nsys")
}
