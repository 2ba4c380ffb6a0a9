//! Configurations laid out: what is laid out is laid out, and means what it meant before.

#![no_main]

use fuzz::{Nobody, settings};
use libfuzzer_sys::fuzz_target;
use template::hcl2::{format, plan, read};
use template::source::{Diagnostics, Source};

/// What a configuration plans and what is wrong with it, without places.
fn meaning(text: &str) -> (String, Vec<String>) {
    let mut diagnostics = Diagnostics::default();
    let read = read("t.pkr.hcl", &[Source::new("t.pkr.hcl", text)], &mut diagnostics);
    let plan = plan(&read, &[], "/nowhere", &settings(Vec::new()), &Nobody, &mut diagnostics);
    let builds = plan.builds.iter().map(|build| {
        let steps = (&build.provisioners, &build.error_cleanup, &build.post_processors);
        format!("{} {} {:?} {steps:?}", build.name, build.kind, build.builder)
    });
    let planned = format!("{:?} {:?} {:?}", plan.names, plan.variables.values, builds.collect::<Vec<_>>());
    let mut messages: Vec<String> = diagnostics.all.into_iter().map(|found| found.message).collect();
    messages.sort();
    (planned, messages)
}

fuzz_target!(|text: &str| {
    let laid_out = |text: &str| format(&Source::new("t.pkr.hcl", text), &mut Diagnostics::default());
    let Some(once) = laid_out(text) else { return };
    let twice = laid_out(&once);
    assert_eq!(twice.as_ref(), Some(&once), "laid out again, it is another text");
    assert_eq!(meaning(text), meaning(&once), "{once:?}");
});
