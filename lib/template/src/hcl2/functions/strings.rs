//! Functions of texts.

use super::{Arguments, Fault, Gives};
use crate::hcl2::value::Value;
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn env(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(std::env::var(&*given.text(0)?).unwrap_or_default()))
}

pub(super) fn chomp(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(given.text(0)?.trim_end_matches(['\n', '\r'])))
}

pub(super) fn endswith(given: &Arguments<'_>) -> Gives {
    Ok(Value::Bool(given.text(0)?.ends_with(&*given.text(1)?)))
}

pub(super) fn startswith(given: &Arguments<'_>) -> Gives {
    Ok(Value::Bool(given.text(0)?.starts_with(&*given.text(1)?)))
}

pub(super) fn strcontains(given: &Arguments<'_>) -> Gives {
    Ok(Value::Bool(given.text(0)?.contains(&*given.text(1)?)))
}

pub(super) fn indent(given: &Arguments<'_>) -> Gives {
    let (spaces, text) = (given.count(0)?, given.text(1)?);
    if spaces > 10_000 {
        return Err(Fault::at(0, "this is too much"));
    }
    Ok(Value::text(text.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

/// `join(separator, lists…)`
pub(super) fn join(given: &Arguments<'_>) -> Gives {
    let separator = given.text(0)?;
    let mut pieces = Vec::new();
    for at in 1..given.len() {
        for item in given.list(at)? {
            match item.to_text() {
                Some(text) => pieces.push(text),
                None => return Err(Fault::at(at, format!("its items must be texts, not {}", item.what()))),
            }
        }
    }
    Ok(Value::text(pieces.join(&*separator)))
}

pub(super) fn lower(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(given.text(0)?.to_lowercase()))
}

pub(super) fn upper(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(given.text(0)?.to_uppercase()))
}

/// Go's `strings.Title`: the first letter of every word.
pub(super) fn title(given: &Arguments<'_>) -> Gives {
    let mut title = String::new();
    let mut inside = false;
    for letter in given.text(0)?.chars() {
        if inside {
            title.push(letter);
        } else {
            title.extend(letter.to_uppercase());
        }
        inside = letter.is_alphanumeric() || letter == '_';
    }
    Ok(Value::text(title))
}

pub(super) fn replace(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(given.text(0)?.replace(&*given.text(1)?, &given.text(2)?)))
}

pub(super) fn split(given: &Arguments<'_>) -> Gives {
    let (separator, text) = (given.text(0)?, given.text(1)?);
    let pieces = match &*separator {
        "" => text.chars().map(|letter| Value::text(letter.to_string())).collect(),
        separator => text.split(separator).map(Value::text).collect(),
    };
    Ok(Value::list(pieces))
}

pub(super) fn strrev(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(given.text(0)?.graphemes(true).rev().collect::<String>()))
}

pub(super) fn substr(given: &Arguments<'_>) -> Gives {
    let (text, offset, length) = (given.text(0)?, given.whole(1)?, given.whole(2)?);
    let count = text.graphemes(true).count() as i128;
    let begin = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { begin.saturating_add(length).min(count) };
    let taken = text.graphemes(true).skip(begin as usize).take((end - begin).max(0) as usize);
    Ok(Value::text(taken.collect::<String>()))
}

pub(super) fn trim(given: &Arguments<'_>) -> Gives {
    let (text, letters) = (given.text(0)?, given.text(1)?);
    Ok(Value::text(text.trim_matches(|letter| letters.contains(letter))))
}

pub(super) fn trimprefix(given: &Arguments<'_>) -> Gives {
    let (text, begin) = (given.text(0)?, given.text(1)?);
    Ok(Value::text(text.strip_prefix(&*begin).unwrap_or(&text)))
}

pub(super) fn trimsuffix(given: &Arguments<'_>) -> Gives {
    let (text, end) = (given.text(0)?, given.text(1)?);
    Ok(Value::text(text.strip_suffix(&*end).unwrap_or(&text)))
}

pub(super) fn trimspace(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(given.text(0)?.trim()))
}
