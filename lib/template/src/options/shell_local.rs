//! Options that the provisioner and the post-processor `shell-local` share.

use super::Check;
use crate::source::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Which option is rendered when the command runs, and what it may use (Packer 1.16, shell-local).
pub const DEFERRED: &[(&str, &[&str])] = &[("execute_command", &["Vars", "Script", "Command"])];

/// Systems that `only_on` may name: Go's own names.
const SYSTEMS: [&str; 6] = ["darwin", "freebsd", "linux", "openbsd", "solaris", "windows"];

/// What to run on this machine, and how.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShellLocal {
    /// Lines of a script, run as one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inline: Vec<String>,
    /// One command line; the older form of `inline`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// A script file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub script: String,
    /// Script files, run in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<String>,
    /// First line of the inline script. Default: `/bin/sh -e`, unless the script brings its own `#!` line.
    pub inline_shebang: Option<String>,
    /// How a script is started; variables: `Vars`, `Script`, `Command`. Default: `/bin/sh -c "{{.Vars}} {{.Script}}"`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub execute_command: Vec<String>,
    /// Environment as `KEY=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment_vars: Vec<String>,
    /// Environment as a map; wins over `environment_vars`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// How `Vars` writes one variable. Default: `%s='%s' `.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub env_var_format: String,
    /// Systems to run on; elsewhere the step is skipped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_on: Vec<String>,
    /// Extension of the inline script's file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tempfile_extension: String,
    /// Turn `C:/x` into `/mnt/c/x` in script paths.
    pub use_linux_pathing: bool,
    /// Exit codes that count as success. Default: 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub valid_exit_codes: Vec<i32>,
}

impl ShellLocal {
    /// Fills in defaults and finds everything that is wrong.
    pub fn check(&mut self, check: &mut Check) {
        self.check_sources(check);
        self.check_environment(check);
        for system in &self.only_on {
            if !SYSTEMS.contains(&system.as_str()) {
                check
                    .error("only_on", format!("unknown system '{system}'"))
                    .hint(format!("one of {}", SYSTEMS.join(", ")));
            }
        }
        if self.tempfile_extension.contains('/') {
            check.error("tempfile_extension", "a file's extension cannot contain '/'");
        }
        if self.valid_exit_codes.is_empty() {
            self.valid_exit_codes = vec![0];
        }
    }

    fn check_sources(&self, check: &mut Check) {
        let given = [
            ("inline", !self.inline.is_empty()),
            ("command", !self.command.is_empty()),
            ("script", !self.script.is_empty()),
            ("scripts", !self.scripts.is_empty()),
        ];
        let given: Vec<&str> = given.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        match given[..] {
            [] => {
                check.missing("", "nothing to run").hint("set one of inline, script and scripts");
            }
            [_] => {}
            [_, second, ..] => {
                check
                    .error(second, format!("only one of {} may be set", given.join(", ")))
                    .hint("use one shell-local step for each, or scripts");
            }
        }
        if self.use_linux_pathing && !(self.inline.is_empty() && self.command.is_empty()) {
            check
                .error("use_linux_pathing", "use_linux_pathing is for script files")
                .hint("put the inline lines into a file and name it in script");
        }
        let scripts =
            self.scripts.iter().enumerate().map(|(index, path)| (format!("scripts[{index}]"), path));
        let script = (!self.script.is_empty()).then(|| ("script".to_owned(), &self.script));
        for (place, path) in script.into_iter().chain(scripts) {
            let late = path.contains("{{");
            if !late && !self.use_linux_pathing && !Path::new(path).is_file() {
                check
                    .error(place, format!("bad script '{path}': there is no such file"))
                    .code(Code::MissingFile)
                    .hint("paths are relative to the folder in which the tools run");
            }
        }
    }

    fn check_environment(&self, check: &mut Check) {
        for (index, pair) in self.environment_vars.iter().enumerate() {
            if pair.split_once('=').is_none_or(|(key, _)| key.is_empty()) {
                check
                    .error(
                        format!("environment_vars[{index}]"),
                        format!("environment variable not in the form KEY=value: '{pair}'"),
                    )
                    .hint("write \"NAME=value\", or use the map env");
            }
        }
        if self.env.keys().any(|key| key.is_empty() || key.contains('=')) {
            check.error("env", "a variable's name cannot be empty or contain '='");
        }
        if !self.env_var_format.is_empty() && self.env_var_format.matches("%s").count() != 2 {
            check
                .error("env_var_format", "env_var_format needs '%s' twice: for the name and for the value")
                .hint("the default is \"%s='%s' \"");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(options: serde_json::Value) -> Vec<(String, String)> {
        let mut options: ShellLocal = serde_json::from_value(options).unwrap();
        let mut check = Check::default();
        options.check(&mut check);
        check.findings.into_iter().map(|finding| (finding.path, finding.message)).collect()
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let found = findings(serde_json::json!({
            "inline": ["true"], "command": "true", "environment_vars": ["A=1", "B"], "only_on": ["linux", "beos"],
            "env_var_format": "%s", "scripts": ["/nonexistent/x.sh"],
        }));
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["command", "scripts[0]", "environment_vars[1]", "env_var_format", "only_on"]);
    }

    #[test]
    fn nothing_to_run_is_a_mistake() {
        assert_eq!(findings(serde_json::json!({})), [(String::new(), "nothing to run".to_owned())]);
        assert!(findings(serde_json::json!({"inline": ["true"]})).is_empty());
    }
}
