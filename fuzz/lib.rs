//! What the targets share.

use record::Failure;
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use template::engine::Moment;
use template::hcl2::Ask;
use template::packer_json::Settings;
use template::source::{Diagnostics, Source, Style, json_line, render};

/// Settings as those of a command line that gives nothing but variable files.
pub fn settings(variable_files: Vec<Arc<Source>>) -> Settings {
    Settings {
        variables: Vec::new(),
        variable_files,
        environment: Default::default(),
        only: Vec::new(),
        except: Vec::new(),
        force: false,
        allow_unknown: true,
        moment: Moment::fixed(0),
        remote: None,
    }
}

/// Shows all diagnostics, as validate does.
pub fn show(diagnostics: Diagnostics) {
    for diagnostic in diagnostics.sorted() {
        assert!(!render(&diagnostic, Style::Plain).is_empty());
        json_line(&diagnostic);
    }
}

/// Asks for no data.
pub struct Nobody;

impl Ask for Nobody {
    fn ask(&self, _: &str, _: &Map<String, Value>) -> Result<Option<template::hcl2::Answer>, Failure> {
        Ok(None)
    }
}

/// Runs something with a file of these bytes, in a folder of its own.
pub fn with_file(name: &str, bytes: &[u8], run: impl FnOnce(&Path)) {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder can be made")
    });
    let path = FOLDER.path().join(name);
    std::fs::write(&path, bytes).expect("the file can be written");
    run(&path);
}
