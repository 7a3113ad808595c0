//! A number of pods that the API takes as a number or as a percentage: `maxSurge`, `maxUnavailable`,
//! `minAvailable`.
//!
//! Which way is rounded is the caller's to say, for controllers differ.

use crate::Json;

/// A number, or a percentage of `whole`, rounded up or down; zero where it is neither.
pub fn share(value: &Json, whole: i64, up: bool) -> i64 {
    match value {
        Json::Number(number) => number.as_i64().unwrap_or_default(),
        Json::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or_default();
            let product = percent.saturating_mul(whole);
            if up { product.saturating_add(99) / 100 } else { product / 100 }
        }
        _ => 0,
    }
}

/// How many pods a rolling update of a Deployment may have beyond `replicas`, and how many of those may be
/// away: `maxSurge` is rounded up and `maxUnavailable` down, and where both come to nothing one may be
/// away (`ResolveFenceposts` of the Deployment controller).
pub fn surge_and_unavailable(replicas: i64, surge: &Json, unavailable: &Json) -> (i64, i64) {
    match (share(surge, replicas, true), share(unavailable, replicas, false)) {
        (0, 0) => (0, replicas.min(1)),
        (surge, unavailable) => (surge, unavailable.min(replicas)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn percentages_are_rounded_as_the_controllers_do() {
        let of = |n, surge: &str, away: &str| surge_and_unavailable(n, &json!(surge), &json!(away));
        assert_eq!(of(3, "25%", "25%"), (1, 0));
        assert_eq!(of(4, "25%", "25%"), (1, 1));
        assert_eq!(of(10, "25%", "25%"), (3, 2));
        assert_eq!(of(2, "0%", "1%"), (0, 1));
        assert_eq!(of(0, "0%", "0%"), (0, 0));
        assert_eq!(surge_and_unavailable(2, &json!(0), &json!(5)), (0, 2));
        assert_eq!((share(&json!(3), 1, true), share(&Json::Null, 1, true)), (3, 0));
    }
}
