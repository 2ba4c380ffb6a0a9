//! Hiding secrets in all that people read.
//!
//! A secret is hidden as it is, and as URLs, base64, shells and JSON write it; of a secret with several lines each
//! line is hidden. A short one of word characters only (`admin`) is hidden only where it stands as a whole word.

mod forms;

use aho_corasick::{AhoCorasick, MatchKind};
use forms::{Form, forms};
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

/// What stands in a secret's place; Packer's own word for it.
pub const MASKED: &str = "<sensitive>";

/// The secrets of a process, shared by everything that prints.
#[derive(Debug, Clone, Default)]
pub struct Masker {
    known: Arc<RwLock<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    secrets: HashSet<String>,
    forms: Vec<Form>,
    /// Finds the forms; nothing while there are none.
    finder: Option<AhoCorasick>,
}

impl Masker {
    /// Hides a value from now on. An empty value hides nothing.
    pub fn add(&self, secret: &str) {
        self.add_all([secret]);
    }

    /// Hides many values from now on: much quicker than one after the other, since what finds them is made once.
    pub fn add_all<'s>(&self, secrets: impl IntoIterator<Item = &'s str>) {
        let is_new =
            |secret: &&str| !secret.trim().is_empty() && !self.read(|known| known.secrets.contains(*secret));
        let new: Vec<&str> = secrets.into_iter().filter(is_new).collect();
        if new.is_empty() {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for secret in new {
            known.secrets.insert(secret.to_owned());
            known.forms.extend(forms(secret));
        }
        known.forms.sort();
        known.forms.dedup();
        let texts = known.forms.iter().map(|form| &form.text);
        // Building fails only beyond 2^31 states: secrets of gigabytes.
        known.finder = AhoCorasick::builder().match_kind(MatchKind::Standard).build(texts).ok();
    }

    /// The text with every secret in it hidden.
    pub fn mask(&self, text: &str) -> String {
        match self.mask_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => text.to_owned(),
            Cow::Owned(masked) => String::from_utf8_lossy(&masked).into_owned(),
        }
    }

    /// The bytes with every secret in them hidden.
    pub fn mask_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let found = self.read(|known| known.find(bytes, None));
        if found.is_empty() { Cow::Borrowed(bytes) } else { Cow::Owned(hide(bytes, &found)) }
    }

    /// How many bytes from the beginning can be masked and passed on, when more may follow: the rest may be the
    /// beginning of a secret.
    pub fn settled(&self, bytes: &[u8]) -> usize {
        self.read(|known| known.settled(bytes, &known.find(bytes, None)))
    }

    /// Masks text that comes in pieces, cut anywhere.
    pub fn stream(&self) -> MaskStream {
        MaskStream { masker: self.clone(), held: Vec::new(), before: None }
    }

    fn read<R>(&self, look: impl FnOnce(&Known) -> R) -> R {
        look(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    /// Where secrets stand, in order and without overlap. `before` is the byte in front of the text.
    fn find(&self, bytes: &[u8], before: Option<u8>) -> Vec<Range<usize>> {
        let Some(finder) = &self.finder else { return Vec::new() };
        let mut found: Vec<Range<usize>> = finder
            .find_overlapping_iter(bytes)
            .filter(|hit| !self.forms[hit.pattern()].whole_word || is_whole_word(bytes, before, hit.range()))
            .map(|hit| hit.range())
            .collect();
        found.sort_by_key(|range| range.start);
        found.dedup_by(|next, kept| {
            let overlaps = next.start < kept.end;
            if overlaps {
                kept.end = kept.end.max(next.end);
            }
            overlaps
        });
        found
    }

    fn settled(&self, bytes: &[u8], found: &[Range<usize>]) -> usize {
        let longest = self.forms.iter().map(|form| form.text.len()).max().unwrap_or_default();
        let first = bytes.len().saturating_sub(longest);
        let mut settled = (first..bytes.len())
            .find(|start| self.forms.iter().any(|form| form.text.starts_with(&bytes[*start..])))
            .unwrap_or(bytes.len());
        for found in found.iter().rev() {
            if found.start < settled && settled < found.end {
                settled = found.start;
            }
        }
        settled
    }
}

/// Letters of other scripts count as word characters, whose every UTF-8 byte is above 127.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte > 127
}

