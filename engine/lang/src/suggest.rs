//! Suggestions: the nearest name to one that was mistyped.

/// So many names are compared at most: thousands of typos among thousands of names stay fast.
const MOST: usize = 1000;

/// The known name that is near enough to have been meant.
pub fn did_you_mean<'n>(typed: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let length = typed.chars().count();
    let limit = (length / 3).max(1);
    known
        .filter(|k| k.chars().count().abs_diff(length) <= limit)
        .take(MOST)
        .map(|k| (strsim::damerau_levenshtein(typed, k), k))
        .filter(|(d, k)| {
            let near = *d <= limit && *d < length.max(k.chars().count());
            near || k.eq_ignore_ascii_case(typed)
        })
        .min()
        .map(|(_, k)| k)
}

/// Names in quotes with commas, at most eight of them.
pub fn quoted_list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|n| format!("{n:?}")).collect();
    let more = if names.len() > 8 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        let known = ["replicas", "image", "port"];
        assert_eq!(did_you_mean("replica", known.iter().copied()), Some("replicas"));
        assert_eq!(did_you_mean("prot", known.iter().copied()), Some("port"));
        assert_eq!(did_you_mean("volume", known.iter().copied()), None);
    }
}
