//! The key with which the machine is reached: the user's, or a temporary pair.

use crate::context::Context;
use crate::resources::Kind;
use crate::tags;
use aws_sdk_ec2::types::{KeyType, ResourceType};
use record::{Failure, state};
use std::path::PathBuf;
use template::steps::ec2 as steps;

/// The key of a machine.
#[derive(Debug, Clone, Default)]
pub struct Key {
    /// Name of the key pair that the machine gets, if any.
    pub name: Option<String>,
    /// The private key's file, where there is one.
    pub file: Option<PathBuf>,
}

/// Settles the key and makes a temporary pair where the template gives none.
///
/// A temporary pair is made when there is no private key file, agent, key pair's name or password (Packer's amazon plugin
/// 1.8); a Windows machine needs one for its password.
///
/// # Errors
/// When AWS refuses, or the key cannot be kept.
pub async fn prepare(context: &Context) -> Result<Key, Failure> {
    let reach = &context.reach;
    let given = Some(reach.key_pair.clone()).filter(|name| !name.is_empty());
    let file = Some(PathBuf::from(&reach.key_file)).filter(|file| !file.as_os_str().is_empty());
    let wanted = match reach.communicator.as_str() {
        "none" => false,
        "winrm" => !reach.has_password,
        _ => !reach.agent && !reach.has_password,
    };
    if given.is_some() || file.is_some() || !wanted {
        return Ok(Key { name: given, file });
    }
    let step = context.build.step(steps::CREATE_KEY_PAIR);
    let name = match reach.temporary_key_pair.as_str() {
        "" => context.name(),
        name => name.to_owned(),
    };
    let secret = create(context, &name).await?;
    context.build.hide(&secret);
    let file = context.build.folder().write(state::KEY, secret.as_bytes())?;
    context.build.say(format!("created temporary key pair {name}"));
    step.done();
    Ok(Key { name: Some(name), file: Some(file) })
}

/// Makes the pair and gives the private key.
async fn create(context: &Context, name: &str) -> Result<String, Failure> {
    let tags = context.tag_specification(ResourceType::KeyPair, &context.options.run.run_tags)?;
    let kind = match context.reach.temporary_key_pair_type.as_str() {
        "ed25519" => KeyType::Ed25519,
        _ => KeyType::Rsa,
    };
    context.resources.intend(Kind::KeyPair, &context.region, name)?;
    let client = context.ec2();
    let request = client.create_key_pair().key_name(name).key_type(kind).tag_specifications(tags);
    let answer = loop {
        match context.call("CreateKeyPair", || request.clone().send()).await {
            // An earlier try had its effect, but its answer with the private key is lost.
            Err(error) if error.is_duplicate() && is_ours(context, name).await? => {
                delete(context, &context.region, name).await?;
            }
            Err(error) if error.is_duplicate() => {
                context.resources.forget(Kind::KeyPair, &context.region, name);
                return Err(
                    Failure::from(error).hint("choose another temporary_key_pair_name, or leave it out")
                );
            }
            answer => break answer?,
        }
    };
    let secret = answer.key_material.ok_or_else(|| Failure::new("CreateKeyPair gave no private key"))?;
    Ok(if secret.ends_with('\n') { secret } else { secret + "\n" })
}

async fn is_ours(context: &Context, name: &str) -> Result<bool, Failure> {
    let client = context.ec2();
    // It exists, but may not show yet.
    let answer = context
        .call_settling("DescribeKeyPairs", || client.describe_key_pairs().key_names(name).send())
        .await?;
    let mut tags = answer.key_pairs().iter().flat_map(|pair| pair.tags());
    Ok(tags.any(|tag| tag.key() == Some(tags::ID) && tag.value() == Some(context.build.id())))
}

/// Deletes a key pair. `false`: it was gone.
///
/// # Errors
/// When AWS refuses.
pub async fn delete(context: &Context, region: &str, name: &str) -> Result<bool, Failure> {
    let client = context.clients.ec2(region);
    // DeleteKeyPair succeeds for names that do not exist.
    match context.call("DeleteKeyPair", || client.delete_key_pair().key_name(name).send()).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
