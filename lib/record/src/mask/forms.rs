//! The forms in which a secret may turn up in output.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A text to be hidden.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    pub(super) text: Vec<u8>,
    /// Hidden only where no word character stands on either side.
    pub(super) whole_word: bool,
}

/// Below this many characters, a secret of word characters alone is hidden only as a whole word.
const SHORT: usize = 8;
/// Lines of a secret that are shorter than this say nothing and stand everywhere: `}`, `---`.
const SHORTEST_LINE: usize = 4;
/// Base64 of a part of a text is only looked for from this length on; shorter ones turn up by chance.
const SHORTEST_BASE64: usize = 8;

/// RFC 3986: what `quote(text, safe='')` and Go's `PathEscape` encode.
const URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// ECMAScript's `encodeURIComponent`.
const COMPONENT: &AsciiSet = &URL.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
/// Python's `quote(text)`: as [`URL`], but a slash stays.
const PATH: &AsciiSet = &URL.remove(b'/');

/// All forms of a secret: as a whole, and each of its lines.
pub(super) fn forms(secret: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    add_forms(secret, &mut forms);
    let whole = secret.trim();
    if whole != secret {
        add_forms(whole, &mut forms);
    }
    if whole.contains('\n') {
        for line in whole.lines().map(str::trim).filter(|line| says_something(line)) {
            add_forms(line, &mut forms);
        }
    }
    forms.retain(|form| !form.text.is_empty());
    forms.sort();
    forms.dedup();
    forms
}

/// Whether a line of a secret is worth hiding: the frame of a PEM file is no secret.
fn says_something(line: &str) -> bool {
    line.chars().count() >= SHORTEST_LINE && !(line.starts_with("-----") && line.ends_with("-----"))
}

fn add_forms(text: &str, forms: &mut Vec<Form>) {
    let is_word = text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let whole_word = is_word && text.chars().count() < SHORT;
    let mut add = |text: String| forms.push(Form { text: text.into_bytes(), whole_word });
    add(text.to_owned());
    for set in [URL, COMPONENT, PATH] {
        let encoded = utf8_percent_encode(text, set).to_string();
        add(encoded.replace("%20", "+"));
        add(lower_hex(&encoded));
        add(encoded);
    }
    add(text.replace('\'', r#"'"'"'"#));
    add(text.replace('\'', r"'\''"));
    add(escape(text, |c| !(c.is_alphanumeric() || "_@%+=:,./-".contains(c))));
    add(escape(text, |c| "\"\\$`!".contains(c)));
    add(escape(text, |c| "\"\\$`".contains(c)));
    let json = json(text);
    add(json.replace('/', r"\/"));
    add(json.replace('<', r"\u003c").replace('>', r"\u003e").replace('&', r"\u0026"));
    add(ascii(&json));
    add(json);
    let encoded = base64_forms(text.as_bytes());
    forms.extend(encoded.into_iter().map(|text| Form { text: text.into_bytes(), whole_word }));
}

/// The text with a backslash before each character that a shell would treat as special.
fn escape(text: &str, special: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if special(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The text between the quotes of a JSON string.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A JSON string with `\u` for all that is not ASCII, as Python writes it.
fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            escaped.push(c);
        } else {
            let mut units = [0; 2];
            escaped.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    escaped
}

/// `%2F` as `%2f`.
fn lower_hex(encoded: &str) -> String {
    let mut lower = String::with_capacity(encoded.len());
    let mut hex = 0;
    for c in encoded.chars() {
        lower.push(if hex > 0 { c.to_ascii_lowercase() } else { c });
        hex = if c == '%' { 2 } else { hex - i32::from(hex > 0) };
    }
    lower
}

/// What the bytes look like inside of base64, at each of the three places where they can begin: the characters
/// that depend on these bytes alone.
fn base64_forms(bytes: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        let begin = (before * 8).div_ceil(6);
        let end = padded.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&padded);
            if end > begin && end - begin >= SHORTEST_BASE64 {
                forms.push(encoded[begin..end].to_owned());
            }
            // The secret alone, with its last character, where it is long enough to be no word by chance.
            if before == 0 && encoded.len() >= SHORTEST_BASE64 {
                forms.push(encoded);
            }
        }
    }
    forms
}
