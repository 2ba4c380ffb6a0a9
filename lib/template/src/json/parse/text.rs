//! Texts and their escapes.

use super::{Parser, Read, Stop};

impl Parser<'_> {
    pub(super) fn string(&mut self) -> Read<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain =
                rest.find(|letter: char| matches!(letter, '"' | '\\') || letter < ' ').unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some('\n' | '\r') | None => {
                    self.note(start..self.at, "this text has no closing quote")
                        .hint("a line break in a text is written \\n");
                    return Err(Stop);
                }
                Some(letter) => {
                    let escape = if letter == '\t' {
                        "\\t".to_owned()
                    } else {
                        format!("\\u{:04x}", u32::from(letter))
                    };
                    self.note(self.at..self.at + 1, "a text cannot hold this control character as it is")
                        .hint(format!("write {escape}"));
                    return Err(Stop);
                }
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let start = self.at;
        self.at += 1;
        let letter = self.peek();
        self.at += letter.map_or(0, char::len_utf8);
        let meant = match letter {
            Some('"' | '\\' | '/') => letter,
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => self.unicode(),
            _ => None,
        };
        meant.ok_or_else(|| {
            self.note(start..self.at, "there is no such escape in JSON")
                .hint("a backslash itself is written \\\\");
            Stop
        })
    }

    /// The digits after `\u`, of a pair of surrogates both.
    fn unicode(&mut self) -> Option<char> {
        let high = self.hex()?;
        if !(0xd800..0xe000).contains(&high) {
            return char::from_u32(high);
        }
        if high < 0xdc00 && self.text[self.at..].starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            match self.hex() {
                Some(low @ 0xdc00..0xe000) => {
                    return char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                }
                _ => self.at = back,
            }
        }
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}
