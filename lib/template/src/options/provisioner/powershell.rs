//! Options of the provisioner `powershell`, which runs PowerShell scripts in a Windows machine.

use super::guest::Elevated;
use super::script;
use crate::options::words::fill;
use crate::options::{Check, Component};
use crate::{Duration, option_set};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to run and how (Packer 1.16, `provisioner/powershell`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Run {
    /// Lines of a script.
    pub inline: Vec<String>,
    /// File of a script.
    pub script: String,
    /// Files of scripts, run one after the other.
    pub scripts: Vec<String>,
    /// The command that runs a script: `{{.Path}}` is the script in the machine, `{{.Vars}}` the script that sets the
    /// environment variables. Default: `powershell` with the execution policy, as `debug_mode` and `use_pwsh` have it.
    pub execute_command: String,
    /// The same for scripts that run as `elevated_user`. Default: as `execute_command`.
    pub elevated_execute_command: String,
    /// Environment variables for the scripts: `NAME=value`.
    pub environment_vars: Vec<String>,
    /// Environment variables for the scripts, by name; wins over `environment_vars`.
    pub env: BTreeMap<String, String>,
    /// How one variable is set: a format with two `%s`, the name and the value. Default: `$env:%s="%s"; `.
    pub env_var_format: String,
    /// The same for scripts that run as `elevated_user`. Default: `$env:%s="%s"; `.
    pub elevated_env_var_format: String,
    /// Path of the script in the machine. Default: `c:/Windows/Temp/script-UUID.ps1`.
    pub remote_path: String,
    /// Path in the machine of the script that sets the variables. Default: `c:/Windows/Temp/packer-ps-env-vars-UUID.ps1`.
    pub remote_env_var_path: String,
    /// Whether `pwsh` (PowerShell 6 and later) runs the scripts. Default: false.
    pub use_pwsh: bool,
    /// The execution policy under which scripts run. Default: `bypass`.
    pub execution_policy: ExecutionPolicy,
    /// How much of the script is traced: 0, 1 or 2, as `Set-PSDebug -Trace` takes it. Default: 0.
    pub debug_mode: i64,
    /// Whether the scripts stay in the machine. Default: false.
    pub skip_clean: bool,
    /// How long to try to start a script. Default: 5m.
    pub start_retry_timeout: Duration,
    /// How long to wait after all scripts. Default: not at all.
    pub pause_after: Option<Duration>,
    /// Exit statuses that count as success. Default: `[0]`.
    pub valid_exit_codes: Vec<i64>,
    /// Has no effect.
    pub binary: bool,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            inline: Vec::new(),
            script: String::new(),
            scripts: Vec::new(),
            execute_command: String::new(),
            elevated_execute_command: String::new(),
            environment_vars: Vec::new(),
            env: BTreeMap::new(),
            env_var_format: "$env:%s=\"%s\"; ".into(),
            elevated_env_var_format: "$env:%s=\"%s\"; ".into(),
            remote_path: String::new(),
            remote_env_var_path: String::new(),
            use_pwsh: false,
            execution_policy: ExecutionPolicy::default(),
            debug_mode: 0,
            skip_clean: false,
            start_retry_timeout: Duration::minutes(5),
            pause_after: None,
            valid_exit_codes: vec![0],
            binary: false,
        }
    }
}

/// What PowerShell asks of a script before it runs it (`Set-ExecutionPolicy`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExecutionPolicy {
    /// Nothing.
    #[default]
    Bypass,
    /// A signature of every script.
    AllSigned,
    /// What the system has as its default.
    Default,
    /// A signature of scripts from elsewhere.
    RemoteSigned,
    /// That there is no script.
    Restricted,
    /// What `restricted` asks, when no other policy is set.
    Undefined,
    /// A confirmation for scripts from elsewhere.
    Unrestricted,
    /// No policy is given, and no program: the command alone is run.
    None,
}

option_set! {
    /// Options of `powershell`.
    pub struct PowerShell {
        /// What to run, and how.
        pub run: Run,
        /// As whom.
        pub elevated: Elevated,
    }
}

/// What commands can say.
const COMMAND: &[&str] = &["Path", "Vars"];

