//! Quantities (`500m`, `1Gi`, `1e3`): exact value and the API server's canonical form.
//!
//! A quantity keeps the family of its suffix (decimal, binary, exponent) when it is written canonically;
//! equality is of value, so `1024Mi` equals `1Gi`.

/// A quantity: an exact decimal number and the family of its suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    negative: bool,
    /// The value in units of 10^-9, rounded up as the API server does.
    nanos: u128,
    family: Family,
    /// The text as it was given, where the API server keeps it: it does so when its own quick test takes the
    /// text for canonical, and for `1.500` or `+7` that test errs. Also where the number is too large for us.
    text: Option<String>,
    /// The power of ten of the last digit that was given.
    scale: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Decimal,
    Binary,
    Exponent,
}

const NANO: u128 = 1_000_000_000;
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

impl Quantity {
    /// Reads a quantity; `None` where the text is none.
    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let (family, ten, two) = suffix_of(suffix)?;
        let scale = i64::from(ten).saturating_sub(length(fraction));
        let nanos = scaled(whole, fraction, scale, two);
        let nanos = match family {
            Family::Binary => {
                Some(nanos.unwrap_or(u128::MAX).min(u128::from(i64::MAX.unsigned_abs()) * NANO))
            }
            _ => nanos,
        };
        let digits = [if whole.is_empty() { "0" } else { whole }, fraction].concat();
        let kept = nanos.is_none() || (text != "0" && seems_canonical(&digits, fraction, family, scale, two));
        Some(Quantity {
            negative: negative && nanos != Some(0),
            nanos: nanos.unwrap_or(u128::MAX),
            family,
            text: kept.then(|| text.to_owned()),
            scale,
        })
    }

    /// The text that the API server stores: the largest suffix of the family that leaves a whole number.
    pub fn canonical(&self) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        let sign = if self.negative { "-" } else { "" };
        if self.nanos == 0 {
            return "0".into();
        }
        // Binary suffixes need a whole number of at least 1024; below, the decimal ones serve.
        if self.family == Family::Binary && self.nanos.is_multiple_of(NANO) && self.nanos / NANO >= 1024 {
            let whole = self.nanos / NANO;
            let power = BINARY.iter().rev().find(|(_, bits)| whole.is_multiple_of(1 << bits));
            let (suffix, value) = power.map_or(("", whole), |(suffix, bits)| (*suffix, whole >> bits));
            return format!("{sign}{value}{suffix}");
        }
        let mut best = (self.nanos, -9);
        for (_, power) in DECIMAL {
            let unit = 10u128.pow(u32::try_from(power + 9).unwrap_or(0));
            if self.nanos.is_multiple_of(unit) {
                best = (self.nanos / unit, power);
            }
        }
        let (value, power) = best;
        if self.family == Family::Exponent {
            return if power == 0 { format!("{sign}{value}") } else { format!("{sign}{value}e{power}") };
        }
        let suffix = DECIMAL.iter().find(|(_, p)| *p == power).map_or("", |(s, _)| s);
        format!("{sign}{value}{suffix}")
    }

    /// Rounded up, away from zero, to a thousandth, as resource lists keep it.
    pub fn rounded_up_to_milli(&self) -> Quantity {
        if self.nanos == u128::MAX || (self.text.is_some() && self.scale >= -3) {
            return self.clone();
        }
        let milli = NANO / 1000;
        Quantity { nanos: self.nanos.div_ceil(milli) * milli, text: None, ..self.clone() }
    }

    /// The sum, written in this one's family.
    pub fn plus(&self, other: &Quantity) -> Quantity {
        let sum = match (self.signed(), other.signed()) {
            (Some(one), Some(other)) => one.checked_add(other),
            _ => None,
        };
        self.like(sum)
    }

    /// The difference, written in this one's family.
    pub fn minus(&self, other: &Quantity) -> Quantity {
        self.plus(&Quantity { negative: !other.negative, text: None, ..other.clone() })
    }

    /// As much as that many of it.
    pub fn times(&self, count: i64) -> Quantity {
        self.like(self.signed().and_then(|one| one.checked_mul(i128::from(count))))
    }

    /// Nanos with their sign; `None` where the number is too large for us.
    fn signed(&self) -> Option<i128> {
        let nanos = i128::try_from(self.nanos).ok()?;
        Some(if self.negative { -nanos } else { nanos })
    }

    /// Another amount in the same family; more than anything where there is none.
    fn like(&self, nanos: Option<i128>) -> Quantity {
        Quantity {
            negative: nanos.is_some_and(|n| n < 0),
            nanos: nanos.map_or(u128::MAX, i128::unsigned_abs),
            family: self.family,
            text: None,
            scale: -9,
        }
    }

    /// Whether this is the smaller amount.
    pub fn less_than(&self, other: &Quantity) -> bool {
        match (self.negative, other.negative) {
            (true, false) => true,
            (false, true) => false,
            (false, false) => self.nanos < other.nanos,
            (true, true) => self.nanos > other.nanos,
        }
    }

    /// Whether both are the same amount, whatever their suffixes.
    pub fn same_value(&self, other: &Quantity) -> bool {
        let known = self.nanos != u128::MAX || self.text == other.text;
        self.nanos == other.nanos && self.negative == other.negative && known
    }
}

