//! Reads options as Packer does: weakly typed (`mapstructure` with Packer's hooks, observed on Packer 1.6.6), with the
//! place of everything, and all mistakes at once.

mod access;
mod error;
mod value;

pub use value::weak;

use super::{Decoder, Group, fields_of};
use crate::json::{Member, find};
use crate::source::Span;
use access::Context;
use error::WeakError;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;

/// How HCL2 reads options: attributes convert as `go-cty` does it, which is stricter than JSON's weak typing, and
/// structures are blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manner {
    /// Where blocks stand: lists of them, and each one.
    pub blocks: HashSet<Span>,
    /// Keys of options whose values are placeholders: they are neither read nor checked.
    pub placeholders: HashSet<Span>,
    /// Whether blocks and attributes can be told apart; not in HCL2's JSON form.
    pub is_json: bool,
}

/// What a value is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An object of known fields: a block of HCL2.
    Structure,
    /// An object of any keys: a map of HCL2.
    Map,
    /// A list.
    List,
    /// True or false.
    Truth,
    /// True, false or not set.
    Switch,
    /// A number.
    Number,
    /// A text.
    Text,
}

/// What the values of a component are read as, and the names of nested options as their types spell them, by place.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    /// Of values.
    pub values: HashMap<Span, Shape>,
    /// Of keys.
    pub names: HashMap<Span, &'static str>,
}

/// A mistake in an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Reads the groups of a component out of rendered options.
#[derive(Debug)]
pub struct Weak<'a> {
    members: &'a [Member],
    manner: Option<Arc<Manner>>,
    /// What was wrong so far.
    pub mistakes: Vec<Mistake>,
    /// Options that could not be read, so that checks of them say nothing new.
    pub broken: Vec<String>,
    /// What the values were read as.
    pub shapes: Shapes,
}

impl<'a> Weak<'a> {
    /// Reads these options.
    pub fn new(members: &'a [Member]) -> Self {
        Self::in_manner(members, None)
    }

    /// Reads these options of HCL2.
    pub fn in_manner(members: &'a [Member], manner: Option<Arc<Manner>>) -> Self {
        Self { members, manner, mistakes: Vec::new(), broken: Vec::new(), shapes: Shapes::default() }
    }

    /// Finds all options whose names are not known.
    pub fn unknown(&self, known: &[&str]) -> Vec<&'a Member> {
        let context = Context::new(self.manner.clone());
        let is_taken = |member: &Member| {
            let mut found = known.iter().filter_map(|name| context.find(self.members, name));
            found.any(|found| std::ptr::eq(found, member))
        };
        self.members.iter().filter(|member| !is_taken(member)).collect()
    }

    fn note(&mut self, name: &str, error: WeakError, span: Span) {
        self.broken.push(name.to_owned());
        if let Some(mistake) = error.into_mistake(span) {
            self.mistakes.push(mistake);
        }
    }
}

impl Decoder for Weak<'_> {
    type Error = Infallible;

    /// Reads a group; an option that is wrong is noted and left out.
    fn group<G: Group>(&mut self) -> Result<G, Infallible> {
        let known = fields_of::<G>();
        let finder = Context::new(self.manner.clone());
        let given = known.iter().filter_map(|name| Some((*name, finder.find(self.members, name)?)));
        let mut given: Vec<(&str, &Member)> = given.filter(|(_, member)| !member.node.is_null()).collect();
        loop {
            let context = Context::new(self.manner.clone());
            let current = RefCell::new(None);
            let read = G::deserialize(access::Fields::new(&given, &context, &current));
            let shapes = context.shapes.into_inner();
            self.shapes.values.extend(shapes.values);
            self.shapes.names.extend(shapes.names);
            match read {
                Ok(group) => {
                    self.mistakes.extend(context.unknown.into_inner());
                    return Ok(group);
                }
                Err(error) => {
                    let Some(at) = current.into_inner().filter(|at| *at < given.len()) else {
                        return Ok(G::default());
                    };
                    let (name, member) = given.remove(at);
                    self.note(name, error, member.node.span.clone());
                }
            }
        }
    }
}
