//! `shell-local`: scripts on this machine.

use communicator::local;
use record::{Build, Failure, Record};
use template::options::provisioner::shell_local::ShellLocalProvisioner;

pub(super) async fn run(
    options: &ShellLocalProvisioner,
    record: &Record,
    build: &Build,
) -> Result<(), Failure> {
    local::run(&options.local, record, &local::Environment::new(), build).await
}
