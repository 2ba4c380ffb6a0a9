//! Old spellings, as Packer's `fix` mends them: `validate` takes them with a warning, `--fix` prints the template without them.
//!
//! What Packer mends was observed on Packer 1.6.6, pass by pass; [`table`] holds every pass, and `docs/compatibility.md`
//! says where more is mended here.

mod changes;
mod print;
mod table;

pub(crate) use print::print;
pub(crate) use table::{TYPES, old_names};

use crate::json::{Member, Node, Value, find};
use crate::options::registry::Sort;
use crate::source::{Code, Diagnostics, Source, Span};
use std::sync::Arc;
use table::{Change, FIXERS};

/// How much is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What is not understood otherwise.
    Needed,
    /// Also what is understood as it is, but not by every version of Packer.
    All,
}

/// One component that is mended.
struct Component<'a> {
    members: &'a mut Vec<Member>,
    source: &'a Arc<Source>,
    diagnostics: &'a mut Diagnostics,
}

/// Mends a whole template.
pub(crate) fn mend(source: &Arc<Source>, root: &mut Node, extent: Extent, diagnostics: &mut Diagnostics) {
    let Value::Object(members) = &mut root.value else { return };
    let mut renamed = Vec::new();
    for builder in components(members, "builders") {
        renamed.extend(mend_type(source, builder, diagnostics));
    }
    for (key, sort) in [
        ("builders", Sort::Builder),
        ("provisioners", Sort::Provisioner),
        ("error-cleanup-provisioner", Sort::Provisioner),
        ("post-processors", Sort::PostProcessor),
    ] {
        for members in components(members, key) {
            let Some(kind) = text(members, "type").map(str::to_owned) else { continue };
            mend_component(source, sort, &kind, members, extent, diagnostics);
            changes::rename_builders(members, &renamed);
        }
    }
}

/// Mends the options of one component.
pub(crate) fn mend_component(
    source: &Arc<Source>,
    sort: Sort,
    kind: &str,
    members: &mut Vec<Member>,
    extent: Extent,
    diagnostics: &mut Diagnostics,
) {
    let mut component = Component { members, source, diagnostics };
    for fixer in FIXERS {
        if fixer.sort != sort || !kind.starts_with(fixer.family) {
            continue;
        }
        match fixer.change {
            Change::Renamed(old, new) => component.rename(old, new, false),
            Change::Replaces(old, new) => component.rename(old, new, true),
            Change::Gone(old, why) => component.remove(old, why),
            Change::Rewritten(rewrite) => rewrite(&mut component),
            Change::ForPacker(rewrite) if extent == Extent::All => rewrite(&mut component),
            Change::ForPacker(_) => {}
        }
    }
}

/// A builder's old type; gives the old and the new name of a build that is called as its type.
fn mend_type(
    source: &Arc<Source>,
    members: &mut [Member],
    diagnostics: &mut Diagnostics,
) -> Option<(&'static str, &'static str)> {
    let is_named = find(members, "name").is_some_and(|name| !name.node.is_null());
    let kind = members.iter_mut().find(|member| member.key == "type")?;
    let (old, new) = TYPES.iter().find(|(old, _)| kind.node.as_str() == Some(old))?;
    diagnostics
        .warning(
            Code::OldSpelling,
            source,
            kind.node.span.clone(),
            format!("the builder '{old}' is called '{new}' now"),
        )
        .hint(HINT);
    kind.node.value = Value::String((*new).to_owned());
    (!is_named).then_some((*old, *new))
}

/// The components under a root key; those of a sequence too.
fn components<'a>(members: &'a mut [Member], key: &str) -> Vec<&'a mut Vec<Member>> {
    let at =
        find(members, key).and_then(|found| members.iter().position(|member| std::ptr::eq(member, found)));
    let Some(member) = at.and_then(|at| members.get_mut(at)) else { return Vec::new() };
    let mut found = Vec::new();
    objects(&mut member.node, &mut found);
    found
}

fn objects<'a>(node: &'a mut Node, found: &mut Vec<&'a mut Vec<Member>>) {
    match &mut node.value {
        Value::Object(members) => found.push(members),
        Value::Array(items) => items.iter_mut().for_each(|item| objects(item, found)),
        _ => {}
    }
}

fn text<'a>(members: &'a [Member], key: &str) -> Option<&'a str> {
    members.iter().find(|member| member.key == key)?.node.as_str()
}

/// What every warning of an old spelling ends with.
const HINT: &str = "'validate --fix' prints a JSON template with what is written now";

impl Component<'_> {
    fn get(&self, key: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.key == key)
    }

    fn get_mut(&mut self, key: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.key == key)
    }

    fn text(&self, key: &str) -> Option<&str> {
        text(self.members, key)
    }

    fn take(&mut self, key: &str) -> Option<Member> {
        let at = self.members.iter().position(|member| member.key == key)?;
        Some(self.members.remove(at))
    }

    /// Adds an option; its place in the text is that of another, `like`.
    fn add(&mut self, key: &str, value: Value, like: &Member) {
        let node = Node::new(like.node.span.clone(), value);
        let at = self.members.iter().position(|member| member.key_span.start > like.key_span.start);
        let member = Member { key: key.to_owned(), key_span: like.key_span.clone(), node };
        self.members.insert(at.unwrap_or(self.members.len()), member);
    }

    fn warn(&mut self, span: Span, message: String) {
        self.diagnostics.warning(Code::OldSpelling, self.source, span, message).hint(HINT);
    }

    /// Gives an option its new name; where both are there, one of them goes.
    fn rename(&mut self, old: &str, new: &str, old_wins: bool) {
        let Some(span) = self.get(old).map(|member| member.key_span.clone()) else { return };
        let both = self.get(new).is_some();
        if both {
            drop(self.take(if old_wins { new } else { old }));
        }
        let message = match (both, old_wins) {
            (true, false) => format!("'{old}' is the old name of '{new}', which is given too and counts"),
            (true, true) => {
                format!("'{old}' is the old name of '{new}', and counts although that is given too")
            }
            (false, _) => format!("'{old}' is called '{new}' now"),
        };
        self.warn(span, message);
        if let Some(member) = self.get_mut(old) {
            new.clone_into(&mut member.key);
        }
    }

    fn remove(&mut self, old: &str, why: &str) {
        if let Some(member) = self.take(old) {
            self.warn(member.key_span, format!("'{old}' has no effect any more: {why}"));
        }
    }
}

#[cfg(test)]
mod tests;
