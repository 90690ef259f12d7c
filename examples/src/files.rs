//! The files that Nomad renders, read all together or not at all.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::certificate::{self, Certificate};
use crate::settings::{self, Paths};

/// What may be shown of the secrets: enough to prove that they arrived, and that they changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Secret {
    /// The names of the secrets, sorted.
    pub names: Vec<String>,
    /// SHA-256 of the file's JSON, without spaces and sorted by name.
    pub sha256: String,
}

impl Secret {
    fn from_json(text: &[u8]) -> anyhow::Result<Secret> {
        let secrets: BTreeMap<String, Value> = object(text)?;
        let canonical = serde_json::to_vec(&secrets).map_err(|error| json_error(&error))?;
        Ok(Secret {
            sha256: certificate::hex(digest::digest(&digest::SHA256, &canonical).as_ref(), ""),
            names: secrets.into_keys().collect(),
        })
    }
}

/// What may be shown of the database credentials; the password is dropped when read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Database {
    /// The name of the dynamic user.
    pub username: String,
    /// Where the database is.
    pub host: Option<String>,
}

/// One consistent reading of all configured files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The secrets, without their values.
    pub secret: Option<Secret>,
    /// The configuration, which is public.
    pub config: Option<Map<String, Value>>,
    /// The certificate, without its key.
    pub certificate: Option<Certificate>,
    /// The database user, without the password.
    pub database: Option<Database>,
}

impl Files {
    /// Reads every configured file.
    ///
    /// # Errors
    /// Names the variable and the file that cannot be read or parsed; never quotes it.
    pub fn load(paths: &Paths) -> anyhow::Result<Files> {
        let Paths { secret, config, certificate, database } = paths;
        Ok(Files {
            secret: read(settings::SECRET_FILE, secret.as_deref(), Secret::from_json)?,
            config: read(settings::CONFIG_FILE, config.as_deref(), object)?,
            certificate: read(settings::CERT_FILE, certificate.as_deref(), Certificate::from_pem)?,
            database: read(settings::DB_FILE, database.as_deref(), object)?,
        })
    }

    /// Why the service cannot do its work with these files at `now`; empty if it can.
    pub fn problems(&self, now: Timestamp) -> Vec<String> {
        let certificate = self.certificate.as_ref();
        certificate.map_or_else(Vec::new, |certificate| certificate.problems(now))
    }
}

fn read<T>(
    variable: &str,
    path: Option<&Path>,
    parse: impl FnOnce(&[u8]) -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    path.map(|path| {
        std::fs::read(path)
            .context("cannot be read")
            .and_then(|text| parse(&text))
            .with_context(|| format!("{variable}: {}", path.display()))
    })
    .transpose()
}

fn object<T: for<'de> Deserialize<'de>>(text: &[u8]) -> anyhow::Result<T> {
    serde_json::from_slice(text).map_err(|error| json_error(&error))
}

/// The parser's own text quotes the value it stumbled over, which may be a secret.
fn json_error(error: &serde_json::Error) -> anyhow::Error {
    let wrong = if error.is_data() { "is not the JSON object that was expected" } else { "is not valid JSON" };
    anyhow!("{wrong} (line {}, column {})", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_sees_values_and_neither_order_nor_spaces() {
        let secret = |text: &str| Secret::from_json(text.as_bytes()).unwrap();
        let first = secret(r#"{"b":"2","a":"1"}"#);
        assert_eq!(first.names, ["a", "b"]);
        // printf '{"a":"1","b":"2"}' | sha256sum
        assert_eq!(first.sha256, "21f76dfbfe6dfe21f762080ef484112cf2952974cef30741fd1931e1c6d92112");
        assert_eq!(first, secret("{ \"a\": \"1\",\n \"b\": \"2\" }\n"));
        assert_ne!(first, secret(r#"{"a":"1","b":"3"}"#));
    }

    #[test]
    fn no_error_quotes_a_value() {
        for text in [
            r#""hunter2""#,
            r#"["hunter2"]"#,
            r#"{"a":"hunter2""#,
            "{\"a\":hunter2}",
            r#"{"username":{"hunter2":1}}"#,
            r#"{"username":"a","host":["hunter2"]}"#,
        ] {
            let error = object::<Database>(text.as_bytes()).unwrap_err();
            let error = format!("{error:?}");
            assert!(error.contains("line 1") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn the_password_is_not_kept() {
        let text = br#"{"username":"v-app-1","password":"hunter2","host":"db:5432"}"#;
        let database: Database = object(text).unwrap();
        assert_eq!(database.username, "v-app-1");
        assert!(!format!("{database:?}").contains("hunter2"));
    }

    #[test]
    fn a_missing_file_is_named_with_its_variable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent.json");
        let paths = Paths { config: Some(path.clone()), ..Paths::default() };
        let error = format!("{:#}", Files::load(&paths).unwrap_err());
        assert!(error.starts_with("LATTICE_CONFIG_FILE: "), "{error}");
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
}
