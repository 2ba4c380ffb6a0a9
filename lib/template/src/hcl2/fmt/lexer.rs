//! HCL as tokens, each with the spaces before it: all of a text, in its order (the HCL syntax specification, "Lexical Elements").

/// What a token is, as far as spaces depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    /// With its line end, where it goes that far.
    Comment,
    Newline,
    OpenBrace,
    CloseBrace,
    /// `(` or `[`
    OpenParen,
    OpenBracket,
    /// `)` or `]`
    CloseParen,
    CloseBracket,
    /// `"` at the beginning.
    OpenQuote,
    CloseQuote,
    /// `<<EOT` and its line end.
    OpenHeredoc,
    /// The last line of a heredoc.
    CloseHeredoc,
    /// Text in quotes or in a heredoc.
    Literal,
    /// `${` or `%{`
    OpenTemplate,
    /// The `}` that belongs to it.
    CloseTemplate,
    Dot,
    Comma,
    Ellipsis,
    DoubleColon,
    /// `=`
    Equal,
    Bang,
    Minus,
    /// What stands before an operand, so that a minus after it is a sign: `:`, `?`, `+`, `==`, `&&`, …
    Operator,
    /// Anything else.
    Other,
}

/// A token and how many spaces stand before it.
#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) spaces: usize,
}

/// What a place in the text is in.
enum Mode<'t> {
    /// Attributes, blocks, expressions, with so many braces open; in a template, or at the root.
    Plain {
        braces: usize,
        template: bool,
    },
    Quotes,
    Heredoc {
        marker: &'t str,
        line_begins: bool,
    },
}

/// All tokens. What is no HCL gives tokens too, whatever they are.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer =
        Lexer { text, at: 0, tokens: Vec::new(), modes: vec![Mode::Plain { braces: 0, template: false }] };
    while lexer.at < text.len() {
        match lexer.modes.last() {
            Some(Mode::Quotes) => lexer.quotes(),
            Some(Mode::Heredoc { marker, line_begins }) => lexer.heredoc(marker, *line_begins),
            _ => lexer.plain(),
        }
    }
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token<'t>>,
    modes: Vec<Mode<'t>>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize, spaces: usize) {
        let text = &self.text[self.at..self.at + length];
        self.at += length;
        self.tokens.push(Token { kind, text, spaces });
    }

    /// One token of an expression or a body. Spaces at the end of the text stand before a token of no length.
    fn plain(&mut self) {
        let spaces = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        self.at += spaces;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return self.push(Kind::Other, 0, spaces) };
        if let Some((length, marker)) = heredoc_begin(rest) {
            self.modes.push(Mode::Heredoc { marker, line_begins: true });
            return self.push(Kind::OpenHeredoc, length, spaces);
        }
        let end = |is_in: &dyn Fn(char) -> bool| rest.find(|letter| !is_in(letter)).unwrap_or(rest.len());
        let (kind, length) = match first {
            '\n' => (Kind::Newline, 1),
            '\r' if rest.starts_with("\r\n") => (Kind::Newline, 2),
            '#' => (Kind::Comment, line(rest)),
            '/' if rest.starts_with("//") => (Kind::Comment, line(rest)),
            '/' if rest.starts_with("/*") => {
                (Kind::Comment, rest[2..].find("*/").map_or(rest.len(), |at| at + 4))
            }
            '"' => {
                self.modes.push(Mode::Quotes);
                (Kind::OpenQuote, 1)
            }
            '{' => (self.brace(), 1),
            '}' => (self.unbrace(), 1),
            '~' if rest.starts_with("~}") && self.closes_template() => (self.unbrace(), 2),
            first if first.is_ascii_digit() => (Kind::Number, number(rest)),
            first if first.is_alphabetic() || first == '_' => {
                (Kind::Name, end(&|letter| letter.is_alphanumeric() || "_-".contains(letter)))
            }
            first => symbol(rest).unwrap_or((Kind::Other, first.len_utf8())),
        };
        self.push(kind, length, spaces);
    }

    fn brace(&mut self) -> Kind {
        if let Some(Mode::Plain { braces, .. }) = self.modes.last_mut() {
            *braces += 1;
        }
        Kind::OpenBrace
    }

    fn closes_template(&self) -> bool {
        matches!(self.modes.last(), Some(Mode::Plain { braces: 0, template: true }))
    }

    fn unbrace(&mut self) -> Kind {
        if self.closes_template() {
            self.modes.pop();
            return Kind::CloseTemplate;
        }
        if let Some(Mode::Plain { braces, .. }) = self.modes.last_mut() {
            *braces = braces.saturating_sub(1);
        }
        Kind::CloseBrace
    }

    fn quotes(&mut self) {
        let rest = self.rest();
        match literal(rest, '"') {
            0 if rest.starts_with('"') => {
                self.modes.pop();
                self.push(Kind::CloseQuote, 1, 0);
            }
            0 => self.template(),
            length => self.push(Kind::Literal, length, 0),
        }
    }

    /// A piece of a line of a heredoc. A line that is the marker alone, but for spaces, ends it.
    fn heredoc(&mut self, marker: &str, line_begins: bool) {
        let rest = self.rest();
        let mut length = literal(rest, '\n');
        let is_line = rest[length..].starts_with('\n');
        if is_line && line_begins && rest[..length].trim() == marker {
            self.modes.pop();
            let length = rest[..length].strip_suffix('\r').map_or(length, str::len);
            return self.push(Kind::CloseHeredoc, length, 0);
        }
        if length == 0 && !is_line {
            self.line_begins(false);
            return self.template();
        }
        length += usize::from(is_line);
        self.line_begins(is_line);
        self.push(Kind::Literal, length, 0);
    }

    fn line_begins(&mut self, is: bool) {
        if let Some(Mode::Heredoc { line_begins, .. }) = self.modes.last_mut() {
            *line_begins = is;
        }
    }

    /// `${`, `%{`, and those that eat spaces.
    fn template(&mut self) {
        self.modes.push(Mode::Plain { braces: 0, template: true });
        let length = if self.rest()[2..].starts_with('~') { 3 } else { 2 };
        self.push(Kind::OpenTemplate, length, 0);
    }
}

