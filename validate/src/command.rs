//! The command line.

use clap::{Parser, ValueEnum};
use record::cli::{About, Program, help};
use std::path::PathBuf;
use std::process::ExitCode;

/// Check templates and print the builds that they plan
///
/// Reads Packer's templates, JSON and HCL2, renders their variables and functions, checks every option of every builder,
/// provisioner and post-processor, and prints one record for each build. Asks nothing of the network but with --online, and
/// where a variable has its value in Vault, Consul or AWS Secrets Manager.
#[derive(Debug, Clone, Parser)]
#[command(name = "validate", version, after_help = after_help())]
pub struct Cli {
    /// Templates, or folders of them; - is standard input
    #[arg(value_name = "TEMPLATE")]
    pub(crate) templates: Vec<PathBuf>,

    /// Set a variable; wins over every --var-file
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(crate) variables: Vec<String>,

    /// Read variables from a file, JSON or HCL2; later files win
    #[arg(long = "var-file", value_name = "FILE")]
    pub(crate) variable_files: Vec<PathBuf>,

    /// Plan only these builds
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Leave out these builds and post-processors
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) except: Vec<String>,

    /// Check the templates' form only: no variables, no options
    #[arg(long, conflicts_with_all = ["inspect", "online"])]
    pub(crate) syntax_only: bool,

    /// Print a JSON template with what Packer's 'fix' mends written as it is now
    #[arg(long, conflicts_with_all = ["syntax_only", "inspect", "online"])]
    pub(crate) fix: bool,

    #[command(flatten)]
    pub(crate) fmt: crate::fmt::FmtOptions,

    #[command(flatten)]
    pub(crate) upgrade: crate::upgrade::UpgradeOptions,

    /// Print what a template holds: variables, builds, steps
    #[arg(long, conflicts_with = "online")]
    pub(crate) inspect: bool,

    /// Print what the tools would do, step by step, to be read and compared
    #[arg(long, conflicts_with_all = ["fix", "inspect", "syntax_only"])]
    pub(crate) plan: bool,

    /// Write what the builds depend on: source AMIs, images, scripts, other files, the tools' version
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "inspect", "syntax_only", "locked"])]
    pub(crate) lock: Option<PathBuf>,

    /// Fail when what the builds depend on is not what --lock has written
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "inspect", "syntax_only"])]
    pub(crate) locked: Option<PathBuf>,

    /// Ask the platforms as well: credentials, source image, names that are taken
    #[arg(long)]
    pub(crate) online: bool,

    /// Ask no data sources: what depends on them is left as a placeholder, as <data.TYPE.NAME.KEY>, and not checked
    #[arg(long, conflicts_with = "online")]
    pub(crate) no_data: bool,

    /// Pass on builds of types that this version does not know, to a tool of your own
    #[arg(long)]
    pub(crate) allow_unknown: bool,

    /// Let builds replace what an earlier run has made
    #[arg(long)]
    pub(crate) force: bool,

    /// How to print what is wrong: text for people on standard error, or JSON Lines on standard output in place of records
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Write records even where standard output is a terminal; with --inspect and --plan, JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Print the JSON Schema of templates in JSON, for editors
    #[arg(long)]
    pub(crate) template_schema: bool,

    #[command(flatten)]
    pub(crate) about: About,
}

/// How diagnostics are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Program for Cli {
    fn about(&self) -> &About {
        &self.about
    }

    fn run(self) -> ExitCode {
        crate::run::run(&self)
    }
}

fn after_help() -> String {
    help(
        "templates: files, folders (all *.pkr.hcl in one are one template; else every *.json that has builders), or\nstandard input",
        "a 'planned' record for each build; from a template with errors, none (exit status 2)",
        &[
            "validate web.json | build-ec2 | provision | postprocess",
            "validate -var region=eu-west-1 -only=web templates/ | build-ec2 | provision",
            "validate --fix old.json > new.json",
            "validate --locked web.lock web.json | build-ec2 | provision",
            "diff <(validate --plan old.json) <(validate --plan new.json)",
            "validate --fmt --check --diff .",
            "validate --hcl2 web.json > web.pkr.hcl",
            "validate --format json web.json | jq -r '\"\\(.file):\\(.line): \\(.message)\"'",
        ],
    )
}
