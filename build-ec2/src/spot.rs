//! Spot machines: a launch template, and an instant fleet of one.

use crate::context::Context;
use crate::launch_template;
use crate::request::Launch;
use crate::resources::Kind;
use aws_sdk_ec2::operation::create_fleet::CreateFleetOutput;
use aws_sdk_ec2::operation::create_fleet::builders::CreateFleetFluentBuilder;
use aws_sdk_ec2::types::{
    DefaultTargetCapacityType, FleetLaunchTemplateConfigRequest, FleetLaunchTemplateOverridesRequest,
    FleetLaunchTemplateSpecificationRequest, FleetType, InstanceType, ResourceType, SpotAllocationStrategy,
    SpotOptionsRequest, TargetCapacitySpecificationRequest,
};
use record::Failure;
use record::wait::Seen;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use template::options::builder::amazon_ebs::Spot;

/// How long to wait for capacity (Packer's amazon plugin 1.8: 11 tries, up to 30 s apart); `aws_polling` may say less.
const LIMIT: Duration = Duration::from_secs(240);
/// The pause after the first try; later ones are a tenth of the time waited so far.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Whether a spot machine is wanted.
pub fn wanted(context: &Context) -> bool {
    context.options.spot.is_wanted()
}

/// Starts a spot machine and gives its id.
///
/// # Errors
/// When AWS has none at that price, for longer than a wait is worth; when it refuses.
pub async fn launch(context: &Context, launch: &Launch<'_>) -> Result<String, Failure> {
    let name = context.name();
    create_template(context, launch, &name).await?;
    let limit = context.limit().map_or(LIMIT, |limit| limit.min(LIMIT));
    let begun = Instant::now();
    let mut attempt = 1;
    // Not a `Wait`, which drops a look when the build is stopped: a fleet that nobody hears out may start a machine after the
    // clean-up has looked for it.
    loop {
        let reasons = match try_fleet(context, launch, &name, attempt).await? {
            Seen::Ready(id) => return Ok(id),
            Seen::NotYet(reasons) => reasons,
        };
        let waited = begun.elapsed();
        let pause = (waited / 10).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        if waited + pause > limit {
            return Err(no_capacity(limit, &reasons));
        }
        context.build.waiting("spot capacity", &reasons, waited);
        tokio::select! {
            () = tokio::time::sleep(pause) => attempt += 1,
            () = context.build.cancelled() => return Err(Failure::interrupted()),
        }
    }
}

fn no_capacity(limit: Duration, reasons: &str) -> Failure {
    let limit = record::report::duration(limit);
    Failure::new(format!("waited {limit} for spot capacity; last seen: {reasons}")).hint(
        "try several spot_instance_types, another zone or a higher spot_price, or leave out spot_price for an on-demand machine",
    )
}

/// Asks for a fleet once.
async fn try_fleet(
    context: &Context,
    launch: &Launch<'_>,
    template: &str,
    attempt: u32,
) -> Result<Seen<String>, Failure> {
    let request = fleet(context, launch, template, attempt)?;
    let answer = context.call_settling("CreateFleet", || request.clone().send()).await?;
    if let Some(id) = instance(&answer) {
        return Ok(Seen::Ready(id));
    }
    let reasons = reasons(&answer);
    if answer.errors().iter().all(|error| may_pass(error.error_code(), error.error_message())) {
        return Ok(Seen::NotYet(reasons));
    }
    Err(Failure::new(format!("AWS has started no spot machine: {reasons}"))
        .hint("see AWS's reason; several spot_instance_types or another subnet give AWS more to choose from"))
}

