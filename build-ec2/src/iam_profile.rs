//! The instance profile that gives the machine its rights: the user's, or a temporary one with the template's policy.

use crate::context::Context;
use crate::resources::Kind;
use crate::side_by_side::SideBySide;
use aws_sdk_iam::types::Tag;
use record::Failure;
use record::wait::Seen;
use serde_json::{Value, json};
use std::time::Duration;
use template::options::builder::amazon_ebs::PolicyDocument;
use template::steps::ec2 as steps;

/// How long IAM may take to show what was just created (Packer's amazon plugin 1.8: 40 s).
const LIMIT: Duration = Duration::from_secs(40);

/// Settles the machine's instance profile and gives its name; none where the template asks for none.
///
/// EC2 may need a moment more to know a new profile: [`crate::ApiError::is_unknown_profile`] rides that out.
///
/// # Errors
/// When the given profile does not exist, or AWS refuses.
pub async fn prepare(context: &Context) -> Result<Option<String>, Failure> {
    let run = &context.options.run;
    if !run.iam_instance_profile.is_empty() {
        check(context).await?;
        return Ok(Some(run.iam_instance_profile.clone()));
    }
    let Some(policy) = &run.temporary_iam_instance_profile_policy_document else { return Ok(None) };
    let step = context.build.step(steps::CREATE_INSTANCE_PROFILE);
    let name = context.name();
    context.resources.intend(Kind::InstanceProfile, &context.region, &name)?;
    create(context, &name, policy).await?;
    context.build.say(format!("created temporary instance profile {name}"));
    step.done();
    Ok(Some(name))
}

/// Looks whether the profile that the template names is there, unless it asks not to.
///
/// # Errors
/// When it is not, or AWS refuses.
pub async fn check(context: &Context) -> Result<(), Failure> {
    let run = &context.options.run;
    if run.iam_instance_profile.is_empty() || run.skip_profile_validation {
        return Ok(());
    }
    // An ARN ends in the path and name: arn:aws:iam::123456789012:instance-profile/path/name
    let name = run.iam_instance_profile.rsplit('/').next().unwrap_or_default();
    let client = context.clients.iam();
    let answer = context
        .call("GetInstanceProfile", || client.get_instance_profile().instance_profile_name(name).send())
        .await;
    match answer {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => {
            Err(Failure::new(format!("there is no instance profile '{name}'"))
                .hint("check iam_instance_profile: it is the name of an instance profile, not of a role"))
        }
        Err(error) if error.code.starts_with("AccessDenied") => Err(Failure::from(error)
            .hint("allow 'iam:GetInstanceProfile' for these credentials, or set skip_profile_validation")),
        Err(error) => Err(error.into()),
    }
}

/// Creates role and profile, at the same time where they don't need each other. What exists already is this build's: the
/// name holds its id, and an earlier try had its effect.
async fn create(context: &Context, name: &str, policy: &PolicyDocument) -> Result<(), Failure> {
    let tags = iam_tags(context)?;
    let client = context.clients.iam();
    let role = client
        .create_role()
        .role_name(name)
        .description(format!("Temporary role of Kiln build {}", context.build.id()))
        .assume_role_policy_document(trust(&context.region).to_string())
        .set_tags(Some(tags.clone()));
    let profile = client.create_instance_profile().instance_profile_name(name).set_tags(Some(tags));
    let with_policy = async {
        let created = context.call("CreateRole", || role.clone().send()).await;
        created.map(drop).or_else(|error| if error.is_duplicate() { Ok(()) } else { Err(error) })?;
        let put = client
            .put_role_policy()
            .role_name(name)
            .policy_name(name)
            .policy_document(text(policy).to_string());
        context.call_settling("PutRolePolicy", || put.clone().send()).await?;
        Ok::<_, Failure>(())
    };
    let empty = async {
        let created = context.call("CreateInstanceProfile", || profile.clone().send()).await;
        created
            .map(drop)
            .or_else(|error| if error.is_duplicate() { Ok(()) } else { Err(Failure::from(error)) })
    };
    let side = SideBySide::new(context);
    let (Some(()), Some(())) = tokio::join!(side.part(with_policy), side.part(empty)) else {
        return Err(side.failure());
    };
    let add = client.add_role_to_instance_profile().instance_profile_name(name).role_name(name);
    match context.call_settling("AddRoleToInstanceProfile", || add.clone().send()).await {
        Ok(_) => {}
        // A profile holds one role: an earlier try has put it there.
        Err(error) if error.is("LimitExceeded") || error.is_duplicate() => {}
        Err(error) => return Err(error.into()),
    }
    wait_visible(context, name).await
}

async fn wait_visible(context: &Context, name: &str) -> Result<(), Failure> {
    let client = context.clients.iam();
    let wait = context.wait(format!("instance profile {name} to show"), LIMIT);
    wait.until(&context.build, async || {
        let request = client.get_instance_profile().instance_profile_name(name);
        match context.call("GetInstanceProfile", || request.clone().send()).await {
            Ok(answer) if answer.instance_profile().is_some_and(|profile| !profile.roles().is_empty()) => {
                Ok(Seen::Ready(()))
            }
            Ok(_) => Ok(Seen::NotYet(String::from("without its role"))),
            Err(error) if error.is_not_found() => Ok(Seen::NotYet(String::from("not known to AWS yet"))),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn iam_tags(context: &Context) -> Result<Vec<Tag>, Failure> {
    let given = context.rendered(&context.options.run.run_tags)?;
    let own = context.own_tags();
    let wanted = given.iter().filter(|given| own.iter().all(|own| own.key() != given.key())).chain(&own);
    let iam = |tag: &aws_sdk_ec2::types::Tag| {
        Tag::builder().key(tag.key().unwrap_or_default()).value(tag.value().unwrap_or_default()).build()
    };
    let tags: Result<Vec<Tag>, _> = wanted.map(iam).collect();
    tags.map_err(|error| Failure::from_error("a tag of the instance profile", &error))
}

/// Lets EC2 take the role. China has names of its own (AWS documentation, "Amazon Web Services in China").
fn trust(region: &str) -> Value {
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": format!("ec2.amazonaws.com{suffix}") },
            "Action": "sts:AssumeRole",
        }],
    })
}

fn text(policy: &PolicyDocument) -> Value {
    let mut policy = serde_json::to_value(policy).unwrap_or_default();
    if policy["Version"] == "" {
        policy["Version"] = Value::from("2012-10-17");
    }
    policy
}

/// Removes a temporary profile with its role. `false`: nothing of it was there.
///
/// # Errors
/// When AWS refuses.
pub async fn delete(context: &Context, name: &str) -> Result<bool, Failure> {
    let client = context.clients.iam();
    let mut there = false;
    let request = client.remove_role_from_instance_profile().instance_profile_name(name).role_name(name);
    there |= gone(context.call("RemoveRoleFromInstanceProfile", || request.clone().send()).await.map(drop))?;
    let request = client.delete_instance_profile().instance_profile_name(name);
    there |= gone(context.call("DeleteInstanceProfile", || request.clone().send()).await.map(drop))?;
    let request = client.delete_role_policy().role_name(name).policy_name(name);
    there |= gone(context.call("DeleteRolePolicy", || request.clone().send()).await.map(drop))?;
    let request = client.delete_role().role_name(name);
    there |= gone(context.call("DeleteRole", || request.clone().send()).await.map(drop))?;
    Ok(there)
}

fn gone(answer: Result<(), crate::ApiError>) -> Result<bool, Failure> {
    match answer {
        Ok(()) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
