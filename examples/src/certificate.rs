//! The certificate of a PEM bundle, and whether the bundle's key belongs to it.

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Serialize;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::time::ASN1Time;

/// What may be shown of a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Distinguished name of the holder.
    pub subject: String,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// Serial number as Vault writes it: `0a:1b:…`.
    pub serial: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// DNS names among the subject's alternative names.
    pub dns_names: Vec<String>,
    /// Whether the bundle's private key belongs to the certificate.
    pub key_matches: bool,
}

impl Certificate {
    /// Reads the first certificate of a PEM bundle and compares it with the bundle's key, which
    /// may be PKCS#8, SEC1 or PKCS#1: Vault writes the last two unless asked otherwise.
    ///
    /// # Errors
    /// Says what is missing or malformed; never quotes the bundle.
    pub fn from_pem(bundle: &[u8]) -> anyhow::Result<Certificate> {
        let certificate = CertificateDer::pem_slice_iter(bundle)
            .next()
            .unwrap_or(Err(PemError::NoItemsFound))
            .map_err(|error| pem_error(&error, "certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(bundle).map_err(|error| pem_error(&error, "private key"))?;

        let (_, parsed) =
            parse_x509_certificate(&certificate).map_err(|_| anyhow!("the certificate is not valid X.509"))?;
        let key =
            any_supported_type(&key).map_err(|_| anyhow!("the private key is malformed or of an unsupported type"))?;
        let public = key.public_key().context("the private key has no public key")?;

        Ok(Certificate {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            serial: hex(&parsed.tbs_certificate.serial.to_bytes_be(), ":"),
            not_before: timestamp(parsed.validity().not_before)?,
            not_after: timestamp(parsed.validity().not_after)?,
            dns_names: dns_names(&parsed)?,
            key_matches: public.as_ref() == parsed.public_key().raw,
        })
    }

    /// Why the certificate cannot be used at `now`; empty if it can.
    pub fn problems(&self, now: Timestamp) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.key_matches {
            problems.push("the private key does not belong to the certificate".to_owned());
        }
        if now < self.not_before {
            problems.push(format!("the certificate is not valid before {}", self.not_before));
        }
        if now > self.not_after {
            problems.push(format!("the certificate expired at {}", self.not_after));
        }
        problems
    }
}

/// The reader's own text may quote a line, and a line may hold the key.
fn pem_error(error: &PemError, what: &str) -> anyhow::Error {
    match error {
        PemError::NoItemsFound => anyhow!("the bundle has no {what}"),
        _ => anyhow!("the bundle is not well-formed PEM, looking for its {what}"),
    }
}

fn timestamp(time: ASN1Time) -> anyhow::Result<Timestamp> {
    Timestamp::from_second(time.timestamp()).context("the certificate's validity is out of range")
}

fn dns_names(certificate: &x509_parser::certificate::X509Certificate<'_>) -> anyhow::Result<Vec<String>> {
    let names = certificate
        .subject_alternative_name()
        .map_err(|_| anyhow!("the certificate's alternative names are malformed"))?;
    let names = names.iter().flat_map(|extension| &extension.value.general_names);
    Ok(names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        })
        .collect())
}

/// Lower-case hexadecimal digits, a separator between bytes.
pub(crate) fn hex(bytes: &[u8], separator: &str) -> String {
    let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Throwaway keys in the two forms that Vault writes by default, for leaf.example.test.
    const EC_SEC1: &str = include_str!("../tests/fixtures/ec_sec1.pem");
    const RSA_PKCS1: &str = include_str!("../tests/fixtures/rsa_pkcs1.pem");

    /// The bundle's text before and from its private key.
    fn split(bundle: &str) -> (&str, &str) {
        let begin = bundle.find("PRIVATE KEY-----").unwrap();
        bundle.split_at(bundle[..begin].rfind("-----BEGIN").unwrap())
    }

    #[test]
    fn reads_the_bundles_that_vault_writes() {
        for (bundle, serial) in [(EC_SEC1, "0a:0b:0c"), (RSA_PKCS1, "8a:0b:1c:2d")] {
            let certificate = Certificate::from_pem(bundle.as_bytes()).unwrap();
            assert_eq!(certificate.subject, "CN=leaf.example.test");
            assert_eq!(certificate.issuer, "CN=Throwaway Test CA");
            assert_eq!(certificate.serial, serial);
            assert_eq!(certificate.dns_names, ["leaf.example.test", "other.example.test"]);
            assert!(certificate.key_matches);
        }
    }

    #[test]
    fn the_place_of_the_key_in_the_bundle_does_not_matter() {
        let (certificates, key) = split(EC_SEC1);
        let certificate = Certificate::from_pem(format!("{key}{certificates}").as_bytes()).unwrap();
        assert_eq!(certificate, Certificate::from_pem(EC_SEC1.as_bytes()).unwrap());
    }

    #[test]
    fn the_key_of_another_issue_does_not_match() {
        let (certificates, _) = split(EC_SEC1);
        let (_, key) = split(RSA_PKCS1);
        let certificate = Certificate::from_pem(format!("{certificates}{key}").as_bytes()).unwrap();
        assert!(!certificate.key_matches);
        let problems = certificate.problems(certificate.not_after);
        assert_eq!(problems, ["the private key does not belong to the certificate"]);
    }

    #[test]
    fn validity_is_judged_at_both_ends() {
        let certificate = Certificate::from_pem(EC_SEC1.as_bytes()).unwrap();
        let second = jiff::SignedDuration::from_secs(1);
        let (start, end) = (certificate.not_before, certificate.not_after);
        for (now, valid) in [(start - second, false), (start, true), (end, true), (end + second, false)] {
            assert_eq!(certificate.problems(now).is_empty(), valid, "{now}");
        }
    }

    #[test]
    fn what_is_missing_or_malformed_is_said_and_not_quoted() {
        let (certificates, key) = split(EC_SEC1);
        let one_line = format!("{certificates}{}", key.replace('\n', ""));
        let cut_short = format!("{certificates}{}", &key[..key.len() - 40]);
        let no_key_inside =
            format!("{certificates}-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
        let not_x509 = format!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{key}");
        for (bundle, reason) in [
            ("", "no certificate"),
            (certificates, "no private key"),
            (key, "no certificate"),
            (&one_line, "private key"),
            (&cut_short, "private key"),
            (&no_key_inside, "malformed"),
            (&not_x509, "not valid X.509"),
        ] {
            let error = format!("{:#}", Certificate::from_pem(bundle.as_bytes()).unwrap_err());
            assert!(error.contains(reason), "{error}");
            let secret = key.lines().nth(1).unwrap();
            assert!(!error.contains(&secret[..16]), "{error}");
        }
    }
}
