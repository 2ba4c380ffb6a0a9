//! The way to the machine: from the builder's options and what the record says of the machine.

use communicator::ssh::{Connection, Settings};
use record::{Build, Failure, Machine, Record};
use template::Late;
use template::options::communicator::Communicator;
use template::steps::provision as steps;

/// Connects to the record's machine, where it is reached over SSH. `None` when its communicator is `none`.
pub(crate) async fn connect(record: &mut Record, build: &Build) -> Result<Option<Connection>, Failure> {
    let options = Communicator::of(&record.builder()?)?;
    let Some(mut machine) = record.machine()? else {
        return Err(Failure::new("the record is running, but has no machine")
            .hint("records get their machine from a builder: build-ec2, build-vmware, build-virtualbox"));
    };
    let kind = if machine.communicator.is_empty() { options.kind() } else { &machine.communicator };
    match kind {
        "ssh" => {}
        "none" => return Ok(None),
        other => {
            return Err(Failure::new(format!("the communicator '{other}' is not in this version"))
                .hint("machines are reached with 'ssh'; docs/provision.md says what comes later"));
        }
    }
    let settings = Settings::new(&options, &machine)?;
    if let Some(password) = &settings.password {
        build.hide(password);
    }
    let place = format!("{}@{}:{}", settings.user, settings.host, settings.port);
    let step = build.step(steps::CONNECT).waiting_for(format!("SSH on {}:{}", settings.host, settings.port));
    let connection =
        Connection::connect(settings, build).await.map_err(|failure| failure.step(steps::CONNECT))?;
    step.done();
    build.say(format!("connected to {place}"));
    machine.host_key = connection.host_key(build).await?;
    record.set_machine(Some(&machine));
    Ok(Some(connection))
}

/// What templates in steps can see: the record, and how its machine is reached (Packer's generated data).
pub(crate) fn late(record: &Record) -> Result<Late, Failure> {
    let mut late = Late::of(record)?;
    let Some(machine) = record.machine()? else { return Ok(late) };
    let options = Communicator::of(&record.builder()?)?;
    for (key, value) in generated(&machine, &options) {
        // A machine without an address has an empty one, as in Packer; one without an id has none.
        if (!value.is_empty() || key != "ID") && !machine.build.contains_key(key) {
            late.set(key, value);
        }
    }
    late.set("PackerRunUUID", record.id());
    Ok(late)
}

fn generated(machine: &Machine, options: &Communicator) -> [(&'static str, String); 8] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        ("ID", machine.id.clone()),
        ("Host", machine.host.clone()),
        ("Port", machine.port.map(|port| port.to_string()).unwrap_or_default()),
        ("User", machine.user.clone()),
        ("Password", text(&options.ssh_password)),
        ("ConnType", machine.communicator.clone()),
        ("SSHPrivateKeyFile", text(&machine.key_file)),
        ("SSHAgentAuth", options.ssh_agent_auth.unwrap_or(false).to_string()),
    ]
}
