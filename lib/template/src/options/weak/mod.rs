//! Reads options as Packer does: weakly typed (`mapstructure` with Packer's hooks, observed on Packer 1.6.6), with the
//! place of everything, and all mistakes at once.

mod access;
mod error;
mod value;

pub use value::weak;

use super::{Decoder, Group, fields_of};
use crate::json::{Member, find};
use crate::source::Span;
use error::WeakError;
use std::cell::RefCell;
use std::convert::Infallible;

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
    /// What was wrong so far.
    pub mistakes: Vec<Mistake>,
    /// Options that could not be read, so that checks of them say nothing new.
    pub broken: Vec<String>,
}

impl<'a> Weak<'a> {
    /// Reads these options.
    pub fn new(members: &'a [Member]) -> Self {
        Self { members, mistakes: Vec::new(), broken: Vec::new() }
    }

    /// Finds all options whose names are not known.
    pub fn unknown(&self, known: &[&str]) -> Vec<&'a Member> {
        let is_taken = |member: &Member| {
            known.iter().any(|name| find(self.members, name).is_some_and(|found| std::ptr::eq(found, member)))
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
        let given = known.iter().filter_map(|name| Some((*name, find(self.members, name)?)));
        let mut given: Vec<(&str, &Member)> = given.filter(|(_, member)| !member.node.is_null()).collect();
        loop {
            let unknown = RefCell::new(Vec::new());
            let current = RefCell::new(None);
            let read = G::deserialize(access::Fields::new(&given, &unknown, &current));
            match read {
                Ok(group) => {
                    self.mistakes.extend(unknown.into_inner());
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
