//! Checks that every block of a template text has its `end`, which the engine's own parser does not.

use super::Problem;

/// A block that is open.
struct Open<'a> {
    word: &'a str,
    offset: usize,
    has_else: bool,
}

/// Finds the first block without an `end`, or the first `end` or `else` without a block.
pub(super) fn check(text: &str) -> Result<(), Problem> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut rest = 0;
    while let Some(begin) = text[rest..].find("{{").map(|at| rest + at) {
        let (word, offset, end) = action(text, begin + 2);
        rest = end;
        match word {
            "if" | "range" | "with" | "define" | "block" => open.push(Open { word, offset, has_else: false }),
            "end" if open.pop().is_none() => return Err(stray(word, offset)),
            "else" => match open.last_mut() {
                Some(block) if !block.has_else && !matches!(block.word, "define" | "block") => {
                    // `else if` and `else with` go on with the same block.
                    block.has_else = !matches!(second_word(&text[offset + 4..]), "if" | "with");
                }
                _ => return Err(stray(word, offset)),
            },
            _ => {}
        }
    }
    match open.last() {
        None => Ok(()),
        Some(Open { word, offset, .. }) => {
            let message = format!("the template is malformed: '{word}' has no 'end'");
            Err(Problem::at(*offset, word.len(), message).hint("close the block with {{end}}"))
        }
    }
}

fn stray(word: &str, offset: usize) -> Problem {
    Problem::at(
        offset,
        word.len(),
        format!("the template is malformed: '{word}' without a block that it belongs to"),
    )
}

/// The first word of an action, where it stands, and where the action ends.
fn action(text: &str, begin: usize) -> (&str, usize, usize) {
    let after_trim = match text[begin..].strip_prefix('-') {
        Some(rest) if rest.starts_with(char::is_whitespace) => begin + 1,
        _ => begin,
    };
    let inner = text[after_trim..].trim_start();
    let offset = text.len() - inner.len();
    if inner.starts_with("/*") {
        let end = inner.find("*/").map_or(text.len(), |at| offset + at + 2);
        return ("", offset, end);
    }
    (first_word(inner), offset, end_of_action(text, offset))
}

/// Where an action ends: after the `}}` that stands in no string.
fn end_of_action(text: &str, begin: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = begin;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'}' if bytes.get(at + 1) == Some(&b'}') => return at + 2,
            b'`' => at = skip(bytes, at, false),
            quote @ (b'"' | b'\'') if *quote == b'"' || bytes.get(at + 2).is_some() => {
                at = skip(bytes, at, true);
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// The closing quote of the string that begins here, or the end of the text.
fn skip(bytes: &[u8], begin: usize, escapes: bool) -> usize {
    let mut at = begin + 1;
    while at < bytes.len() && bytes[at] != bytes[begin] {
        at += if escapes && bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

fn first_word(text: &str) -> &str {
    let end =
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    &text[..end]
}

fn second_word(text: &str) -> &str {
    first_word(text.trim_start())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn finds_blocks_that_do_not_close() {
        for (text, found) in [
            ("{{if true}}a{{else}}b{{end}}", None),
            ("{{if a}}{{else if b}}{{else}}{{end}}", None),
            ("{{- range . -}}{{with .}}{{end}}{{end}}", None),
            ("{{`{{if}}`}} {{\"{{end}}\"}} {{/* {{end}} */}}", None),
            ("{{define \"x\"}}{{end}}", None),
            ("x {{if true}}", Some((4, "the template is malformed: 'if' has no 'end'"))),
            ("{{end}}", Some((2, "the template is malformed: 'end' without a block that it belongs to"))),
            (
                "{{if a}}{{else}}{{else}}{{end}}",
                Some((18, "the template is malformed: 'else' without a block that it belongs to")),
            ),
            ("{{", None),
            ("{{\"", None),
        ] {
            let problem = check(text).err();
            let seen = problem.as_ref().map(|problem| (problem.offset, problem.message.as_str()));
            assert_eq!(seen, found, "{text}");
        }
    }
}
