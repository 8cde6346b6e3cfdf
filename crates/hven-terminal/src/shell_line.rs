use hven_core::file_name;

/// A command line in the quoting of a shell.
pub fn shell_line(argv: &[impl AsRef<str>]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    let quoted = argv.iter().map(|arg| {
        let arg = arg.as_ref();
        if !arg.is_empty() && arg.chars().all(plain) {
            arg.to_owned()
        } else if !file_name::is_plain(arg) {
            // Bytes that are not text are written as escapes with their numbers.
            let escaped = arg.replace('\\', r"\\").replace('\'', r"\'").replace('\n', r"\n");
            format!("$'{}'", file_name::show_bytes(&escaped))
        } else {
            format!("'{}'", arg.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_a_shell_accepts_them() {
        let check = |argv: &[&str], wanted: &str| {
            let argv: Vec<String> = argv.iter().map(|arg| (*arg).to_owned()).collect();
            assert_eq!(shell_line(&argv), wanted);
        };
        check(&["python", "train.py", "--lr=0.1"], "python train.py --lr=0.1");
        check(&["sh", "-c", "echo it's $HOME"], r"sh -c 'echo it'\''s $HOME'");
        check(&["echo", ""], "echo ''");
        check(&["cat", "it's Gr\u{eff6}\u{efdf}e.txt"], r"cat $'it\'s Gr\xF6\xDFe.txt'");
    }
}