/// The family, the power of ten and the power of two that a suffix stands for.
fn suffix_of(suffix: &str) -> Option<(Family, i32, u32)> {
    if let Some((_, bits)) = BINARY.iter().find(|(s, _)| *s == suffix) {
        return Some((Family::Binary, 0, *bits));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(s, _)| *s == suffix) {
        return Some((Family::Decimal, *power, 0));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((Family::Exponent, exponent.parse().ok()?, 0))
}

/// Whether the API server takes the text for canonical and keeps it: a number of few digits that starts
/// with none and ends with few zeros.
fn seems_canonical(digits: &str, fraction: &str, family: Family, scale: i64, two: u32) -> bool {
    match family {
        Family::Binary => {
            let short = 14 - length(digits) - i64::from(two * 3 / 10) >= 0;
            let value: u64 = digits.parse().unwrap_or(0);
            fraction.is_empty() && short && !value.is_multiple_of(8)
        }
        _ => {
            let few = length(digits) <= 18 && scale >= -9;
            few && scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')
        }
    }
}

fn length(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

/// The number in units of 10^-9, rounded up; `None` where it is too large.
fn scaled(whole: &str, fraction: &str, scale: i64, two: u32) -> Option<u128> {
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let power = scale.saturating_add(9);
    // Digits that stand far below 10^-9 only matter for rounding up.
    let keep = length(digits).saturating_add(power).saturating_add(20);
    let keep = usize::try_from(keep).unwrap_or(0).min(digits.len());
    let (kept, dropped) = digits.split_at(keep);
    let lost = dropped.bytes().any(|b| b != b'0');
    let power = power.saturating_add(length(dropped));
    let value: u128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let value = value.checked_mul(1u128 << two)?;
    let ten_to = |n: i64| u32::try_from(n).ok().and_then(|n| 10u128.checked_pow(n));
    if power >= 0 {
        return value.checked_mul(ten_to(power)?);
    }
    let Some(divisor) = ten_to(-power) else { return Some(1) };
    Some(value / divisor + u128::from(!value.is_multiple_of(divisor) || lost))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Quantity::parse(text).unwrap().canonical()
    }

    #[test]
    fn the_canonical_form_uses_the_largest_suffix_of_the_family() {
        let pairs = [
            ("1024Mi", "1Gi"),
            ("1536Ki", "1536Ki"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1.5Gi", "1536Mi"),
            ("1024", "1024"),
            ("1000k", "1M"),
            ("1e3", "1e3"),
            ("0.5Ki", "512"),
            ("0", "0"),
            ("0Gi", "0"),
            ("-1500m", "-1500m"),
            ("12E", "12E"),
            ("0.1m", "100u"),
        ];
        for (text, want) in pairs {
            assert_eq!(canonical(text), want, "{text}");
        }
    }

    #[test]
    fn text_that_the_server_takes_for_canonical_is_kept() {
        for text in ["1.500", "+7", "00012", "1e0", "3E3", "100E"] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn equality_is_of_value() {
        let same = |a: &str, b: &str| Quantity::parse(a).unwrap().same_value(&Quantity::parse(b).unwrap());
        assert!(same("1024Mi", "1Gi") && same("0.5", "500m") && same("1.500", "1500m"));
        assert!(!same("1G", "1Gi") && !same("-1", "1"));
    }

    #[test]
    fn resource_lists_round_up_to_a_thousandth() {
        let rounded = |text: &str| Quantity::parse(text).unwrap().rounded_up_to_milli().canonical();
        assert_eq!((rounded("100n").as_str(), rounded("-0.0001").as_str()), ("1m", "-1m"));
    }

    #[test]
    fn amounts_are_added_and_taken_away() {
        let of = |text: &str| Quantity::parse(text).unwrap();
        assert_eq!(of("250m").plus(&of("1")).canonical(), "1250m");
        assert_eq!(of("1Gi").minus(&of("512Mi")).canonical(), "512Mi");
        assert_eq!(of("512Mi").times(3).canonical(), "1536Mi");
        let less = of("1").minus(&of("1500m"));
        assert!(less.canonical() == "-500m" && less.less_than(&of("0")));
        assert!(of("0").minus(&of("0")).same_value(&of("0")));
        // What is too large for us is larger than everything else.
        assert!(of("9").less_than(&of("1").times(i64::MAX).times(i64::MAX)));
    }

    #[test]
    fn what_is_none_is_none() {
        for text in ["", "x", "1x", "1..2", "1e2Ki", "1 ", "1e"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
