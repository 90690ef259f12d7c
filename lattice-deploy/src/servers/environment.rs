use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
    path::Path,
};

/// Looks up an environment variable; what is empty counts as unset.
pub type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + Sync + 'a;

/// What every server may see of its caller's environment.
const KEPT: [&str; 8] = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE"];

/// The whole environment of a server: nothing of the caller's leaks in unless it is named here.
///
/// A `CONSUL_HTTP_TOKEN` or `VAULT_ADDR` of the user would otherwise change what a server or its plugins do.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The search path, home, temporary folder, locale and time zone of the caller, and nothing else.
    pub fn scrubbed(lookup: &Lookup<'_>) -> Self {
        let kept = KEPT.into_iter().filter_map(|name| Some((name.into(), present(lookup, name)?)));
        Self(kept.collect())
    }

    /// Sets one variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Puts a folder in front of the search path: Nomad finds `consul` there for the mesh.
    #[must_use]
    pub fn with_search_path(mut self, folder: &Path) -> Self {
        let path = self.0.entry("PATH".into()).or_default();
        let mut longer = folder.as_os_str().to_owned();
        if !path.is_empty() {
            longer.push(":");
            longer.push(&path);
        }
        *path = longer;
        self
    }

    /// The variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

/// Names only: a value may be a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A variable that is set and not empty.
pub(super) fn present(lookup: &Lookup<'_>, name: &str) -> Option<OsString> {
    lookup(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(name: &str) -> Option<OsString> {
        let value = match name {
            "PATH" => "/usr/bin",
            "HOME" => "/home/a",
            "VAULT_TOKEN" | "CONSUL_HTTP_TOKEN" | "NOMAD_ADDR" => "leak",
            "LANG" => "",
            _ => return None,
        };
        Some(value.into())
    }

    #[test]
    fn only_what_is_harmless_is_kept() {
        let environment = Environment::scrubbed(&caller).with("X", "1");
        let names: Vec<_> = environment.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["HOME", "PATH", "X"]);
    }

    #[test]
    fn a_folder_goes_in_front_of_the_search_path() {
        let folder = Path::new("/opt/bin");
        let longer = Environment::scrubbed(&caller).with_search_path(folder);
        assert!(longer.iter().any(|pair| pair == (OsStr::new("PATH"), OsStr::new("/opt/bin:/usr/bin"))));
        let alone = Environment::default().with_search_path(folder);
        assert!(alone.iter().any(|pair| pair == (OsStr::new("PATH"), OsStr::new("/opt/bin"))));
    }

    #[test]
    fn values_stay_out_of_debug() {
        let text = format!("{:?}", Environment::default().with("TOKEN", "hunter2"));
        assert!(text.contains("TOKEN") && !text.contains("hunter2"), "{text}");
    }
}
