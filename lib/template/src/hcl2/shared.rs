//! Collections that many values share, and how much each holds when it is written out.

use super::value::Value;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A collection of values. What is shared costs nothing until somebody goes through it, so each knows how much it holds.
#[derive(Clone)]
pub(super) struct Shared<T>(Arc<Inner<T>>);

struct Inner<T> {
    collection: T,
    weight: usize,
    depth: usize,
}

impl<T> Shared<T> {
    /// Shares a collection of these values.
    pub(super) fn new(collection: T, values: impl Fn(&T, &mut dyn FnMut(&Value))) -> Self {
        let (mut weight, mut depth) = (1_usize, 0);
        values(&collection, &mut |value| {
            weight = weight.saturating_add(value.weight());
            depth = depth.max(value.depth());
        });
        Self(Arc::new(Inner { collection, weight, depth: depth + 1 }))
    }

    /// Roughly how many values of ordinary size are in it.
    pub(super) fn weight(&self) -> usize {
        self.0.weight
    }

    /// How many collections stand in one another.
    pub(super) fn depth(&self) -> usize {
        self.0.depth
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.collection
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.collection.fmt(formatter)
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.collection == other.0.collection
    }
}
