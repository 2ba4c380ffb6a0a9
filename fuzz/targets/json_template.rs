//! Templates in JSON: read, planned, mended.

#![no_main]

use fuzz::{settings, show};
use libfuzzer_sys::fuzz_target;
use template::packer_json::{plan, read};
use template::source::Source;
use template::steps::course;

fuzz_target!(|text: &str| {
    let source = Source::new("t.json", text);
    let read = read(&source);
    let mut diagnostics = read.diagnostics;
    if let Some(template) = read.template {
        let plan = plan(&source, &template, "/nowhere", &settings(Vec::new()), &mut diagnostics);
        plan.builds.iter().for_each(|planned| drop(course(planned)));
    }
    show(diagnostics);
});
