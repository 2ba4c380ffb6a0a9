//! Handing a record to the tool that made its machine: to be captured, or to be destroyed.

use record::{Build, Failure, Record};
use rustix::process::{Pid, Signal, kill_process};
use std::os::fd::AsRawFd;
use std::process::Stdio;
use std::time::Duration;
use template::steps::provision::hand_over;
use template::steps::tool_of;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long a second builder may take to destroy the machine that the first one left.
const SECOND_TRY: Duration = Duration::from_secs(120);

/// Hands a record over and gives back what its builder made of it. A builder that ends without an answer (killed, or
/// stopped before it listened to signals) leaves a machine: a second one is asked to destroy it. Where that fails as
/// well, the record has failed and still owns its machine.
pub(crate) async fn to_builder(mut record: Record, build: &Build) -> Record {
    let tool = tool_of(record.kind());
    build.note_steps(&mut record);
    let Err(failure) = exchange(&tool, &record, build).await.map(|answer| record = answer) else {
        return record;
    };
    // The first failure is the one to know about; what it was before is in the log.
    let earlier = record.error().ok().flatten();
    build.fail(&mut record, &failure.step("hand over"));
    if let Some(earlier) = earlier {
        record.set("error", &earlier);
    }
    match exchange(&tool, &record, &build.for_cleanup(SECOND_TRY)).await {
        Ok(answer) => answer,
        Err(_) => record,
    }
}

async fn exchange(tool: &str, record: &Record, build: &Build) -> Result<Record, Failure> {
    let step = build.announced_step(hand_over(tool));
    let mut child = start(tool, build)?;
    let mut talk = tokio::spawn(talk(child.stdin.take(), child.stdout.take(), record.to_line()));
    let answer = tokio::select! {
        answer = &mut talk => answer,
        () = build.cancelled() => {
            // The builder stops, destroys the machine and says so.
            terminate(&child);
            talk.await
        }
    };
    let answer = answer.ok().flatten();
    let status = child.wait().await.map(|status| status.to_string()).unwrap_or_default();
    let answer = answer.filter(|line| !line.trim().is_empty()).ok_or_else(|| {
        Failure::new(format!("{tool} gave no answer ({status})"))
            .hint(format!("the machine may still exist: '{tool} sweep' finds and destroys it"))
    })?;
    let answer = Record::parse(answer.trim_end()).map_err(|error| {
        Failure::new(format!("{tool} answered with something that is no record: {}", error.message))
            .hint(format!("the machine may still exist: '{tool} sweep' finds and destroys it"))
    })?;
    if answer.id() != record.id() {
        return Err(Failure::new(format!("{tool} answered with another build's record: {}", answer.id())));
    }
    step.done();
    Ok(answer)
}

/// Starts the builder. What it does is told among this tool's own events.
fn start(tool: &str, build: &Build) -> Result<Child, Failure> {
    let program = record::cli::sibling(tool);
    let mut command = Command::new(&program);
    let events = build.reporter().events();
    if let Some(events) = &events {
        command.arg("--events").arg(events.as_raw_fd().to_string());
    }
    command.arg("--json").stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn().map_err(
        |error| {
            Failure::new(format!("cannot start {}: {error}", program.display())).hint(format!(
                "{tool} captures and destroys machines of this type; it must be beside provision or on PATH"
            ))
        },
    )
}

async fn talk(input: Option<ChildStdin>, output: Option<ChildStdout>, line: String) -> Option<String> {
    let mut input = input?;
    // A builder that ends early is seen by its missing answer.
    let _ = input.write_all(format!("{line}\n").as_bytes()).await;
    drop(input);
    let mut answer = String::new();
    let mut output = BufReader::new(output?);
    output.read_line(&mut answer).await.ok()?;
    // Held open to its end: a builder whose output is closed would think that nobody wants the record.
    let _ = tokio::io::copy(&mut output, &mut tokio::io::sink()).await;
    Some(answer)
}

fn terminate(child: &Child) {
    if let Some(id) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
        let _ = kill_process(id, Signal::TERM);
    }
}
