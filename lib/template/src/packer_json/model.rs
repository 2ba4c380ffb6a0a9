//! What stands in a template, before anything is rendered.

use crate::Duration;
use crate::json::{Member, Node};
use crate::source::Span;

/// A text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A whole template.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// The comments at the root: what `_NAME` keys say, and what stands in `comments`.
    pub comments: Vec<String>,
    /// What `description` says.
    pub description: Option<String>,
    /// What `min_packer_version` says.
    pub minimum: Option<Word>,
    /// The variables, in their order.
    pub variables: Vec<Variable>,
    /// Names of the variables whose values are secret.
    pub sensitive: Vec<Word>,
    /// The builders, in their order.
    pub builders: Vec<Builder>,
    /// The provisioners, in their order.
    pub provisioners: Vec<Step>,
    /// What runs when provisioning has failed: one at most, but for an outline of several build blocks.
    pub error_cleanup: Vec<Step>,
    /// The sequences of post-processors.
    pub post_processors: Vec<Vec<Step>>,
}

/// A variable as it is declared.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name and where that stands.
    pub name: Word,
    /// Its default; nothing where it must be given.
    pub default: Option<Word>,
}

/// A builder.
#[derive(Debug, Clone)]
pub struct Builder {
    /// Its type.
    pub kind: Word,
    /// Its name as it is written, else its type.
    pub name: Word,
    /// Its options.
    pub options: Vec<Member>,
}

/// A provisioner or post-processor.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its type.
    pub kind: Word,
    /// Its name, where it has one of its own.
    pub name: Option<String>,
    /// The builders that it is for; nothing means all.
    pub only: Vec<Word>,
    /// The builders that it is not for.
    pub except: Vec<Word>,
    /// Other options for some builders.
    pub overrides: Vec<(Word, Node)>,
    /// How long to wait before it.
    pub pause_before: Option<Duration>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// How often it is tried again; rendered later.
    pub max_retries: Option<Node>,
    /// Whether what it gets is kept; nothing leaves that to the post-processor.
    pub keep_input_artifact: Option<bool>,
    /// Its options.
    pub options: Vec<Member>,
}

impl Step {
    /// Whether the step is for a builder of that written name.
    pub fn is_for(&self, builder: &str) -> bool {
        let named = |list: &[Word]| list.iter().any(|word| word.text == builder);
        if self.only.is_empty() { !named(&self.except) } else { named(&self.only) }
    }
}
