//! The name that was probably meant.

/// The candidate nearest to `name`, where one is near enough to be a typing mistake.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |s: &str| s.to_lowercase().replace(['-', '_'], "");
    let wanted = plain(name);
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&wanted, &plain(c)), c))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typing_mistakes_find_their_name_and_other_words_do_not() {
        let names = ["image", "image_pull_policy", "replicas", "env"];
        assert_eq!(nearest("imgae", names), Some("image"));
        assert_eq!(nearest("imagePullPolicy", names), Some("image_pull_policy"));
        assert_eq!(nearest("replica", names), Some("replicas"));
        assert_eq!(nearest("volume", names), None);
    }
}
