//! Options of the provisioner `file`, which copies files to and from the machine.

use crate::option_set;
use crate::options::{Check, Component};
use crate::source::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which way files go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the machine.
    #[default]
    Upload,
    /// Out of the machine.
    Download,
}

/// What to copy and where to (Packer 1.16, `provisioner/file`).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Copy {
    /// File or folder to copy; a trailing slash means what is in the folder.
    pub source: Option<String>,
    /// Files and folders to copy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// A file's content, instead of a source.
    pub content: Option<String>,
    /// Where to copy to; a trailing slash means into that folder.
    pub destination: Option<String>,
    /// `upload` (the default) or `download`.
    pub direction: Direction,
    /// The sources come into being while the build runs, so they need not exist yet.
    pub generated: bool,
}

option_set! {
    /// Options of `file`.
    pub struct File {
        /// What to copy.
        pub copy: Copy,
    }
}

impl Component for File {
    const TYPE: &'static str = "file";

    /// Packer 1.16, `provisioner/file/provisioner.go`, `Prepare`; 1.6.6 also wants a source.
    fn check(&mut self, check: &mut Check) {
        let Copy { source, sources, content, destination, direction, generated } = &self.copy;
        let source = source.as_deref().filter(|source| !source.is_empty());
        if destination.as_deref().is_none_or(str::is_empty) {
            check.missing("destination", "'destination' is missing").hint("say where to copy to");
        }
        let any = source.is_some() || !sources.is_empty();
        match (any, content.is_some()) {
            (true, true) => {
                check
                    .error("content", "both 'content' and a source are given")
                    .hint("give the file's content, or files to copy, not both");
            }
            (false, false) => {
                check.missing("source", "nothing to copy").hint("set 'source', 'sources' or 'content'");
            }
            (false, true) if *direction == Direction::Download => {
                check.error("content", "'content' can only be uploaded").hint("a download needs 'source'");
            }
            _ => {}
        }
        if *generated || *direction == Direction::Download {
            return;
        }
        let many =
            sources.iter().enumerate().map(|(index, path)| (format!("sources[{index}]"), path.as_str()));
        for (option, path) in source.map(|path| ("source".to_owned(), path)).into_iter().chain(many) {
            if path.contains("{{build `") {
                continue;
            }
            if let Err(error) = std::fs::metadata(path) {
                check
                    .error(option, format!("cannot read {path}: {error}"))
                    .code(Code::MissingFile)
                    .hint("set 'generated' where an earlier step makes it");
            }
        }
    }
}

impl Copy {
    /// All sources: `sources`, then `source`.
    pub fn all_sources(&self) -> Vec<String> {
        let one = self.source.iter().filter(|source| !source.is_empty());
        self.sources.iter().chain(one).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Copy, Direction, File};
    use crate::options::{Check, Component};

    #[test]
    fn says_what_is_wrong() {
        let text = |text: &str| Some(String::from(text));
        let to = || Copy { destination: text("/d"), ..Copy::default() };
        let cases = [
            (Copy::default(), vec!["destination: 'destination' is missing", "source: nothing to copy"]),
            (to(), vec!["source: nothing to copy"]),
            (
                Copy { source: text("/no/such"), ..to() },
                vec!["source: cannot read /no/such: No such file or directory (os error 2)"],
            ),
            (Copy { source: text("/no/such"), generated: true, ..to() }, vec![]),
            (Copy { source: text("/no/such"), direction: Direction::Download, ..to() }, vec![]),
            (
                Copy { content: text(""), source: text("/"), ..to() },
                vec!["content: both 'content' and a source are given"],
            ),
            (
                Copy { content: text("x"), direction: Direction::Download, ..to() },
                vec!["content: 'content' can only be uploaded"],
            ),
        ];
        for (copy, expected) in cases {
            let mut check = Check::default();
            File { copy }.check(&mut check);
            let found: Vec<String> = check
                .findings
                .iter()
                .map(|finding| format!("{}: {}", finding.path, finding.message))
                .collect();
            assert_eq!(found, expected);
        }
    }
}
