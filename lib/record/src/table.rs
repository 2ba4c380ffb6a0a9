//! Records as a short table: what people get where standard output is a terminal.

use crate::document::{Artifact, Status};
use crate::record_line::Record;
use crate::{report, terminal};

/// Narrowest widths of the columns; a longer value pushes the rest of its own row only, since rows appear as
/// results do.
const WIDTHS: [usize; 3] = [24, 16, 12];

/// A table that grows row by row.
#[derive(Debug, Default)]
pub struct Table {
    begun: bool,
}

impl Table {
    /// The lines for one more record, with the heading before the first.
    pub fn row(&mut self, record: &Record) -> String {
        let mut lines = String::new();
        if !std::mem::replace(&mut self.begun, true) {
            lines = line(["BUILD", "TYPE", "STATUS"], "RESULT", None);
        }
        let colour = match record.status() {
            Status::Built => Some(32),
            Status::Failed => Some(31),
            _ => None,
        };
        let status = record.status().to_string();
        lines + &line([record.build(), record.kind(), &status], &result(record), colour)
    }
}

fn line(columns: [&str; 3], last: &str, status_colour: Option<u8>) -> String {
    let mut text = String::new();
    for (number, (value, width)) in columns.into_iter().zip(WIDTHS).enumerate() {
        let value = report::harmless(value);
        let padding = " ".repeat(width.saturating_sub(value.chars().count()).max(2));
        match status_colour.filter(|_| number == 2 && terminal::has_colour()) {
            Some(colour) => text.push_str(&format!("\u{1b}[{colour}m{value}\u{1b}[0m{padding}")),
            None => text.push_str(&format!("{value}{padding}")),
        }
    }
    text.push_str(&report::harmless(last));
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// What there is to say of a record in a few words.
fn result(record: &Record) -> String {
    match record.status() {
        Status::Failed => {
            let message = record.error().ok().flatten().map(|error| error.message).unwrap_or_default();
            message.lines().next().unwrap_or_default().to_owned()
        }
        Status::Built => {
            let artifacts = record.artifacts().unwrap_or_default();
            artifacts.iter().map(artifact).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
        }
        _ => match record.machine() {
            Ok(Some(machine)) => format!("machine {} ({})", machine.id, machine.driver),
            _ => String::new(),
        },
    }
}

fn artifact(artifact: &Artifact) -> String {
    if !artifact.regions.is_empty() {
        let images = artifact.regions.iter().map(|(region, id)| format!("{region}:{id}"));
        return images.collect::<Vec<_>>().join(", ");
    }
    match artifact.files.as_slice() {
        [] => artifact.id.clone(),
        [file] => file.path.clone(),
        [file, more @ ..] => format!("{} (+{} more)", file.path, more.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::Record;

    fn record(build: &str, status: &str, more: &str) -> Record {
        let line = format!(
            r#"{{"kiln":1,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","build":"{build}","type":"amazon-ebs","status":"{status}"{more}}}"#
        );
        Record::parse(&line).unwrap()
    }

    #[test]
    fn rows_say_what_came_out() {
        let mut table = Table::default();
        let image = r#","artifacts":[{"kind":"ami","builder_id":"b","regions":{"eu-west-1":"ami-2","us-east-1":"ami-1"}}]"#;
        let files = r#","artifacts":[{"kind":"files","builder_id":"b","files":[{"path":"a.vmx","size":1},{"path":"a.vmdk","size":2}]}]"#;
        let error = r#","error":{"tool":"t","step":"s","message":"it \u001b[2J broke\nbadly"}"#;
        let machine = r#","machine":{"driver":"ec2","id":"i-1","communicator":"ssh"}"#;
        let rows = [
            record("web", "built", image),
            record("a-very-long-name-of-a-build", "built", files),
            record("db", "failed", error),
            record("db", "running", machine),
            record("db", "planned", ""),
        ]
        .iter()
        .map(|record| table.row(record))
        .collect::<String>();
        assert_eq!(
            rows,
            "BUILD                   TYPE            STATUS      RESULT
web                     amazon-ebs      built       eu-west-1:ami-2, us-east-1:ami-1
a-very-long-name-of-a-build  amazon-ebs      built       a.vmx (+1 more)
db                      amazon-ebs      failed      it  broke
db                      amazon-ebs      running     machine i-1 (ec2)
db                      amazon-ebs      planned
"
        );
    }
}
