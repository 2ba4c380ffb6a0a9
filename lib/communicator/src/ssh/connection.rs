//! The connection of one build: one thread that owns the session, and the calls that reach it.

use super::exec::{self, Job, Outcome, Said};
use super::live::{Fault, Live, Patience};
use super::settings::Settings;
use super::{connect, transfer};
use record::event::Stream;
use record::{Build, Failure};
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

/// What the connection's thread is given to do.
type Task = Box<dyn FnOnce(&mut Worker) + Send>;

/// Takes a command's output as it comes.
pub type Output = Box<dyn FnMut(Stream, &[u8]) -> Result<(), Failure> + Send>;

/// A command to run in the machine.
pub struct Command {
    /// What the login shell gets.
    pub command: String,
    /// What it reads; its standard input is closed after that.
    pub input: Vec<u8>,
    /// A text that only this command's processes have in their command lines: by it they are found and ended when the
    /// command must stop.
    pub marker: Option<String>,
    /// Whether `ssh_pty` applies.
    pub pty: bool,
}

/// A connection to one machine, used for all steps of a build. It is made again after it was lost, when the next call needs
/// it. Dropped, it is closed.
#[derive(Debug)]
pub struct Connection {
    tasks: mpsc::Sender<Task>,
}

impl Connection {
    /// Connects and logs in, waiting for the machine as long as `ssh_timeout` says.
    ///
    /// # Errors
    /// How far it came, and what to do about it.
    pub async fn connect(settings: Settings, build: &Build) -> Result<Self, Failure> {
        let (tasks, received) = mpsc::channel::<Task>();
        let keep_alive = settings.keep_alive.unwrap_or(Duration::from_secs(3600));
        // Made in its thread, which is the only one that may have it.
        let work =
            move || Worker { settings, live: None, renew: false, posix: None }.work(&received, keep_alive);
        std::thread::Builder::new()
            .name("ssh".into())
            .spawn(work)
            .map_err(|error| Failure::new(format!("cannot start a thread: {error}")))?;
        let connection = Self { tasks };
        connection.with(build, |worker, build| worker.connect_first(build)).await?;
        Ok(connection)
    }

    /// The fingerprint of the server's host key, `SHA256:…`, as it was first seen.
    ///
    /// # Errors
    /// When the connection's thread is gone.
    pub async fn host_key(&self, build: &Build) -> Result<Option<String>, Failure> {
        self.with(build, |worker, _| Ok(worker.settings.host_key.clone())).await
    }

    /// Runs a command to its end. When `build` is cancelled, its processes are ended and the failure is an interruption.
    ///
    /// # Errors
    /// When the command cannot be started; how it ended is no error.
    pub async fn run(&self, command: Command, mut output: Output, build: &Build) -> Result<Outcome, Failure> {
        self.with(build, move |worker, build| {
            let mut input = Cursor::new(command.input);
            let pty = command.pty && worker.settings.pty;
            let mut job = Job {
                command: &command.command,
                input: Some(&mut input),
                output: &mut *output,
                pty,
                marker: command.marker.as_deref(),
            };
            worker.run(&mut job, build)
        })
        .await
    }

    /// Copies a file or folder into the machine. A trailing slash at a folder's path stands for what is in it; one at the
    /// destination for "into this folder". Missing folders are made.
    ///
    /// # Errors
    /// What could not be read here or written there.
    pub async fn upload(&self, source: &str, destination: &str, build: &Build) -> Result<(), Failure> {
        let (source, destination) = (source.to_owned(), destination.to_owned());
        self.with(build, move |worker, build| {
            worker.once_more(build, |worker, build| transfer::upload(worker, &source, &destination, build))
        })
        .await
    }

    /// Writes a file in the machine, with this mode.
    ///
    /// # Errors
    /// What could not be written.
    pub async fn write(
        &self,
        content: Vec<u8>,
        mode: u32,
        destination: &str,
        build: &Build,
    ) -> Result<(), Failure> {
        let destination = destination.to_owned();
        self.with(build, move |worker, build| {
            worker.once_more(build, |worker, build| {
                transfer::write(worker, &content, mode, &destination, build)
            })
        })
        .await
    }

    /// Copies files and folders out of the machine; the last part of `source` may be a pattern (`*`, `?`, `[…]`).
    ///
    /// # Errors
    /// What could not be read there or written here.
    pub async fn download(&self, source: &str, destination: &str, build: &Build) -> Result<(), Failure> {
        let (source, destination) = (source.to_owned(), PathBuf::from(destination));
        let into = destination.as_os_str().as_encoded_bytes().ends_with(b"/");
        self.with(build, move |worker, build| {
            worker.once_more(build, |worker, build| {
                transfer::download(worker, &source, &destination, into, build)
            })
        })
        .await
    }

    /// Ends the connection, so that the next call makes a new one: after a step that reboots the machine. With `renew` the
    /// machine may have another host key then.
    ///
    /// # Errors
    /// When the connection's thread is gone.
    pub async fn drop_session(&self, renew: bool, build: &Build) -> Result<(), Failure> {
        self.with(build, move |worker, _| {
            worker.live = None;
            worker.renew = renew;
            Ok(())
        })
        .await
    }

