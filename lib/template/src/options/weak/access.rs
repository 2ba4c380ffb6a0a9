//! Objects and lists, as serde walks them.

use super::error::WeakError;
use super::value::Value;
use super::{Mistake, find};
use crate::json::{Member, Node};
use crate::suggest::nearest;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;

/// Where unknown keys of nested objects are noted.
pub(super) type Unknown = RefCell<Vec<Mistake>>;

/// The fields of a group, under the names that it knows them by.
pub(super) struct Fields<'a> {
    given: &'a [(&'a str, &'a Member)],
    next: usize,
    unknown: &'a Unknown,
    /// Which field is being read.
    current: &'a RefCell<Option<usize>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        given: &'a [(&'a str, &'a Member)],
        unknown: &'a Unknown,
        current: &'a RefCell<Option<usize>>,
    ) -> Self {
        Self { given, next: 0, unknown, current }
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
        seed.deserialize(Value::new(&member.node, self.unknown)).map_err(|error| error.at(&member.node.span))
    }
}

/// The fields of a nested object. Keys that the struct does not know are noted.
pub(super) fn nested<'a>(
    members: &'a [Member],
    fields: &'static [&'static str],
    unknown: &Unknown,
) -> Vec<(&'a str, &'a Member)> {
    let mut given: Vec<(&str, &Member)> = Vec::new();
    for name in fields {
        if let Some(member) = find(members, name).filter(|member| !member.node.is_null()) {
            given.push((name, member));
        }
    }
    for member in members {
        let known =
            fields.iter().any(|name| find(members, name).is_some_and(|found| std::ptr::eq(found, member)));
        if !known {
            let near = nearest(&member.key, fields.iter().copied());
            unknown.borrow_mut().push(Mistake {
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
    pub(super) unknown: &'a Unknown,
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
        seed.deserialize(Value::new(&member.node, self.unknown)).map_err(|error| error.at(&member.node.span))
    }
}

/// The items of a list.
pub(super) struct Items<'a> {
    pub(super) items: &'a [Node],
    pub(super) unknown: &'a Unknown,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = WeakError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, WeakError> {
        let Some((first, rest)) = self.items.split_first() else { return Ok(None) };
        self.items = rest;
        seed.deserialize(Value::new(first, self.unknown)).map(Some).map_err(|error| error.at(&first.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}
