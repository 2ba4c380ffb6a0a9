//! `file`: copies files into and out of the machine.

use communicator::ssh::Connection;
use record::{Build, Failure};
use template::options::provisioner::file::{Direction, File};

/// Mode of a file that is made of `content`.
const CONTENT_MODE: u32 = 0o644;

pub(super) async fn run(options: &File, connection: &Connection, build: &Build) -> Result<(), Failure> {
    let copy = &options.copy;
    let destination = copy.destination.as_deref().unwrap_or_default();
    if let Some(content) = &copy.content {
        build.say(format!("writing {destination}"));
        return connection.write(content.clone().into_bytes(), CONTENT_MODE, destination, build).await;
    }
    for source in copy.all_sources() {
        match copy.direction {
            Direction::Upload => {
                build.say(format!("uploading {source} to {destination}"));
                connection.upload(&source, destination, build).await?;
            }
            Direction::Download => {
                build.say(format!("downloading {source} to {destination}"));
                connection.download(&source, destination, build).await?;
            }
        }
    }
    Ok(())
}
