//! Functions of lists, sets and maps.

use super::{Arguments, Fault, Gives};
use crate::hcl2::number::Number;
use crate::hcl2::types::unify;
use crate::hcl2::value::Value;
use std::collections::BTreeMap;
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn alltrue(given: &Arguments<'_>) -> Gives {
    truths(given).map(|truths| Value::Bool(truths.iter().all(|truth| *truth)))
}

pub(super) fn anytrue(given: &Arguments<'_>) -> Gives {
    truths(given).map(|truths| Value::Bool(truths.contains(&true)))
}

fn truths(given: &Arguments<'_>) -> Result<Vec<bool>, Fault> {
    let truths = given.list(0)?.iter().map(|item| match item {
        Value::Null => Some(false),
        item => item.to_bool(),
    });
    truths.collect::<Option<_>>().map_or_else(|| given.wrong(0, "a list of true and false"), Ok)
}

pub(super) fn chunklist(given: &Arguments<'_>) -> Gives {
    let (items, size) = (given.list(0)?, given.count(1)?);
    let chunks = items.chunks(if size == 0 { items.len().max(1) } else { size });
    Ok(Value::list(chunks.map(|chunk| Value::list(chunk.to_vec())).collect()))
}

/// The first that is neither null nor an empty text.
pub(super) fn coalesce(given: &Arguments<'_>) -> Gives {
    let values = unify(given.values.to_vec()).map_err(Fault::whole)?;
    let is_given = |value: &Value| match value {
        Value::Null => false,
        Value::Text(text) => !text.is_empty(),
        _ => true,
    };
    values.into_iter().find(is_given).ok_or_else(|| Fault::whole("all are null or empty"))
}

pub(super) fn coalescelist(given: &Arguments<'_>) -> Gives {
    for at in 0..given.len() {
        if given.get(at) != &Value::Null && !given.list(at)?.is_empty() {
            return Ok(given.get(at).clone());
        }
    }
    Err(Fault::whole("all lists are empty"))
}

pub(super) fn compact(given: &Arguments<'_>) -> Gives {
    let kept = given.list(0)?.iter().filter(|item| match item {
        Value::Null => false,
        Value::Text(text) => !text.is_empty(),
        _ => true,
    });
    Ok(Value::list(kept.cloned().collect()))
}

pub(super) fn concat(given: &Arguments<'_>) -> Gives {
    let mut all = Vec::new();
    for at in 0..given.len() {
        all.extend_from_slice(given.list(at)?);
    }
    Ok(Value::list(all))
}

pub(super) fn contains(given: &Arguments<'_>) -> Gives {
    Ok(Value::Bool(given.list(0)?.contains(given.get(1))))
}