fn is_whole_word(bytes: &[u8], before: Option<u8>, range: Range<usize>) -> bool {
    let before = range.start.checked_sub(1).map_or(before, |at| bytes.get(at).copied());
    let after = bytes.get(range.end).copied();
    !before.is_some_and(is_word_byte) && !after.is_some_and(is_word_byte)
}

/// The bytes with the ranges replaced.
fn hide(bytes: &[u8], found: &[Range<usize>]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for Range { start, end } in found {
        masked.extend_from_slice(&bytes[at..*start]);
        masked.extend_from_slice(MASKED.as_bytes());
        at = *end;
    }
    masked.extend_from_slice(&bytes[at..]);
    masked
}

/// Text that comes in pieces. Holds back only what may be the beginning of a secret.
#[derive(Debug)]
pub struct MaskStream {
    masker: Masker,
    held: Vec<u8>,
    /// The last byte that was passed on.
    before: Option<u8>,
}

impl MaskStream {
    /// Takes a piece and gives what can be shown by now.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        self.take(false)
    }

    /// Gives what was held back: nothing follows.
    pub fn finish(&mut self) -> Vec<u8> {
        self.take(true)
    }

    fn take(&mut self, all: bool) -> Vec<u8> {
        let (mut found, settled) = self.masker.read(|known| {
            let found = known.find(&self.held, self.before);
            let settled = if all { self.held.len() } else { known.settled(&self.held, &found) };
            (found, settled)
        });
        let rest = self.held.split_off(settled);
        let ready = std::mem::replace(&mut self.held, rest);
        self.before = ready.last().copied().or(self.before);
        found.retain(|range| range.end <= settled);
        hide(&ready, &found)
    }
}

#[cfg(test)]
mod tests {
    use super::{MASKED, Masker};
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    fn masker(secrets: &[&str]) -> Masker {
        let masker = Masker::default();
        for secret in secrets {
            masker.add(secret);
        }
        masker
    }

    #[test]
    fn many_secrets_are_hidden_at_once() {
        let secrets: Vec<String> = (0..5000).map(|number| format!("secret-{number:05}")).collect();
        let masker = Masker::default();
        masker.add_all(secrets.iter().map(String::as_str).chain(["", "secret-00000"]));
        assert_eq!(
            masker.mask("secret-00000, secret-04999, secret-05000"),
            format!("{MASKED}, {MASKED}, secret-05000")
        );
    }

    #[test]
    fn hides_what_programs_make_of_a_secret() {
        let masker = masker(&["p&ss'w\"rd $1/ü"]);
        for text in [
            r#"p&ss'w"rd $1/ü"#,
            "p%26ss%27w%22rd%20%241%2F%C3%BC",
            "p%26ss%27w%22rd%20%241%2f%c3%bc",
            "p%26ss%27w%22rd+%241%2F%C3%BC",
            "p%26ss'w%22rd%20%241%2F%C3%BC",
            r#"p&ss'"'"'w"rd $1/ü"#,
            r#"p&ss'\''w"rd $1/ü"#,
            r#"p\&ss\'w\"rd\ \$1/ü"#,
            r#"p&ss'w\"rd $1/ü"#,
            r#"p\u0026ss'w\"rd $1/ü"#,
            r#"p&ss'w\"rd $1/\u00fc"#,
            r#"p&ss'w\"rd \$1/ü"#,
        ] {
            assert_eq!(masker.mask(&format!("<{text}>")), format!("<{MASKED}>"), "{text}");
        }
    }

