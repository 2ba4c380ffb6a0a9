//! Keys and their names.

/// A key of a US keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// The key that types this character. Where that takes shift, the events of the shift key stand around it.
    Character(char),
    /// A key by Packer's name of it, in lower case: `enter`, `f10`, `leftctrl`, …
    Named(&'static str),
}

/// The names of keys, in lower case.
#[rustfmt::skip] // As a keyboard is.
pub const NAMES: &[&str] = &[
    "esc", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12",
    "bs", "tab", "enter", "return", "spacebar", "menu",
    "insert", "del", "home", "end", "pageup", "pagedown", "up", "down", "left", "right",
    "leftshift", "rightshift", "leftctrl", "rightctrl", "leftalt", "rightalt", "leftsuper", "rightsuper",
    "leftcommand", "rightcommand", "leftoption", "rightoption",
];

impl Key {
    /// The key of that name, whatever its case.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|known| known.eq_ignore_ascii_case(name)).map(|name| Self::Named(name))
    }

    /// The key that types a character. Line ends and tabs have keys of their own.
    pub fn typing(character: char) -> Self {
        match character {
            '\n' | '\r' => Self::Named("enter"),
            '\t' => Self::Named("tab"),
            other => Self::Character(other),
        }
    }

    /// Whether shift has to be held.
    pub fn needs_shift(self) -> bool {
        matches!(self, Self::Character(character)
            if character.is_ascii_uppercase() || "~!@#$%^&*()_+{}|:\"<>?".contains(character))
    }
}
