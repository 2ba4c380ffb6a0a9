//! `breakpoint`: stops until somebody presses Enter.

use crate::tty;
use record::{Build, Failure};
use template::options::provisioner::breakpoint::Breakpoint;

pub(super) async fn run(options: &Breakpoint, build: &Build) -> Result<(), Failure> {
    let stop = &options.stop;
    if stop.disable {
        build.say("the breakpoint is disabled");
        return Ok(());
    }
    if let Some(note) = stop.note.as_deref().filter(|note| !note.is_empty()) {
        build.say(format!("breakpoint: {note}"));
    }
    let answer = tty::ask(&format!("{}: breakpoint: press Enter to go on: ", build.name()), build).await;
    if build.is_cancelled() {
        return Err(Failure::interrupted());
    }
    if answer.is_none() {
        build.say("there is no terminal to wait on at this breakpoint: going on");
    }
    Ok(())
}
