//! Provisioners and post-processors of one source in one build.

use super::build::{Use, makes, text, texts};
use super::eval::{Evaluator, Told};
use super::options::{Expanded, expand, members};
use super::syntax::{Block, Body};
use super::value::Value;
use crate::Duration;
use crate::options::weak::Manner;
use crate::packer_json::{Step, Word};
use crate::source::{Code, Span};
use glob::Pattern;

/// The attributes that all provisioners have.
const PROVISIONER: [&str; 7] =
    ["name", "only", "except", "override", "pause_before", "max_retries", "timeout"];
/// The attributes that all post-processors have.
const POST_PROCESSOR: [&str; 4] = ["name", "only", "except", "keep_input_artifact"];
/// What can stand in a build.
const BLOCKS: [&str; 8] = [
    "dynamic",
    "error-cleanup-provisioner",
    "from",
    "hcp_packer_registry",
    "post-processor",
    "post-processors",
    "provisioner",
    "source",
];

/// All steps for one source.
#[derive(Default)]
pub(super) struct Steps {
    pub(super) provisioners: Vec<Step>,
    pub(super) cleanup: Option<Step>,
    pub(super) post_processors: Vec<Vec<Step>>,
}

/// Reads the steps of a build.
pub(super) struct Reader<'a, 'n> {
    pub(super) evaluator: &'a mut Evaluator<'n>,
    /// The source for which they are; nothing to read them all.
    pub(super) of: Option<&'a Use<'a>>,
    /// All sources of the build, as `only` and `except` can name them.
    pub(super) sources: &'a [String],
    /// What the command line leaves out.
    pub(super) except: &'a [Pattern],
    pub(super) manner: &'a mut Manner,
}

impl Reader<'_, '_> {
    /// The steps that are for the source.
    pub(super) fn read(&mut self, body: &Body) -> Steps {
        self.check(body);
        let mut steps = Steps::default();
        let blocks: Vec<Block> = body
            .blocks
            .iter()
            .filter(|block| BLOCKS[1..].contains(&makes(block)) && makes(block) != "source")
            .cloned()
            .collect();
        for Expanded { block, own } in expand(self.evaluator, &blocks) {
            let before = std::mem::replace(&mut self.evaluator.own, own);
            match block.kind.text.as_str() {
                "provisioner" => steps.provisioners.extend(self.provisioner(&block)),
                "error-cleanup-provisioner" => {
                    if steps.cleanup.is_some() {
                        self.fail(
                            Code::WrongShape,
                            &block.kind.span,
                            "a build has one error-cleanup-provisioner at most",
                            "",
                        );
                    }
                    steps.cleanup = self.provisioner(&block).or(steps.cleanup);
                }
                "post-processor" => steps.post_processors.push(self.sequence(std::slice::from_ref(&block))),
                "post-processors" => {
                    for other in block.body.attributes.iter().map(|attribute| &attribute.name) {
                        self.fail(
                            Code::UnknownKey,
                            &other.span,
                            "'post-processors' holds post-processor blocks only",
                            "",
                        );
                    }
                    steps.post_processors.push(self.inner_sequence(&block));
                }
                _ => {}
            }
            self.evaluator.own = before;
        }
        steps.post_processors.retain(|sequence| !sequence.is_empty());
        steps
    }

    fn fail(&mut self, code: Code, span: &Span, message: impl Into<String>, hint: impl Into<String>) {
        let _: Result<(), Told> = self.evaluator.fail_as(code, span, message, hint);
    }

    fn check(&mut self, body: &Body) {
        const ATTRIBUTES: [&str; 3] = ["description", "name", "sources"];
        for attribute in &body.attributes {
            if !ATTRIBUTES.contains(&attribute.name.text.as_str()) {
                let hint = super::names::suggestion(&attribute.name.text, ATTRIBUTES.into_iter());
                let message = format!("a build has no attribute '{}'", attribute.name.text);
                self.fail(Code::UnknownKey, &attribute.name.span, message, hint);
            }
        }
        for block in &body.blocks {
            if !BLOCKS.contains(&block.kind.text.as_str()) {
                let hint = super::names::suggestion(&block.kind.text, BLOCKS.into_iter());
                let message = format!("a build has no block '{}'", block.kind.text);
                self.fail(Code::UnknownKey, &block.kind.span, message, hint);
            } else if !BLOCKS.contains(&makes(block)) {
                let hint = super::names::suggestion(makes(block), BLOCKS.into_iter());
                self.fail(
                    Code::UnknownKey,
                    &block.kind.span,
                    format!("a build has no block '{}'", makes(block)),
                    hint,
                );
            }
        }
    }

    fn kind(&mut self, block: &Block) -> Option<Word> {
        let [kind] = block.labels.as_slice() else {
            let message = format!("'{}' takes one label: its type", block.kind.text);
            let hint = format!("{} \"TYPE\" {{ … }}", block.kind.text);
            self.fail(Code::MissingType, &block.kind.span, message, hint);
            return None;
        };
        Some(kind.clone())
    }

    /// Whether `only` and `except` let the source through.
    fn is_for(&mut self, body: &Body) -> bool {
        let only = texts(self.evaluator, body, "only");
        let except = texts(self.evaluator, body, "except");
        if let (Some(_), Some((_, span))) = (only.first(), except.first()) {
            self.fail(
                Code::OnlyAndExcept,
                span,
                "'only' and 'except' cannot both be given",
                "'only' alone says all",
            );
        }
        for (name, span) in only.iter().chain(&except) {
            if !self.sources.contains(name) {
                let known = super::names::suggestion(name, self.sources.iter().map(String::as_str));
                let message =
                    format!("there is no source '{name}' in this build: Packer ignores such a name");
                let hint = format!("{known}; sources are named as TYPE.NAME here, without the build's name");
                self.fail_softly(span, message, hint);
            }
        }
        let Some(of) = self.of else { return true };
        let short = of.short();
        let named = |list: &[(String, Span)]| list.iter().any(|(name, _)| *name == short);
        if only.is_empty() { !named(&except) } else { named(&only) }
    }

