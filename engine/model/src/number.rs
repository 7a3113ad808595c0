//! Exact decimal numbers.
//!
//! Read from source text, so that no digit is lost; a division keeps 100 significant digits.
//! Infinity and not-a-number do not exist here.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, Context, RoundingMode, Signed, ToPrimitive, Zero};

/// Significant digits that a division keeps.
pub const DIVISION_DIGITS: u64 = 100;

/// The largest power of ten, either way, that a number may have. Beyond it arithmetic would
/// need memory out of all proportion to the text that asked for it.
pub const MAX_EXPONENT: i64 = 10_000;

/// An exact decimal number; equal numbers are equal however they were written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

impl Number {
    /// The exact sum.
    pub fn add(&self, other: &Number) -> Number {
        Number::from_decimal(&self.0 + &other.0)
    }

    /// The exact difference.
    pub fn sub(&self, other: &Number) -> Number {
        Number::from_decimal(&self.0 - &other.0)
    }

    /// The exact product; none where its exponent would pass [`MAX_EXPONENT`].
    pub fn mul(&self, other: &Number) -> Option<Number> {
        Number::checked(&self.0 * &other.0)
    }

    /// The quotient to [`DIVISION_DIGITS`] significant digits; none for a zero divisor.
    pub fn div(&self, other: &Number) -> Option<Number> {
        if other.0.is_zero() {
            return None;
        }
        let precision = NonZeroU64::new(DIVISION_DIGITS)?;
        let context = Context::new(precision, RoundingMode::HalfEven);
        let quotient = &self.0 / &other.0;
        Number::checked(quotient.with_precision_round(context.precision(), context.rounding_mode()))
    }

    /// The remainder of a division truncated toward zero, as Terraform's `%`; none for zero.
    pub fn rem(&self, other: &Number) -> Option<Number> {
        (!other.0.is_zero()).then(|| Number::from_decimal(&self.0 % &other.0))
    }

    /// The negated number.
    pub fn neg(&self) -> Number {
        Number(-self.0.clone())
    }

    /// The absolute value.
    pub fn abs(&self) -> Number {
        Number(self.0.abs())
    }

    /// Whether the number has no fraction.
    pub fn is_integer(&self) -> bool {
        self.0.is_integer()
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// The largest whole number that is not above this one.
    pub fn floor(&self) -> Number {
        Number::from_decimal(self.0.with_scale_round(0, RoundingMode::Floor))
    }

    /// The smallest whole number that is not below this one.
    pub fn ceil(&self) -> Number {
        Number::from_decimal(self.0.with_scale_round(0, RoundingMode::Ceiling))
    }

    /// As a signed 64-bit integer, where it is one.
    pub fn as_i64(&self) -> Option<i64> {
        self.is_integer().then(|| self.0.to_i64()).flatten()
    }

    /// As an unsigned 64-bit integer, where it is one.
    pub fn as_u64(&self) -> Option<u64> {
        self.is_integer().then(|| self.0.to_u64()).flatten()
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::MAX)
    }

    /// The decimal itself, for arithmetic that this type does not offer.
    pub fn as_decimal(&self) -> &BigDecimal {
        &self.0
    }

    /// Wraps a decimal; trailing zeros do not matter.
    pub fn from_decimal(value: BigDecimal) -> Number {
        let (digits, scale) = value.as_bigint_and_scale();
        match digits.to_i64() {
            Some(digits) => Number::small(digits, scale),
            None => Number(value.normalized()),
        }
    }

    /// `digits` times ten to the power of minus `scale`, without trailing zeros: what most numbers are, and what needs
    /// no arithmetic of large ones.
    fn small(mut digits: i64, mut scale: i64) -> Number {
        if digits == 0 {
            return Number(BigDecimal::zero());
        }
        while digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Number(BigDecimal::new(BigInt::from(digits), scale))
    }

    fn checked(value: BigDecimal) -> Option<Number> {
        let number = Number::from_decimal(value);
        let (_, scale) = number.0.as_bigint_and_scale();
        (scale.abs() <= MAX_EXPONENT).then_some(number)
    }

    /// As JSON: an integer where it fits 64 bits, a double otherwise.
    pub fn to_json(&self) -> serde_json::Value {
        match (self.as_i64(), self.as_u64()) {
            (Some(i), _) => i.into(),
            (_, Some(u)) => u.into(),
            _ => serde_json::Number::from_f64(self.to_f64()).map_or(serde_json::Value::Null, Into::into),
        }
    }
}

impl From<i64> for Number {
    fn from(v: i64) -> Self {
        Number::small(v, 0)
    }
}

impl FromStr for Number {
    type Err = BadNumber;

    /// Reads `12`, `-1.50`, `6.02e23`; refuses exponents beyond [`MAX_EXPONENT`].
    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let ok = !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
        if !ok {
            return Err(BadNumber);
        }
        if let Some((_, exponent)) = text.split_once(['e', 'E'])
            && exponent.parse::<i64>().map_or(true, |e| e.abs() > MAX_EXPONENT)
        {
            return Err(BadNumber);
        }
        if let Some(whole) = text.parse().ok().filter(|_| text.starts_with(|c: char| c.is_ascii_digit())) {
            return Ok(Number::small(whole, 0));
        }
        let value = BigDecimal::from_str(text).map_err(|_| BadNumber)?;
        Number::checked(value).ok_or(BadNumber)
    }
}

/// Text that is no number, or one beyond [`MAX_EXPONENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadNumber;

impl fmt::Display for BadNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a number")
    }
}

impl std::error::Error for BadNumber {}

impl fmt::Display for Number {
    /// Plain digits without an exponent and without trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_i64() {
            Some(whole) => fmt::Display::fmt(&whole, f),
            None => f.write_str(&self.0.to_plain_string()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(t: &str) -> Number {
        t.parse().unwrap_or_else(|_| panic!("{t}"))
    }

    #[test]
    fn small_numbers_are_what_large_ones_are() {
        for (text, plain) in [
            ("0", "0"),
            ("0.0", "0"),
            ("-0", "0"),
            ("007", "7"),
            ("1000", "1000"),
            ("10.00", "10"),
            ("-1200", "-1200"),
            ("0.00250", "0.0025"),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "9223372036854775808"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("12e3", "12000"),
        ] {
            let (number, exact) = (n(text), BigDecimal::from_str(text).unwrap().normalized());
            assert_eq!(number.0, exact, "{text}");
            assert_eq!(number.0.as_bigint_and_scale(), exact.as_bigint_and_scale(), "{text}");
            assert_eq!(number.to_string(), plain, "{text}");
        }
        assert_eq!(Number::from(1_000_000), n("1e6"));
    }

    #[test]
    fn decimals_are_exact_and_print_plainly() {
        assert_eq!(n("0.1").add(&n("0.2")), n("0.3"));
        assert_eq!(n("1.50").to_string(), "1.5");
        assert_eq!(n("1e3").to_string(), "1000");
        assert_eq!(n("123456789012345678901234567890").to_string(), "123456789012345678901234567890");
        assert_eq!(n("-7").rem(&n("3")).map(|r| r.to_string()), Some("-1".into()));
        assert_eq!(n("1").div(&n("3")).map(|q| q.to_string().len()), Some(102));
        assert_eq!(n("10").div(&n("4")).map(|q| q.to_string()), Some("2.5".into()));
        assert_eq!(n("1").div(&n("0")), None);
        assert!("1e99999999999".parse::<Number>().is_err());
        assert_eq!(n("-1.5").floor(), n("-2"));
        assert_eq!(n("-1.5").ceil(), n("-1"));
    }
}
