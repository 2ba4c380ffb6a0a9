//! Writing: one thread writes all lines, and another notices at once when nobody reads them any more.

use super::Outgoing;
use super::keep;
use crate::build::Build;
use crate::record_line::Record;
use crate::report::Reporter;
use crate::signal::Stop;
use crate::table::Table;
use crate::terminal;
use rustix::event::{PollFd, PollFlags, poll};
use std::io::{ErrorKind, IsTerminal, Write};
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
    mut sink: Sink,
) -> mpsc::UnboundedReceiver<Lost> {
    let (lost, receiver) = mpsc::unbounded_channel();
    watch(stop.clone());
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut held = Vec::new();
        while let Some(first) = outgoing.blocking_recv() {
            let mut next = Some(first);
            while let Some(Outgoing { line, held: record }) = next {
                sink.add(line, &mut bytes);
                held.extend(record.map(|held| *held));
                next = if bytes.len() < BATCH { outgoing.try_recv().ok() } else { None };
            }
            for (record, build) in &held {
                keep::before_writing(&sink, record, build.folder());
            }
            if let Err(error) = sink.write(&bytes, &stop) {
                if !stop.is_stdout_closed() && error.kind() != ErrorKind::BrokenPipe {
                    let reason = crate::failure::reason(&error);
                    reporter.error(format!("cannot write to standard output: {reason}"), None);
                }
                stop.stdout_closed();
                report_orphans(&bytes, &held, &reporter);
                held.drain(..).for_each(|held| drop(lost.send(held)));
            }
            for (record, build) in held.drain(..) {
                keep::after_writing(&sink, &record, build.folder(), &reporter);
            }
            bytes.clear();
            bytes.shrink_to(BATCH);
        }
    });
    receiver
}

/// Names the machines whose records were only to pass and cannot: another tool's, which this one cannot destroy.
fn report_orphans(lines: &[u8], held: &[Lost], reporter: &Reporter) {
    let records = lines.split(|byte| *byte == b'\n').filter_map(|line| Record::parse_bytes(line).ok());
    for record in records.filter(Record::has_machine) {
        if !held.iter().any(|(own, _)| own.id() == record.id()) {
            let text =
                format!("{}: its record could not be passed on; the machine still runs", record.build());
            let hint = format!("'sweep' of the tool for {} destroys it (id {})", record.kind(), record.id());
            reporter.error(text, Some(hint));
        }
    }
}

/// What standard output is.
#[derive(Debug)]
pub(super) enum Sink {
    /// Another process reads records.
    Pipe,
    /// Records are kept for later, in a file or on a terminal.
    Kept,
    /// People read a table.
    Table(Table),
}

impl Sink {
    /// Looks at standard output.
    pub(super) fn of_stdout(json: bool) -> Self {
        let out = std::io::stdout();
        let is_file = rustix::fs::fstat(&out)
            .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file());
        match (out.is_terminal(), is_file) {
            (true, _) if !json => Self::Table(Table::default()),
            (false, false) => Self::Pipe,
            _ => Self::Kept,
        }
    }

    fn add(&mut self, line: Vec<u8>, bytes: &mut Vec<u8>) {
        if let (Self::Table(table), Ok(record)) = (&mut *self, Record::parse_bytes(&line)) {
            bytes.extend_from_slice(table.row(&record).as_bytes());
            return;
        }
        bytes.extend_from_slice(&line);
        bytes.push(b'\n');
    }

    fn write(&self, bytes: &[u8], stop: &Stop) -> std::io::Result<()> {
        if stop.is_stdout_closed() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let write = || {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes)?;
            out.flush()
        };
        if matches!(self, Self::Pipe) {
            return write();
        }
        let mut result = Ok(());
        terminal::print(|| result = write());
        result
    }
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
