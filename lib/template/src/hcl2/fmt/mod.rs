//! The layout of configurations, as Packer's `fmt` makes it: only spaces between tokens change (`hclwrite.Format` of HCL 2.2x).
//!
//! A line has up to three cells: what leads, an assignment from its `=` on, and a comment at its end. Assignments of lines that
//! follow one another stand in one column, and so do comments.

mod lexer;
#[cfg(test)]
mod tests;

use crate::source::{Diagnostics, Source};
use lexer::{Kind, Token, tokens};
use std::ops::Range;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// The text of a configuration or of a file of variables, laid out; nothing where it is malformed, which is reported.
pub fn format(source: &Arc<Source>, diagnostics: &mut Diagnostics) -> Option<String> {
    let before = diagnostics.errors();
    super::lower::body(source, 0..source.text.len(), diagnostics);
    (diagnostics.errors() == before).then(|| laid_out(&source.text))
}

/// The same of a text that is known to be HCL.
pub(super) fn laid_out(text: &str) -> String {
    let mut tokens = tokens(text);
    let lines = lines(&tokens);
    indent(&mut tokens, &lines);
    for line in &lines {
        space(&mut tokens[line.lead.clone()]);
        if let Some(assign) = &line.assign {
            tokens[assign.start].spaces = 1;
            space(&mut tokens[assign.clone()]);
        }
    }
    align(&mut tokens, &lines, |line| {
        let assign = line.assign.as_ref()?;
        Some((assign.start, line.lead.clone()))
    });
    align(&mut tokens, &lines, |line| {
        let comment = line.comment?;
        Some((comment, line.lead.start..comment))
    });
    let mut text = String::with_capacity(text.len());
    for token in &tokens {
        text.extend(std::iter::repeat_n(' ', token.spaces));
        text.push_str(token.text);
    }
    text
}

/// The tokens of a line, by their places. A heredoc and its lines are part of the line it begins in.
struct Line {
    lead: Range<usize>,
    assign: Option<Range<usize>>,
    comment: Option<usize>,
}

fn lines(tokens: &[Token<'_>]) -> Vec<Line> {
    let is_end = |token: &Token<'_>| match token.kind {
        Kind::Newline => true,
        Kind::Comment => token.text.ends_with('\n'),
        _ => false,
    };
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        if is_end(token) {
            lines.push(line(tokens, start..at + 1));
            start = at + 1;
        }
    }
    // Spaces at the very end belong to no line.
    let end = tokens.iter().rposition(|token| !token.text.is_empty()).map_or(0, |at| at + 1);
    lines.push(line(tokens, start..end.max(start)));
    lines
}

fn line(tokens: &[Token<'_>], mut lead: Range<usize>) -> Line {
    let mut comment = None;
    if lead.len() > 1 && tokens[lead.end - 1].kind == Kind::Comment {
        lead.end -= 1;
        comment = Some(lead.end);
    }
    let equal = lead.clone().skip(1).find(|at| tokens[*at].kind == Kind::Equal);
    // One that goes on in the next line has no cell of its own.
    let assign = equal.map(|equal| equal..lead.end).filter(|assign| brackets(&tokens[assign.clone()]) == 0);
    if let Some(assign) = &assign {
        lead.end = assign.start;
    }
    Line { lead, assign, comment }
}

/// How many more brackets open than close.
fn brackets(tokens: &[Token<'_>]) -> isize {
    tokens.iter().map(|token| bracket(token.kind)).sum()
}

fn bracket(kind: Kind) -> isize {
    match kind {
        Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen | Kind::OpenTemplate => 1,
        Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen | Kind::CloseTemplate => -1,
        _ => 0,
    }
}

/// Two spaces for each line before that has opened more brackets than it has closed, until they are closed.
fn indent(tokens: &mut [Token<'_>], lines: &[Line]) {
    let mut open: Vec<isize> = Vec::new();
    for line in lines {
        let Some(first) = line.lead.clone().next() else { continue };
        if tokens[first].kind == Kind::Newline {
            tokens[first].spaces = 0;
            continue;
        }
        let lead = &tokens[line.lead.clone()];
        let heredoc = lead.iter().position(|token| token.kind == Kind::OpenHeredoc);
        let mut net = brackets(&lead[..heredoc.unwrap_or(lead.len())]);
        net += line.assign.clone().map_or(0, |assign| brackets(&tokens[assign]));
        let mut level = open.len();
        if net > 0 {
            open.push(net);
        }
        while net < 0 {
            let Some(last) = open.last_mut() else { break };
            if -net < *last {
                *last += net;
                break;
            }
            net += *last;
            open.pop();
        }
        level = level.min(open.len());
        tokens[first].spaces = 2 * level;
    }
}

/// One space or none between the tokens of a cell.
fn space(tokens: &mut [Token<'_>]) {
    for at in 1..tokens.len() {
        let before = at.checked_sub(2).map(|before| tokens[before].kind);
        tokens[at].spaces = usize::from(is_apart(before, &tokens[at - 1], tokens[at].kind));
    }
}

/// Whether a space stands between two tokens; `before` stands before the first.
fn is_apart(before: Option<Kind>, first: &Token<'_>, second: Kind) -> bool {
    use Kind::{
        Bang, CloseBrace, CloseHeredoc, CloseQuote, CloseTemplate, Comma, Dot, DoubleColon, Ellipsis, Equal,
        Literal, Minus, Name, Newline, Number, OpenBrace, OpenBracket, OpenHeredoc, OpenParen, OpenQuote,
        OpenTemplate, Operator,
    };
    match (first.kind, second) {
        (_, Newline) | (Name, OpenParen | DoubleColon) | (DoubleColon, Name) => false,
        (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        (Literal | OpenQuote | OpenHeredoc, _) | (_, Literal | CloseQuote | CloseHeredoc) => false,
        // `in` of a `for` is no name that is indexed.
        (Name, _) if first.text == "in" && before == Some(Name) => true,
        (Name | Number, OpenBracket) => false,
        (kind, OpenBracket) if bracket(kind) < 0 => false,
        (Bang, _) => false,
        // A minus is a sign where nothing stands before it that could end an operand.
        (Minus, _) => !matches!(
            before,
            None | Some(OpenParen | OpenBrace | OpenBracket | Equal | Comma | Minus | Bang | Operator)
        ),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        (OpenTemplate, OpenBrace) | (CloseBrace, CloseTemplate) => true,
        (CloseTemplate, OpenTemplate) => false,
        (kind, _) if bracket(kind) > 0 => false,
        (_, kind) => bracket(kind) >= 0,
    }
}

/// Puts the cells that `cell` gives into one column in lines that follow one another. It gives where a cell begins, and what
/// stands before it.
fn align(tokens: &mut [Token<'_>], lines: &[Line], cell: impl Fn(&Line) -> Option<(usize, Range<usize>)>) {
    let cells: Vec<Option<(usize, usize)>> =
        lines.iter().map(|line| cell(line).map(|(begin, before)| (begin, width(&tokens[before])))).collect();
    for chain in cells.split(Option::is_none) {
        let widest = chain.iter().flatten().map(|(_, width)| *width).max().unwrap_or_default();
        for (begin, width) in chain.iter().flatten() {
            tokens[*begin].spaces = widest - width + 1;
        }
    }
}

/// How many columns tokens take: what looks like one letter takes one.
fn width(tokens: &[Token<'_>]) -> usize {
    tokens.iter().map(|token| token.spaces + token.text.graphemes(true).count()).sum()
}
