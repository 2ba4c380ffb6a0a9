//! Finds what is not closed in a text that the parser refuses: it says where it gave up, which is often lines later.

/// The quote or bracket that is not closed, where it stands and what to say of it; the first one that the text shows.
pub(super) fn find(text: &str) -> Option<(usize, String)> {
    let mut scanner = Scanner { text, at: 0, open: Vec::new() };
    loop {
        let Some(letter) = text.get(scanner.at..).and_then(|rest| rest.chars().next()) else {
            return scanner.open.last().map(|open| describe(*open));
        };
        let in_text = matches!(scanner.open.last(), Some((_, '"')));
        let unclosed = if in_text { scanner.text(letter) } else { scanner.code(letter) };
        if unclosed.is_some() {
            return unclosed;
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Quotes and brackets that are open, and where.
    open: Vec<(usize, char)>,
}

impl Scanner<'_> {
    fn starts(&self, with: &str) -> bool {
        self.text[self.at..].starts_with(with)
    }

    fn code(&mut self, letter: char) -> Option<(usize, String)> {
        let begin = self.at;
        if letter == '#' || self.starts("//") {
            self.skip_past("\n");
        } else if self.starts("/*") {
            self.skip_past("*/");
        } else if self.starts("<<") {
            self.heredoc();
        } else {
            self.at += letter.len_utf8();
            match letter {
                '"' | '(' | '[' | '{' => self.open.push((begin, letter)),
                ')' | ']' | '}' => match self.open.pop() {
                    Some(open) if !closes(open.1, letter) => return Some(describe(open)),
                    _ => {}
                },
                _ => {}
            }
        }
        None
    }

    fn text(&mut self, letter: char) -> Option<(usize, String)> {
        let begin = self.at;
        if self.starts("$${") || self.starts("%%{") {
            self.at += 3;
        } else if self.starts("${") || self.starts("%{") {
            self.open.push((begin + 1, '{'));
            self.at += 2;
        } else if letter == '\n' {
            return self.open.pop().map(describe);
        } else {
            self.at += letter.len_utf8();
            match letter {
                '"' => drop(self.open.pop()),
                '\\' => self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8),
                _ => {}
            }
        }
        None
    }

    fn skip_past(&mut self, end: &str) {
        let rest = &self.text[self.at..];
        self.at += rest.find(end).map_or(rest.len(), |at| at + end.len());
    }

    /// Goes past a heredoc; where it has no end, past its `<<`.
    fn heredoc(&mut self) {
        self.at += 2;
        let rest = &self.text[self.at..];
        let Some((name, body)) = rest.split_once('\n') else { return };
        let name = name.trim_start_matches('-').trim();
        if name.is_empty() || !name.chars().all(|letter| letter.is_alphanumeric() || "_-".contains(letter)) {
            return;
        }
        let mut end = self.at + rest.len() - body.len();
        for line in body.split_inclusive('\n') {
            if line.trim() == name {
                self.at = end + line.trim_end().len();
                return;
            }
            end += line.len();
        }
    }
}

fn closes(open: char, close: char) -> bool {
    matches!((open, close), ('(', ')') | ('[', ']') | ('{', '}'))
}

fn describe((at, open): (usize, char)) -> (usize, String) {
    match open {
        '"' => (at, "this text has no closing quote".to_owned()),
        bracket => (at, format!("this '{bracket}' is not closed")),
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn finds_what_is_not_closed() {
        for (text, found) in [
            ("a = 1\n", None),
            ("a = \"${f(\"x\")} $${ %% \\\" \"\n# it's \" {\n/* { */ // (\n", None),
            ("a = <<-EOT\n  { \" ${x}\n  EOT\nb {\n}\n", None),
            ("a = \"b\nc = \"d\"\n", Some((4, "this text has no closing quote"))),
            ("a = \"${b\"\n", Some((8, "this text has no closing quote"))),
            ("a {\n  b = [\n}\n", Some((10, "this '[' is not closed"))),
            ("a {\n  b {\n  }\n", Some((2, "this '{' is not closed"))),
            ("a = f(1\n", Some((5, "this '(' is not closed"))),
            ("a = <<EOT\nb\n", None),
        ] {
            let expected = found.map(|(at, message): (usize, &str)| (at, message.to_owned()));
            assert_eq!(find(text), expected, "{text}");
        }
    }
}
