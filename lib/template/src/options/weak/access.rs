//! Objects and lists, as serde walks them.

use super::error::WeakError;
use super::value::Value;
use super::{Manner, Mistake, Shapes, find};
use crate::json::{Member, Node};
use crate::suggest::nearest;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;
use std::sync::Arc;

/// How values are read, and what is found on the way.
pub(super) struct Context {
    /// Unknown keys of nested objects.
    pub(super) unknown: RefCell<Vec<Mistake>>,
    /// How HCL2 reads options; nothing for JSON.
    pub(super) manner: Option<Arc<Manner>>,
    /// What the values turned out to be read as.
    pub(super) shapes: RefCell<Shapes>,
}

impl Context {
    pub(super) fn new(manner: Option<Arc<Manner>>) -> Self {
        Self { unknown: RefCell::new(Vec::new()), manner, shapes: RefCell::default() }
    }

    /// The member of that name: in JSON, case counts only where several differ in it.
    pub(super) fn find<'a>(&self, members: &'a [Member], name: &str) -> Option<&'a Member> {
        match self.manner {
            Some(_) => members.iter().find(|member| member.key == name),
            None => find(members, name),
        }
    }
}

/// The fields of a group, under the names that it knows them by.
pub(super) struct Fields<'a> {
    given: &'a [(&'a str, &'a Member)],
    next: usize,
    context: &'a Context,
    /// Which field is being read.
    current: &'a RefCell<Option<usize>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        given: &'a [(&'a str, &'a Member)],
        context: &'a Context,
        current: &'a RefCell<Option<usize>>,
    ) -> Self {
        Self { given, next: 0, context, current }
    }
}

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = WeakError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WeakError> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = WeakError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, WeakError> {
        let Some((name, _)) = self.given.get(self.next) else { return Ok(None) };
        let key: StrDeserializer<'_, WeakError> = (*name).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, WeakError> {
        let (_, member) = self.given[self.next];
        self.current.replace(Some(self.next));
        self.next += 1;
        seed.deserialize(Value::new(&member.node, self.context)).map_err(|error| error.at(&member.node.span))
    }
}

/// The fields of a nested object. Keys that the struct does not know are noted.
pub(super) fn nested<'a>(
    members: &'a [Member],
    fields: &'static [&'static str],
    context: &Context,
) -> Vec<(&'a str, &'a Member)> {
    let mut given: Vec<(&str, &Member)> = Vec::new();
    for name in fields {
        if let Some(member) = context.find(members, name).filter(|member| !member.node.is_null()) {
            context.shapes.borrow_mut().names.insert(member.key_span.clone(), name);
            given.push((name, member));
        }
    }
    let meant: Vec<&Member> = fields.iter().filter_map(|name| context.find(members, name)).collect();
    for member in members {
        if !meant.iter().any(|found| std::ptr::eq(*found, member)) {
            let near = nearest(&member.key, fields.iter().copied());
            context.unknown.borrow_mut().push(Mistake {
                span: member.key_span.clone(),
                message: format!("there is no option '{}' here", member.key),
                hint: Some(match near {
                    Some(near) => format!("did you mean '{near}'?"),
                    None => format!("known here: {}", fields.join(", ")),
                }),
            });
        }
    }
    given
}

/// The entries of a map with any keys.
pub(super) struct Entries<'a> {
    pub(super) members: Vec<&'a Member>,
    pub(super) next: usize,
    pub(super) context: &'a Context,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = WeakError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, WeakError> {
        let Some(member) = self.members.get(self.next) else { return Ok(None) };
        let key: StrDeserializer<'_, WeakError> = member.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error: WeakError| error.at(&member.key_span))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, WeakError> {
        let member = self.members[self.next];
        self.next += 1;
        seed.deserialize(Value::in_map(&member.node, self.context))
            .map_err(|error| error.at(&member.node.span))
    }
}

/// The items of a list.
pub(super) struct Items<'a> {
    pub(super) items: &'a [Node],
    pub(super) context: &'a Context,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = WeakError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, WeakError> {
        let Some((first, rest)) = self.items.split_first() else { return Ok(None) };
        self.items = rest;
        seed.deserialize(Value::new(first, self.context)).map(Some).map_err(|error| error.at(&first.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}
