//! What `serial` and `parallel` say (packer-plugin-vmware, `hw_config.go`).

/// A serial port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serial {
    /// There is none.
    None,
    /// Into a file.
    File {
        /// The file.
        path: String,
        /// Whether the guest yields.
        yields: bool,
    },
    /// A device of this host.
    Device {
        /// The device.
        path: String,
        /// Whether the guest yields.
        yields: bool,
    },
    /// The first device of this host that is free.
    Auto {
        /// Whether the guest yields.
        yields: bool,
    },
    /// A named pipe.
    Pipe {
        /// The pipe.
        path: String,
        /// Whether the guest's end is the server.
        server: bool,
        /// Whether the other end is another machine, rather than an application.
        machine: bool,
        /// Whether the guest yields.
        yields: bool,
    },
}

/// A parallel port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parallel {
    /// There is none.
    None,
    /// Into a file.
    File(String),
    /// A device of this host.
    Device {
        /// The device.
        path: String,
        /// Whether data flows both ways.
        both_ways: bool,
    },
    /// The first device of this host that is free.
    Auto {
        /// Whether data flows both ways.
        both_ways: bool,
    },
}

impl Serial {
    /// Reads the option.
    ///
    /// # Errors
    /// What is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let words: Vec<&str> = rest.split(',').map(str::trim).collect();
        let yields = |word: Option<&&str>| match word.copied() {
            None | Some("") => Ok(false),
            Some(word) if word.eq_ignore_ascii_case("yield") => Ok(true),
            Some(word) => Err(format!("'{word}' does not belong to a serial port")),
        };
        let path = || Some(words[0].to_owned()).filter(|path| !path.is_empty()).ok_or("the path is missing");
        let port = match kind.to_uppercase().as_str() {
            "" | "NONE" => Self::None,
            "FILE" => Self::File { path: path()?, yields: yields(words.get(1))? },
            "DEVICE" => Self::Device { path: path()?, yields: yields(words.get(1))? },
            "AUTO" => Self::Auto { yields: yields(words.first())? },
            "PIPE" => Self::Pipe {
                path: path()?,
                server: choice(words.get(1), "client", "server")?,
                machine: choice(words.get(2), "app", "vm")?,
                yields: yields(words.get(3))?,
            },
            kind => return Err(format!("'{kind}' is no kind of serial port")),
        };
        Ok(port)
    }
}

impl Parallel {
    /// Reads the option.
    ///
    /// # Errors
    /// What is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let words: Vec<&str> = rest.split(',').map(str::trim).collect();
        let both = |word: Option<&&str>| match word.copied() {
            None | Some("") => Ok(false),
            word => choice(word.as_ref(), "uni", "bi"),
        };
        let path = || Some(words[0].to_owned()).filter(|path| !path.is_empty()).ok_or("the path is missing");
        let port = match kind.to_uppercase().as_str() {
            "" | "NONE" => Self::None,
            "FILE" => Self::File(path()?),
            "DEVICE" => Self::Device { path: path()?, both_ways: both(words.get(1))? },
            "AUTO" => Self::Auto { both_ways: both(words.first())? },
            kind => return Err(format!("'{kind}' is no kind of parallel port")),
        };
        Ok(port)
    }
}

/// One of two words; whether it is the second.
fn choice(word: Option<&&str>, first: &str, second: &str) -> Result<bool, String> {
    match word.copied() {
        Some(word) if word.eq_ignore_ascii_case(second) => Ok(true),
        Some(word) if word.eq_ignore_ascii_case(first) => Ok(false),
        word => Err(format!("{first} or {second} is missing, where '{}' stands", word.unwrap_or_default())),
    }
}
