//! Which functions and dot variables a template text uses, and where.

use gotmpl::parse::{BranchNode, CommandNode, DefineNode, Expr, ListNode, Node, PipeNode, Pos};

/// A call of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function's name.
    pub name: String,
    /// Where the name stands, in bytes of the text.
    pub offset: usize,
    /// Its first argument, where that is a text.
    pub argument: Option<(String, usize)>,
    /// Whether it stands alone in its action and gets no more than that argument, so that what it gives is what is written.
    pub alone: bool,
}

/// A dot variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The first name of its path: `SourceAMITags` of `.SourceAMITags.Name`.
    pub name: String,
    /// Where its dot stands, in bytes of the text.
    pub offset: usize,
}

/// All that a text uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// The calls, in the order in which they stand.
    pub calls: Vec<Call>,
    /// The dot variables; not those inside of `with`, `range` and `define`, whose dot is another.
    pub fields: Vec<Field>,
}

impl Uses {
    pub(super) fn of(text: &str, body: &ListNode, defines: &[DefineNode]) -> Self {
        let mut walk = Walk { text, uses: Self::default(), other_dot: 0 };
        walk.list(body);
        walk.other_dot = 1;
        for define in defines {
            walk.list(&define.body);
        }
        walk.uses.calls.sort_by_key(|call| call.offset);
        walk.uses
    }

    /// Whether a function of that name is called.
    pub fn calls(&self, name: &str) -> bool {
        self.calls.iter().any(|call| call.name == name)
    }
}

struct Walk<'a> {
    text: &'a str,
    uses: Uses,
    /// How many blocks with a dot of their own are around.
    other_dot: usize,
}

impl Walk<'_> {
    fn list(&mut self, list: &ListNode) {
        for node in &list.nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::List(list) => self.list(list),
            Node::Action(action) => {
                let alone = action.pipe.decl.is_empty() && action.pipe.commands.len() == 1;
                self.pipe(&action.pipe, alone);
            }
            Node::If(branch) => self.branch(branch, false),
            Node::Range(branch) | Node::With(branch) => self.branch(branch, true),
            Node::Template(template) => template.pipe.iter().for_each(|pipe| self.pipe(pipe, false)),
            Node::Define(define) => {
                self.other_dot += 1;
                self.list(&define.body);
                self.other_dot -= 1;
            }
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
        }
    }

    fn branch(&mut self, branch: &BranchNode, own_dot: bool) {
        self.pipe(&branch.pipe, false);
        self.other_dot += usize::from(own_dot);
        self.list(&branch.body);
        self.other_dot -= usize::from(own_dot);
        if let Some(list) = &branch.else_body {
            self.list(list);
        }
    }

    fn pipe(&mut self, pipe: &PipeNode, alone: bool) {
        for command in &pipe.commands {
            self.command(command, alone);
        }
    }

    fn command(&mut self, command: &CommandNode, alone: bool) {
        let mut arguments = command.args.as_slice();
        if let [Expr::Identifier(at, name), rest @ ..] = arguments {
            let argument = match rest {
                [Expr::String(at, text), ..] => Some((text.to_string(), at.offset)),
                _ => None,
            };
            self.call(name, *at, argument, alone && rest.len() <= 1);
            arguments = rest;
        }
        for argument in arguments {
            self.expression(argument);
        }
    }

    fn call(&mut self, name: &str, at: Pos, argument: Option<(String, usize)>, alone: bool) {
        let offset = self.settle(at.offset, name);
        self.uses.calls.push(Call { name: name.to_owned(), offset, argument, alone });
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Identifier(at, name) => self.call(name, *at, None, false),
            Expr::Field(at, path) => {
                let Some(name) = path.first().filter(|_| self.other_dot == 0) else { return };
                let offset = self.settle(at.offset, &format!(".{name}"));
                self.uses.fields.push(Field { name: name.to_string(), offset });
            }
            Expr::Variable(at, variable, path) if variable.as_str() == "$" => {
                if let Some(name) = path.first() {
                    let offset = self.settle(at.offset, &format!("$.{name}"));
                    self.uses.fields.push(Field { name: name.to_string(), offset });
                }
            }
            Expr::Pipe(_, pipe) => self.pipe(pipe, false),
            Expr::Chain(_, inner, _) => self.expression(inner),
            _ => {}
        }
    }

    /// The engine counts some positions from the end of a token; looks for the word nearby.
    fn settle(&self, offset: usize, word: &str) -> usize {
        let here = |at: usize| self.text.get(at..).is_some_and(|rest| rest.starts_with(word));
        let near = offset.saturating_sub(word.len())..=offset;
        if here(offset) { offset } else { near.rev().find(|at| here(*at)).unwrap_or(offset) }
    }
}
