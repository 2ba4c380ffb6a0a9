//! The machine: run, found, stopped, destroyed.

use crate::context::Context;
use crate::resources::Kind;
use crate::tags;
use aws_sdk_ec2::types::{Filter, Instance, InstanceStateName};
use record::Failure;
use record::wait::Seen;
use std::time::Duration;
use template::steps::ec2 as steps;

/// How long a machine may take to run, stop or vanish (Packer's amazon plugin 1.8).
const LIMIT: Duration = Duration::from_secs(600);

/// Waits until the machine runs.
///
/// # Errors
/// When it ends up in another state, with AWS's reason, or time is up.
pub async fn wait_running(context: &Context, id: &str) -> Result<Instance, Failure> {
    let step = context.build.step(steps::WAIT_FOR_INSTANCE).waiting_for(format!("instance {id} to run"));
    let wait = context.wait(format!("instance {id} to run"), LIMIT);
    let instance = wait
        .until(&context.build, async || {
            let Some(instance) = describe(context, id).await? else { return Ok(not_visible()) };
            match state(&instance) {
                InstanceStateName::Running => Ok(Seen::Ready(instance)),
                InstanceStateName::Pending => Ok(Seen::NotYet(String::from("pending"))),
                state => Err(unexpected(id, &instance, &state, "run")),
            }
        })
        .await?;
    step.done();
    Ok(instance)
}

/// Stops the machine, or where the template says so only waits until the guest has stopped itself.
///
/// # Errors
/// When AWS refuses, the machine ends up in another state, or time is up.
pub async fn stop(context: &Context, id: &str) -> Result<(), Failure> {
    let step = context.build.step(steps::STOP_INSTANCE).waiting_for(format!("instance {id} to stop"));
    if context.options.run.disable_stop_instance {
        context.build.say("waiting for the guest to stop itself (disable_stop_instance)");
    } else {
        let client = context.ec2();
        context.call_settling("StopInstances", || client.stop_instances().instance_ids(id).send()).await?;
    }
    let wait = context.wait(format!("instance {id} to stop"), LIMIT);
    wait.until(&context.build, async || {
        let Some(instance) = describe(context, id).await? else { return Ok(not_visible()) };
        match state(&instance) {
            InstanceStateName::Stopped => Ok(Seen::Ready(())),
            state @ (InstanceStateName::Terminated | InstanceStateName::ShuttingDown) => {
                Err(unexpected(id, &instance, &state, "stop"))
            }
            state => Ok(Seen::NotYet(state.as_str().to_owned())),
        }
    })
    .await?;
    step.done();
    Ok(())
}

