//! Writing: one thread writes all lines, and another notices at once when nobody reads them any more.

use super::Outgoing;
use super::keep::Keep;
use crate::build::Build;
use crate::record_line::Record;
use crate::report::Reporter;
use crate::signal::Stop;
use rustix::event::{PollFd, PollFlags, poll};
use std::io::{ErrorKind, Write};
use tokio::sync::mpsc;

/// A record that could not be written, with what holds it.
pub(super) type Lost = (Record, Build);

/// Bytes after which lines that are ready are written.
const BATCH: usize = 64 << 10;

/// Starts the writer. It ends when the channel does; records whose lines cannot be written come back on the
/// other channel.
pub(super) fn start(
    mut outgoing: mpsc::Receiver<Outgoing>,
    stop: Stop,
    reporter: Reporter,
    keep: Keep,
) -> mpsc::UnboundedReceiver<Lost> {
    let (lost, receiver) = mpsc::unbounded_channel();
    watch(stop.clone());
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut held = Vec::new();
        while let Some(first) = outgoing.blocking_recv() {
            let mut next = Some(first);
            while let Some(Outgoing { line, held: record }) = next {
                bytes.extend_from_slice(&line);
                bytes.push(b'\n');
                held.extend(record.map(|held| *held));
                next = if bytes.len() < BATCH { outgoing.try_recv().ok() } else { None };
            }
            for (record, build) in &held {
                keep.before_writing(record, build.folder());
            }
            if let Err(error) = write(&bytes, &stop) {
                if !stop.is_stdout_closed() && error.kind() != ErrorKind::BrokenPipe {
                    let reason = crate::failure::reason(&error);
                    reporter.error(format!("cannot write to standard output: {reason}"), None);
                }
                stop.stdout_closed();
                held.drain(..).for_each(|held| drop(lost.send(held)));
            }
            for (record, build) in held.drain(..) {
                Keep::after_writing(&record, build.folder());
            }
            bytes.clear();
            bytes.shrink_to(BATCH);
        }
    });
    receiver
}

fn write(bytes: &[u8], stop: &Stop) -> std::io::Result<()> {
    if stop.is_stdout_closed() {
        return Err(ErrorKind::BrokenPipe.into());
    }
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Looks whether standard output is read. A pipe without reader, a hung-up terminal and a closed socket show as
/// an error; a file never does, so the thread just sleeps.
fn watch(stop: Stop) {
    std::thread::spawn(move || {
        let out = std::io::stdout();
        loop {
            let mut descriptors = [PollFd::new(&out, PollFlags::empty())];
            match poll(&mut descriptors, None) {
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
                Ok(_) if descriptors[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) => {
                    return stop.stdout_closed();
                }
                Ok(_) => return,
            }
        }
    });
}
