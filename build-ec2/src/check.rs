//! `build-ec2 check`: what can be asked of AWS before anything is created, for `validate --online`.

use crate::clients::Pool;
use crate::context::Context;
use crate::{capture, iam_profile, network, source_ami, start, tool};
use record::check::{Checker, Problem};
use record::{Build, Failure, Record};

/// Asks AWS; its clients are shared by all records.
#[derive(Debug, Clone, Default)]
pub struct Check {
    pool: Pool,
}

impl Checker for Check {
    const TOOL: &'static str = "build-ec2";
    const TYPES: &'static [&'static str] = tool::TYPES;

    async fn check(&self, record: &Record, build: &Build) -> Vec<Problem> {
        ask(record, build, &self.pool).await
    }
}

/// Asks everything at the same time.
async fn ask(record: &Record, build: &Build, pool: &Pool) -> Vec<Problem> {
    let context = match Context::open(record, build, pool).await {
        Ok(context) => context,
        Err(failure) => return vec![Problem::new("region", failure)],
    };
    if let Err(failure) = start::supported(&context) {
        return vec![Problem::new("", failure)];
    }
    // Where this fails, all else fails for the same reason.
    if let Err(failure) = credentials(&context).await {
        return vec![Problem::new("", failure)];
    }
    let source = async { source_ami::find(&context).await.map(drop) };
    let (source, name, network, key, profile, regions) = tokio::join!(
        source,
        start::names_free(&context),
        network(&context),
        key_pair(&context),
        iam_profile::check(&context),
        regions(&context)
    );
    let source_path =
        if context.options.run.source_ami.is_empty() { "source_ami_filter" } else { "source_ami" };
    let asked = [
        (source_path, source),
        ("ami_name", name),
        ("subnet_id", network),
        ("ssh_keypair_name", key),
        ("iam_instance_profile", profile),
        ("ami_regions", regions),
    ];
    asked.into_iter().filter_map(|(path, answer)| Problem::of(path, answer)).collect()
}

/// Whether AWS accepts the credentials: any call tells, and this one every account may make.
async fn credentials(context: &Context) -> Result<(), Failure> {
    if context.options.access.skip_credential_validation {
        return Ok(());
    }
    let client = context.ec2();
    match context.call("DescribeRegions", || client.describe_regions().send()).await {
        Err(error) if error.is("UnauthorizedOperation") => Ok(()),
        answer => Ok(answer.map(drop)?),
    }
}

async fn network(context: &Context) -> Result<(), Failure> {
    let network = network::find(context).await?;
    network::security_groups(context, &network).await.map(drop)
}

async fn key_pair(context: &Context) -> Result<(), Failure> {
    let name = &context.reach.key_pair;
    if name.is_empty() {
        return Ok(());
    }
    let client = context.ec2();
    context.call("DescribeKeyPairs", || client.describe_key_pairs().key_names(name).send()).await?;
    Ok(())
}

/// Whether the regions of copies exist and are enabled.
async fn regions(context: &Context) -> Result<(), Failure> {
    let ami = &context.options.ami;
    if ami.skip_region_validation || ami.ami_regions.is_empty() {
        return Ok(());
    }
    let client = context.ec2();
    let answer = context.call("DescribeRegions", || client.describe_regions().send()).await?;
    let known: Vec<&str> = answer.regions().iter().filter_map(|region| region.region_name()).collect();
    for region in capture::target_regions(context) {
        if !known.contains(&region.as_str()) {
            return Err(Failure::new(format!("the account has no region '{region}'"))
                .hint(format!("its regions are {}; skip_region_validation takes any", known.join(", "))));
        }
    }
    Ok(())
}
