//! What the environment says.

use std::env::VarError;
use std::path::PathBuf;

use anyhow::{Context, bail};

/// The variable that names the file of secrets.
pub const SECRET_FILE: &str = "LATTICE_SECRET_FILE";
/// The variable that names the file of configuration.
pub const CONFIG_FILE: &str = "LATTICE_CONFIG_FILE";
/// The variable that names the bundle of certificate, issuing CA and private key.
pub const CERT_FILE: &str = "LATTICE_CERT_FILE";
/// The variable that names the file of database credentials.
pub const DB_FILE: &str = "LATTICE_DB_FILE";

/// The files to load; an absent one is a part that is off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// JSON object of secrets.
    pub secret: Option<PathBuf>,
    /// JSON object of configuration.
    pub config: Option<PathBuf>,
    /// PEM bundle: certificate, issuing CA, private key.
    pub certificate: Option<PathBuf>,
    /// JSON object with the credentials of Vault's database engine.
    pub database: Option<PathBuf>,
}

/// Everything the service is told from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen, `host:port`; port 0 takes a free one.
    pub address: String,
    /// The files to load.
    pub paths: Paths,
    /// The version that was deployed, usually the tag of the image.
    pub version: String,
    /// The allocation's id on Nomad.
    pub alloc_id: Option<String>,
    /// The allocation's index within its group.
    pub alloc_index: Option<u64>,
    /// The job's name on Nomad.
    pub job_name: Option<String>,
}

impl Settings {
    /// Reads the settings through `lookup`; an empty variable counts as absent.
    ///
    /// # Errors
    /// Names the variable that is not text, or not a number where one is wanted.
    pub fn from_lookup(lookup: impl Fn(&str) -> Result<String, VarError>) -> anyhow::Result<Settings> {
        let text = |name: &str| match lookup(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => bail!("{name} is not valid UTF-8"),
        };
        let path = |name: &str| anyhow::Ok(text(name)?.map(PathBuf::from));
        let index = text("NOMAD_ALLOC_INDEX")?.map(|index| index.parse()).transpose();

        Ok(Settings {
            address: text("LATTICE_HTTP_ADDR")?.unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            paths: Paths {
                secret: path(SECRET_FILE)?,
                config: path(CONFIG_FILE)?,
                certificate: path(CERT_FILE)?,
                database: path(DB_FILE)?,
            },
            version: text("LATTICE_VERSION")?.unwrap_or_else(|| "unknown".to_owned()),
            alloc_id: text("NOMAD_ALLOC_ID")?,
            alloc_index: index.context("NOMAD_ALLOC_INDEX is not a number")?,
            job_name: text("NOMAD_JOB_NAME")?,
        })
    }

    /// Why `/health` fails, if it does: a version named "broken" is the demo's switch for a
    /// deployment that never becomes healthy and is rolled back.
    pub fn broken(&self) -> Option<String> {
        self.version.contains("broken").then(|| format!("version {} is broken on purpose", self.version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> anyhow::Result<Settings> {
        Settings::from_lookup(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        })
    }

    #[test]
    fn nothing_set_means_every_part_off() {
        let settings = settings(&[("LATTICE_SECRET_FILE", ""), ("LATTICE_HTTP_ADDR", "")]).unwrap();
        assert_eq!(settings.address, "127.0.0.1:8080");
        assert_eq!(settings.paths, Paths::default());
        assert_eq!(settings.version, "unknown");
        assert_eq!(settings.broken(), None);
    }

    #[test]
    fn an_index_that_is_no_number_is_refused_by_name() {
        let error = settings(&[("NOMAD_ALLOC_INDEX", "one")]).unwrap_err();
        assert!(error.to_string().contains("NOMAD_ALLOC_INDEX"), "{error}");
    }

    #[test]
    fn only_a_version_named_broken_is_broken() {
        for (version, broken) in [("1.2.3", false), ("1.2.4-broken", true), ("broken", true)] {
            let settings = settings(&[("LATTICE_VERSION", version)]).unwrap();
            assert_eq!(settings.broken().is_some(), broken, "{version}");
        }
    }
}
