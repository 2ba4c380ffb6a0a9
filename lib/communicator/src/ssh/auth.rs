//! Logging in: every way that is given, in Packer's order, with a report of what was offered and refused.

use super::connect::Miss;
use super::live::{Fault, Live, Patience};
use super::settings::Settings;
use record::Failure;
use ssh2::{ErrorCode, KeyboardInteractivePrompt, Prompt};

/// What came of one way to log in.
enum Tried {
    Accepted,
    Refused(String),
}

/// Logs in. Order (Packer plugin SDK): agent, key, password, keyboard-interactive.
pub(super) fn log_in(live: &mut Live, settings: &Settings, patience: &Patience<'_>) -> Result<(), Miss> {
    let user = settings.user.clone();
    let offered = live
        .drive(patience, |session| session.auth_methods(&user).map(str::to_owned))
        .map_err(|fault| dropped(fault, "before the login"))?;
    if live.session.authenticated() {
        return Ok(());
    }
    let offers = |method: &str| offered.split(',').any(|offer| offer == method);
    let mut refused = Vec::new();
    if offers("publickey") {
        if settings.agent && is_accepted(agent(live, settings, patience)?, &mut refused) {
            return Ok(());
        }
        if settings.key_file.is_some() && is_accepted(key(live, settings, patience)?, &mut refused) {
            return Ok(());
        }
    }
    if let Some(password) = &settings.password {
        for method in ["password", "keyboard-interactive"] {
            if offers(method)
                && is_accepted(with_password(live, settings, password, method, patience)?, &mut refused)
            {
                return Ok(());
            }
        }
    }
    Err(refusal(settings, &offered, &refused))
}

fn is_accepted(tried: Tried, refused: &mut Vec<String>) -> bool {
    match tried {
        Tried::Accepted => true,
        Tried::Refused(what) => {
            refused.push(what);
            false
        }
    }
}

fn refusal(settings: &Settings, offered: &str, refused: &[String]) -> Miss {
    let offers = offered.replace(',', ", ");
    let mut given = Vec::new();
    if settings.agent {
        given.push("agent");
    }
    if settings.key_file.is_some() {
        given.push("key");
    }
    if settings.password.is_some() {
        given.push("password");
    }
    let seen = if refused.is_empty() {
        let given = if given.is_empty() { "nothing".to_owned() } else { given.join(" and ") };
        format!("the server lets {} log in by {offers} only; given is {given}", settings.user)
    } else {
        format!("the server refused {} for {} (it offers {offers})", refused.join(" and "), settings.user)
    };
    let hint = "check 'ssh_username' and the key or password: images have users of their own (admin, ubuntu, ec2-user, \
                fedora, …), and the machine's log says why sshd refuses";
    Miss::Refused { seen, hint: hint.to_owned() }
}

/// Tells a refusal from a connection that broke and from a key that can't be used.
fn judge(result: Result<(), Fault>, code: Option<ErrorCode>, what: String) -> Result<Tried, Miss> {
    match result {
        Ok(()) => Ok(Tried::Accepted),
        Err(Fault::Lost(why)) => Err(dropped(Fault::Lost(why), "during the login")),
        // LIBSSH2_ERROR_FILE: the private key could not be read or understood.
        Err(Fault::Failed(failure)) if code == Some(ErrorCode::Session(-16)) => {
            Err(Miss::Never(Failure::new(format!("{what} cannot be used: {}", failure.message)).hint(
                "it must be an RSA, ECDSA or Ed25519 private key in PEM or OpenSSH form, without a passphrase",
            )))
        }
        Err(Fault::Failed(failure)) if failure.kind == record::FailureKind::Interrupted => {
            Err(Miss::Never(failure))
        }
        Err(Fault::Failed(_)) => Ok(Tried::Refused(what)),
    }
}

fn dropped(fault: Fault, when: &str) -> Miss {
    let why = match fault {
        Fault::Lost(why) => why,
        Fault::Failed(failure) => failure.message,
    };
    Miss::NotYet {
        seen: format!("the server ended the connection {when}: {why}"),
        hint: "the server may be starting or stopping, or refuses this machine (MaxStartups, MaxAuthTries, DenyUsers)",
    }
}

fn key(live: &mut Live, settings: &Settings, patience: &Patience<'_>) -> Result<Tried, Miss> {
    let Some(path) = &settings.key_file else { return Ok(Tried::Refused("no key".into())) };
    if let Err(error) = std::fs::metadata(path) {
        return Err(Miss::Never(Failure::new(format!("cannot read the key {}: {error}", path.display()))));
    }
    let mut code = None;
    let result = live.drive(patience, |session| {
        let certificate = settings.certificate_file.as_deref();
        session
            .userauth_pubkey_file(&settings.user, certificate, path, None)
            .inspect_err(|error| code = Some(error.code()))
    });
    let what = if settings.certificate_file.is_some() { "the certificate and key" } else { "the key" };
    judge(result, code, format!("{what} {}", path.display()))
}

fn with_password(
    live: &mut Live,
    settings: &Settings,
    password: &str,
    method: &str,
    patience: &Patience<'_>,
) -> Result<Tried, Miss> {
    let mut answer = SameAnswer(password);
    let result = live.drive(patience, |session| match method {
        "password" => session.userauth_password(&settings.user, password),
        _ => session.userauth_keyboard_interactive(&settings.user, &mut answer),
    });
    let what = if method == "password" { "the password" } else { "the password (keyboard-interactive)" };
    judge(result, None, what.to_owned())
}

/// Answers every question with the password, as Packer does.
struct SameAnswer<'a>(&'a str);

impl KeyboardInteractivePrompt for SameAnswer<'_> {
    fn prompt<'a>(&mut self, _user: &str, _instructions: &str, prompts: &[Prompt<'a>]) -> Vec<String> {
        prompts.iter().map(|_| self.0.to_owned()).collect()
    }
}

fn agent(live: &mut Live, settings: &Settings, patience: &Patience<'_>) -> Result<Tried, Miss> {
    let unusable = |error: ssh2::Error| {
        Miss::Never(
            Failure::new(format!("the SSH agent cannot be used: {}", error.message()))
                .hint("start one with 'eval $(ssh-agent)' and 'ssh-add', or unset 'ssh_agent_auth'"),
        )
    };
    let mut agent = live.session.agent().map_err(unusable)?;
    agent.connect().map_err(unusable)?;
    agent.list_identities().map_err(unusable)?;
    let keys = agent.identities().map_err(unusable)?;
    if keys.is_empty() {
        return Err(Miss::Never(
            Failure::new("the SSH agent holds no key")
                .hint("add one with 'ssh-add FILE', or unset 'ssh_agent_auth'"),
        ));
    }
    for key in &keys {
        let result = live.drive(patience, |_| agent.userauth(&settings.user, key));
        if let Tried::Accepted = judge(result, None, String::new())? {
            return Ok(Tried::Accepted);
        }
    }
    let count = keys.len();
    Ok(Tried::Refused(if count == 1 {
        "the agent's key".into()
    } else {
        format!("the agent's {count} keys")
    }))
}
