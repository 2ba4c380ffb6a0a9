//! Asking somebody at the terminal. Standard input carries records, so it is the terminal device that is asked.

use record::Build;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use tokio::sync::{Mutex, oneshot};

/// One question at a time, however many builds run.
static ASKING: Mutex<()> = Mutex::const_new(());

/// Shows a text on the terminal and waits for a line. `None` when there is no terminal, or the build is stopped meanwhile.
pub(crate) async fn ask(text: &str, build: &Build) -> Option<String> {
    let _turn = ASKING.lock().await;
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    terminal.write_all(build.reporter().masker().mask(text).as_bytes()).ok()?;
    let (reply, answer) = oneshot::channel();
    // The thread waits for a line even when nobody needs it any more; it ends with the process.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(terminal).read_line(&mut line);
        let _ = reply.send(read.ok().filter(|count| *count > 0).map(|_| line));
    });
    tokio::select! {
        answer = answer => answer.ok().flatten(),
        () = build.cancelled() => None,
    }
}
