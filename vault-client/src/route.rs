//! Paths below a mount. Vault decodes `%2F` before it looks for the handler, so a `/` inside a name cannot be hidden
//! from it: it is refused where a name stands, and splits where a path stands.

use crate::error::{Error, RequestError, Result};
use crate::transport::Path;

/// `/v1/{mount}/{names…}`: the mount may hold `/`, the names must not.
pub(crate) fn route<'a>(mount: &str, names: impl IntoIterator<Item = &'a str>) -> Result<Path> {
    let base = Path::of(parts(mount))?;
    let mut checked = Vec::new();
    for name in names {
        if name.contains('/') {
            return Err(refused(&base, "a name in the path holds a `/`"));
        }
        checked.push(name);
    }
    Path::under(base.as_str(), checked)
}

/// The path and a longer one below it.
pub(crate) fn below(base: &Path, tail: &str) -> Result<Path> {
    Path::under(base.as_str(), parts(tail))
}

/// The path of a folder: the base itself for an empty one.
pub(crate) fn folder(base: Path, prefix: &str) -> Result<Path> {
    let prefix = prefix.trim_matches('/');
    if prefix.is_empty() { base.key("") } else { base.key(&format!("{prefix}/")) }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.trim_matches('/').split('/')
}

fn refused(base: &Path, problem: &str) -> Error {
    RequestError { method: "request", path: format!("{}/…", base.as_str()), problem: problem.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::{below, folder, route};
    use proptest::prelude::*;

    #[test]
    fn mounts_and_paths_split_while_names_do_not() {
        assert_eq!(route("/team/pki/", ["roles", "a b"]).unwrap().as_str(), "/v1/team/pki/roles/a%20b");
        let data = route("secret", ["data"]).unwrap();
        assert_eq!(below(&data, "a/b").unwrap().as_str(), "/v1/secret/data/a/b");
        assert_eq!(folder(data.clone(), "").unwrap().as_str(), "/v1/secret/data/");
        assert_eq!(folder(data.clone(), "a/b/").unwrap().as_str(), "/v1/secret/data/a/b/");
        assert!(folder(data.clone(), "../sys").is_err());
        for bad in ["", "a//b", "../../sys/seal", "a/.."] {
            assert!(below(&data, bad).is_err(), "{bad:?}");
            assert!(route(bad, ["roles"]).is_err(), "{bad:?}");
        }
        assert!(route("transit", ["keys", "a/rotate"]).is_err());
        assert!(route("transit", ["keys", ""]).is_err());
    }

    proptest! {
        #[test]
        fn a_secret_never_leaves_its_mount(path in ".{0,30}") {
            let data = route("secret", ["data"]).unwrap();
            if let Ok(path) = below(&data, &path) {
                let mut url = url::Url::parse("http://127.0.0.1:1").unwrap();
                url.set_path(path.as_str());
                prop_assert_eq!(url.path(), path.as_str());
                prop_assert!(url.path().starts_with("/v1/secret/data/"));
                prop_assert!(!url.path().contains("//"));
            }
        }
    }
}
