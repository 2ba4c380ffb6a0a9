//! The command line that starts a script, without values in it where that can be.

use super::Environment;
use record::Failure;
use std::path::Path;
use template::Late;
use template::options::shell_local::ShellLocal;

/// Holds the text for a shell, so that it need not stand in the argument list.
const TEXT: &str = "KILN_SHELL_LOCAL_TEXT";

/// What a shell is told to run instead of the text: the same text, out of the environment, and removed from it.
const FROM_ENVIRONMENT: &str =
    r#"kiln_text=$KILN_SHELL_LOCAL_TEXT; unset KILN_SHELL_LOCAL_TEXT; eval "$kiln_text""#;

/// Shells that take `-c TEXT` and know `unset` and `eval` in POSIX's sense.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ksh", "zsh", "ash"];

/// A program, its arguments and the variables that it gets.
#[derive(Debug, Clone)]
pub struct CommandLine {
    program: String,
    arguments: Vec<String>,
    environment: Environment,
}

impl CommandLine {
    /// Renders `execute_command` for one script.
    ///
    /// Every variable is in the environment of what is started, so that `{{.Vars}}` is only needed where a program in
    /// between drops the environment (`sudo {{.Vars}} {{.Script}}`). Where the command is a shell with `-c`, its text,
    /// which holds all values, travels in the environment too: argument lists can be read by every user (`ps`).
    ///
    /// # Errors
    /// When the template is wrong or gives no program.
    pub fn new(
        options: &ShellLocal,
        mut late: Late,
        environment: &Environment,
        script: &Path,
    ) -> Result<Self, Failure> {
        let mut path = script.display().to_string();
        if options.execute_command.is_empty() {
            // Only our own template is known to leave the path without quotes.
            path = format!("'{}'", quote(&path));
        }
        late.set("Vars", variables(environment, &options.env_var_format));
        late.set("Script", path.clone());
        late.set("Command", path);
        let default = [String::from("/bin/sh"), "-c".into(), "{{.Vars}} {{.Script}}".into()];
        let template: Vec<String> = match &options.execute_command[..] {
            [] => default.into(),
            // Packer's older form: one text for the shell.
            [text] => vec!["sh".into(), "-c".into(), text.clone()],
            words => words.to_vec(),
        };
        let mut words = Vec::new();
        for (index, word) in template.iter().enumerate() {
            let word =
                late.render(word).map_err(|failure| failure.context(format!("execute_command[{index}]")))?;
            words.push(word);
        }
        Ok(Self::hidden(words, environment.clone()))
    }

    fn hidden(mut words: Vec<String>, mut environment: Environment) -> Self {
        let program = if words.is_empty() { String::new() } else { words.remove(0) };
        let name = Path::new(&program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if SHELLS.contains(&name) && words.len() >= 2 && words[0] == "-c" {
            environment
                .insert(TEXT.to_owned(), std::mem::replace(&mut words[1], FROM_ENVIRONMENT.to_owned()));
        }
        Self { program, arguments: words, environment }
    }

    /// The program to start.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Its arguments.
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The variables that it gets on top of this process's own.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Writes variables the way `env_var_format` says; Packer's default is `%s='%s' `.
fn variables(environment: &Environment, format: &str) -> String {
    let format = if format.is_empty() { "%s='%s' " } else { format };
    let parts: Vec<&str> = format.splitn(3, "%s").collect();
    let [before, between, after] = parts[..] else { return String::new() };
    environment.iter().map(|(key, value)| format!("{before}{key}{between}{}{after}", quote(value))).collect()
}

/// Makes a value safe between single quotes of a POSIX shell: `'` becomes `'"'"'`, as Packer writes it.
pub fn quote(value: &str) -> String {
    value.replace('\'', r#"'"'"'"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_shell() {
        let environment = Environment::from([("A".into(), "it's".into()), ("B".into(), "$x".into())]);
        assert_eq!(variables(&environment, ""), r#"A='it'"'"'s' B='$x' "#);
        assert_eq!(variables(&environment, "export %s='%s';"), r#"export A='it'"'"'s';export B='$x';"#);
    }

    #[test]
    fn a_shells_text_is_not_an_argument() {
        let words = ["/bin/sh", "-c", "A='secret' x.sh", "name"].map(String::from).to_vec();
        let line = CommandLine::hidden(words, Environment::new());
        assert_eq!(line.program(), "/bin/sh");
        assert_eq!(line.arguments(), ["-c", FROM_ENVIRONMENT, "name"]);
        assert_eq!(line.environment()[TEXT], "A='secret' x.sh");
    }

    #[test]
    fn other_programs_get_their_arguments_as_they_are() {
        let line = CommandLine::hidden(vec!["env".into(), "A=1".into()], Environment::new());
        assert_eq!((line.program(), line.arguments()), ("env", &["A=1".to_owned()][..]));
        assert!(line.environment().is_empty());
    }
}
