//! The password that a Windows machine has made for its administrator: AWS passes it on, encrypted with the key pair's
//! public key (RSA, PKCS #1 v1.5).

use crate::context::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use record::wait::Seen;
use record::{Failure, file};
use std::path::Path;
use template::rsa::PrivateKey;
use template::steps::ec2 as steps;

/// Waits until the machine has made its password, and decrypts it.
///
/// # Errors
/// When the key cannot be read or is another's, AWS refuses, or time is up (`windows_password_timeout`).
pub async fn fetch(context: &Context, id: &str, key: &Path) -> Result<String, Failure> {
    let key = read(key)?;
    let step =
        context.build.step(steps::WAIT_FOR_PASSWORD).waiting_for(format!("the password of instance {id}"));
    let limit = context.options.run.windows_password_timeout.to_std();
    let wait = record::wait::Wait::new(format!("the password of instance {id}"), limit).hint(
        "the image must make one when it first starts (EC2Launch, not yet run), which takes minutes; \
         windows_password_timeout waits longer, winrm_password needs none",
    );
    let client = context.ec2();
    let encrypted = wait
        .until(&context.build, async || {
            let answer =
                context.call("GetPasswordData", || client.get_password_data().instance_id(id).send()).await?;
            let data = answer.password_data.unwrap_or_default();
            Ok(match data.trim() {
                "" => Seen::NotYet(String::from("none yet")),
                data => Seen::Ready(data.to_owned()),
            })
        })
        .await?;
    let password = decrypt(&key, &encrypted).ok_or_else(|| {
        Failure::new(format!("the password of instance {id} cannot be decrypted with this key"))
            .hint("ssh_private_key_file must be the private key of ssh_keypair_name")
    })?;
    context.build.hide(&password);
    step.done();
    Ok(password)
}

fn decrypt(key: &PrivateKey, encrypted: &str) -> Option<String> {
    let encrypted: String = encrypted.split_whitespace().collect();
    let plain = key.decrypt(&BASE64.decode(encrypted).ok()?)?;
    String::from_utf8(plain).ok()
}

fn read(path: &Path) -> Result<PrivateKey, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| file::io(path, "cannot read the key", &error))?;
    PrivateKey::parse(&text).ok_or_else(|| {
        Failure::new(format!("{} is no RSA key in the PEM format without a passphrase", path.display())).hint(format!(
            "passwords of Windows machines are encrypted with RSA keys only; 'ssh-keygen -p -N \"\" -m PEM -f {}' \
             rewrites one of OpenSSH's format",
            path.display()
        ))
    })
}