impl Component for PowerShell {
    const TYPE: &'static str = "powershell";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("execute_command", COMMAND), ("elevated_execute_command", COMMAND)];

    fn check(&mut self, check: &mut Check) {
        let run = &mut self.run;
        script::check_sources(Self::TYPE, &run.inline, &run.script, &run.scripts, check);
        script::check_environment("environment_vars", &run.environment_vars, check);
        self.elevated.check(check);
        if !(0..=2).contains(&run.debug_mode) {
            check
                .error("debug_mode", format!("there is no trace level {}", run.debug_mode))
                .hint("0 traces nothing, 1 each line, 2 assignments too");
        }
        run.fill_in();
    }
}

impl Run {
    fn fill_in(&mut self) {
        let default = Self::default();
        fill(&mut self.env_var_format, &default.env_var_format);
        fill(&mut self.elevated_env_var_format, &default.elevated_env_var_format);
        let command = self.command();
        fill(&mut self.execute_command, &command);
        fill(&mut self.elevated_execute_command, &command);
        if self.start_retry_timeout.is_zero() {
            self.start_retry_timeout = default.start_retry_timeout;
        }
        if self.valid_exit_codes.is_empty() {
            self.valid_exit_codes = default.valid_exit_codes;
        }
    }

    /// The command that runs a script: a file of lines, which ends by itself with the right status, or a user's script.
    fn command(&self) -> String {
        let policy = self.execution_policy.word();
        let program = if self.use_pwsh { "pwsh" } else { "powershell" };
        if !self.inline.is_empty() {
            return match self.execution_policy {
                ExecutionPolicy::None => "-file {{.Path}}".into(),
                _ => format!("{program} -executionpolicy {policy} -file {{{{.Path}}}}"),
            };
        }
        let trace = match self.debug_mode {
            0 => String::new(),
            level => format!("Set-PsDebug -Trace {level};"),
        };
        let block = format!(
            "& {{ if (Test-Path variable:global:ProgressPreference){{set-variable -name variable:global:ProgressPreference -value \
             'SilentlyContinue'}};{trace}. {{{{.Vars}}}}; &'{{{{.Path}}}}'; exit $LastExitCode }}"
        );
        match self.execution_policy {
            ExecutionPolicy::None => block,
            _ if self.use_pwsh => format!("pwsh -executionpolicy {policy} -command \"{block}\""),
            _ => format!("powershell -executionpolicy {policy} \"{block}\""),
        }
    }
}

impl ExecutionPolicy {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::AllSigned => "allsigned",
            Self::Default => "default",
            Self::RemoteSigned => "remotesigned",
            Self::Restricted => "restricted",
            Self::Undefined => "undefined",
            Self::Unrestricted => "unrestricted",
            Self::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ExecutionPolicy, Run};

    #[test]
    fn the_command_follows_from_the_other_options() {
        let script = || Run { script: "a.ps1".into(), ..Run::default() };
        let block = "& { if (Test-Path variable:global:ProgressPreference){set-variable -name \
                     variable:global:ProgressPreference -value 'SilentlyContinue'};. {{.Vars}}; &'{{.Path}}'; exit $LastExitCode }";
        let inline = || Run { inline: vec!["a".into()], ..Run::default() };
        for (run, command) in [
            (script(), format!("powershell -executionpolicy bypass \"{block}\"")),
            (
                Run { use_pwsh: true, ..script() },
                format!("pwsh -executionpolicy bypass -command \"{block}\""),
            ),
            (Run { execution_policy: ExecutionPolicy::None, ..script() }, block.to_owned()),
            (
                Run { debug_mode: 1, execution_policy: ExecutionPolicy::None, ..script() },
                block.replace(";. ", ";Set-PsDebug -Trace 1;. "),
            ),
            (inline(), "powershell -executionpolicy bypass -file {{.Path}}".into()),
            (
                Run { use_pwsh: true, execution_policy: ExecutionPolicy::AllSigned, ..inline() },
                "pwsh -executionpolicy allsigned -file {{.Path}}".into(),
            ),
            (Run { execution_policy: ExecutionPolicy::None, ..inline() }, "-file {{.Path}}".into()),
        ] {
            assert_eq!(run.command(), command);
        }
    }
}
