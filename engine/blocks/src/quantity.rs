//! Quantities: `250m`, `512Mi`, `1.5`, `1e3`.
//!
//! Grammar: `k8s.io/apimachinery/pkg/api/resource`.

use plimsoll_model::{Diagnostic, Number, Report, Value};

use crate::declare::{Context, FromValue, ToJson, TypeSchema, Val};

/// A quantity as it was written, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    /// As written.
    pub text: String,
    /// Its value in the base unit.
    pub amount: Number,
}

/// Suffixes with the numbers they stand for.
const SUFFIXES: &[(&str, &str)] = &[
    ("Ki", "1024"),
    ("Mi", "1048576"),
    ("Gi", "1073741824"),
    ("Ti", "1099511627776"),
    ("Pi", "1125899906842624"),
    ("Ei", "1152921504606846976"),
    ("n", "0.000000001"),
    ("u", "0.000001"),
    ("m", "0.001"),
    ("k", "1000"),
    ("M", "1000000"),
    ("G", "1000000000"),
    ("T", "1000000000000"),
    ("P", "1000000000000000"),
    ("E", "1000000000000000000"),
    ("", "1"),
];

impl Quantity {
    /// Reads a quantity; none where it is malformed or negative.
    pub fn parse(text: &str) -> Option<Quantity> {
        let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (number, suffix) = text.split_at(digits);
        let plain = number.starts_with(|c: char| c.is_ascii_digit()) && number.matches('.').count() <= 1;
        if !plain {
            return None;
        }
        let number = number.strip_suffix('.').unwrap_or(number);
        let amount = match SUFFIXES.iter().find(|(name, _)| *name == suffix) {
            Some((_, factor)) => number.parse::<Number>().ok()?.mul(&factor.parse().ok()?)?,
            None => format!("{number}{}", suffix.strip_prefix(['e', 'E']).map(|e| format!("e{e}"))?)
                .parse()
                .ok()?,
        };
        Some(Quantity { text: text.to_string(), amount })
    }

    /// Whether the amount is below one thousandth of a byte per byte meant: `512m` of memory.
    pub fn is_milli(&self) -> bool {
        self.text.ends_with('m')
    }
}

/// Reports an amount of nothing.
pub fn check_positive(quantity: &Val<Quantity>, attr: &str, report: &mut Report) {
    if quantity.known().is_some_and(|q| q.amount == 0.into()) {
        report.push(
            Diagnostic::error("amount-of-nothing", "amount is zero")
                .detail(format!("`{attr}` is more than nothing."))
                .at(quantity.span, ""),
        );
    }
}

impl FromValue for Quantity {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Other("a quantity such as \"250m\", \"512Mi\" or 2", "\"512Mi\"");

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let text = match (value.as_str(), value.as_number()) {
            (Some(text), _) => text.to_string(),
            (_, Some(number)) => number.to_string(),
            _ => {
                cx.wrong_type(value, Self::TYPE);
                return None;
            }
        };
        let parsed = Quantity::parse(&text);
        if parsed.is_none() {
            cx.wrong_quantity(value, &text);
        }
        parsed
    }
}

impl ToJson for Quantity {
    fn to_json(&self) -> serde_json::Value {
        self.text.clone().into()
    }
}

impl Context<'_> {
    fn wrong_quantity(&mut self, value: &Value, text: &str) {
        let shown = if value.sensitive { "This value".into() } else { format!("\"{text}\"") };
        let found = Diagnostic::error("bad-quantity", "quantity is malformed")
            .detail(format!(
                "{shown}, `{}` of {}, is no quantity: a number, then m, k, M, G, T or Ki, Mi, Gi, Ti or nothing.",
                self.name(),
                self.block
            ))
            .at(self.place(value), "");
        let unit = text.trim().to_lowercase();
        let number: String = unit.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let of_processors = self.name().ends_with("cpu");
        let meant = match unit[number.len()..].trim() {
            unit if of_processors => match unit {
                "mb" | "mi" | "mib" | "mc" | "mcpu" | "millicore" | "millicores" | "millicpu" => Some("m"),
                "c" | "cpu" | "cpus" | "core" | "cores" | "vcpu" | "vcpus" => Some(""),
                _ => None,
            },
            "mb" | "mib" | "mi" => Some("Mi"),
            "gb" | "gib" | "gi" | "g" => Some("Gi"),
            "kb" | "kib" | "ki" => Some("Ki"),
            "tb" | "tib" | "ti" | "t" => Some("Ti"),
            _ => None,
        };
        self.report.push(match meant {
            Some(meant) if !number.is_empty() => found.help(format!("\"{number}{meant}\"")),
            _ => found,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn amounts_compare_across_suffixes() {
        let amount = |t: &str| Quantity::parse(t).map(|q| q.amount.to_string());
        assert_eq!(amount("250m").as_deref(), Some("0.25"));
        assert_eq!(amount("1Gi"), amount("1024Mi"));
        assert_eq!(amount("1e3"), amount("1k"));
        assert_eq!(amount("1."), amount("1"));
        for bad in ["", "m", "1mb", "1 Gi", "-1", "1.2.3", "1e", "1kiB", "1e99999999"] {
            assert_eq!(amount(bad), None, "{bad}");
        }
    }
}
