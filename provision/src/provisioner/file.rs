//! `file`: copies files into and out of the machine.

use crate::connection::late;
use communicator::ssh::Connection;
use record::{Build, Failure, Record};
use template::options::provisioner::file::{Direction, File};

/// Mode of a file that is made of `content`.
const CONTENT_MODE: u32 = 0o644;

pub(super) async fn run(
    options: &File,
    record: &Record,
    connection: &Connection,
    build: &Build,
) -> Result<(), Failure> {
    let late = late(record)?;
    let render = |text: &str| if text.contains("{{") { late.render(text) } else { Ok(text.to_owned()) };
    let copy = &options.copy;
    let destination = render(copy.destination.as_deref().unwrap_or_default())?;
    if let Some(content) = &copy.content {
        // Only what validate had to leave is rendered: a file's content may hold braces of its own.
        let content = if content.contains("{{build `") { late.render(content)? } else { content.clone() };
        build.say(format!("writing {destination}"));
        return connection.write(content.into_bytes(), CONTENT_MODE, &destination, build).await;
    }
    for source in copy.all_sources() {
        let source = render(&source)?;
        match copy.direction {
            Direction::Upload => {
                build.say(format!("uploading {source} to {destination}"));
                connection.upload(&source, &destination, build).await?;
            }
            Direction::Download => {
                build.say(format!("downloading {source} to {destination}"));
                connection.download(&source, &destination, build).await?;
            }
        }
    }
    Ok(())
}
