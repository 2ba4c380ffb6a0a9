//! The user's own key, for a machine that has no key pair: EC2 Instance Connect lets it in for a minute, again and again.

use super::Settings;
use crate::clients::Clients;
use crate::context::Context;
use crate::json_call::{CallError, JsonClient};
use record::Failure;
use record::report::Reporter;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// How often the key is sent. A key that was sent lets in for 60 s (EC2 Instance Connect API, SendSSHPublicKey).
const AGAIN: Duration = Duration::from_secs(30);

/// A key for a user of a machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OwnKey {
    instance: String,
    user: String,
    public: String,
}

impl OwnKey {
    /// The key that the template gives without a key pair (Packer's amazon plugin 1.8 sends it then, too).
    ///
    /// # Errors
    /// When the public key cannot be had of the private one.
    pub(super) fn of(context: &Context, instance: &str) -> Result<Option<Self>, Failure> {
        let reach = &context.reach;
        if reach.communicator != "ssh" || reach.key_file.is_empty() || !reach.key_pair.is_empty() {
            return Ok(None);
        }
        let public = secrets::public_of(Path::new(&reach.key_file)).map_err(|failure| {
            failure
                .hint("Session Manager without ssh_keypair_name sends the public key of ssh_private_key_file")
        })?;
        Ok(Some(Self { instance: instance.to_owned(), user: reach.user.clone(), public }))
    }

    /// Lets the key in for a minute.
    ///
    /// # Errors
    /// When AWS refuses.
    pub(super) async fn send(&self, client: &JsonClient) -> Result<(), CallError> {
        let input =
            json!({ "InstanceId": self.instance, "InstanceOSUser": self.user, "SSHPublicKey": self.public });
        client.send("SendSSHPublicKey", &input).await.map(drop)
    }
}

/// Sends the key of a tunnel, where it has one, for as long as the tunnel is there.
pub(super) async fn keep_sending(settings: &Settings, clients: &Clients, reporter: &Reporter) {
    let (Some(key), Ok(client)) = (&settings.own_key, clients.instance_connect(&settings.region)) else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(AGAIN).await;
        if let Err(error) = key.send(&client).await {
            reporter.say(format!("the key was not sent: {}", record::failure::chain(&error)));
        }
    }
}
