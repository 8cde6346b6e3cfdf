//! Files that hold keys, passwords or tokens, known by their names, and private keys by how they begin. They lie beside code
//! and are none: a record and a publication hand them on for ever.

/// Names of files that hold secrets and nothing else.
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
/// Names without their endings: `credentials.json`, `secrets.toml`.
const STEMS: &[&str] = &["credentials", "secrets", "client_secret", "service-account", "service_account", "kubeconfig"];
/// Endings of files of settings, in which [`STEMS`] keep secrets.
const SETTINGS: &[&str] = &["json", "toml", "yaml", "yml", "ini", "cfg", "conf", "csv", "env", "txt"];
/// Endings of keys and of what holds them.
const ENDINGS: &[&str] = &["pem", "key", "p12", "pfx", "jks", "keystore", "ppk", "kdbx", "env", "asc-key"];
/// Folders in which every file is one.
const FOLDERS: &[&str] = &[".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"];
/// Last endings of what shows how such a file would look, and holds nothing: `.env.example`, `server.pem.sample`.
const SAMPLE_ENDINGS: &[&str] = &["example", "sample", "template", "dist", "default", "defaults"];
/// The same before the ending of a file of variables: `template.env`. Keys are called by their host: `example.com.key`.
const SAMPLE_STEMS: &[&str] = &["example", "sample", "template"];
/// What editors and people add to the name of a copy: `id_rsa.bak`, `server.pem~`.
const COPY_ENDINGS: &[&str] = &["~", ".bak", ".backup", ".old", ".orig", ".save", ".copy"];

/// So many of the first bytes of a file show whether it is a private key.
pub const HEAD_BYTES: usize = 128;
/// A file outside of these bounds is no private key by itself.
pub const PRIVATE_KEY_BYTES: std::ops::RangeInclusive<u64> = 64..=1 << 20;

/// Whether a file that begins so is a private key in PEM, as OpenSSL, OpenSSH and GnuPG write them.
pub fn begins_as_private_key(head: &[u8]) -> bool {
    let Some(rest) = head.trim_ascii_start().strip_prefix(b"-----BEGIN ") else { return false };
    let label = rest.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    label.windows(KEY_LABEL.len()).any(|some| some == KEY_LABEL)
}

const KEY_LABEL: &[u8] = b"PRIVATE KEY";

/// Whether a path names such a file.
pub fn is_key_file(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default().to_lowercase();
    if parts.any(|folder| FOLDERS.contains(&folder)) {
        return true;
    }
    let mut name = name.as_str();
    while let Some(of) = COPY_ENDINGS.iter().find_map(|ending| name.strip_suffix(*ending)) {
        name = of;
    }
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if SAMPLE_ENDINGS.contains(&ending) || (ending == "env" && SAMPLE_STEMS.contains(&stem)) {
        return false;
    }
    // `.env.production` is what `.env` is.
    let of_environment = name.starts_with(".env.");
    NAMES.contains(&name)
        || of_environment
        || (STEMS.contains(&stem) && SETTINGS.contains(&ending))
        || (!stem.is_empty() && ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_files_are_known_by_their_names() {
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
    fn private_keys_are_known_by_how_they_begin() {
        for head in [
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
            "-----BEGIN PRIVATE KEY-----",
            "\n-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
        ] {
            assert!(begins_as_private_key(head.as_bytes()), "{head}");
        }
        for head in [
            "",
            "-----BEGIN CERTIFICATE-----\nPRIVATE KEY",
            "-----BEGIN PUBLIC KEY-----",
            "text -----BEGIN PRIVATE KEY-----",
        ] {
            assert!(!begins_as_private_key(head.as_bytes()), "{head}");
        }
    }
}
