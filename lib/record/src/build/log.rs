//! A build's full log: every line with its time and tool, secrets masked, otherwise as it came.

use super::lock;
use crate::event::Event;
use crate::mask::Masker;
use crate::report::now;
use crate::state::{self, StateFolder};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;

/// The log; a build goes on without one where it cannot be written.
#[derive(Debug)]
pub(super) struct Log(Mutex<Option<File>>);

impl Log {
    pub(super) fn open(folder: &StateFolder) -> Self {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(folder.file(state::LOG));
        Self(Mutex::new(file.ok()))
    }

    /// Notes an event; output comes through [`Log::raw`].
    pub(super) fn event(&self, masker: &Masker, tool: &str, event: &Event) {
        let text = match event {
            Event::Output { text, .. } | Event::Say { text } => text.clone(),
            Event::Warning { text } => format!("warning: {text}"),
            Event::Error { text, hint: None } => format!("error: {text}"),
            Event::Error { text, hint: Some(hint) } => format!("error: {text}\nhint: {hint}"),
            Event::StepBegin { step } => format!("step: {step}"),
            Event::StepEnd { step, seconds, failed } => {
                format!("step {}: {step} after {seconds:.3} s", if *failed { "failed" } else { "done" })
            }
            Event::Wait { what, seen, seconds } => format!("waiting for {what}: {seen} after {seconds:.1} s"),
            Event::BuildBegin | Event::BuildEnd { .. } | Event::StepProgress { .. } => return,
        };
        text.lines().for_each(|line| self.raw(masker, tool, line.as_bytes()));
    }

    /// Notes one line, byte for byte but for secrets.
    pub(super) fn raw(&self, masker: &Masker, tool: &str, line: &[u8]) {
        let mut log = lock(&self.0);
        let Some(file) = log.as_mut() else { return };
        let mut text = format!("{} {tool}: ", now()).into_bytes();
        text.extend_from_slice(&masker.mask_bytes(line));
        text.push(b'\n');
        let _ = file.write_all(&text);
    }
}
