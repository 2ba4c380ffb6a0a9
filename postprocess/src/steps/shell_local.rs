//! `shell-local`: runs scripts on this machine, which are told what was built.

use super::Context;
use crate::ledger::paths;
use communicator::local::{self, Environment};
use record::env::PACKER_RUN_UUID;
use record::{Artifact, Failure};
use template::options::shell_local::ShellLocal;

/// The paths of the artifact's files, one a line.
const FILES: &str = "KILN_ARTIFACT_FILES";

/// The artifact's id, such as `us-east-1:ami-1,eu-west-1:ami-2`; empty for files.
const ID: &str = "KILN_ARTIFACT_ID";

/// Runs the scripts and hands the artifacts on.
pub(super) async fn run(
    options: &ShellLocal,
    context: &Context,
    input: Vec<Artifact>,
) -> Result<Vec<Artifact>, Failure> {
    let files: Vec<String> = paths(&input).map(|path| path.display().to_string()).collect();
    let extra = Environment::from([
        (FILES.to_owned(), files.join("\n")),
        (ID.to_owned(), super::manifest::artifact_id(&input)),
        (PACKER_RUN_UUID.to_owned(), context.run.id(context.record.id()).to_owned()),
    ]);
    local::run(options, &context.record, &extra, &context.build).await?;
    Ok(input)
}
