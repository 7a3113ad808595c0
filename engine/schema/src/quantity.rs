//! Quantities (`500m`, `1Gi`, `1e3`): exact value and the API server's canonical form.
//!
//! A quantity keeps the family of its suffix (decimal, binary, exponent) when it is written canonically;
//! equality is of value, so `1024Mi` equals `1Gi`.

/// A quantity: an exact decimal number and the family of its suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    negative: bool,
    /// Decimal digits of the value in units of 10^-9, rounded up as the API server does.
    nanos: u128,
    family: Family,
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
    /// Reads a quantity; `None` where the text is none. Beyond what the API server keeps (2^63-1) the value
    /// is capped.
    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (family, ten, two) = suffix_of(suffix)?;
        let nanos = scaled(whole, fraction, ten, two);
        Some(Quantity { negative: negative && nanos != 0, nanos, family })
    }

    /// The canonical text: the largest suffix of the family that leaves a whole number.
    pub fn canonical(&self) -> String {
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

    /// Whether both are the same amount, whatever their suffixes.
    pub fn same_value(&self, other: &Quantity) -> bool {
        self.nanos == other.nanos && self.negative == other.negative
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

/// The number in units of 10^-9, rounded up, capped at 2^63-1 whole units.
fn scaled(whole: &str, fraction: &str, ten: i32, two: u32) -> u128 {
    let cap = u128::from(i64::MAX.unsigned_abs()) * NANO;
    let digits: String = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    // value = digits * 10^power / 10^9, in nanos.
    let power = i64::from(ten) + 9 - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    if digits.is_empty() {
        return 0;
    }
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    if length.saturating_add(power) > 30 {
        return cap;
    }
    // Digits that stand far below 10^-9 only matter for rounding up.
    let keep = usize::try_from((length + power + 18).clamp(0, 38)).unwrap_or(0).min(digits.len());
    let (kept, dropped) = digits.split_at(keep);
    let lost = dropped.bytes().any(|b| b != b'0');
    let power = power + i64::try_from(dropped.len()).unwrap_or(0);
    let value: u128 = if kept.is_empty() { 0 } else { kept.parse().unwrap_or(u128::MAX) };
    let ten_to = |n: i64| u32::try_from(n).ok().and_then(|n| 10u128.checked_pow(n));
    let (numerator, denominator) = match power >= 0 {
        true => (ten_to(power).and_then(|p| value.checked_mul(p)), Some(1)),
        false => (Some(value), ten_to(-power)),
    };
    let Some(numerator) = numerator.and_then(|n| n.checked_mul(1u128 << two)) else { return cap };
    let Some(denominator) = denominator else { return 1 };
    let rounded = numerator / denominator + u128::from(!numerator.is_multiple_of(denominator) || lost);
    rounded.min(cap)
}