    #[test]
    fn hides_base64_wherever_the_secret_begins() {
        let secret = "correct-horse~battery?staple";
        let masker = masker(&[secret]);
        for before in ["", "u", "us", "user:", "name:x"] {
            for text in [
                STANDARD.encode(format!("{before}{secret}")),
                URL_SAFE.encode(format!("{before}{secret} and more")),
            ] {
                let masked = masker.mask(&format!("Authorization: Basic {text}"));
                assert!(masked.contains(MASKED), "{text}: {masked}");
                let left = masked.replace(MASKED, "").len() - "Authorization: Basic ".len();
                assert!(left <= text.len() - secret.len() * 4 / 3 + 2, "{text}: {masked}");
            }
        }
    }

    #[test]
    fn a_short_word_is_only_hidden_alone() {
        let masker = masker(&["admin", "x", "p@1"]);
        assert_eq!(
            masker.mask("admin:administrator x=extra adminx p@1p@1 -admin-"),
            format!("{MASKED}:administrator {MASKED}=extra adminx {MASKED}{MASKED} -{MASKED}-")
        );
    }

    #[test]
    fn hides_each_line_of_a_key_but_not_its_frame() {
        let masker =
            masker(&["-----BEGIN KEY-----\r\nMIIEabcdefgh\r\n}\r\nqwertzuiop\r\n-----END KEY-----\n"]);
        assert_eq!(masker.mask("read MIIEabcdefgh}"), format!("read {MASKED}}}"));
        assert_eq!(masker.mask("-----BEGIN KEY----- { }"), "-----BEGIN KEY----- { }");
        assert_eq!(masker.mask("qwertzuiop"), MASKED);
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let masker = masker(&["abcdefghij", "ghijklmnop"]);
        assert_eq!(masker.mask("abcdefghijklmnop"), MASKED);
        assert_eq!(masker.mask("abcdefghi"), "abcdefghi");
    }

    #[test]
    fn nothing_to_hide_costs_nothing() {
        let masker = masker(&["", " \n"]);
        assert!(matches!(masker.mask_bytes(b"text"), std::borrow::Cow::Borrowed(_)));
        assert_eq!(masker.settled(b"text"), 4);
    }

    #[test]
    fn a_stream_holds_back_only_what_may_be_a_secret() {
        let masker = masker(&["hunter2hunter2"]);
        let mut stream = masker.stream();
        assert_eq!(stream.push(b"the password is "), b"the password is ");
        assert_eq!(stream.push(b"hunter2"), b"");
        assert_eq!(stream.push(b"hun"), b"");
        assert_eq!(stream.push(b"ter2!"), format!("{MASKED}!").into_bytes());
        assert_eq!(stream.push(b"hunt"), b"");
        assert_eq!(stream.finish(), b"hunt");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn cuts_change_nothing(
            secrets in prop::collection::vec("[ab_%]{1,10}", 1..4),
            parts in prop::collection::vec("[ab_% ]{0,9}", 0..12),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let masker = Masker::default();
            for secret in &secrets {
                masker.add(secret);
            }
            let mut pieces = parts;
            for index in order {
                pieces.push(secrets[index.index(secrets.len())].clone());
            }
            let whole: String = pieces.concat();
            let mut stream = masker.stream();
            let mut joined = Vec::new();
            for piece in &pieces {
                joined.extend(stream.push(piece.as_bytes()));
            }
            joined.extend(stream.finish());
            prop_assert_eq!(String::from_utf8(joined).unwrap(), masker.mask(&whole));
        }

        #[test]
        fn a_long_secret_never_stays(secret in "\\PC{8,30}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
            prop_assume!(!secret.trim().is_empty() && !MASKED.contains(&secret));
            let masker = Masker::default();
            masker.add(&secret);
            let masked = masker.mask(&format!("{before}{secret}{after}"));
            let expected = format!("{before}{MASKED}{after}");
            prop_assert!(!masked.contains(&secret) || expected.contains(&secret), "{}", masked);
        }

        #[test]
        fn other_text_stays(text in "[a-z ]{0,60}") {
            let masker = Masker::default();
            masker.add("S3CR3T-VALUE");
            prop_assert_eq!(masker.mask(&text), text);
        }
    }
}
