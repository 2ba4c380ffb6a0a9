//! Makes foreign text harmless: what a guest prints must not move the cursor, hide text or rename the terminal.

use std::borrow::Cow;

/// The text with colours left out and all else that a terminal would not simply show written as `\u{…}`.
pub(super) fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = style_sequence(rest) {
            rest = &rest[length..];
            continue;
        }
        if is_harmful(c) {
            clean.extend(c.escape_unicode());
        } else {
            clean.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(clean)
}

/// The length of a sequence at the beginning that only sets colours or erases (ECMA-48: SGR, EL, ED): many
/// programs write these whatever they write to, and without them their text reads as they meant it.
fn style_sequence(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':'))?;
    matches!(parameters.as_bytes()[end], b'm' | b'K' | b'J').then_some(2 + end + 1)
}

/// Control characters, those that change the direction of text (CVE-2021-42574), and those that show nothing.
fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::sanitize;

    #[test]
    fn foreign_text_is_harmless() {
        for (text, expected) in [
            ("plain äöü\t日本", "plain äöü\t日本"),
            ("\u{1b}[1;32mgreen\u{1b}[0m\u{1b}[K", "green"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[2A up", "\\u{1b}[2A up"),
            ("a\u{202e}b\u{200b}", "a\\u{202e}b\\u{200b}"),
            ("cut \u{1b}[", "cut \\u{1b}["),
        ] {
            assert_eq!(sanitize(text), expected);
        }
    }
}
