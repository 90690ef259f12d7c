//! No secret in anything that can be printed.

use super::super::{ConnectionUrl, TABLE};
use super::{FILE, exposed, from_hcl, lines};
use crate::config::Layers;

/// In every sensitive input, and where a user may put a secret by mistake.
const MARKER: &str = "MARKER-9f2c";

fn assert_silent(text: &str) {
    assert!(!text.contains(MARKER), "{text}");
}

#[test]
fn resolved_inputs_do_not_print_secrets() {
    let sensitive = TABLE.iter().filter(|input| input.sensitive);
    let text = lines(sensitive.map(|input| (input.name, format!("{MARKER:?}"))));
    let text = format!("{text}db_connection_url = \"postgres://u:{MARKER}@h/x?password={MARKER}\"");
    let layers = Layers::new().file(FILE, &text);
    assert_silent(&format!("{layers:?}"));
    let resolved = layers.resolve().expect("valid");
    assert!(exposed(&resolved.inputs).contains(MARKER));
    assert_silent(&format!("{resolved:?}"));
    assert_silent(&resolved.inputs.db_connection_url.to_string());
    // One for each of the five, one for the URL, one for the moving tag.
    assert_eq!(resolved.warnings.len(), 7, "{:?}", resolved.warnings);
    let warnings: Vec<_> = resolved.warnings.iter().map(ToString::to_string).collect();
    assert_silent(&warnings.join("\n"));
    assert_eq!(
        warnings[1],
        "terraform.tfvars:2:1: vault_token: a secret in the configuration file; \
         set VAULT_TOKEN instead"
    );
}

#[test]
fn problems_do_not_print_secrets() {
    let secret = |template: &str| template.replace("{}", MARKER);
    let texts = [
        "vault_token = \"{} {}\"",
        "vault_token = [\"{}\"]",
        "vault_token = \"{}",
        "vault_token = \"{}\" trailing",
        "vault_token = {}\"",
        "vault_token = \"{}\"\nvault_token = \"{}\"",
        "db_password = \"{}\\n\"",
        "vault_tokn = \"{}\"",
        "vault_address = \"https://u:{}@vault\"",
        "vault_address = \"//u:{}@\"",
        "db_connection_url = \"mysql://u:{}@h/x\"",
        "db_connection_url = \"postgresql://u:{} @h/x\"",
        "secret \"{}\" {}",
    ];
    for text in texts {
        let text = secret(text);
        let error = Layers::new().file(FILE, &text).resolve().expect_err("a problem");
        assert_silent(&format!("{error} {error:?}"));
        let json = Layers::new().file("a.json", &text).resolve().expect_err("not JSON");
        assert_silent(&format!("{json} {json:?}"));
    }
    for flag in ["{}", "vault_token={}", "hvs.{}=x", "=x{}", "db_connection_url={}"] {
        let error = Layers::new().var(&secret(flag)).resolve().expect_err("a problem");
        assert_silent(&format!("{error} {error:?}"));
    }
}

#[test]
fn a_secret_is_refused_as_a_flag() {
    let error = Layers::new().var("db_password=x").resolve().expect_err("refused");
    assert_eq!(
        error.to_string(),
        "invalid configuration: --var: db_password: a secret on the command line is visible to \
         every process; set the environment variable TF_VAR_db_password"
    );
}

#[test]
fn an_empty_secret_is_none_and_no_warning() {
    let resolved = from_hcl("image_tag = \"v1\"\nvault_token = \"\"");
    assert!(resolved.inputs.vault_token.is_none());
    assert_eq!(resolved.warnings, []);
}

#[test]
fn a_var_file_is_a_place_for_secrets() {
    let layers = Layers::new().var_file("secret.tfvars", "image_tag = \"v1\"\nvault_token = \"x\"");
    assert_eq!(layers.resolve().expect("valid").warnings, []);
}

#[test]
fn a_connection_url_is_shown_without_its_user() {
    let url =
        |text: &str| -> ConnectionUrl { from_hcl(&format!("db_connection_url = \"{text}\"")).inputs.db_connection_url };
    for (text, shown, is_literal) in [
        (
            "postgresql://{{username}}:{{password}}@h:5432/x?sslmode=disable",
            "postgresql://h:5432/x?sslmode=disable",
            false,
        ),
        ("postgres://u:p@a,b/x?connect_timeout=3", "postgres://a,b/x", true),
        ("postgres://u:p@ss@h/x", "postgres://h/x", true),
        ("postgres://u:p?ss@h/x", "postgres://[REDACTED]", false),
        ("postgres://u@h/x", "postgres://h/x", false),
        ("postgres://h/x?password=p&sslmode=require", "postgres://h/x?sslmode=require", true),
    ] {
        let url = url(text);
        assert_eq!(url.expose(), text);
        assert_eq!(url.to_string(), shown);
        assert_eq!(format!("{url:?}"), format!("ConnectionUrl({shown})"));
        assert_eq!(url.has_literal_password(), is_literal, "{text}");
    }
}
