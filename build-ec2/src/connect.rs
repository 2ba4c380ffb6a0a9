//! Waits until the machine answers.

use crate::context::Context;
use crate::{address, instance, tunnel};
use communicator::ssh;
use record::Failure;
use record::wait::{Seen, Wait};
use std::time::Duration;
use template::steps::ec2 as steps;
use tokio::net::TcpStream;

/// How long one try may take.
const TRY: Duration = Duration::from_secs(10);

/// Waits for the machine's address.
///
/// # Errors
/// When AWS refuses or time is up.
pub async fn wait_address(context: &Context, id: &str) -> Result<String, Failure> {
    let interface = &context.options.run.ssh_interface;
    let name = if interface.is_empty() { "an" } else { interface };
    let wait = context
        .wait(format!("{name} address of instance {id}"), Duration::from_secs(120))
        .hint("set associate_public_ip_address, or ssh_interface to an address that the subnet gives");
    wait.until(&context.build, async || {
        let found = instance::describe(context, id).await?;
        let address = found.and_then(|instance| address::of(context, &instance));
        Ok(address.map_or_else(|| Seen::NotYet(String::from("it has none")), Seen::Ready))
    })
    .await
}

/// Waits until the communicator's port answers: SSH with its banner, WinRM by accepting a connection.
///
/// # Errors
/// When time is up, with the stage that was reached.
pub async fn wait_port(context: &Context, host: &str, port: u16) -> Result<(), Failure> {
    let kind = context.reach.communicator.as_str();
    let step =
        context.build.step(steps::WAIT_FOR_COMMUNICATOR).waiting_for(format!("{kind} at {host}:{port}"));
    let wait = Wait::new(format!("{kind} at {host}:{port}"), context.reach.timeout)
        .every(Duration::from_millis(100), Duration::from_secs(5))
        .hint("check the security group, the subnet's route to this computer, and ssh_interface; ssh_timeout waits longer");
    wait.until(&context.build, async || {
        Ok(match look(host, port, kind == "ssh").await {
            Err(why) => Seen::NotYet(match tunnel::last_words(context.build.folder()) {
                Some(said) => format!("{why} ({said})"),
                None => why,
            }),
            Ok(()) => Seen::Ready(()),
        })
    })
    .await?;
    step.done();
    Ok(())
}

/// One look; says how far it came.
async fn look(host: &str, port: u16, greets: bool) -> Result<(), String> {
    if greets {
        return ssh::banner(host, port, TRY).await.map(drop).map_err(|error| error.to_string());
    }
    match tokio::time::timeout(TRY, TcpStream::connect((host, port))).await {
        Err(_) => Err(format!("no answer in {} s", TRY.as_secs())),
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(_)) => Ok(()),
    }
}
