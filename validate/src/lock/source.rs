//! Source AMIs: ids as the template gives them, or as `build-ec2 resolve` finds them.

use crate::child;
use crate::take::Build;
use record::Failure;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What `build-ec2 resolve` says of a record.
#[derive(Deserialize)]
struct Answer {
    id: String,
    source_ami: Option<String>,
    message: Option<String>,
    hint: Option<String>,
}

/// The source AMIs of all builds that have one, by the ids of their records.
///
/// # Errors
/// When `build-ec2` cannot be asked.
pub(super) fn resolve(builds: &[Build]) -> Result<BTreeMap<String, Result<String, Failure>>, Failure> {
    let mut known = BTreeMap::new();
    let mut asked = Vec::new();
    for build in builds.iter().filter(|build| build.document.kind.starts_with("amazon-")) {
        let text = build.document.builder.get("source_ami").and_then(Value::as_str).unwrap_or_default();
        if !text.is_empty() {
            known.insert(build.document.id.clone(), Ok(text.to_owned()));
        } else if build.document.builder.contains_key("source_ami_filter") {
            asked.push(build);
        }
    }
    if asked.is_empty() {
        return Ok(known);
    }
    for line in child::ask("build-ec2", "resolve", &asked)?.lines() {
        let answer: Answer = serde_json::from_str(line)
            .map_err(|_| Failure::new(format!("'build-ec2 resolve' said what is no answer: {line}")))?;
        let Some(build) = asked.iter().find(|build| build.document.id == answer.id) else { continue };
        let found = answer.source_ami.ok_or_else(|| Failure {
            hint: answer.hint,
            ..Failure::usage(format!("{}: {}", build.document.build, answer.message.unwrap_or_default()))
        });
        known.insert(answer.id, found);
    }
    for build in asked {
        known.entry(build.document.id.clone()).or_insert_with(|| {
            Err(Failure::new(format!("{}: 'build-ec2 resolve' did not answer", build.document.build)))
        });
    }
    Ok(known)
}

/// Has the record name its source AMI by id, in place of a filter.
pub(super) fn pin(build: &mut Build, id: &str) {
    let options = &mut build.document.builder;
    if options.shift_remove("source_ami_filter").is_some() {
        options.insert("source_ami".to_owned(), id.into());
    }
}
