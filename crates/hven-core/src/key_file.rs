//! Detects files of keys, passwords or tokens by their names, and private keys by their first bytes. Such files are often next
//! to code but are not code: a record or a publication would keep and pass them on permanently.

/// Names of files that contain only secrets.
const NAMES: &[&str] = &[
    ".env",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".htpasswd",
    ".dockercfg",
    ".vault-token",
    ".envrc",
    "credentials",
    ".credentials",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "kubeconfig",
];
/// Names without their extensions: `credentials.json`, `secrets.toml`.
const STEMS: &[&str] = &["credentials", "secrets", "client_secret", "service-account", "service_account", "kubeconfig"];
/// Extensions of settings files, in which [`STEMS`] keep secrets.
const SETTINGS: &[&str] = &["json", "toml", "yaml", "yml", "ini", "cfg", "conf", "csv", "env", "txt"];
/// Extensions of keys and key stores.
const ENDINGS: &[&str] = &["pem", "key", "p12", "pfx", "jks", "keystore", "ppk", "kdbx", "env", "asc-key"];
/// Folders in which every file is a key file.
const FOLDERS: &[&str] = &[".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"];
/// Last extensions of sample files without secrets: `.env.example`, `server.pem.sample`.
const SAMPLE_ENDINGS: &[&str] = &["example", "sample", "template", "dist", "default", "defaults"];
/// The same before the extension of a file of variables: `template.env`. Keys have the name of their host: `example.com.key`.
const SAMPLE_STEMS: &[&str] = &["example", "sample", "template"];
/// Suffixes that editors and people add to the name of a copy: `id_rsa.bak`, `server.pem~`.
const COPY_ENDINGS: &[&str] = &["~", ".bak", ".backup", ".old", ".orig", ".save", ".copy"];

/// How many of the first bytes of a file show whether it is a private key.
pub const HEAD_BYTES: usize = 8 << 10;
/// A file of another size is not a private key by itself.
pub const PRIVATE_KEY_BYTES: std::ops::RangeInclusive<u64> = 64..=1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// The beginning of a text block in PEM, and in the format of SSH2.
const BLOCK_BEGINNINGS: [&[u8]; 2] = [b"-----BEGIN ", b"---- BEGIN "];
const BLOCK_ENDS: [&[u8]; 2] = [b"-----END ", b"---- END "];
/// Parts of the label of a block with secrets. `PRIVATE KEY` is also used by OpenSSH, GnuPG and SSH2.
const KEY_LABELS: [&[u8]; 2] = [b"PRIVATE KEY", b"OpenVPN Static key"];
/// The beginnings of PuTTY and age keys, which have no such block.
const KEY_LINES: [&[u8]; 2] = [b"PuTTY-User-Key-File-", b"AGE-SECRET-KEY-"];
/// The beginnings of lines that may stand before a key: comments, and the descriptions that OpenSSL writes for a key or a
/// certificate.
const LINES_BEFORE: [&[u8]; 10] = [
    b"#",
    b";",
    b"//",
    b"Bag Attributes",
    b"Key Attributes",
    b"friendlyName:",
    b"localKeyID:",
    b"Microsoft CSP Name:",
    b"subject",
    b"issuer",
];

/// Whether a file with these first bytes is a private key in the format of OpenSSL, OpenSSH, GnuPG, PuTTY, SSH2, age or
/// OpenVPN, or JSON with such a key, as for a service account. Comments, attributes, parameters and certificates may stand
/// before the key.
pub fn begins_as_private_key(head: &[u8]) -> bool {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    if head.starts_with(b"{") {
        return holds_key_in_json(head);
    }
    let mut is_in_block = false;
    for line in head.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii) {
        let label = block_label(line);
        if begins_with_any(line, &KEY_LINES) || label.is_some_and(names_key) {
            return true;
        }
        if label.is_some() {
            is_in_block = true;
        } else if begins_with_any(line, &BLOCK_ENDS) {
            is_in_block = false;
        } else if !is_in_block && !line.is_empty() && !begins_with_any(line, &LINES_BEFORE) {
            return false;
        }
    }
    false
}

fn begins_with_any(line: &[u8], beginnings: &[&[u8]]) -> bool {
    beginnings.iter().any(|beginning| line.starts_with(beginning))
}

/// The label of the block that begins at this line, with the following text.
fn block_label(line: &[u8]) -> Option<&[u8]> {
    BLOCK_BEGINNINGS.iter().find_map(|beginning| line.strip_prefix(*beginning))
}

fn names_key(label: &[u8]) -> bool {
    KEY_LABELS.iter().any(|key| label.windows(key.len()).any(|some| some == *key))
}

