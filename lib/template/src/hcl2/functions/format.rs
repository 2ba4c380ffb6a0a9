//! `format` and `formatlist`: Go's verbs, as `go-cty` has them.

use super::{Arguments, Fault, Gives};
use crate::hcl2::number::Number;
use crate::hcl2::value::Value;
use unicode_segmentation::UnicodeSegmentation;

/// `%-08.3f`
#[derive(Default)]
struct Verb {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
    argument: Option<usize>,
    letter: char,
}

pub(super) fn format(given: &Arguments<'_>) -> Gives {
    let text = given.text(0)?;
    write(&text, given.values.get(1..).unwrap_or_default())
}

pub(super) fn formatlist(given: &Arguments<'_>) -> Gives {
    let text = given.text(0)?;
    let values = given.values.get(1..).unwrap_or_default();
    let mut length = None;
    for (at, value) in values.iter().enumerate() {
        if let Some(items) = value.items() {
            match length {
                None => length = Some(items.len()),
                Some(length) if length == items.len() => {}
                Some(length) => {
                    let message = format!("the lists differ in length: {length} and {} items", items.len());
                    return Err(Fault::at(at + 1, message));
                }
            }
        }
    }
    let rows = (0..length.unwrap_or(1)).map(|row| {
        let row: Vec<Value> =
            values.iter().map(|value| value.items().map_or(value, |items| &items[row]).clone()).collect();
        write(&text, &row)
    });
    rows.collect::<Result<_, _>>().map(Value::list)
}

fn write(format: &str, values: &[Value]) -> Gives {
    let mut text = String::new();
    let mut rest = format;
    let (mut next, mut used) = (0, 0);
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let (verb, after) = read(&rest[at + 1..], values, &mut next)?;
        rest = after;
        if verb.letter == '%' {
            text.push('%');
            continue;
        }
        let index = verb.argument.unwrap_or(next);
        let Some(value) = values.get(index) else {
            return Err(Fault::at(
                0,
                format!("there is no value for '%{}': {} are given", verb.letter, values.len()),
            ));
        };
        next = index + 1;
        used = used.max(next);
        let piece = verb.write(value).map_err(|why| Fault::at(index + 1, why))?;
        text.push_str(&verb.pad(piece));
    }
    text.push_str(rest);
    if used < values.len() {
        return Err(Fault::at(used + 1, "the format has no place for this value"));
    }
    Ok(Value::text(text))
}

/// Reads a verb after its `%`.
fn read<'a>(text: &'a str, values: &[Value], next: &mut usize) -> Result<(Verb, &'a str), Fault> {
    let mut verb = Verb::default();
    let mut rest = text;
    loop {
        match rest.chars().next() {
            Some('+') => verb.plus = true,
            Some('-') => verb.minus = true,
            Some('#') => verb.sharp = true,
            Some(' ') => verb.space = true,
            Some('0') => verb.zero = true,
            _ => break,
        }
        rest = &rest[1..];
    }
    let mut size = |rest: &mut &'a str| -> Result<Option<usize>, Fault> {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            let width = values.get(*next).and_then(Value::to_number).and_then(Number::as_whole);
            *next += 1;
            return Ok(Some(bounded(width.and_then(|width| usize::try_from(width).ok()))?));
        }
        let digits = rest.len() - rest.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        if digits == 0 {
            return Ok(None);
        }
        let number = rest[..digits].parse().ok();
        *rest = &rest[digits..];
        bounded(number).map(Some)
    };
    verb.width = size(&mut rest)?;
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        verb.precision = Some(size(&mut rest)?.unwrap_or(0));
    }
    if let Some(after) = rest.strip_prefix('[') {
        let index =
            after.split_once(']').and_then(|(index, after)| Some((index.parse::<usize>().ok()?, after)));
        let Some((index @ 1.., after)) = index else {
            return Err(Fault::at(0, "after '%[' the number of a value is expected, from 1"));
        };
        verb.argument = Some(index - 1);
        rest = after;
    }
    let Some(letter) = rest.chars().next() else { return Err(Fault::at(0, "the format ends after '%'")) };
    verb.letter = letter;
    Ok((verb, &rest[letter.len_utf8()..]))
}

fn bounded(number: Option<usize>) -> Result<usize, Fault> {
    number
        .filter(|number| *number <= 10_000)
        .ok_or_else(|| Fault::at(0, "a width is no number, or too large"))
}

