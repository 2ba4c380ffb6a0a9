//! From `planned` to `running`: a machine on EC2 that answers.

use crate::context::{Context, SOURCE_TAGS};
use crate::key_pair::Key;
use crate::network::Network;
use crate::request::{self, Launch};
use crate::resources::Kind;
use crate::side_by_side::SideBySide;
use crate::source_ami::{self, SourceImage};
use crate::{
    connect, iam_profile, image, instance, key_pair, network, password, security_group, spot, tunnel,
    user_data,
};
use record::{Failure, Machine};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use template::steps::ec2 as steps;

/// What runs the machine, as the record says it.
pub const DRIVER: &str = "ec2";

/// Starts a machine.
///
/// # Errors
/// What went wrong; what was created so far stands in the context's resources.
pub async fn start(context: &Context) -> Result<Machine, Failure> {
    supported(context)?;
    let (source, network) = look(context).await?;
    source.set_late(context);
    let user_data = user_data::read(context)?;
    let side = SideBySide::new(context);
    let (Some(key), Some(groups), Some(profile)) = tokio::join!(
        side.part(key_pair::prepare(&side.context)),
        side.part(groups(&side.context, &network)),
        side.part(iam_profile::prepare(&side.context))
    ) else {
        return Err(side.failure());
    };
    let launch = Launch {
        image: &source,
        network: &network,
        security_groups: groups,
        key_name: key.name.clone(),
        profile,
        user_data,
    };
    let id = launch_instance(context, &launch).await?;
    instance::wait_running(context, &id).await?;
    let (address, password) = tokio::try_join!(reach(context, &id), windows_password(context, &id, &key))?;
    Ok(machine(context, &source, &key, &id, address, password))
}

/// Where the machine answers.
struct Address {
    host: String,
    port: u16,
}

/// Waits until the machine answers, and gives its address.
async fn reach(context: &Context, id: &str) -> Result<Address, Failure> {
    let mut address = Address { host: String::new(), port: context.reach.port };
    if context.reach.communicator == "none" {
        return Ok(address);
    }
    if tunnel::wanted(context) {
        address = Address { host: String::from("localhost"), port: tunnel::open(context, id).await? };
    } else {
        address.host = connect::wait_address(context, id).await?;
        context.build.say(format!("instance {id} runs at {}", address.host));
    }
    connect::wait_port(context, &address.host, address.port).await?;
    Ok(address)
}

/// The password that a Windows machine has made for itself, where the template gives none.
async fn windows_password(context: &Context, id: &str, key: &Key) -> Result<Option<String>, Failure> {
    let reach = &context.reach;
    match &key.file {
        Some(file) if reach.communicator == "winrm" && !reach.has_password => {
            password::fetch(context, id, file).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Refuses what cannot be done here, before anything is created.
///
/// # Errors
/// When the template asks for it.
pub fn supported(context: &Context) -> Result<(), Failure> {
    if tunnel::wanted(context) { tunnel::installed().map(drop) } else { Ok(()) }
}

/// Looks at everything that can be looked at before anything is created, all at the same time.
async fn look(context: &Context) -> Result<(SourceImage, Network), Failure> {
    let step = context.build.step(steps::LOOK_UP);
    let (source, network, ()) =
        tokio::try_join!(source_ami::find(context), network::find(context), names_free(context))?;
    context.build.say(format!("source image {}", source.id()));
    step.done();
    Ok((source, network))
}

/// Checks in every region that gets an image that its name is free.
///
/// # Errors
/// When it is taken, or AWS refuses.
pub async fn names_free(context: &Context) -> Result<(), Failure> {
    let ami = &context.options.ami;
    if ami.force_deregister || ami.skip_create_ami {
        return Ok(());
    }
    for region in crate::capture::target_regions(context) {
        if let Some(taken) = image::named(context, &region, &ami.ami_name).await?.first() {
            let id = taken.image_id().unwrap_or_default();
            return Err(Failure::new(format!(
                "an image named '{}' exists already in {region}: {id}",
                ami.ami_name
            ))
            .hint("choose another ami_name ({{timestamp}} makes it unique), or set force_deregister"));
        }
    }
    Ok(())
}

async fn groups(context: &Context, network: &Network) -> Result<Vec<String>, Failure> {
    let given = network::security_groups(context, network).await?;
    if !given.is_empty() || context.reach.communicator == "none" {
        return Ok(given);
    }
    Ok(vec![security_group::create(context, network).await?])
}

async fn launch_instance(context: &Context, launch: &Launch<'_>) -> Result<String, Failure> {
    let step = context.build.step(steps::RUN_INSTANCE);
    context.resources.intend(Kind::Instance, &context.region, "")?;
    let id = if spot::wanted(context) {
        spot::launch(context, launch).await?
    } else {
        let request = request::run_instances(context, launch)?;
        let answer = context.call_settling("RunInstances", || request.clone().send()).await;
        let answer = answer.inspect_err(|error| {
            // A refusal is final: there is no machine to look for.
            if error.sort == crate::call::Sort::Refused {
                context.resources.forget(Kind::Instance, &context.region, "");
            }
        })?;
        let instance = answer.instances.unwrap_or_default().into_iter().next();
        instance
            .and_then(|instance| instance.instance_id)
            .ok_or_else(|| Failure::new("RunInstances gave no instance"))?
    };
    context.resources.created(Kind::Instance, &context.region, "", &id);
    context.build.say(format!("instance {id} is starting"));
    step.done();
    Ok(id)
}

/// The machine as the record carries it.
fn machine(
    context: &Context,
    source: &SourceImage,
    key: &Key,
    id: &str,
    Address { host, port }: Address,
    password: Option<String>,
) -> Machine {
    let reach = &context.reach;
    let communicator = reach.communicator.as_str();
    let port = (communicator != "none").then_some(port);
    let mut build = BTreeMap::from([
        ("ID".to_owned(), id.to_owned()),
        ("ConnType".to_owned(), communicator.to_owned()),
        ("Host".to_owned(), host.clone()),
        ("Port".to_owned(), port.unwrap_or_default().to_string()),
        ("User".to_owned(), reach.user.clone()),
        ("BuildRegion".to_owned(), context.region.clone()),
        ("PackerRunUUID".to_owned(), context.build.id().to_owned()),
    ]);
    for name in ["Password", "WinRMPassword"] {
        build.extend(password.clone().map(|password| (name.to_owned(), password)));
    }
    build.extend(source.build_variables());
    let mut state = state(context);
    state.insert(String::from(SOURCE_TAGS), Value::from(source.tags()));
    Machine {
        driver: String::from(DRIVER),
        id: id.to_owned(),
        communicator: communicator.to_owned(),
        host,
        port,
        user: reach.user.clone(),
        key_file: key.file.as_ref().map(|file| file.display().to_string()),
        host_key: None,
        build,
        state,
    }
}

/// What capturing and destroying the machine needs, wherever the record is read.
pub fn state(context: &Context) -> Map<String, Value> {
    let resources = serde_json::to_value(context.resources.all()).unwrap_or_default();
    let state = json!({ "region": context.region, "resources": resources });
    state.as_object().cloned().unwrap_or_default()
}