    /// Notes what Packer lets through in silence.
    fn fail_softly(&mut self, span: &Span, message: String, hint: String) {
        let (code, span) = (Code::UnknownName, span.clone());
        self.evaluator.warnings.push(super::eval::Problem { code, span, message, hint: Some(hint) });
    }

    fn step(&mut self, block: &Block, common: &[&str]) -> Option<Step> {
        let kind = self.kind(block)?;
        if !self.is_for(&block.body) {
            return None;
        }
        Some(Step {
            kind,
            name: text(self.evaluator, &block.body, "name").filter(|name| !name.is_empty()),
            only: Vec::new(),
            except: Vec::new(),
            overrides: Vec::new(),
            pause_before: None,
            timeout: None,
            max_retries: None,
            keep_input_artifact: None,
            options: members(self.evaluator, &block.body, common, self.manner),
        })
    }

    fn provisioner(&mut self, block: &Block) -> Option<Step> {
        let step = self.step(block, &PROVISIONER)?;
        let max_retries = block.body.attribute("max_retries").and_then(|attribute| {
            let value = self.evaluator.value(&attribute.value).ok()?;
            Some(super::options::node(&value, None, &attribute.value.span))
        });
        Some(Step {
            overrides: self.overrides(&block.body),
            pause_before: self.duration(&block.body, "pause_before"),
            timeout: self.duration(&block.body, "timeout"),
            max_retries,
            // Provisioners have no names in the record.
            name: None,
            ..step
        })
    }

    fn duration(&mut self, body: &Body, name: &str) -> Option<Duration> {
        let text = text(self.evaluator, body, name)?;
        let span = &body.attribute(name)?.value.span;
        match Duration::parse(&text) {
            Ok(duration) => Some(duration),
            Err(why) => {
                let hint = "a duration is written as \"90s\", \"5m\" or \"1h30m\"";
                self.fail(Code::WrongType, span, format!("'{name}' cannot be read: {why}"), hint);
                None
            }
        }
    }

    /// `override = { NAME = { option = value } }`
    fn overrides(&mut self, body: &Body) -> Vec<(Word, crate::json::Node)> {
        let (Some(attribute), Some(of)) = (body.attribute("override"), self.of) else { return Vec::new() };
        let Ok(value) = self.evaluator.value(&attribute.value) else { return Vec::new() };
        let span = attribute.value.span.clone();
        let node = super::options::node(&value, Some(&attribute.value), &span);
        match (&value, node.value) {
            (Value::Null | Value::Unknown(_), _) => Vec::new(),
            (_, crate::json::Value::Object(members)) => members
                .into_iter()
                .filter(|member| member.key == of.name)
                .map(|member| (Word { text: of.short(), span: member.key_span }, member.node))
                .collect(),
            _ => {
                let hint = "override = { NAME = { option = value } }, NAME being a source's name";
                self.fail(
                    Code::WrongShape,
                    &span,
                    format!("'override' must be a map, not {}", value.what()),
                    hint,
                );
                Vec::new()
            }
        }
    }

    fn inner_sequence(&mut self, block: &Block) -> Vec<Step> {
        let inner = expand(self.evaluator, &block.body.blocks);
        let mut blocks = Vec::new();
        for Expanded { block, own } in inner {
            if block.kind.text == "post-processor" {
                blocks.push((block, own));
            } else {
                let message = format!("'post-processors' has no block '{}'", block.kind.text);
                self.fail(Code::UnknownKey, &block.kind.span, message, "it holds post-processor blocks only");
            }
        }
        let mut steps = Vec::new();
        for (block, own) in blocks {
            let before = std::mem::replace(&mut self.evaluator.own, own);
            let step = self.post_processor(&block);
            self.evaluator.own = before;
            match step {
                Some(Err(())) => break,
                Some(Ok(step)) => steps.push(step),
                None => {}
            }
        }
        steps
    }

    fn sequence(&mut self, blocks: &[Block]) -> Vec<Step> {
        let mut steps = Vec::new();
        for block in blocks {
            match self.post_processor(block) {
                Some(Err(())) => break,
                Some(Ok(step)) => steps.push(step),
                None => {}
            }
        }
        steps
    }

    /// A post-processor; an error where the command line leaves it out, which ends its sequence.
    fn post_processor(&mut self, block: &Block) -> Option<Result<Step, ()>> {
        let kind = self.kind(block)?;
        let name = text(self.evaluator, &block.body, "name");
        let is_out = |pattern: &Pattern| {
            pattern.matches(&kind.text) || name.as_ref().is_some_and(|name| pattern.matches(name))
        };
        if self.except.iter().any(is_out) {
            return Some(Err(()));
        }
        let step = self.step(block, &POST_PROCESSOR)?;
        let keep = block.body.attribute("keep_input_artifact").and_then(|attribute| {
            let value = self.evaluator.value(&attribute.value).ok()?;
            match (value.to_bool(), &value) {
                (Some(keep), _) => Some(keep),
                (None, Value::Null | Value::Unknown(_)) => None,
                (None, other) => {
                    let message =
                        format!("'keep_input_artifact' must be true or false, not {}", other.what());
                    self.fail(Code::WrongType, &attribute.value.span, message, "");
                    None
                }
            }
        });
        Some(Ok(Step { keep_input_artifact: keep, ..step }))
    }
}