    /// Does something in the connection's thread. Its result is awaited even when the build is cancelled: what runs there
    /// sees that itself, and leaves nothing half done.
    async fn with<T: Send + 'static>(
        &self,
        build: &Build,
        work: impl FnOnce(&mut Worker, &Build) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let gone = || Failure::new("the SSH connection's thread has ended").hint("report this as a bug");
        let (reply, answer) = oneshot::channel();
        let build = build.clone();
        let task: Task = Box::new(move |worker| {
            let _ = reply.send(work(worker, &build));
        });
        self.tasks.send(task).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// What the thread owns.
pub(super) struct Worker {
    pub(super) settings: Settings,
    live: Option<Live>,
    /// Whether the next connection may find another host key.
    renew: bool,
    /// Whether the machine has a POSIX shell, and tar; asked when it is first needed.
    posix: Option<Posix>,
}

/// What the machine's shell can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Posix {
    Missing,
    Shell,
    ShellAndTar,
}

impl Worker {
    fn work(&mut self, tasks: &mpsc::Receiver<Task>, keep_alive: Duration) {
        loop {
            match tasks.recv_timeout(keep_alive) {
                Ok(task) => task(self),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    if let Some(live) = &mut self.live {
                        live.show_life();
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(live) = self.live.take() {
            let _ = live.session.disconnect(None, "done", None);
        }
    }

    fn connect_first(&mut self, build: &Build) -> Result<(), Failure> {
        self.connected(build)?;
        let pause = self.settings.pause_before;
        if !pause.is_zero() {
            self.live = None;
            Patience::of(build).sleep(pause).map_err(Fault::into_failure)?;
            self.connected(build)?;
        }
        Ok(())
    }

    /// The session, made anew where there is none. The first host key seen is the one that later connections must find,
    /// but for those after a step that said it would end the connection: a reboot may make new keys.
    pub(super) fn connected(&mut self, build: &Build) -> Result<&mut Live, Failure> {
        if self.live.is_none() {
            let mut settings = self.settings.clone();
            if self.renew {
                settings.host_key = None;
            }
            let live = connect::connect(&settings, build)?;
            let found = connect::fingerprint(&live);
            if let (true, Some(old), Some(new)) = (self.renew, &self.settings.host_key, &found)
                && old != new
            {
                build.warn(format!("the machine has a new host key since it was restarted: {new}"));
            }
            self.settings.host_key = found;
            self.renew = false;
            self.live = Some(live);
        }
        let live = self.live.as_mut().expect("made above");
        live.begin();
        Ok(live)
    }

    /// Runs a command. A connection that turns out to be gone before the command was sent is made again.
    fn run(&mut self, job: &mut Job<'_>, build: &Build) -> Result<Outcome, Failure> {
        let patience = Patience::of(build);
        let mut again = true;
        let channel = loop {
            let live = self.connected(build)?;
            match exec::start(live, job, &patience) {
                Ok(channel) => break channel,
                Err(Fault::Lost(_)) if again => {
                    again = false;
                    self.live = None;
                }
                Err(fault) => {
                    self.live = None;
                    return Err(fault.into_failure());
                }
            }
        };
        let Some(live) = self.live.as_mut() else { return Ok(Outcome::Lost("no session".into())) };
        let outcome = exec::finish(live, channel, job, &patience).map_err(Fault::into_failure)?;
        if let Outcome::Lost(_) = outcome {
            self.live = None;
        }
        Ok(outcome)
    }

    /// Does what can be done twice; after a lost connection it is done once more from its beginning.
    fn once_more<T>(
        &mut self,
        build: &Build,
        work: impl Fn(&mut Self, &Build) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        match work(self, build) {
            Err(Fault::Lost(_)) => self.live = None,
            result => return result.map_err(Fault::into_failure),
        }
        work(self, build).map_err(|fault| {
            if let Fault::Lost(_) = fault {
                self.live = None;
            }
            fault.into_failure()
        })
    }

    /// Runs a small command of our own. Its status is for the caller to judge; a lost connection is not.
    pub(super) fn ask(
        &mut self,
        command: &str,
        input: Option<&mut dyn Read>,
        build: &Build,
    ) -> Result<Said, Fault> {
        let said = exec::ask(self.connected(build)?, command, input, build)?;
        match said.outcome {
            Outcome::Lost(why) => Err(Fault::Lost(why)),
            _ => Ok(said),
        }
    }

    /// What the machine's shell can do.
    pub(super) fn posix(&mut self, build: &Build) -> Result<Posix, Fault> {
        if let Some(known) = self.posix {
            return Ok(known);
        }
        let probe = exec::sh("command -v tar >/dev/null 2>&1 && echo kiln-tar || echo kiln-sh", &[]);
        let said = self.ask(&probe, None, build)?;
        let found = match said.stdout.lines().last().unwrap_or_default().trim() {
            "kiln-tar" => Posix::ShellAndTar,
            "kiln-sh" => Posix::Shell,
            _ => Posix::Missing,
        };
        self.posix = Some(found);
        Ok(found)
    }
}
