//! The two formats.

use super::{FILE, from_hcl, message, problems};
use crate::config::Layers;
use proptest::prelude::*;

#[test]
fn strings_come_in_every_form_of_hcl() {
    let inputs = from_hcl(
        "command = \"a \\\"b\\\" \\u00e9 $${c} %%{d}\"\n\
         tags = {\n  long = <<-EOT\n    text\n      more\n    EOT\n  \"a.b\" : \"c\"\n}\n",
    )
    .inputs;
    assert_eq!(inputs.command, "a \"b\" é ${c} %{d}");
    assert_eq!(inputs.tags["long"], "text\n  more\n");
    assert_eq!(inputs.tags["a.b"], "c");
}

#[test]
fn positions_count_characters_and_survive_other_line_ends() {
    let text = "# é\r\n\r\ntags = { é = \"ü\", b = [1] }\r\n";
    assert_eq!(message(text), "terraform.tfvars:3:23: tags: is a list, not a string; write a string");
    let marked = Layers::new().file(FILE, "\u{feff}image_tag = \"v1\"").resolve();
    assert_eq!(marked.expect("valid").inputs.image_tag, "v1");
}

#[test]
fn what_must_be_computed_is_refused_where_it_stands() {
    for (value, said) in [
        ("var.tag", "a reference to an attribute"),
        ("tag", "a reference to a variable"),
        ("lower(\"X\")", "a function call"),
        ("true ? \"a\" : \"b\"", "a condition"),
        ("1 + 2", "a computation"),
        ("!true", "a computation"),
        ("[for x in [] : x]", "a `for` expression"),
        ("\"v${1}\"", "a string with an interpolation"),
        ("<<A\n${x}\nA", "a string with an interpolation"),
    ] {
        let message = message(&format!("image_tag = {value}\n"));
        let place = "terraform.tfvars:1:13: image_tag: is ";
        assert!(message.starts_with(place) && message.contains(said), "{message}");
        assert!(message.contains("only literal values are allowed"), "{message}");
    }
    assert!(message("tags = { (x) = 1 }").contains("a map with a computed key"));
}

#[test]
fn a_block_is_refused_where_it_stands() {
    let message = message("image_tag = \"v1\"\n\nhook \"x\" {\n}\n");
    assert!(message.starts_with("terraform.tfvars:3:1: a block, "), "{message}");
}

#[test]
fn broken_text_is_refused_where_it_breaks() {
    let hcl = message("image_tag = \"v1\"\ncpu_limit = = 3\n");
    assert!(hcl.starts_with("terraform.tfvars:2:13: "), "{hcl}");
    for (text, place, said) in [
        ("{\n  \"cpu_limit\": ,\n}", "x.JSON:2:16", "expected value"),
        ("", "x.JSON:1:1", "EOF"),
        (" [1]", "x.JSON:1:2", "not a JSON object"),
        ("{\"cpu_limit\": 1e999}", "x.JSON:1:", "number out of range"),
    ] {
        let problems = problems(Layers::new().file("x.JSON", text));
        assert_eq!(problems.len(), 1, "{problems:?}");
        let message = problems[0].to_string();
        assert!(message.starts_with(place) && message.contains(said), "{message}");
    }
}

#[test]
fn json_members_are_reported_where_they_stand() {
    let text = "{\"//\": \"a comment\",\n \"tags\": {\"a\": \"\\u00e9\",\n  \"b\": [true, -1.5e1]}}";
    let problems = problems(Layers::new().file("a.json", text));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].to_string(), "a.json:3:8: tags: is a list, not a string; write a string");
    let text = "{ \"instance_count\" : 3.0 , \"allowed_sources\":[ ], \"command\": \"${x}\" }";
    let inputs = Layers::new().file("a.json", text).resolve().expect("valid").inputs;
    assert_eq!((inputs.instance_count, inputs.command.as_str()), (3, "${x}"));
    assert!(inputs.allowed_sources.is_empty());
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    for (name, open) in [("a.tfvars", "tags = "), ("a.json", "{\"tags\": ")] {
        let text = format!("{open}{}", "[".repeat(100_000));
        assert_eq!(problems(Layers::new().file(name, &text)).len(), 1);
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*|[a-z_=\"{}\\[\\],:$%<\\n #/0-9.-]{0,80}") {
        for name in ["a.tfvars", "a.json"] {
            let _: Result<_, _> = Layers::new().file(name, &text).resolve();
        }
        let lookup = |_: &str| Some(text.clone());
        let result = Layers::new().environment(&lookup).var(&text).resolve();
        prop_assert!(result.is_err());
    }

    #[test]
    fn arbitrary_values_never_panic(
        index in 0..super::super::TABLE.iter().count(),
        text in "\\PC{0,40}",
        number in any::<f64>(),
    ) {
        let Some(input) = super::super::TABLE.iter().nth(index) else { unreachable!() };
        for value in [format!("{text:?}"), number.to_string(), format!("[{text:?}]")] {
            let file = format!("{} = {value}", input.name);
            if let Err(error) = Layers::new().file(FILE, &file).resolve() {
                prop_assert!(error.to_string().contains("terraform.tfvars:1:"), "{}", error);
            }
        }
    }

    #[test]
    fn any_text_survives_json(text in "\\PC{0,40}") {
        let json = serde_json::json!({ "command": text }).to_string();
        let inputs = Layers::new().file("a.json", &json).resolve().expect("valid").inputs;
        prop_assert_eq!(inputs.command, text);
    }
}
