//! `--online`: the builders' own checks, which ask the platforms.

use crate::child;
use crate::take::Build;
use record::Failure;
use record::check::Finding as Line;
use std::collections::BTreeMap;
use template::options::Finding;
use template::options::registry::Sort;
use template::source::{Code, Diagnostics};
use template::steps::{provision, tool_of};

/// Has each builder's `check` look at its builds, all at the same time, and puts what they find at its place in the templates.
pub(crate) fn check(builds: &[Build]) -> Diagnostics {
    let mut tools: BTreeMap<String, Vec<&Build>> = BTreeMap::new();
    // A `build-x` of somebody else's need not have a check.
    let known = |build: &&Build| Sort::Builder.find(&build.document.kind).is_some();
    for build in builds.iter().filter(known) {
        tools.entry(tool_of(&build.document.kind)).or_default().push(build);
    }
    // What provision builds itself involves no platform.
    tools.remove(provision::TOOL);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = tools
            .iter()
            .map(|(tool, builds)| scope.spawn(move || child::ask(tool, "check", builds)))
            .collect();
        let lost = |_| Err(Failure::usage("a check ended unexpectedly"));
        asked.into_iter().map(|answer| answer.join().unwrap_or_else(lost)).collect()
    });
    let mut diagnostics = Diagnostics::default();
    for ((tool, builds), answer) in tools.iter().zip(answers) {
        match answer {
            Ok(answer) => {
                for line in answer.lines().filter(|line| !line.trim().is_empty()) {
                    place(tool, line, builds, &mut diagnostics);
                }
            }
            Err(failure) => diagnostics.usage(Code::Online, failure.message).hint = failure.hint,
        }
    }
    diagnostics
}

fn place(tool: &str, line: &str, builds: &[&Build], diagnostics: &mut Diagnostics) {
    let Ok(Line { build, path, message, hint, warning }) = serde_json::from_str(line) else {
        diagnostics.usage(Code::Online, format!("'{tool} check' said what is no finding: {line}"));
        return;
    };
    match builds.iter().find(|known| known.document.build == build) {
        Some(known) => {
            known.planned.locate(Finding { code: Code::Online, path, message, hint, warning }, diagnostics);
        }
        None => {
            let diagnostic = diagnostics.usage(Code::Online, format!("{build}: {message}"));
            diagnostic.hint = hint;
            diagnostic.warning = warning;
        }
    }
}
