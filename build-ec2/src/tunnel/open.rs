//! Opens a tunnel: takes a port, asks for the first session, starts the keeper.

use super::own_key::OwnKey;
use super::session::{self, Route, Session};
use super::{ERRORS, SETTINGS, Settings};
use crate::call::ApiError;
use crate::context::Context;
use record::state::StateFolder;
use record::wait::{Seen, Wait};
use record::{Failure, process};
use std::collections::HashSet;
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use template::steps::ec2 as steps;

/// Where a port is looked for that the template does not name (Packer's amazon plugin 1.8).
const PORTS: std::ops::RangeInclusive<u16> = 8000..=9000;

/// How long the machine's agent may take to be known to Systems Manager.
const AGENT: Duration = Duration::from_secs(600);

/// Ports of this process' tunnels, whether the plugin listens already or not.
static TAKEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// Opens a tunnel to the communicator's port of a machine, and gives the port at this computer.
///
/// # Errors
/// When no port is free, the machine's agent does not show up, AWS refuses, or the keeper cannot be started.
pub async fn open(context: &Context, instance: &str) -> Result<u16, Failure> {
    let step = context.build.step(steps::OPEN_TUNNEL).waiting_for(format!("the SSM agent of {instance}"));
    pause(context).await?;
    let local_port = local_port(context.options.run.session_manager_port)?;
    let route = Route { instance: instance.to_owned(), port: context.reach.port, local_port };
    let own_key = OwnKey::of(context, instance)?;
    let session = first_session(context, &route).await?;
    if let Some(key) = &own_key {
        let client = context.clients.instance_connect(&context.region)?;
        context.call("SendSSHPublicKey", || key.send(&client)).await?;
        context
            .build
            .say("the machine has no key pair: EC2 Instance Connect lets the key of ssh_private_key_file in");
    }
    start_keeper(context, route, session, own_key)?;
    context.build.say(format!("a tunnel leads from localhost:{local_port} to {instance}"));
    step.done();
    Ok(local_port)
}

/// The last thing that the keeper of a build's tunnel said.
pub fn last_words(folder: &StateFolder) -> Option<String> {
    let said = std::fs::read_to_string(folder.file(ERRORS)).ok()?;
    said.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned)
}

async fn pause(context: &Context) -> Result<(), Failure> {
    let pause = context.options.run.pause_before_ssm.to_std();
    tokio::select! {
        () = tokio::time::sleep(pause) => Ok(()),
        () = context.build.cancelled() => Err(Failure::interrupted()),
    }
}

/// The port that is given, else a free one.
fn local_port(given: i32) -> Result<u16, Failure> {
    if let Some(port) = u16::try_from(given).ok().filter(|port| *port > 0) {
        return TcpListener::bind(("127.0.0.1", port)).map(|_| port).map_err(|error| {
            let reason = record::failure::reason(&error);
            Failure::new(format!("session_manager_port {port} cannot be used: {reason}"))
                .hint("choose another one, or leave it out: then a free one is taken")
        });
    }
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = taken.get_or_insert_default();
    // Other processes look as well, so each begins somewhere else.
    let (first, count) = (*PORTS.start(), PORTS.len() as u128);
    let begin = ulid::Ulid::generate().random() % count;
    let candidates = (0..count).map(|offset| first + ((begin + offset) % count) as u16);
    let free = |port: &u16| !taken.contains(port) && TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = candidates.into_iter().find(free).ok_or_else(|| {
        Failure::new("no port from 8000 to 9000 is free for a tunnel")
            .hint("set session_manager_port to a free one")
    })?;
    taken.insert(port);
    Ok(port)
}

async fn first_session(context: &Context, route: &Route) -> Result<Session, Failure> {
    let client = context.clients.ssm(&context.region)?;
    let wait = Wait::new(format!("the SSM agent of instance {}", route.instance), context.limit().unwrap_or(AGENT))
        .hint("the image must have the SSM agent, the instance profile AmazonSSMManagedInstanceCore, and the subnet a way to Systems Manager");
    wait.until(&context.build, async || {
        match context.call("StartSession", || session::start(&client, route)).await {
            Ok(session) => Ok(Seen::Ready(session)),
            Err(error) if error.is("TargetNotConnected") => {
                Ok(Seen::NotYet(String::from("it has not connected to Systems Manager")))
            }
            Err(error) => Err(ApiError::into(error)),
        }
    })
    .await
}

fn start_keeper(
    context: &Context,
    route: Route,
    session: Session,
    own_key: Option<OwnKey>,
) -> Result<(), Failure> {
    let folder = context.build.folder();
    let access = context.options.access.clone();
    let settings = Settings { access, region: context.region.clone(), route, session, own_key };
    let text = serde_json::to_vec(&settings)
        .map_err(|error| Failure::from_error("cannot write the tunnel's settings", &error))?;
    let path = folder.write(SETTINGS, &text)?;
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("cannot find this program's file: {error}")))?;
    let mut command = Command::new(program);
    command.arg("tunnel").arg(&path);
    process::start_detached(command, context.build.id(), &folder.file(ERRORS)).map(drop)
}
