//! Runs a record's sequences.

use crate::ledger::{Ledger, Sequence, files};
use crate::steps::{Context, Run, Step};
use record::{Artifact, Build, Failure, FailureKind, Record};
use std::sync::Arc;
use template::Late;
use template::options::registry::Sort;

/// Runs all sequences, one after another, each from what the builder has made (Packer 1.16). A sequence that fails does
/// not stop the next; then the record is failed, with the first failure, and lists everything that exists.
pub async fn run(mut record: Record, build: Build, run: Arc<Run>) -> Record {
    let (sequences, artifacts) = match read(&record) {
        Ok(read) => read,
        Err(failure) => {
            build.fail(&mut record, &failure);
            return record;
        }
    };
    let mut ledger = Ledger::new(&artifacts);
    let context = Context { build: build.clone(), record: Arc::new(record.clone()), run };
    let mut first: Option<Failure> = None;
    for steps in sequences {
        let Err(failure) = sequence(&context, steps, &artifacts, &mut ledger).await else { continue };
        ledger.failed();
        let interrupted = failure.kind == FailureKind::Interrupted;
        match &first {
            Some(_) if !interrupted => build.error(failure.message.clone(), failure.hint.clone()),
            Some(_) => {}
            None => first = Some(failure),
        }
        if interrupted {
            break;
        }
    }
    if first.is_some() {
        ledger.failed();
    }
    let (left, problems) = ledger.settle();
    for problem in problems {
        build.warn(problem);
    }
    remove_empty_folder(&record, &artifacts);
    record.set("artifacts", &left);
    if let Some(failure) = first {
        build.fail(&mut record, &failure);
    }
    record
}

/// The steps, all read before the first runs, and what the builder has made.
fn read(record: &Record) -> Result<(Vec<Vec<Step>>, Vec<Artifact>), Failure> {
    let late = Late::of(record)?;
    let read = |options| Step::read(&late.settle(Sort::PostProcessor, options)?);
    let sequences = record.post_processors()?;
    let steps = sequences.iter().map(|sequence| sequence.iter().map(read).collect());
    Ok((steps.collect::<Result<_, _>>()?, record.artifacts()?))
}

async fn sequence(
    context: &Context,
    steps: Vec<Step>,
    artifacts: &[Artifact],
    ledger: &mut Ledger,
) -> Result<(), Failure> {
    let build = &context.build;
    let mut current = artifacts.to_vec();
    let mut entries = Sequence::default();
    for step in steps {
        if build.is_cancelled() {
            return Err(Failure::interrupted());
        }
        let guard = build.step(step.name.clone());
        let (name, rule, wish, users) = (step.name.clone(), step.rule(), step.keep, step.gives_users_files());
        let output = step
            .run(context.clone(), current.clone())
            .await
            .map_err(|failure| if failure.step.is_none() { failure.step(name) } else { failure })?;
        guard.done();
        if users {
            ledger.users_own(&output);
        }
        if !rule.keeps(wish) {
            warn_of_images(build, &current);
        }
        ledger.made(&output);
        entries.step(&current, &output, rule, wish);
        current = output;
    }
    ledger.done(entries, &current);
    Ok(())
}

/// Says that images in a cloud stay: this tool talks to none.
fn warn_of_images(build: &Build, input: &[Artifact]) {
    for artifact in input.iter().filter(|artifact| artifact.files.is_empty() && !artifact.id.is_empty()) {
        build.warn(format!(
            "keep_input_artifact is false, but {} stays: postprocess removes files only",
            artifact.id
        ));
    }
}

/// Removes the builder's output folder once nothing is left in it: the builder refuses to run while it is there.
fn remove_empty_folder(record: &Record, artifacts: &[Artifact]) {
    let builder = record.builder().unwrap_or_default();
    let Some(folder) = builder.get("output_directory").and_then(serde_json::Value::as_str) else { return };
    let inside = |path: &str| std::path::Path::new(path).starts_with(folder);
    if !folder.is_empty() && files(artifacts).any(|file| inside(&file.path)) {
        // Fails where something is in it, which is what is wanted.
        let _ = std::fs::remove_dir(folder);
    }
}