/// How long the rest of the line is, its end included.
fn line(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |at| at + 1)
}

fn number(text: &str) -> usize {
    let digits = |at: usize| text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(0);
    if text[end..].starts_with('.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    end
}

/// `<<EOT` or `<<-EOT` and the line's end: how long that is, and the marker.
fn heredoc_begin(text: &str) -> Option<(usize, &str)> {
    let rest = text.strip_prefix("<<")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let first = rest.chars().next()?;
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && !"_-".contains(letter))?;
    let after = rest[end..].strip_prefix("\r\n").or_else(|| rest[end..].strip_prefix('\n'))?;
    (first.is_alphabetic() || first == '_').then(|| (text.len() - after.len(), &rest[..end]))
}

/// How much text stands before the end of a template's text, or before what begins something in it.
fn literal(text: &str, end: char) -> usize {
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        if letter == end || rest.starts_with("${") || rest.starts_with("%{") {
            break;
        }
        at += match letter {
            '\\' if end == '"' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '$' if rest.starts_with("$${") => 3,
            '%' if rest.starts_with("%%{") => 3,
            letter => letter.len_utf8(),
        };
    }
    at
}

fn symbol(text: &str) -> Option<(Kind, usize)> {
    const SYMBOLS: [(&str, Kind); 29] = [
        ("...", Kind::Ellipsis),
        ("::", Kind::DoubleColon),
        ("==", Kind::Operator),
        ("!=", Kind::Operator),
        (">=", Kind::Operator),
        ("<=", Kind::Operator),
        ("&&", Kind::Operator),
        ("||", Kind::Operator),
        ("=>", Kind::Other),
        ("(", Kind::OpenParen),
        (")", Kind::CloseParen),
        ("[", Kind::OpenBracket),
        ("]", Kind::CloseBracket),
        (".", Kind::Dot),
        (",", Kind::Comma),
        ("=", Kind::Equal),
        ("!", Kind::Bang),
        ("-", Kind::Minus),
        (":", Kind::Operator),
        ("?", Kind::Operator),
        ("+", Kind::Operator),
        ("*", Kind::Operator),
        ("/", Kind::Operator),
        ("%", Kind::Operator),
        ("<", Kind::Operator),
        (">", Kind::Operator),
        ("&", Kind::Other),
        ("|", Kind::Other),
        (";", Kind::Other),
    ];
    SYMBOLS.iter().find(|(symbol, _)| text.starts_with(symbol)).map(|(symbol, kind)| (*kind, symbol.len()))
}
