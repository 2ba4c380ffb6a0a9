//! How values are written: `|` and two hexadecimal digits are one byte.

/// Writes a value so that [`decode`] gives it back.
pub(super) fn encode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '|' | '"' => text.push_str(&format!("|{:02X}", u32::from(c))),
            c if c.is_ascii_control() => text.push_str(&format!("|{:02X}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

/// Replaces only what would end the value or the line.
pub(super) fn protect(text: &str) -> String {
    text.replace('"', "|22").replace('\r', "|0D").replace('\n', "|0A")
}

/// Reads a value.
pub(super) fn decode(text: &str) -> String {
    if !text.contains('|') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'|').then(|| after.get(..2).and_then(hexadecimal)).flatten();
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(digits[0])? * 16 + digit(digits[1])?;
    u8::try_from(value).ok()
}

/// Reads yes or no as VMware does.
pub(super) fn flag(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}