/// Destroys machines of this build and their volumes: those named and those that carry the build's tag. Gives the ids of what
/// was destroyed.
///
/// # Errors
/// When AWS refuses, or time is up.
pub async fn destroy(context: &Context, region: &str, id: Option<&str>) -> Result<Vec<String>, Failure> {
    let mut ids = tagged(context, region).await?;
    if let Some(id) = id.filter(|id| !ids.iter().any(|known| known == id)) {
        ids.push(id.to_owned());
    }
    let client = context.clients.ec2(region);
    let mut destroyed = Vec::new();
    for id in &ids {
        match context
            .call_settling("TerminateInstances", || client.terminate_instances().instance_ids(id).send())
            .await
        {
            Ok(_) => destroyed.push(id.clone()),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    for id in &destroyed {
        wait_terminated(context, region, id).await?;
    }
    destroyed.extend(delete_volumes(context, region).await?);
    Ok(destroyed)
}

async fn wait_terminated(context: &Context, region: &str, id: &str) -> Result<(), Failure> {
    let wait = context.wait(format!("instance {id} to be gone"), LIMIT);
    wait.until(&context.build, async || {
        Ok(match describe_in(context, region, id).await?.map(|instance| state(&instance)) {
            None | Some(InstanceStateName::Terminated) => Seen::Ready(()),
            Some(state) => Seen::NotYet(state.as_str().to_owned()),
        })
    })
    .await
}

/// Deletes the volumes that outlived the build's machines.
async fn delete_volumes(context: &Context, region: &str) -> Result<Vec<String>, Failure> {
    let client = context.clients.ec2(region);
    let request = client.describe_volumes().filters(by_id(context.build.id()));
    let answer = context.call("DescribeVolumes", || request.clone().send()).await?;
    let mut deleted = Vec::new();
    for id in answer.volumes().iter().filter_map(|volume| volume.volume_id()) {
        if delete_volume(context, region, id).await? {
            deleted.push(id.to_owned());
        }
    }
    Ok(deleted)
}

/// Deletes a volume once it is free. `false`: it was gone.
///
/// # Errors
/// When AWS refuses.
pub async fn delete_volume(context: &Context, region: &str, id: &str) -> Result<bool, Failure> {
    let client = context.clients.ec2(region);
    let wait = context.wait(format!("volume {id} to be free"), LIMIT);
    wait.until(&context.build, async || {
        match context.call("DeleteVolume", || client.delete_volume().volume_id(id).send()).await {
            Ok(_) => Ok(Seen::Ready(true)),
            Err(error) if error.is_not_found() => Ok(Seen::Ready(false)),
            Err(error) if error.is("VolumeInUse") || error.is("IncorrectState") => {
                Ok(Seen::NotYet(error.message))
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// Looks up one machine of the build's region; `None` while AWS does not know it.
///
/// # Errors
/// When AWS refuses.
pub async fn describe(context: &Context, id: &str) -> Result<Option<Instance>, Failure> {
    describe_in(context, &context.region, id).await
}

async fn describe_in(context: &Context, region: &str, id: &str) -> Result<Option<Instance>, Failure> {
    let client = context.clients.ec2(region);
    match context.call("DescribeInstances", || client.describe_instances().instance_ids(id).send()).await {
        Ok(answer) => Ok(answer
            .reservations
            .into_iter()
            .flatten()
            .flat_map(|all| all.instances.unwrap_or_default())
            .next()),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Ids of the build's machines that are not gone yet.
async fn tagged(context: &Context, region: &str) -> Result<Vec<String>, Failure> {
    let client = context.clients.ec2(region);
    let alive = ["pending", "running", "stopping", "stopped"].map(String::from).to_vec();
    let request = client
        .describe_instances()
        .filters(by_id(context.build.id()))
        .filters(Filter::builder().name("instance-state-name").set_values(Some(alive)).build());
    let answer = context.call("DescribeInstances", || request.clone().send()).await?;
    let instances = answer.reservations().iter().flat_map(|reservation| reservation.instances());
    Ok(instances.filter_map(|instance| instance.instance_id.clone()).collect())
}

/// Finds machines whose creation gave no id: the call may have had its effect, and it may take a moment to show.
///
/// # Errors
/// When AWS refuses.
pub async fn find_lost(context: &Context, region: &str) -> Result<(), Failure> {
    for pause in [0, 500, 1000, 2000] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if let Some(id) = tagged(context, region).await?.into_iter().next() {
            context.resources.created(Kind::Instance, region, "", &id);
            return Ok(());
        }
    }
    Ok(())
}

/// Everything that carries a build's id.
pub fn by_id(id: &str) -> Filter {
    Filter::builder().name(format!("tag:{}", tags::ID)).values(id).build()
}

fn state(instance: &Instance) -> InstanceStateName {
    let name = instance.state().and_then(|state| state.name()).cloned();
    name.unwrap_or_else(|| InstanceStateName::from("unknown"))
}

fn not_visible<T>() -> Seen<T> {
    Seen::NotYet(String::from("not known to AWS yet"))
}

fn unexpected(id: &str, instance: &Instance, state: &InstanceStateName, wanted: &str) -> Failure {
    let reason =
        instance.state_reason().and_then(|reason| reason.message()).or(instance.state_transition_reason());
    let reason = reason.filter(|reason| !reason.is_empty()).unwrap_or("AWS gives no reason");
    let hint = match instance.state_reason().and_then(|reason| reason.code()).unwrap_or_default() {
        "Client.VolumeLimitExceeded" => "the account's volume quota is used up",
        "Client.InvalidSnapshot.NotFound" => "the source AMI's snapshot is gone, or may not be used",
        "Client.InternalError" => "the instance may lack the right to use the KMS key of an encrypted volume",
        "Client.UserInitiatedShutdown" | "Client.InstanceInitiatedShutdown" => {
            "somebody or the guest itself has shut it down"
        }
        "Server.SpotInstanceTermination" | "Server.SpotInstanceShutdown" => {
            "the spot price rose: try again, or without spot_price"
        }
        _ => "the instance's state reason in AWS's documentation tells more",
    };
    Failure::new(format!("instance {id} was to {wanted} but is {state}: {reason}", state = state.as_str()))
        .hint(hint)
}
