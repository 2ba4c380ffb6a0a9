//! Heredocs that take indentation away: `<<-` (`hclsyntax`, `flushHeredocTemplateParts`).
//!
//! What counts are the lines that begin after a line's end that is still there: one that `~` has taken away begins no line.

use super::syntax::Part;
use std::borrow::Cow;

/// Puts `""` in place of heredocs without a line, which the parser would read on to the next one's end. All places stay
/// as they are.
pub(super) fn without_empty(text: &str) -> Cow<'_, str> {
    let mut changed = Cow::Borrowed(text);
    for (at, _) in text.match_indices("<<") {
        let rest = &text[at + 2..];
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
        let (word, after) = rest.split_at(rest.bytes().take_while(is_part).count());
        let after = after.strip_prefix('\r').unwrap_or(after).strip_prefix('\n');
        let Some(after) = after.filter(|_| !word.is_empty()) else { continue };
        let Some(after) = after.trim_start_matches([' ', '\t']).strip_prefix(word) else { continue };
        if after.is_empty() || after.starts_with(['\n', '\r']) {
            let length = text.len() - after.len() - at;
            let blank = format!("\"\"{}", " ".repeat(length - 2));
            changed.to_mut().replace_range(at..at + length, &blank);
        }
    }
    changed
}

/// Takes away the indentation that all lines have.
pub(super) fn flush(parts: &mut [Part]) {
    let mut least = Least { at_begin: true, spaces: usize::MAX };
    least.parts(parts);
    if least.spaces > 0 && least.spaces < usize::MAX {
        Cut { at_begin: true, spaces: least.spaces }.parts(parts);
    }
}

/// How a line begins: with so many spaces; nothing for a line of nothing else, which does not count.
fn indentation(line: &str) -> Option<usize> {
    let rest = line.trim_start();
    if rest.is_empty() && line.ends_with('\n') {
        return None;
    }
    Some(line[..line.len() - rest.len()].chars().count())
}

/// Finds the least indentation.
struct Least {
    at_begin: bool,
    spaces: usize,
}

impl Least {
    /// Something that is no text.
    fn other(&mut self) {
        if std::mem::take(&mut self.at_begin) {
            self.spaces = 0;
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(text) => {
                    for line in text.split_inclusive('\n') {
                        if let Some(spaces) = indentation(line).filter(|_| self.at_begin) {
                            self.spaces = self.spaces.min(spaces);
                        }
                        self.at_begin = line.ends_with('\n');
                    }
                }
                Part::Value(_) => self.other(),
                Part::If(_, then, otherwise) => {
                    self.other();
                    self.parts(then);
                    self.other();
                    self.parts(otherwise);
                    if !otherwise.is_empty() {
                        self.other();
                    }
                }
                Part::For(each) => {
                    self.other();
                    self.parts(&each.body);
                    self.other();
                }
            }
        }
    }
}

/// Takes it away.
struct Cut {
    at_begin: bool,
    spaces: usize,
}

impl Cut {
    fn parts(&mut self, parts: &mut [Part]) {
        for part in parts {
            match part {
                Part::Text(text) => {
                    let mut cut = String::with_capacity(text.len());
                    for line in text.split_inclusive('\n') {
                        let count =
                            if self.at_begin && indentation(line).is_some() { self.spaces } else { 0 };
                        cut.extend(line.chars().skip(count));
                        self.at_begin = line.ends_with('\n');
                    }
                    *text = cut;
                }
                Part::Value(_) => self.at_begin = false,
                Part::If(_, then, otherwise) => {
                    for inside in [then, otherwise] {
                        self.at_begin = false;
                        self.parts(inside);
                    }
                    self.at_begin = false;
                }
                Part::For(each) => {
                    self.at_begin = false;
                    self.parts(&mut each.body);
                    self.at_begin = false;
                }
            }
        }
    }
}
