//! Numbers of HCL2.

use std::cmp::Ordering;
use std::fmt;

/// A number: whole ones are exact, others have 15 digits.
///
/// Packer's have 512 bits, so that a third prints 155 digits there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// A number; whole where it has no fraction.
    pub(super) fn real(value: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() <= EXACT {
            return Self::Whole(value as i128);
        }
        Self::Real(value)
    }

    /// Reads a decimal number, with or without exponent.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let is_number = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
            && digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
        if !is_number {
            return None;
        }
        if let Ok(whole) = text.parse::<i128>() {
            return Some(Self::Whole(whole));
        }
        text.parse().ok().filter(|real: &f64| real.is_finite()).map(Self::real)
    }

    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }

    /// The number, where it is whole.
    pub(super) fn as_whole(self) -> Option<i128> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Real(real) if real.fract() == 0.0 && real.abs() < 1e30 => Some(real as i128),
            Self::Real(_) => None,
        }
    }

    /// Does the same to both, exactly where both are whole and the outcome fits.
    pub(super) fn with(
        self,
        other: Self,
        exact: impl Fn(i128, i128) -> Option<i128>,
        real: impl Fn(f64, f64) -> f64,
    ) -> Self {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other)
            && let Some(whole) = exact(a, b)
        {
            return Self::Whole(whole);
        }
        Self::real(real(self.as_f64(), other.as_f64()))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(b)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(whole) => write!(formatter, "{whole}"),
            Self::Real(real) if real.is_infinite() => {
                formatter.write_str(if *real > 0.0 { "Inf" } else { "-Inf" })
            }
            Self::Real(real) => {
                // 0.1 + 0.2 is 0.3 for Packer, which counts with more digits.
                let rounded: f64 = format!("{real:.14e}").parse().unwrap_or(*real);
                write!(formatter, "{rounded}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn prints_as_packer_does() {
        for (number, text) in [
            (Number::real(0.1 + 0.2), "0.3"),
            (Number::real(1.0), "1"),
            (Number::real(-2.5), "-2.5"),
            (Number::real(f64::INFINITY), "Inf"),
            (Number::real(1e21), "1000000000000000000000"),
            (Number::Whole(i128::from(u64::MAX) + 1), "18446744073709551616"),
        ] {
            assert_eq!(number.to_string(), text);
        }
    }

    #[test]
    fn reads_decimals_only() {
        assert_eq!(Number::parse("1e3"), Some(Number::Whole(1000)));
        assert_eq!(Number::parse("-.5"), Some(Number::Real(-0.5)));
        for text in ["", "x", "0x10", "inf", "NaN", "1_000", "1e999", " 1"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
