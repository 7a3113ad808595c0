//! Quantities as numbers, good enough to compare; their exact form is the schema's business.

use plimsoll_schema::Json;

/// The amount that a quantity stands for; zero where it is none.
pub(crate) fn amount(quantity: &Json) -> f64 {
    let text = match quantity {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return 0.0,
    };
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let factor = match unit {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024f64,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        "Ei" => 1024f64.powi(6),
        _ => 1.0,
    };
    digits.parse::<f64>().unwrap_or(0.0) * factor
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_compare_across_units() {
        assert!(amount(&json!("1Gi")) > amount(&json!("1G")));
        assert!(amount(&json!("1024Mi")) >= amount(&json!("1Gi")));
        assert!(amount(&json!("500m")) < amount(&json!(1)));
        assert_eq!(amount(&json!({})).to_bits(), 0);
    }
}