/// Whether a value in JSON begins like a private key. JSON writes the line ends of the key as `\n`, so the text after the label
/// is cut at its first dash.
fn holds_key_in_json(head: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"\"-----BEGIN ";
    let values = (0..head.len()).filter_map(|at| head[at..].strip_prefix(BEGINNING));
    let mut labels = values.filter_map(|value| value.split(|byte| *byte == b'-').next());
    labels.any(names_key)
}

/// Whether a path names a key file.
pub fn is_key_file(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default().to_lowercase();
    if parts.any(|folder| FOLDERS.contains(&folder)) {
        return true;
    }
    let whole = name.as_str();
    let mut name = whole;
    while let Some(of) = COPY_ENDINGS.iter().find_map(|ending| name.strip_suffix(*ending)) {
        name = of;
    }
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if SAMPLE_ENDINGS.contains(&ending) || (ending == "env" && SAMPLE_STEMS.contains(&stem)) {
        return false;
    }
    // `.env.production` is a file of variables like `.env`.
    let of_environment = name.starts_with(".env.");
    // `env` alone may be anything; but a backup copy of it is a file of variables.
    let is_copy_of_variables = name == "env" && whole != name;
    NAMES.contains(&name)
        || of_environment
        || is_copy_of_variables
        || (STEMS.contains(&stem) && SETTINGS.contains(&ending))
        || (!stem.is_empty() && ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_files_are_detected_by_their_names() {
        for path in [
            ".env",
            "sub/.env",
            ".env.local",
            "prod.env",
            "server.PEM",
            "tls/server.key",
            "id_rsa",
            ".ssh/config",
            ".netrc",
            "credentials",
            "credentials.json",
            "secrets.yaml",
            "a/.aws/credentials",
            "store.p12",
            ".pgpass",
            "default.pem",
            "example.pem",
            "api.example.com.key",
            "dist.key",
            "prod.default.env",
            "default.env",
            ".env.example.local",
            "keys.sample.kdbx",
            "kubeconfig",
            "kubeconfig.yaml",
            "id_rsa.bak",
            "id_rsa~",
            "id_rsa.old",
            ".env.bak",
            ".env~",
            "env.bak",
            "env.old",
            "server.pem.orig",
            "credentials.json.bak.old",
        ] {
            assert!(is_key_file(path), "{path}");
        }
        for path in [
            "fit.py",
            ".env.example",
            ".env.dist",
            "server.pem.sample",
            "credentials.json.template",
            "credentials.example.json",
            "example.env",
            "env.py",
            "id_rsa.pub",
            "keys.py",
            "key",
            "monkey",
            ".environment",
            "secrets.py",
            "credentials.py",
            "template.env",
            "data/key.csv",
            "environment.yml",
            ".pem",
            "env",
            "bin/env",
            "id_rsa.pub.bak",
            ".env.example~",
            "fit.py.bak",
            "~",
            ".bak",
        ] {
            assert!(!is_key_file(path), "{path}");
        }
    }

    #[test]
    fn private_keys_are_detected_by_their_first_bytes() {
        let bytes = "MIIB/w==\n".repeat(300);
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{bytes}-----END CERTIFICATE-----\n");
        let behind_its_certificate = format!("subject=CN = a\n\n{certificate}-----BEGIN PRIVATE KEY-----\nMIIE");
        for head in [
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
            "-----BEGIN PRIVATE KEY-----",
            "\n-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
            "-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\n",
            "\u{feff}-----BEGIN PRIVATE KEY-----\n",
            "\n\n# the key of the site\n; since May\n  -----BEGIN ENCRYPTED PRIVATE KEY-----\n",
            "Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n-----BEGIN PRIVATE KEY-----\n",
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"a\"\n",
            "# created: 2024-05-01\n# public key: age1x\nAGE-SECRET-KEY-1X\n",
            "#\n# 2048 bit OpenVPN static key\n#\n-----BEGIN OpenVPN Static key V1-----\n",
            "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIE\"}",
            &behind_its_certificate,
        ] {
            assert!(begins_as_private_key(head.as_bytes()), "{head}");
        }
        for head in [
            "",
            "-----BEGIN CERTIFICATE-----\nPRIVATE KEY",
            &certificate,
            "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN\n",
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n",
            "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"a\"\n",
            "ssh-ed25519 AAAAC3Nza a@b\n",
            "text -----BEGIN PRIVATE KEY-----",
            "# how keys begin\nBEGINS = \"\"\"\n-----BEGIN PRIVATE KEY-----\n\"\"\"\n",
            "# -----BEGIN PRIVATE KEY-----\nprint(1)\n",
            "{\"private_key_id\": \"4f\", \"client_email\": \"a@b\"}",
            "{\"certificate\": \"-----BEGIN CERTIFICATE-----\\nPRIVATE KEY\"}",
        ] {
            assert!(!begins_as_private_key(head.as_bytes()), "{head}");
        }
    }
}
