//! Options of the builder `file`, which makes an artifact of a file or a text.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What goes into the file, and where it goes.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Content {
    /// The file's content.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// A file to copy instead.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The file to make.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
}

option_set! {
    /// Options of `file`.
    pub struct File {
        /// The file.
        pub content: Content,
    }
}

impl Component for File {
    const TYPE: &'static str = "file";

    /// Packer 1.6.6, `builder/file/config.go`: a target is needed; content and source exclude each other; neither is a warning.
    fn check(&mut self, check: &mut Check) {
        let Content { content, source, target } = &self.content;
        if target.is_empty() {
            check.missing("target", "'target' is missing").hint("name the file that this builder is to make");
        }
        match (content.is_empty(), source.is_empty()) {
            (false, false) => {
                check
                    .error("source", "both 'content' and 'source' are given")
                    .hint("give the file's content, or a file to copy, not both");
            }
            (true, true) => {
                check.warning("", "neither 'content' nor 'source' is given: the file will be empty");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, File};
    use crate::options::{Check, Component};

    #[test]
    fn wants_a_target_and_one_origin() {
        let text = String::from("x");
        for (content, messages) in [
            (
                Content::default(),
                vec![
                    "'target' is missing",
                    "neither 'content' nor 'source' is given: the file will be empty",
                ],
            ),
            (
                Content { content: text.clone(), source: text.clone(), target: text.clone() },
                vec!["both 'content' and 'source' are given"],
            ),
            (Content { source: text.clone(), target: text, ..Content::default() }, vec![]),
        ] {
            let mut check = Check::default();
            File { content }.check(&mut check);
            let found: Vec<&str> = check.findings.iter().map(|finding| finding.message.as_str()).collect();
            assert_eq!(found, messages);
        }
    }
}
