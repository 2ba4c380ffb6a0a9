//! Configurations in HCL2 and in HCL2's JSON: read, evaluated, planned.

#![no_main]

use fuzz::{Nobody, settings, show};
use libfuzzer_sys::fuzz_target;
use template::hcl2::{plan, read, values};
use template::source::{Diagnostics, Source};

fuzz_target!(|text: &str| {
    let name = if text.starts_with('{') { "t.pkr.json" } else { "t.pkr.hcl" };
    let mut diagnostics = Diagnostics::default();
    let read = read(name, &[Source::new(name, text)], &mut diagnostics);
    let settings = settings(Vec::new());
    values(&read, &[], "/nowhere", &settings);
    plan(&read, &[], "/nowhere", &settings, &Nobody, &mut diagnostics);
    show(diagnostics);
});
