//! The tokens of a stack, and the files that hold them.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::{Result, StackError, file};

/// The management token of each server, and Vault's key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tokens {
    /// Consul's.
    pub consul: SecretString,
    /// Nomad's.
    pub nomad: SecretString,
    /// Vault's; known when Vault has been initialized.
    pub vault: Option<SecretString>,
    /// The key that unseals Vault.
    pub unseal: Option<SecretString>,
    folder: PathBuf,
}

const CONSUL: &str = "consul";
const NOMAD: &str = "nomad";
const VAULT: &str = "vault";
const UNSEAL: &str = "vault-unseal-key";

impl Tokens {
    /// Reads the tokens of an earlier stack, or makes new ones.
    pub(super) fn load(data_dir: &Path) -> Result<Self> {
        let folder = Self::folder(data_dir);
        let builder = &mut std::fs::DirBuilder::new();
        file(builder.recursive(true).mode(0o700).create(&folder), "create", &folder)?;
        let or_new = |name: &str| {
            if let Some(token) = read(&folder, name)? {
                return Ok(token);
            }
            let token = random_uuid()?;
            write(&folder, name, &token)?;
            Ok::<_, StackError>(token)
        };
        Ok(Self {
            consul: or_new(CONSUL)?,
            nomad: or_new(NOMAD)?,
            vault: read(&folder, VAULT)?,
            unseal: read(&folder, UNSEAL)?,
            folder,
        })
    }

    /// Where the tokens of a stack are.
    pub(super) fn folder(data_dir: &Path) -> PathBuf {
        data_dir.join("tokens")
    }

    pub(super) fn keep_vault(&mut self, token: SecretString, key: SecretString) -> Result<()> {
        write(&self.folder, VAULT, &token)?;
        write(&self.folder, UNSEAL, &key)?;
        self.vault = Some(token);
        self.unseal = Some(key);
        Ok(())
    }

    /// The file that holds Consul's token.
    pub fn consul_file(&self) -> PathBuf {
        self.folder.join(CONSUL)
    }

    /// The file that holds Nomad's token.
    pub fn nomad_file(&self) -> PathBuf {
        self.folder.join(NOMAD)
    }

    /// The file that holds Vault's token.
    pub fn vault_file(&self) -> PathBuf {
        self.folder.join(VAULT)
    }
}

fn read(folder: &Path, name: &str) -> Result<Option<SecretString>> {
    let path = folder.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => file(Err(error), "read", &path),
    }
}

fn write(folder: &Path, name: &str, token: &SecretString) -> Result<()> {
    let path = folder.join(name);
    let open = std::fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(&path);
    file(open.and_then(|mut open| open.write_all(token.expose_secret().as_bytes())), "write", &path)
}

/// A random token in the form that Consul and Nomad want.
fn random_uuid() -> Result<SecretString> {
    let mut bytes = [0_u8; 16];
    fill(&mut bytes)?;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-").into())
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| StackError::Unexpected(format!("the system gives no random bytes: {error}")))
}

#[cfg(test)]
mod tests {
    use super::random_uuid;
    use secrecy::ExposeSecret;

    #[test]
    fn tokens_have_the_form_of_a_uuid() {
        let token = random_uuid().unwrap();
        let lengths: Vec<usize> = token.expose_secret().split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
