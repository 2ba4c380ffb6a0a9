//! Variable files of templates in JSON, and both forms of those of HCL2.

#![no_main]

use fuzz::{Nobody, settings, show};
use libfuzzer_sys::fuzz_target;
use template::hcl2;
use template::packer_json::{plan, read};
use template::source::{Diagnostics, Source};

const JSON: &str = r#"{"variables": {"a": null, "b": "{{user `a`}}"}, "builders": [{"type": "null", "ssh_host": "{{user `b`}}"}]}"#;
const HCL: &str = r#"
variable "a" { type = list(object({ b = optional(number, 1), c = map(string) })) }
variable "b" { default = {} }
variable "c" { type = set(bool) }
source "null" "x" { communicator = "none" }
build { sources = ["null.x"] }
"#;

fuzz_target!(|text: &str| {
    let template = Source::new("t.json", JSON);
    let mut diagnostics = Diagnostics::default();
    if let Some(read) = read(&template).template {
        let settings = settings(vec![Source::new("v.json", text)]);
        plan(&template, &read, "/nowhere", &settings, &mut diagnostics);
    }
    let read = hcl2::read("t.pkr.hcl", &[Source::new("t.pkr.hcl", HCL)], &mut diagnostics);
    for name in ["v.pkrvars.hcl", "v.pkrvars.json"] {
        let settings = settings(vec![Source::new(name, text)]);
        hcl2::plan(&read, &[], "/nowhere", &settings, &Nobody, &mut diagnostics);
    }
    show(diagnostics);
});
