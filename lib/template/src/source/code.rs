//! The code of every finding: it stays the same when its message is put better.

/// Makes the list of codes: each with its name, and what it means as its documentation.
macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $code:ident = $name:literal),+ $(,)?) => {
        /// What sort of finding something is. `docs/findings.md` lists them, each with an example.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $meaning])+ $code),+ }

        impl Code {
            /// All of them, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// Its name, as people and programs read it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name),+ }
            }

            /// What it means, in a sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$code => concat!($($meaning),+).trim_start()),+ }
            }
        }
    };
}

codes! {
    /// The text is no JSON: a bracket, a comma or a quote is missing or too much.
    JsonSyntax = "json-syntax",
    /// The text is no HCL2.
    HclSyntax = "hcl-syntax",
    /// A key stands twice in one object.
    DuplicateKey = "duplicate-key",
    /// A part of the template is of another form than it must be: a list where an object belongs, a block without its label.
    WrongShape = "wrong-shape",
    /// The template's language has no such key, block or attribute.
    UnknownKey = "unknown-key",
    /// The template has nothing to build.
    NoBuilder = "no-builder",
    /// A builder, provisioner or post-processor does not say of which type it is.
    MissingType = "missing-type",
    /// Two builders, variables or blocks have one name.
    DuplicateName = "duplicate-name",
    /// `only`, `except` or `override` names a builder that is not there.
    UnknownName = "unknown-name",
    /// `only` and `except` are both given.
    OnlyAndExcept = "only-and-except",
    /// The template asks for another version of Packer, or for none that there can be.
    PackerVersion = "packer-version",
    /// There is no builder, provisioner, post-processor or data source of that type.
    UnknownComponent = "unknown-component",
    /// Packer has, or had, a component of that type; this version does not.
    NotInThisVersion = "not-in-this-version",
    /// It is known, but no tool of this version does it, and the tools refuse the build. A warning.
    NotRun = "not-run",
    /// The component has no such option.
    UnknownOption = "unknown-option",
    /// An option's value cannot be read as what the option takes.
    WrongType = "wrong-type",
    /// The component needs an option that is not given, or needs it beside another one.
    MissingOption = "missing-option",
    /// An option's value cannot be right.
    InvalidOption = "invalid-option",
    /// A file or folder that an option names is not there, or cannot be read. A warning where it is needed for the build only.
    MissingFile = "missing-file",
    /// An option may be right, but hardly is. A warning.
    DoubtfulOption = "doubtful-option",
    /// A boot command types what was probably not meant. A warning.
    BootCommand = "boot-command",
    /// Something is written as in an old version of Packer, and understood. A warning; `--fix` writes it anew.
    OldSpelling = "old-spelling",
    /// A bare number as a duration is that many nanoseconds. A warning.
    Nanoseconds = "nanoseconds",
    /// A provisioner needs a connection to the machine, and there is none. A warning.
    NoConnection = "no-connection",
    /// A variable without a default has no value.
    RequiredVariable = "required-variable",
    /// Nobody declares the variable. A warning in options of JSON templates, where it gives an empty text.
    UnknownVariable = "unknown-variable",
    /// An expression names something that is not there, or not in that place.
    UnknownReference = "unknown-reference",
    /// Variables or local values need one another.
    CircularVariables = "circular-variables",
    /// A variable's value is not of its type, or its validation refuses it.
    WrongVariable = "wrong-variable",
    /// A text with `{{…}}` is malformed, or does what cannot be done in its place.
    TemplateText = "template-text",
    /// There is no such function in `{{…}}`.
    UnknownFunction = "unknown-function",
    /// A dot variable is not known in its option. A warning where it gives the text `<no value>` now, an error where it would be missed while the build runs.
    NoValue = "no-value",
    /// A function of HCL2 is called with other arguments than it takes.
    FunctionArgument = "function-argument",
    /// What a template makes is larger than anybody needs, or takes too long to make.
    TooLarge = "too-large",
    /// An expression of HCL2 has no value: something in it is of a wrong type.
    Expression = "expression",
    /// A data source of HCL2 gave no data.
    DataSource = "data-source",
    /// `-only` or `-except` names no build.
    Selection = "selection",
    /// The command line cannot be used.
    CommandLine = "command-line",
    /// A file or folder cannot be read, or holds no template.
    UnreadableFile = "unreadable-file",
    /// A platform, asked with `--online`, says that the build would fail there.
    Online = "online",
    /// What a build depends on is not what the file of `--locked` says, or cannot be told.
    Lock = "lock",
}
