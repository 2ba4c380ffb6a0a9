//! HCL as a body of ours: read by `hcl-edit`, which bounds the depth of what is nested.

use super::guard::{TooMuch, too_much};
use super::number::Number;
use super::syntax::{Attribute, Binary, Block, Body, Call, Expr, For, Form, Step, Unary, Way};
use super::template;
use crate::packer_json::Word;
use crate::source::{Code, Diagnostics, Source, Span};
use hcl_edit::Span as _;
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, FuncCall, ObjectKey, Traversal, TraversalOperator, UnaryOperator,
};
use hcl_edit::structure::{self, BlockLabel, Structure};
use std::sync::Arc;

/// Reads one file of the joined source. What is malformed is noted and ends the file.
pub(super) fn body(source: &Arc<Source>, place: Span, diagnostics: &mut Diagnostics) -> Body {
    let text = source.text.get(place.clone()).unwrap_or_default();
    if let Some(TooMuch { at, message, hint }) = too_much(text) {
        let at = place.start + at;
        diagnostics.error(Code::HclSyntax, source, at..at + 1, message).hint(hint);
        return Body::default();
    }
    // `hcl-edit` takes only Unix and Windows line ends, and no byte order mark, as Packer does.
    match super::heredoc::without_empty(text).parse::<structure::Body>() {
        Ok(body) => Lower { source, base: place.start, as_written: false }.body(&body),
        Err(error) => {
            let (span, message, hint) = explain(text, &error);
            let span = place.start + span.start..place.start + span.end;
            let diagnostic = diagnostics.error(Code::HclSyntax, source, span, message);
            diagnostic.hint = hint;
            Body::default()
        }
    }
}

/// Reads one expression, as a variable on the command line may hold.
pub(super) fn expression(source: &Arc<Source>) -> Result<Expr, String> {
    let text = source.text.as_str();
    if let Some(found) = too_much(text) {
        return Err(found.message.to_owned());
    }
    match text.trim().parse::<Expression>() {
        Ok(expression) => {
            Ok(Lower { source, base: text.len() - text.trim_start().len(), as_written: false }
                .expr(&expression))
        }
        Err(error) => Err(explain(text, &error).1),
    }
}

/// Reads a text with `${…}` in it, as JSON and `templatefile` have it.
pub(super) fn template_text(source: &Arc<Source>, place: Span, text: &str) -> Result<Expr, String> {
    if !text.contains("${") && !text.contains("%{") {
        return Ok(Expr::new(place, Form::Text(text.to_owned())));
    }
    if let Some(found) = too_much(text) {
        return Err(found.message.to_owned());
    }
    let parsed = text.parse::<hcl_edit::template::Template>().map_err(|error| explain(text, &error).1)?;
    let mut lower = Lower { source, base: place.start, as_written: false };
    let parts = template::parts(&mut lower, &parsed);
    Ok(Expr::new(place, Form::Template(parts)))
}

/// What the parser says, in our words.
fn explain(text: &str, error: &hcl_edit::parser::Error) -> (Span, String, Option<String>) {
    let offset = text.floor_char_boundary(error.location().offset());
    let said = error.message();
    let rest = text.get(offset..).unwrap_or_default();
    let word =
        rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').map(char::len_utf8);
    let length = word.sum::<usize>().max(rest.chars().next().map_or(0, char::len_utf8));
    let span = offset..offset + length;
    let hint = |hint: &str| Some(hint.to_owned());
    if text.starts_with('\u{feff}') {
        return (
            0..3,
            "the file begins with a byte order mark".to_owned(),
            hint("save it as UTF-8 without BOM"),
        );
    }
    if let Some((at, message)) = super::unclosed::find(text) {
        return (at..at + 1, message, None);
    }
    if said.contains("redefined attribute") {
        return (span, "this attribute stands here twice".to_owned(), hint("keep one of them"));
    }
    if said.contains("redefined object key") {
        return (span, "this key stands here twice".to_owned(), hint("keep one of them"));
    }
    let message = if rest.trim().is_empty() || offset + 1 >= text.len() {
        format!("the file ends in the middle of something: {said}")
    } else {
        format!("this is no HCL: {said}")
    };
    let hint = match rest.chars().next() {
        Some('\'') => hint("texts stand in double quotes"),
        Some('}') if said.contains("newline") => hint("a block on one line holds one attribute at most"),
        _ => None,
    };
    (span, message, hint)
}

