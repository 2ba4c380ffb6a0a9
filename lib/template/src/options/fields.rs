//! The names of a struct's fields, as serde knows them.

use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use std::cell::Cell;

/// The names under which serde reads a struct's fields.
pub fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let found = Cell::new(&[][..]);
    let _ = T::deserialize(Listing { found: &found });
    found.get()
}

/// Takes note of the fields that a struct asks for, and reads nothing.
struct Listing<'a> {
    found: &'a Cell<&'static [&'static str]>,
}

impl<'de> Deserializer<'de> for Listing<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("not a struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        self.found.set(fields);
        Err(Self::Error::custom("only the names are wanted"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
