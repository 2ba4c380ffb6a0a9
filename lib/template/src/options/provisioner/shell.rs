//! Options of the provisioner `shell`, which runs scripts in the machine.

use super::script;
use crate::options::{Check, Component};
use crate::{Duration, option_set};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to run and how (Packer 1.16, `provisioner/shell`).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Run {
    /// Lines of a script.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inline: Vec<String>,
    /// File of a script.
    pub script: Option<String>,
    /// Files of scripts, run one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<String>,
    /// First line of an inline script, after `#!`; `/bin/sh -e`, unless the first inline line begins with `#!`.
    pub inline_shebang: Option<String>,
    /// The command that runs a script: `{{.Path}}` is the script in the machine, `{{.Vars}}` the environment variables,
    /// `{{.EnvVarFile}}` the file that sets them.
    pub execute_command: Option<String>,
    /// Environment variables for the scripts: `NAME=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment_vars: Vec<String>,
    /// Environment variables for the scripts, by name; wins over `environment_vars`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// How one variable is written: a format with two `%s`, the name and the value.
    pub env_var_format: Option<String>,
    /// Put the variables into a file of mode 0600 in the machine instead of on the command line.
    pub use_env_var_file: bool,
    /// Folder in the machine for scripts; `/tmp`.
    pub remote_folder: Option<String>,
    /// Name of the script in the machine; a random one.
    pub remote_file: Option<String>,
    /// Path of the script in the machine; wins over `remote_folder` and `remote_file`.
    pub remote_path: Option<String>,
    /// Send the script as it is; else CRLF becomes LF and a missing last newline is added.
    pub binary: bool,
    /// Leave the script in the machine.
    pub skip_clean: bool,
    /// How long to try to start a script; 5m.
    pub start_retry_timeout: Option<Duration>,
    /// The script may end the connection, as a reboot does.
    pub expect_disconnect: bool,
    /// Exit statuses that count as success; `[0]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub valid_exit_codes: Vec<i64>,
    /// How long to wait after all scripts.
    pub pause_after: Option<Duration>,
}

option_set! {
    /// Options of `shell`.
    pub struct Shell {
        /// What to run.
        pub run: Run,
    }
}

impl Component for Shell {
    const TYPE: &'static str = "shell";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("execute_command", &["Path", "Vars", "EnvVarFile"])];

    fn check(&mut self, check: &mut Check) {
        let run = &mut self.run;
        // Packer 1.16, `provisioner/shell/provisioner.go`, `Prepare`.
        let one = run.script.as_deref().unwrap_or_default();
        script::check_sources(Self::TYPE, &run.inline, one, &run.scripts, check);
        script::check_environment("environment_vars", &run.environment_vars, check);
        if let Some(format) = run.env_var_format.as_deref().filter(|format| !format.is_empty())
            && format.matches("%s").count() != 2
        {
            check
                .error("env_var_format", "the format must have '%s' twice: for the name, then for the value")
                .hint("the default is \"%s='%s' \"");
        }
        run.fill_in();
    }
}

impl Run {
    fn fill_in(&mut self) {
        let empty = |text: &Option<String>| text.as_deref().is_none_or(str::is_empty);
        if empty(&self.inline_shebang) {
            let own = self.inline.first().is_some_and(|line| line.starts_with("#!"));
            self.inline_shebang = (!own).then(|| "/bin/sh -e".to_owned());
        }
        if empty(&self.execute_command) {
            let command = if self.use_env_var_file {
                "chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}"
            } else {
                "chmod +x {{.Path}}; {{.Vars}} {{.Path}}"
            };
            self.execute_command = Some(command.to_owned());
        }
        if empty(&self.env_var_format) {
            let format = if self.use_env_var_file { "export %s='%s'\n" } else { "%s='%s' " };
            self.env_var_format = Some(format.to_owned());
        }
        if empty(&self.remote_folder) {
            self.remote_folder = Some("/tmp".to_owned());
        }
        self.start_retry_timeout =
            self.start_retry_timeout.filter(|limit| !limit.is_zero()).or(Some(Duration::minutes(5)));
        if self.valid_exit_codes.is_empty() {
            self.valid_exit_codes = vec![0];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Run, Shell};
    use crate::options::{Check, Component};

    #[test]
    fn checks_and_fills_in() {
        let inline = vec![String::from("true")];
        let cases = [
            (
                Run::default(),
                vec![": a shell step needs exactly one of 'inline', 'script' and 'scripts'; none is given"],
            ),
            (
                Run { inline: inline.clone(), script: Some("/no/such".into()), ..Run::default() },
                vec![
                    ": a shell step needs exactly one of 'inline', 'script' and 'scripts'; several are given",
                    "script: cannot read /no/such: No such file or directory",
                ],
            ),
            (
                Run {
                    inline: inline.clone(),
                    environment_vars: vec!["A".into(), "=b".into()],
                    ..Run::default()
                },
                vec![
                    "environment_vars[0]: an environment variable is not of the form NAME=value: A",
                    "environment_vars[1]: an environment variable is not of the form NAME=value: =b",
                ],
            ),
            (Run { inline, ..Run::default() }, vec![]),
        ];
        for (run, expected) in cases {
            let mut check = Check::default();
            let mut shell = Shell { run };
            shell.check(&mut check);
            let found: Vec<String> = check
                .findings
                .iter()
                .map(|finding| format!("{}: {}", finding.path, finding.message))
                .collect();
            assert_eq!(found, expected);
            assert_eq!(shell.run.valid_exit_codes, [0]);
            assert_eq!(shell.run.execute_command.as_deref(), Some("chmod +x {{.Path}}; {{.Vars}} {{.Path}}"));
        }
    }
}
