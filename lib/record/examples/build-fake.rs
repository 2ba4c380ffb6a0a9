//! A tool for the tests of the filter loop: its machines are files in the folder `KILN_FAKE`, and a record's
//! `builder.does` says what becomes of them. With `KILN_FAKE_OTHER` it is another tool, for records of type `other`.

use clap::Parser;
use record::cli::{About, Common, Program};
use record::event::Stream;
use record::report::Reporter;
use record::state::StateFolder;
use record::wait::{Seen, Wait};
use record::{Build, Failure, Machine, Record, Status, Tool};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Build nothing, for tests
#[derive(Debug, Parser)]
#[command(name = "build-fake", version)]
struct Arguments {
    #[command(flatten)]
    common: Common,

    /// Say which builds are abandoned, and nothing else
    #[arg(long)]
    abandoned: bool,
}

impl Program for Arguments {
    fn about(&self) -> &About {
        &self.common.about
    }

    fn run(self) -> ExitCode {
        if self.abandoned {
            return say_abandoned();
        }
        let folder = std::env::var_os("KILN_FAKE").map(PathBuf::from).unwrap_or_default();
        let other = std::env::var_os("KILN_FAKE_OTHER").is_some();
        record::filter::run(BuildFake { folder, other }, &self.common)
    }
}

struct BuildFake {
    folder: PathBuf,
    other: bool,
}

impl Tool for BuildFake {
    fn name(&self) -> &'static str {
        if self.other { "build-other" } else { "build-fake" }
    }

    fn takes(&self, record: &Record) -> bool {
        record.kind() == if self.other { "other" } else { "fake" }
            && matches!(record.status(), Status::Planned | Status::Running)
    }

    async fn process(&self, mut record: Record, build: Build) -> Record {
        match self.make(&mut record, &build).await {
            Ok(status) => record.set_status(status),
            Err(failure) => {
                self.destroy(&mut record, &build);
                build.fail(&mut record, &failure);
            }
        }
        record
    }

    async fn abandon(&self, mut record: Record, build: Build) {
        self.destroy(&mut record, &build);
    }
}

impl BuildFake {
    async fn make(&self, record: &mut Record, build: &Build) -> Result<Status, Failure> {
        let does = record.builder()?.get("does").and_then(|does| does.as_str()).unwrap_or("run").to_owned();
        if record.status() == Status::Planned {
            let step = build.step("make machine");
            std::fs::write(self.folder.join(record.id()), b"")
                .map_err(|error| Failure::from_error("cannot make the machine", &error))?;
            let machine = Machine { driver: "fake".into(), id: record.id().into(), ..Machine::default() };
            record.set_machine(Some(&machine));
            build.folder().save(record)?;
            step.done();
        }
        match does.as_str() {
            "build" => {
                self.destroy(record, build);
                return Ok(Status::Built);
            }
            "panic" => panic!("does {does}"),
            "wait" => self.wait_for_go(build).await?,
            "stuck" => {
                let _step = build.step("stuck");
                std::future::pending::<()>().await;
            }
            "talk" => talk(build),
            "fail" => return Err(Failure::new("cannot do it").hint("do something else")),
            _ => {}
        }
        Ok(Status::Running)
    }

    /// Waits until somebody makes the file `go`.
    async fn wait_for_go(&self, build: &Build) -> Result<(), Failure> {
        let step = build.step("wait for go").waiting_for("go");
        let every = Duration::from_millis(10);
        let go = self.folder.join("go");
        Wait::new("the file 'go'", Duration::from_secs(60))
            .every(every, every)
            .until(build, async || {
                let seen = if go.exists() { Seen::Ready(()) } else { Seen::NotYet("nothing".into()) };
                Ok(seen)
            })
            .await?;
        step.done();
        Ok(())
    }

    fn destroy(&self, record: &mut Record, build: &Build) {
        if record.has_machine() {
            let _ = std::fs::remove_file(self.folder.join(record.id()));
            record.set_machine(None);
            build.say("machine destroyed");
        }
        debug_assert!(StateFolder::open(build.id()).is_ok_and(|folder| !folder.is_abandoned()));
    }
}

fn say_abandoned() -> ExitCode {
    let reporter = Reporter::new("build-fake", None);
    let folders = StateFolder::all().unwrap_or_default();
    for folder in folders.iter().filter(|folder| folder.is_abandoned()) {
        reporter.say(folder.id());
    }
    ExitCode::SUCCESS
}

fn talk(build: &Build) {
    build.hide("s3cret-value");
    let step = build.step("talk");
    let mut out = build.output_stream(Stream::Stdout);
    for piece in [
        &b"10%\r50%\rdone\nthe s3cr"[..],
        b"et-value is czNjcmV0LXZhbHVl\n",
        b"\x1b[32mgreen\x1b[0m \x07\xff\n",
    ] {
        out.write(piece);
    }
    out.finish();
    build.progress(5, Some(10), "bytes");
    build.warn("look out");
    step.done();
}

fn main() -> ExitCode {
    record::cli::main::<Arguments>()
}