/// Turns the parser's tree into ours.
pub(super) struct Lower<'a> {
    source: &'a Arc<Source>,
    base: usize,
    /// Whether texts are taken as they are written.
    as_written: bool,
}

impl Lower<'_> {
    /// A place in the joined source.
    pub(super) fn place(&self, span: Option<Span>) -> Span {
        span.map_or(self.base..self.base, |span| self.base + span.start..self.base + span.end)
    }

    fn word(&self, text: &str, span: Option<Span>) -> Word {
        Word { text: text.to_owned(), span: self.place(span) }
    }

    fn body(&mut self, body: &structure::Body) -> Body {
        let mut lowered = Body::default();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => lowered.attributes.push(Attribute {
                    name: self.word(attribute.key.as_str(), attribute.key.span()),
                    value: self.expr(&attribute.value),
                }),
                Structure::Block(block) => lowered.blocks.push(Block {
                    kind: self.word(block.ident.as_str(), block.ident.span()),
                    labels: block.labels.iter().map(|label| self.label(label)).collect(),
                    body: self.body(&block.body),
                }),
            }
        }
        lowered
    }

    fn label(&self, label: &BlockLabel) -> Word {
        self.word(label.as_str(), label.span())
    }

    /// One expression.
    pub(super) fn expr(&mut self, expression: &Expression) -> Expr {
        let before = std::mem::take(&mut self.as_written);
        let lowered = self.lower(expression);
        self.as_written = before;
        lowered
    }

    fn lower(&mut self, expression: &Expression) -> Expr {
        let mut span = self.place(expression.span());
        let form = match expression {
            Expression::Null(_) => Form::Null,
            Expression::Bool(value) => Form::Bool(*value.value()),
            Expression::Number(number) => Form::Number(self.number(number.value(), &span)),
            Expression::String(text) => Form::Text(text.value().clone()),
            Expression::StringTemplate(template) => Form::Template(template::parts(self, template)),
            Expression::HeredocTemplate(heredoc) => match self.heredoc(&heredoc.template, &span) {
                parts if parts.is_empty() => Form::Text(String::new()),
                parts => match <[_; 1]>::try_from(parts) {
                    Ok([super::syntax::Part::Text(text)]) => Form::Text(text),
                    Ok([one]) => Form::Template(vec![one]),
                    Err(parts) => Form::Template(parts),
                },
            },
            Expression::Array(items) => Form::List(items.iter().map(|item| self.expr(item)).collect()),
            Expression::Object(object) => Form::Object(
                object.iter().map(|(key, value)| (self.key(key), self.expr(value.expr()))).collect(),
            ),
            Expression::Parenthesis(inner) => Form::Parens(Box::new(self.expr(inner.inner()))),
            Expression::Variable(name) => Form::Variable(name.as_str().to_owned()),
            Expression::Conditional(conditional) => {
                let parts = [&conditional.cond_expr, &conditional.true_expr, &conditional.false_expr];
                Form::Conditional(Box::new(parts.map(|part| self.expr(part))))
            }
            Expression::FuncCall(call) => Form::Call(self.call(call)),
            Expression::Traversal(traversal) => self.traversal(traversal, &mut span),
            Expression::UnaryOp(operation) => {
                let operator = match operation.operator.value() {
                    UnaryOperator::Neg => Unary::Minus,
                    UnaryOperator::Not => Unary::Not,
                };
                Form::Unary(operator, Box::new(self.expr(&operation.expr)))
            }
            Expression::BinaryOp(operation) => {
                let left = self.expr(&operation.lhs_expr);
                let right = self.expr(&operation.rhs_expr);
                span = left.span.start..right.span.end;
                Form::Binary(Box::new(left), operator(*operation.operator.value()), Box::new(right))
            }
            Expression::ForExpr(expression) => Form::For(Box::new(self.for_expr(expression))),
        };
        Expr::new(span, form)
    }

    /// The parts of a heredoc. The parser has taken indentation away already, in its own manner: texts are read once more.
    fn heredoc(&mut self, template: &hcl_edit::template::Template, span: &Span) -> Vec<super::syntax::Part> {
        let written = self.source.text.get(span.clone()).unwrap_or_default();
        if !written.starts_with("<<-") {
            return template::parts(self, template);
        }
        let before = std::mem::replace(&mut self.as_written, true);
        let mut parts = template::parts(self, template);
        self.as_written = before;
        super::heredoc::flush(&mut parts);
        parts
    }

    /// A piece of text: as the parser has it, or as it is written.
    pub(super) fn literal(&self, text: &hcl_edit::Spanned<String>) -> String {
        let written = text.span().and_then(|span| self.source.text.get(self.place(Some(span))));
        match written.filter(|_| self.as_written) {
            Some(written) => written.replace("$${", "${").replace("%%{", "%{"),
            None => text.value().clone(),
        }
    }

    /// The parser's numbers have 64 bits; what is longer is read from the text.
    fn number(&self, number: &hcl_edit::Number, span: &Span) -> Number {
        match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Number::Whole(whole.into()),
            (None, Some(whole)) => Number::Whole(whole.into()),
            (None, None) => {
                let written = self.source.text.get(span.clone()).and_then(Number::parse);
                written.unwrap_or_else(|| Number::real(number.as_f64().unwrap_or_default()))
            }
        }
    }

    fn key(&mut self, key: &ObjectKey) -> Expr {
        match key {
            ObjectKey::Ident(name) => Expr::new(self.place(key.span()), Form::Text(name.as_str().to_owned())),
            ObjectKey::Expression(expression) => {
                let lowered = self.expr(expression);
                Expr::new(self.place(key.span().or(expression.span())), lowered.form)
            }
        }
    }

    fn call(&mut self, call: &FuncCall) -> Call {
        let mut name = String::new();
        for space in &call.name.namespace {
            name.push_str(space.as_str());
            name.push_str("::");
        }
        name.push_str(call.name.name.as_str());
        Call {
            name: self.word(&name, call.name.name.span()),
            arguments: call.args.iter().map(|argument| self.expr(argument)).collect(),
            expand: call.args.expand_final(),
        }
    }

    fn traversal(&mut self, traversal: &Traversal, span: &mut Span) -> Form {
        let root = self.expr(&traversal.expr);
        let mut steps = Vec::new();
        for operator in &traversal.operators {
            let place = self.place(operator.span());
            span.end = span.end.max(place.end);
            let way = match operator.value() {
                TraversalOperator::GetAttr(name) => Way::Attribute(name.as_str().to_owned()),
                TraversalOperator::Index(index) => Way::Index(self.expr(index)),
                TraversalOperator::LegacyIndex(index) => {
                    let index = Number::Whole((*index.value()).into());
                    Way::Index(Expr::new(place.clone(), Form::Number(index)))
                }
                TraversalOperator::AttrSplat(_) => Way::AttributeSplat,
                TraversalOperator::FullSplat(_) => Way::FullSplat,
            };
            steps.push(Step { span: place, way });
        }
        Form::Traversal(Box::new(root), steps)
    }

    fn for_expr(&mut self, expression: &ForExpr) -> For {
        For {
            key_name: expression.intro.key_var.as_ref().map(|name| name.as_str().to_owned()),
            value_name: expression.intro.value_var.as_str().to_owned(),
            collection: self.expr(&expression.intro.collection_expr),
            key: expression.key_expr.as_ref().map(|key| self.expr(key)),
            value: self.expr(&expression.value_expr),
            grouping: expression.grouping,
            condition: expression.cond.as_ref().map(|condition| self.expr(&condition.expr)),
        }
    }
}

fn operator(operator: BinaryOperator) -> Binary {
    match operator {
        BinaryOperator::Eq => Binary::Equal,
        BinaryOperator::NotEq => Binary::NotEqual,
        BinaryOperator::LessEq => Binary::LessOrEqual,
        BinaryOperator::GreaterEq => Binary::GreaterOrEqual,
        BinaryOperator::Less => Binary::Less,
        BinaryOperator::Greater => Binary::Greater,
        BinaryOperator::Plus => Binary::Plus,
        BinaryOperator::Minus => Binary::Minus,
        BinaryOperator::Mul => Binary::Times,
        BinaryOperator::Div => Binary::Divide,
        BinaryOperator::Mod => Binary::Modulo,
        BinaryOperator::And => Binary::And,
        BinaryOperator::Or => Binary::Or,
    }
}
