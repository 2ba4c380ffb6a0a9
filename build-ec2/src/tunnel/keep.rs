//! Keeps a tunnel open: what the hidden subcommand does.

use super::session::{self, Session};
use super::{Settings, own_key, plugin};
use crate::clients::Pool;
use crate::json_call::JsonClient;
use record::report::Reporter;
use record::signal::Stop;
use record::{Failure, exit, failure, file};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// How often it is looked whether the tunnel is still wanted.
const LOOK: Duration = Duration::from_millis(200);
/// The longest pause before another session is asked for.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Keeps the tunnel of these settings open until their file is gone.
pub fn keep(settings: &Path) -> ExitCode {
    let reporter = Reporter::new("build-ec2", None);
    record::runtime::run(&reporter, |stop| run(settings, &reporter, stop))
}

async fn run(path: &Path, reporter: &Reporter, stop: Stop) -> u8 {
    match keep_open(path, reporter, &stop).await {
        Ok(()) => exit::SUCCESS,
        Err(failure) => {
            reporter.error(failure.message, failure.hint);
            exit::FAILED
        }
    }
}

async fn keep_open(path: &Path, reporter: &Reporter, stop: &Stop) -> Result<(), Failure> {
    let text = std::fs::read(path).map_err(|error| file::io(path, "cannot read", &error))?;
    let settings: Settings = serde_json::from_slice(&text)
        .map_err(|error| Failure::from_error(path.display(), &error).hint("build-ec2 writes this file"))?;
    let clients = Pool::default().clients(&settings.access).await?;
    let client = clients.ssm(&settings.region)?;
    let mut session = settings.session.clone();
    tokio::select! {
        failure = carry(&settings, &client, &mut session, reporter) => Err(failure),
        () = own_key::keep_sending(&settings, &clients, reporter) => Ok(()),
        () = unwanted(path, stop) => {
            session::end(&client, &session).await;
            Ok(())
        }
    }
}

/// Ends when the tunnel is not wanted any more.
async fn unwanted(settings: &Path, stop: &Stop) {
    while settings.exists() && !stop.is_asked() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Carries one session after another. Ends only when the plugin cannot be started.
async fn carry(
    settings: &Settings,
    client: &JsonClient,
    session: &mut Session,
    reporter: &Reporter,
) -> Failure {
    let program = match plugin::installed() {
        Ok(program) => program,
        Err(failure) => return failure,
    };
    let (route, endpoint) = (&settings.route, client.endpoint());
    loop {
        let mut command = plugin::command(&program, session, &settings.region, route, &endpoint).await;
        match command.status().await {
            Ok(status) => reporter.say(format!("{} ended the session: {status}", program.display())),
            Err(error) => return Failure::new(format!("cannot start {}: {error}", program.display())),
        }
        session::end(client, session).await;
        *session = another(client, settings, reporter).await;
    }
}

/// Asks for a new session until there is one: a machine that restarts has none to give.
async fn another(client: &JsonClient, settings: &Settings, reporter: &Reporter) -> Session {
    let mut pause = LOOK;
    loop {
        match session::start(client, &settings.route).await {
            Ok(session) => return session,
            Err(error) => reporter.say(format!("no new session yet: {}", failure::chain(&error))),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