pub(super) fn distinct(given: &Arguments<'_>) -> Gives {
    let mut kept: Vec<Value> = Vec::new();
    for item in given.list(0)? {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

pub(super) fn element(given: &Arguments<'_>) -> Gives {
    let (items, index) = (given.list(0)?, given.whole(1)?);
    match items.len() {
        0 => Err(Fault::at(0, "the list is empty")),
        length => Ok(items[index.rem_euclid(length as i128) as usize].clone()),
    }
}

pub(super) fn flatten(given: &Arguments<'_>) -> Gives {
    let mut flat = Vec::new();
    flatten_into(given.list(0)?, &mut flat);
    Ok(Value::list(flat))
}

fn flatten_into(items: &[Value], flat: &mut Vec<Value>) {
    for item in items {
        match item.items() {
            Some(items) => flatten_into(items, flat),
            None => flat.push(item.clone()),
        }
    }
}

/// Where a value stands, as Packer says it since 1.8.
pub(super) fn index(given: &Arguments<'_>) -> Gives {
    let at = given.list(0)?.iter().position(|item| item == given.get(1));
    at.map(Value::whole).ok_or_else(|| Fault::at(1, "the list does not have this value"))
}

pub(super) fn keys(given: &Arguments<'_>) -> Gives {
    Ok(Value::list(given.map(0)?.keys().map(|key| Value::text(key.as_str())).collect()))
}

pub(super) fn values(given: &Arguments<'_>) -> Gives {
    Ok(Value::list(given.map(0)?.values().cloned().collect()))
}

pub(super) fn length(given: &Arguments<'_>) -> Gives {
    match given.get(0) {
        Value::List(items) | Value::Set(items) => Ok(Value::whole(items.len())),
        Value::Map(entries) => Ok(Value::whole(entries.len())),
        Value::Text(text) => Ok(Value::whole(text.graphemes(true).count())),
        _ => given.wrong(0, "a text, list, set or map"),
    }
}

pub(super) fn lookup(given: &Arguments<'_>) -> Gives {
    let found = given.map(0)?.get(&*given.text(1)?);
    Ok(found.unwrap_or(given.get(2)).clone())
}

pub(super) fn merge(given: &Arguments<'_>) -> Gives {
    let mut merged = BTreeMap::new();
    for at in 0..given.len() {
        if given.get(at) != &Value::Null {
            merged.extend(given.map(at)?.clone());
        }
    }
    Ok(Value::map(merged))
}

/// `range(end)`, `range(start, end)`, `range(start, end, step)`
pub(super) fn range(given: &Arguments<'_>) -> Gives {
    /// As in `go-cty`.
    const MOST: usize = 1024;
    let (start, end) = match given.len() {
        1 => (Number::Whole(0), given.number(0)?),
        _ => (given.number(0)?, given.number(1)?),
    };
    let down = end < start;
    let step = if given.len() == 3 { given.number(2)? } else { Number::Whole(if down { -1 } else { 1 }) };
    let zero = Number::Whole(0);
    if step == zero || (step < zero) != down && start != end {
        return Err(Fault::at(2, "the step must lead from the start to the end"));
    }
    let mut numbers = Vec::new();
    let mut at = start;
    while if down { at > end } else { at < end } {
        if numbers.len() == MOST {
            return Err(Fault::whole(format!("these are more than {MOST} numbers")));
        }
        numbers.push(Value::Number(at));
        at = at.with(step, i128::checked_add, |a, b| a + b);
    }
    Ok(Value::list(numbers))
}

pub(super) fn reverse(given: &Arguments<'_>) -> Gives {
    Ok(Value::list(given.list(0)?.iter().rev().cloned().collect()))
}

pub(super) fn setintersection(given: &Arguments<'_>) -> Gives {
    let mut kept = given.list(0)?.to_vec();
    for at in 1..given.len() {
        let other = given.list(at)?;
        kept.retain(|item| other.contains(item));
    }
    Ok(Value::set(kept))
}

pub(super) fn setunion(given: &Arguments<'_>) -> Gives {
    let mut all = Vec::new();
    for at in 0..given.len() {
        all.extend_from_slice(given.list(at)?);
    }
    Ok(Value::set(unify(all).map_err(Fault::whole)?))
}

/// All combinations, one item of each.
pub(super) fn setproduct(given: &Arguments<'_>) -> Gives {
    const MOST: usize = 1 << 16;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut ordered = true;
    for at in 0..given.len() {
        let items = given.list(at)?;
        ordered &= matches!(given.get(at), Value::List(_));
        if rows.len().saturating_mul(items.len()) > MOST {
            return Err(Fault::whole(format!("these are more than {MOST} combinations")));
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(|item| row.iter().chain([item]).cloned().collect()))
            .collect();
    }
    let rows = rows.into_iter().map(Value::list).collect();
    Ok(if ordered { Value::list(rows) } else { Value::set(rows) })
}

pub(super) fn slice(given: &Arguments<'_>) -> Gives {
    let (items, from, to) = (given.list(0)?, given.count(1)?, given.count(2)?);
    match items.get(from..to) {
        Some(slice) => Ok(Value::list(slice.to_vec())),
        None => Err(Fault::whole(format!("there is no {from} to {to}: the list has {} items", items.len()))),
    }
}

pub(super) fn sort(given: &Arguments<'_>) -> Gives {
    let mut texts = given.texts(0)?;
    texts.sort_unstable();
    Ok(Value::list(texts.into_iter().map(Value::Text).collect()))
}

pub(super) fn zipmap(given: &Arguments<'_>) -> Gives {
    let (keys, values) = (given.texts(0)?, given.list(1)?);
    if keys.len() != values.len() {
        let message = format!("there are {} keys and {} values", keys.len(), values.len());
        return Err(Fault::whole(message));
    }
    Ok(Value::map(keys.iter().map(ToString::to_string).zip(values.iter().cloned()).collect()))
}
