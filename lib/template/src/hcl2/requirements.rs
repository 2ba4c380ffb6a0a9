//! What a configuration asks for: the block `packer`.

use super::config::Reader;
use super::syntax::{Attribute, Body, Form};
use super::version;
use crate::engine::PACKER_VERSION;
use crate::source::Code;

impl Reader<'_> {
    pub(super) fn packer(&mut self, body: &Body) {
        self.only("packer", body, &["required_version"], &["required_plugins"]);
        if let Some(attribute) = body.attribute("required_version")
            && let Some(text) = self.text(attribute)
        {
            match version::satisfies(PACKER_VERSION, &text) {
                Some(true) => {}
                Some(false) => {
                    // One that is pinned to what came before will most likely do.
                    let is_older = version::is_older(&text, PACKER_VERSION);
                    let diagnostic = self
                        .error(&attribute.value.span, format!("this configuration asks for Packer {text}"));
                    diagnostic.code(Code::PackerVersion);
                    diagnostic.hint(format!("this version does what Packer {PACKER_VERSION} does"));
                    diagnostic.warning = is_older;
                }
                None => {
                    self.error(&attribute.value.span, format!("'{text}' is no range of versions"))
                        .code(Code::PackerVersion)
                        .hint("such as \">= 1.7.0, < 2.0.0\"");
                }
            }
        }
        for block in body.blocks.iter().filter(|block| block.kind.text == "required_plugins") {
            for attribute in &block.body.attributes {
                self.plugin(attribute);
            }
        }
    }

    /// `name = { version = "…", source = "github.com/hashicorp/amazon" }`: what is written there must be right, although
    /// nothing is fetched.
    fn plugin(&mut self, attribute: &Attribute) {
        let form = "write it as { version = \">= 1.0.0\", source = \"github.com/OWNER/NAME\" }";
        let Form::Object(entries) = &attribute.value.form else {
            self.error(&attribute.value.span, "a required plugin is an object").hint(form);
            return;
        };
        let mut found = Vec::new();
        for (key, value) in entries {
            match (&key.form, &value.form) {
                (Form::Text(name), Form::Text(text)) if name == "version" => {
                    found.push("version");
                    if version::satisfies("1.0.0", text).is_none() {
                        self.error(&value.span, format!("'{text}' is no range of versions"))
                            .hint("such as \">= 1.0.0\"");
                    }
                }
                (Form::Text(name), Form::Text(text)) if name == "source" => {
                    found.push("source");
                    if text.split('/').filter(|part| !part.is_empty()).count() < 3 {
                        self.error(&value.span, format!("'{text}' names no plugin")).hint("HOST/OWNER/NAME");
                    }
                }
                _ => {
                    self.error(&key.span, "a required plugin has 'version' and 'source' only, both texts")
                        .hint(form);
                }
            }
        }
        if !found.contains(&"version") || !found.contains(&"source") {
            self.error(&attribute.name.span, "a required plugin needs 'version' and 'source'").hint(form);
        }
    }
}