async fn create_template(context: &Context, launch: &Launch<'_>, name: &str) -> Result<(), Failure> {
    let data = launch_template::data(context, launch)?;
    let tags = context.tag_specification(ResourceType::LaunchTemplate, &context.options.run.run_tags)?;
    context.resources.intend(Kind::LaunchTemplate, &context.region, name)?;
    let request = context
        .ec2()
        .create_launch_template()
        .launch_template_name(name)
        .client_token(context.token("template"))
        .launch_template_data(data)
        .tag_specifications(tags);
    match context.call("CreateLaunchTemplate", || request.clone().send()).await {
        Ok(answer) => {
            if let Some(id) = answer.launch_template().and_then(|template| template.launch_template_id()) {
                context.resources.created(Kind::LaunchTemplate, &context.region, name, id);
            }
            Ok(())
        }
        // An earlier try had its effect: the name holds this build's id.
        Err(error) if error.code.starts_with("InvalidLaunchTemplateName.AlreadyExists") => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The request for a fleet. Each attempt has a token of its own, since AWS answers a known one with the old answer.
fn fleet(
    context: &Context,
    launch: &Launch<'_>,
    template: &str,
    attempt: u32,
) -> Result<CreateFleetFluentBuilder, Failure> {
    let options = &context.options.spot;
    let capacity = TargetCapacitySpecificationRequest::builder()
        .total_target_capacity(1)
        .default_target_capacity_type(DefaultTargetCapacityType::Spot);
    let template = FleetLaunchTemplateConfigRequest::builder()
        .launch_template_specification(
            FleetLaunchTemplateSpecificationRequest::builder()
                .launch_template_name(template)
                .version("$Latest")
                .build(),
        )
        .set_overrides(Some(overrides(context, launch)));
    let strategy = &options.spot_allocation_strategy;
    let strategy = Some(SpotAllocationStrategy::from(strategy.as_str())).filter(|_| !strategy.is_empty());
    Ok(context
        .ec2()
        .create_fleet()
        .r#type(FleetType::Instant)
        .client_token(context.token(&format!("fleet-{attempt}")))
        .target_capacity_specification(capacity.build())
        .launch_template_configs(template.build())
        .set_spot_options(
            strategy.map(|strategy| SpotOptionsRequest::builder().allocation_strategy(strategy).build()),
        )
        .tag_specifications(context.tag_specification(ResourceType::Fleet, &options.fleet_tags)?))
}

/// One for each type of machine: where, and for how much.
fn overrides(context: &Context, launch: &Launch<'_>) -> Vec<FleetLaunchTemplateOverridesRequest> {
    let options = &context.options.spot;
    let types: Vec<&String> = match options.spot_instance_types.is_empty() {
        true => vec![&context.options.run.instance_type],
        false => options.spot_instance_types.iter().collect(),
    };
    let subnet = &launch.network.subnet_id;
    // A subnet says the zone.
    let zone = launch.network.availability_zone.clone().filter(|_| subnet.is_none());
    let one = |(index, kind): (usize, &&String)| {
        FleetLaunchTemplateOverridesRequest::builder()
            .instance_type(InstanceType::from(kind.as_str()))
            .set_max_price(price(options))
            .set_subnet_id(subnet.clone())
            .set_availability_zone(zone.clone())
            .set_priority(prioritized(options).then_some(index as f64))
            .build()
    };
    types.iter().enumerate().map(one).collect()
}

/// The most to pay; none for at most the on-demand price.
fn price(options: &Spot) -> Option<String> {
    Some(options.spot_price.clone()).filter(|price| price != "auto")
}

/// With this strategy the order of `spot_instance_types` counts.
fn prioritized(options: &Spot) -> bool {
    options.spot_allocation_strategy == "capacity-optimized-prioritized"
}

fn instance(answer: &CreateFleetOutput) -> Option<String> {
    answer.instances().iter().flat_map(|instances| instances.instance_ids()).next().cloned()
}

/// Whether an error of a fleet may be gone in a while: no capacity now, or a profile that EC2 does not know yet.
fn may_pass(code: Option<&str>, message: Option<&str>) -> bool {
    let unknown_profile =
        message.is_some_and(|message| message.to_lowercase().contains("iaminstanceprofile"));
    unknown_profile
        || matches!(
            code,
            Some(
                "InsufficientInstanceCapacity"
                    | "UnfulfillableCapacity"
                    | "InternalError"
                    | "RequestLimitExceeded"
                    | "InsufficientFreeAddressesInSubnet"
            )
        )
}

/// Why there is no machine, by type and zone, each reason once.
fn reasons(answer: &CreateFleetOutput) -> String {
    let one = |error: &aws_sdk_ec2::types::CreateFleetError| {
        let overrides = error.launch_template_and_overrides().and_then(|all| all.overrides());
        let kind = overrides.and_then(|overrides| overrides.instance_type()).map_or("", |kind| kind.as_str());
        let zone = overrides.and_then(|overrides| overrides.availability_zone()).unwrap_or_default();
        let place = format!("{kind} {zone}");
        let reason = format!(
            "{}: {}",
            error.error_code().unwrap_or("?"),
            error.error_message().unwrap_or("no message")
        );
        if place.trim().is_empty() { reason } else { format!("{}: {reason}", place.trim()) }
    };
    let reasons: BTreeSet<String> = answer.errors().iter().map(one).collect();
    if reasons.is_empty() {
        return String::from("the fleet is empty, and AWS gives no reason");
    }
    reasons.into_iter().collect::<Vec<_>>().join("; ")
}

/// Deletes a launch template. `false`: it was gone.
///
/// # Errors
/// When AWS refuses.
pub async fn delete_template(context: &Context, region: &str, name: &str) -> Result<bool, Failure> {
    let client = context.clients.ec2(region);
    let request = client.delete_launch_template().launch_template_name(name);
    match context.call("DeleteLaunchTemplate", || request.clone().send()).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() || error.code.starts_with("InvalidLaunchTemplate") => Ok(false),
        Err(error) => Err(error.into()),
    }
}
