//! Provisioners and post-processors.

use super::{Parts, Reader, first_bracket, given, text};
use crate::Duration;
use crate::json::{Member, Node, Value};
use crate::packer_json::model::{Step, Word};
use crate::source::Code;

impl Reader<'_> {
    pub(super) fn provisioners(&mut self, members: &[Member]) -> Vec<Step> {
        let Some(node) = given(members, "provisioners") else { return Vec::new() };
        let Some(items) = self.list(node, "provisioners") else { return Vec::new() };
        items.iter().filter_map(|item| self.provisioner(item, "a provisioner")).collect()
    }

    pub(super) fn error_cleanup(&mut self, members: &[Member]) -> Option<Step> {
        let node = given(members, "error-cleanup-provisioner")?;
        self.provisioner(node, "the error-cleanup-provisioner")
    }

    /// The common keys of provisioners are typed weakly.
    fn provisioner(&mut self, item: &Node, what: &str) -> Option<Step> {
        const COMMON: [&str; 7] =
            ["type", "only", "except", "override", "pause_before", "max_retries", "timeout"];
        let Parts { kind, members, options } = self.parts(item, what, &COMMON)?;
        Some(Step {
            kind,
            name: None,
            only: self.weak_names(members, "only"),
            except: self.weak_names(members, "except"),
            overrides: self.overrides(members),
            pause_before: self.weak_option::<Duration>(members, "pause_before").map(|(duration, _)| duration),
            timeout: self.weak_option::<Duration>(members, "timeout").map(|(duration, _)| duration),
            max_retries: given(members, "max_retries").cloned(),
            keep_input_artifact: None,
            options,
        })
    }

    fn overrides(&mut self, members: &[Member]) -> Vec<(Word, Node)> {
        let Some(node) = given(members, "override") else { return Vec::new() };
        let Value::Object(overrides) = &node.value else {
            self.error(&node.span, format!("'override' must be an object, not {}", node.what()))
                .hint("\"override\": {\"builder's name\": {\"option\": \"value\"}}");
            return Vec::new();
        };
        let word = |member: &Member| Word { text: member.key.clone(), span: member.key_span.clone() };
        overrides.iter().map(|member| (word(member), member.node.clone())).collect()
    }

    pub(super) fn post_processors(&mut self, members: &[Member]) -> Vec<Vec<Step>> {
        let Some(node) = given(members, "post-processors") else { return Vec::new() };
        let Some(items) = self.list(node, "post-processors") else { return Vec::new() };
        let sequences = items.iter().map(|item| match &item.value {
            Value::Array(sequence) => {
                sequence.iter().filter_map(|item| self.post_processor(item, true)).collect()
            }
            _ => self.post_processor(item, false).into_iter().collect::<Vec<_>>(),
        });
        sequences.filter(|sequence| !sequence.is_empty()).collect()
    }

    /// The common keys of post-processors are typed strictly.
    fn post_processor(&mut self, item: &Node, in_sequence: bool) -> Option<Step> {
        const COMMON: [&str; 5] = ["type", "name", "only", "except", "keep_input_artifact"];
        let members = match &item.value {
            Value::String(_) => &[],
            Value::Object(members) => members.as_slice(),
            Value::Array(_) if in_sequence => {
                self.error(&item.span, "a sequence of post-processors cannot stand in another")
                    .hint("put its post-processors into the outer sequence");
                return None;
            }
            _ => {
                self.error(
                    &item.span,
                    format!("a post-processor must be a name, an object or a list, not {}", item.what()),
                );
                return None;
            }
        };
        let kind = match text(item) {
            Some(kind) => Some(kind),
            None => self.strict_text(members, "type"),
        };
        let Some(kind) = kind.filter(|kind| !kind.text.is_empty()) else {
            if given(members, "type").is_none_or(|node| node.as_str().is_some()) {
                self.error(&first_bracket(item), "a post-processor needs a 'type'").code(Code::MissingType);
            }
            return None;
        };
        Some(Step {
            kind,
            name: self.strict_text(members, "name").map(|word| word.text),
            only: self.strict_names(members, "only"),
            except: self.strict_names(members, "except"),
            overrides: Vec::new(),
            pause_before: None,
            timeout: None,
            max_retries: None,
            keep_input_artifact: self.strict_bool(members, "keep_input_artifact"),
            options: members
                .iter()
                .filter(|member| !COMMON.contains(&member.key.as_str()))
                .cloned()
                .collect(),
        })
    }
}
