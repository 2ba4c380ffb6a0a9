//! Which names an expression needs.

use super::syntax::{Body, Expr, Form, Part, Step, Way};
use crate::source::Span;

/// Calls `found` with every name that an expression needs from outside: its root, what follows it, and where.
pub(super) fn walk(expr: &Expr, found: &mut dyn FnMut(&str, &[&str], Span)) {
    Walk { found, own: Vec::new() }.expr(expr);
}

/// The same for all that stands in a body.
pub(super) fn walk_body(body: &Body, found: &mut dyn FnMut(&str, &[&str], Span)) {
    let mut walk = Walk { found, own: Vec::new() };
    walk.body(body);
}

struct Walk<'a> {
    found: &'a mut dyn FnMut(&str, &[&str], Span),
    /// Names that `for` has made.
    own: Vec<String>,
}

impl Walk<'_> {
    fn body(&mut self, body: &Body) {
        for attribute in &body.attributes {
            self.expr(&attribute.value);
        }
        for block in &body.blocks {
            self.body(&block.body);
        }
    }

    fn name(&mut self, name: &str, steps: &[Step], span: &Span) {
        if !self.own.iter().any(|own| own == name) {
            let mut path = Vec::new();
            let mut end = span.end;
            for step in steps {
                match &step.way {
                    Way::Attribute(name) | Way::Index(Expr { form: Form::Text(name), .. }) => {
                        path.push(name.as_str());
                    }
                    _ => break,
                }
                if path.len() == 1 {
                    end = step.span.end;
                }
            }
            (self.found)(name, &path, span.start..end);
        }
        for step in steps {
            if let Way::Index(index) = &step.way {
                self.expr(index);
            }
        }
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.form {
            Form::Null | Form::Bool(_) | Form::Number(_) | Form::Text(_) => {}
            Form::Template(parts) => self.parts(parts),
            Form::List(items) => self.all(items),
            Form::Object(entries) => {
                for (key, value) in entries {
                    self.all([key, value]);
                }
            }
            Form::Parens(inner) | Form::Unary(_, inner) => self.expr(inner),
            Form::Variable(name) => self.name(name, &[], &expr.span),
            Form::Traversal(root, steps) => match &root.form {
                Form::Variable(name) => self.name(name, steps, &root.span),
                _ => {
                    self.expr(root);
                    for step in steps {
                        if let Way::Index(index) = &step.way {
                            self.expr(index);
                        }
                    }
                }
            },
            // The second argument of convert is a type.
            Form::Call(call) if call.name.text == "convert" => self.all(call.arguments.first()),
            Form::Call(call) => self.all(&call.arguments),
            Form::Binary(left, _, right) => self.all([&**left, &**right]),
            Form::Conditional(parts) => self.all(parts.iter()),
            Form::For(each) => {
                self.expr(&each.collection);
                let names = each.key_name.iter().chain([&each.value_name]);
                self.inside(names, |walk| {
                    walk.all(each.key.iter().chain([&each.value]).chain(&each.condition));
                });
            }
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(_) => {}
                Part::Value(expr) => self.expr(expr),
                Part::If(condition, then, otherwise) => {
                    self.expr(condition);
                    self.parts(then);
                    self.parts(otherwise);
                }
                Part::For(each) => {
                    self.expr(&each.collection);
                    let names = each.key_name.iter().chain([&each.value_name]);
                    self.inside(names, |walk| walk.parts(&each.body));
                }
            }
        }
    }

    fn inside<'n>(&mut self, names: impl Iterator<Item = &'n String>, run: impl FnOnce(&mut Self)) {
        let before = self.own.len();
        self.own.extend(names.cloned());
        run(self);
        self.own.truncate(before);
    }
}
