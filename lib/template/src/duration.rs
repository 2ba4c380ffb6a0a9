//! Durations as Go writes them: `1h30m`, `300ms`.

use schemars::JsonSchema;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A duration in nanoseconds, with a sign, as Go's `time.Duration`. Reads text in Go's form, a whole number of
/// nanoseconds, or a boolean (`true` is 1 ns: Packer 1.6.6); writes text in Go's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Duration(i64);

/// Units in nanoseconds, longest name first where one begins another.
const UNITS: [(&str, f64); 8] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];

impl Duration {
    /// So many seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000_000)
    }

    /// So many minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes * 60)
    }

    /// So many nanoseconds.
    pub const fn nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// As a length of time; a negative duration is none.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }

    /// In nanoseconds.
    pub fn as_nanoseconds(self) -> i64 {
        self.0
    }

    /// Whether it is zero: how Packer says "not set".
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Reads Go's form: a sign, then decimals with a unit; `0` needs no unit (Go, `time.ParseDuration`).
    ///
    /// # Errors
    /// A text such as Go's own message, when the form is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("invalid duration \"{text}\"");
        let (sign, mut rest) = match text.as_bytes().first() {
            Some(b'-') => (-1.0, &text[1..]),
            Some(b'+') => (1.0, &text[1..]),
            _ => (1.0, text),
        };
        if rest == "0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total = 0.0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
            rest = &rest[digits..];
            let word = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
            if word == 0 {
                return Err(format!("missing unit in duration \"{text}\""));
            }
            let Some((_, factor)) = UNITS.iter().find(|(unit, _)| *unit == &rest[..word]) else {
                return Err(format!("unknown unit \"{}\" in duration \"{text}\"", &rest[..word]));
            };
            total += number * factor;
            rest = &rest[word..];
        }
        if total > 9.223_372_036_854_775e18 {
            return Err(invalid());
        }
        Ok(Self((sign * total).round() as i64))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let all = self.0.unsigned_abs();
        if all == 0 {
            return formatter.write_str("0s");
        }
        if all < 1_000_000_000 {
            let (unit, name) = match all {
                1_000_000.. => (1e6, "ms"),
                1_000.. => (1e3, "µs"),
                _ => (1.0, "ns"),
            };
            return write!(formatter, "{sign}{}{name}", all as f64 / unit);
        }
        let (hours, minutes) = (all / 3_600_000_000_000, all / 60_000_000_000 % 60);
        let seconds = (all % 60_000_000_000) as f64 / 1e9;
        match (hours, minutes) {
            (0, 0) => write!(formatter, "{sign}{seconds}s"),
            (0, _) => write!(formatter, "{sign}{minutes}m{seconds}s"),
            _ => write!(formatter, "{sign}{hours}h{minutes}m{seconds}s"),
        }
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DurationVisitor;
        impl Visitor<'_> for DurationVisitor {
            type Value = Duration;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a duration such as \"5m\" or \"1h30m\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
                Duration::parse(text).map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Duration, E> {
                Ok(Duration(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Duration, E> {
                i64::try_from(value).map(Duration).map_err(E::custom)
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Duration, E> {
                Ok(Duration(value as i64))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Duration, E> {
                Ok(Duration(i64::from(value)))
            }

            fn visit_unit<E: Error>(self) -> Result<Duration, E> {
                Ok(Duration(0))
            }
        }
        deserializer.deserialize_any(DurationVisitor)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "integer"],
            "description": "A duration as Go writes it (`90s`, `1h30m`), or a number of nanoseconds."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn reads_and_writes_go_durations() {
        for (text, nanoseconds, written) in [
            ("5m", 300_000_000_000, "5m0s"),
            ("1h5m3.5s", 3_903_500_000_000, "1h5m3.5s"),
            ("-5s", -5_000_000_000, "-5s"),
            ("0", 0, "0s"),
            ("300ms", 300_000_000, "300ms"),
            (".5s", 500_000_000, "500ms"),
        ] {
            let duration = Duration::parse(text).unwrap();
            assert_eq!(duration, Duration::nanoseconds(nanoseconds), "{text}");
            assert_eq!(duration.to_string(), written);
        }
        for (text, message) in [
            ("", "invalid duration \"\""),
            ("5", "missing unit in duration \"5\""),
            ("1d", "unknown unit \"d\" in duration \"1d\""),
            ("5 minutes", "unknown unit \" minutes\" in duration \"5 minutes\""),
        ] {
            assert_eq!(Duration::parse(text).unwrap_err(), message);
        }
    }
}
