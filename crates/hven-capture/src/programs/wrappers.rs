//! Programs that start the one that their words name, and where its words begin.

/// The words from the first on that is one; options, values of variables and numbers stand before it.
pub(super) fn behind_options(words: &[String], is_one: impl Fn(&str) -> bool) -> &[String] {
    let first = words.iter().position(|word| !word.starts_with('-') && !word.contains('=') && is_one(word));
    first.map_or(&[], |first| &words[first..])
}

pub(crate) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Whether a program starts the one that its words name.
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

/// Whether the first word behind a program says what it does: `perf stat` starts no `stat`.
pub(super) fn has_commands(base: &str) -> bool {
    matches!(base, "perf" | "nsys")
}
