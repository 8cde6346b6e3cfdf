//! Files that hold keys, passwords or tokens, known by their names. They lie beside code and are none: a record and a
//! publication hand them on for ever.

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
];
/// Names without their endings: `credentials.json`, `secrets.toml`.
const STEMS: &[&str] = &["credentials", "secrets", "client_secret", "service-account", "service_account"];
/// Endings of files of settings, in which [`STEMS`] keep secrets.
const SETTINGS: &[&str] = &["json", "toml", "yaml", "yml", "ini", "cfg", "conf", "csv", "env", "txt"];
/// Endings of keys and of what holds them.
const ENDINGS: &[&str] = &["pem", "key", "p12", "pfx", "jks", "keystore", "ppk", "kdbx", "env", "asc-key"];
/// Folders in which every file is one.
const FOLDERS: &[&str] = &[".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"];
/// Beginnings and ends of what shows how such a file would look, and holds nothing.
const SAMPLES: &[&str] = &["example", "sample", "template", "dist", "default", "defaults"];

/// Whether a path names such a file.
pub fn is_key_file(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default().to_lowercase();
    if parts.any(|folder| FOLDERS.contains(&folder)) {
        return true;
    }
    let is_sample = name.split('.').any(|part| SAMPLES.contains(&part));
    if is_sample {
        return false;
    }
    // `.env.production` is what `.env` is.
    let of_environment = name.starts_with(".env.");
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    NAMES.contains(&name.as_str())
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
        ] {
            assert!(is_key_file(path), "{path}");
        }
        for path in [
            "fit.py",
            ".env.example",
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
        ] {
            assert!(!is_key_file(path), "{path}");
        }
    }
}