impl Verb {
    fn write(&self, value: &Value) -> Result<String, String> {
        let number = || {
            value
                .to_number()
                .ok_or_else(|| format!("'%{}' takes a number, not {}", self.letter, value.what()))
        };
        let text = || {
            value.to_text().ok_or_else(|| format!("'%{}' takes a text, not {}", self.letter, value.what()))
        };
        match self.letter {
            'v' if self.sharp => Ok(value.to_json().to_string()),
            'v' => Ok(match value {
                Value::Number(number) => {
                    let size = shortest(number.as_f64().abs(), self.precision);
                    format!("{}{size}", self.sign(number.as_f64() < 0.0))
                }
                value => value.to_text().map_or_else(|| value.to_json().to_string(), |text| text.to_string()),
            }),
            't' => match value.to_bool() {
                Some(value) => Ok(value.to_string()),
                None => Err(format!("'%t' takes true or false, not {}", value.what())),
            },
            's' => Ok(self.cut(&text()?)),
            'q' => Ok(serde_json::Value::from(self.cut(&text()?)).to_string()),
            'd' | 'b' | 'o' | 'x' | 'X' => self.whole(number()?),
            'e' | 'E' | 'f' | 'g' | 'G' => Ok(self.real(number()?)),
            other => Err(format!("there is no verb '%{other}'")),
        }
    }

    fn cut(&self, text: &str) -> String {
        self.precision.map_or_else(|| text.to_owned(), |most| text.graphemes(true).take(most).collect())
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        }
    }

    fn whole(&self, number: Number) -> Result<String, String> {
        let Some(whole) = number.as_whole() else {
            return Err(format!("'%{}' takes a whole number, not {number}", self.letter));
        };
        let size = whole.unsigned_abs();
        let digits = match self.letter {
            'b' => format!("{size:b}"),
            'o' => format!("{size:o}"),
            'x' => format!("{size:x}"),
            'X' => format!("{size:X}"),
            _ => size.to_string(),
        };
        Ok(format!("{}{digits}", self.sign(whole < 0)))
    }

    fn real(&self, number: Number) -> String {
        let number = number.as_f64();
        let size = number.abs();
        let digits = match (self.letter, self.precision) {
            ('f', precision) => format!("{size:.0$}", precision.unwrap_or(6)),
            ('e' | 'E', precision) => exponent(size, precision.unwrap_or(6)),
            (_, precision) => shortest(size, precision),
        };
        let digits = if self.letter.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
        format!("{}{digits}", self.sign(number < 0.0))
    }

    /// Fills up to the width; zeros stand between sign and digits.
    fn pad(&self, piece: String) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(piece.graphemes(true).count());
        if missing == 0 {
            return piece;
        }
        if self.minus {
            return piece + &" ".repeat(missing);
        }
        if self.zero && !matches!(self.letter, 's' | 'q' | 'v' | 't') {
            let sign = piece.len() - piece.trim_start_matches(['-', '+', ' ']).len();
            return format!("{}{}{}", &piece[..sign], "0".repeat(missing), &piece[sign..]);
        }
        " ".repeat(missing) + &piece
    }
}

/// Go writes exponents with a sign and two digits.
fn exponent(size: f64, precision: usize) -> String {
    let text = format!("{size:.precision$e}");
    match text.split_once('e') {
        Some((digits, power)) => {
            let power: i32 = power.parse().unwrap_or_default();
            format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
        }
        None => text,
    }
}

/// `%g`: digits where the number is neither very large nor very small, else an exponent.
fn shortest(size: f64, precision: Option<usize>) -> String {
    let rounded = match precision {
        Some(precision) => format!("{size:.0$e}", precision.max(1) - 1).parse().unwrap_or(size),
        None => size,
    };
    if rounded.is_infinite() {
        return "Inf".to_owned();
    }
    let written = format!("{rounded:e}");
    let (digits, power) = written.split_once('e').unwrap_or((&written, "0"));
    let power: i32 = power.parse().unwrap_or_default();
    let places = i32::try_from(digits.bytes().filter(u8::is_ascii_digit).count()).unwrap_or(i32::MAX);
    // Go's big numbers take six digits for this where none are asked for.
    let most = precision.map_or(6, |precision| i32::try_from(precision.max(1)).unwrap_or(i32::MAX));
    let most = if precision.is_some() && most > places && places > power { places } else { most };
    if power < -4 || power >= most {
        return exponent(rounded, usize::try_from(places - 1).unwrap_or_default());
    }
    rounded.to_string()
}
