//! Image references, as far as the pull policy depends on them.

/// `Always` for the tag `latest` and for neither tag nor digest; `IfNotPresent` otherwise, for text that is
/// no image reference too.
pub(super) fn pull_policy(image: &str) -> &'static str {
    if is_latest(image).unwrap_or(false) { "Always" } else { "IfNotPresent" }
}

/// Whether a reference means the tag `latest`; `None` where it is no reference.
fn is_latest(image: &str) -> Option<bool> {
    if image.len() == 64 && image.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let (domain, rest) = match image.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (Some(first), rest)
        }
        _ => (None, image),
    };
    if domain.is_some_and(|d| !is_domain(d)) {
        return None;
    }
    let (rest, digest) = match rest.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (rest, None),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    // Short names stand for docker.io/library/…, which counts.
    let prefix = match domain {
        Some(domain) => domain.len() + 1,
        None if path.contains('/') => "docker.io/".len(),
        None => "docker.io/library/".len(),
    };
    let valid = path.split('/').all(is_component)
        && prefix + path.len() <= 255
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest);
    valid.then(|| tag == Some("latest") || (tag.is_none() && digest.is_none()))
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && !port.ends_with(']') => (host, Some(port)),
        _ => (domain, None),
    };
    let label = |l: &str| {
        let inner = l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        !l.is_empty() && inner && !l.starts_with('-') && !l.ends_with('-')
    };
    let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_is_one = match bracketed {
        Some(address) => !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'),
        None => host.split('.').all(label),
    };
    host_is_one && port.is_none_or(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_component(component: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    if !word(*first) || !word(*last) {
        return false;
    }
    let separators = component.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    separators
        .filter(|s| !s.is_empty())
        .all(|s| matches!(s, "." | "_" | "__") || s.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let rest = tag.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'));
    (1..=128).contains(&tag.len()) && rest && tag.bytes().next().is_some_and(word)
}

fn is_digest(digest: &str) -> bool {
    let length = match digest.split_once(':') {
        Some(("sha256", hex)) => (hex, 64),
        Some(("sha384", hex)) => (hex, 96),
        Some(("sha512", hex)) => (hex, 128),
        _ => return false,
    };
    length.0.len() == length.1 && length.0.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_follows_the_tag() {
        let always =
            ["nginx", "nginx:latest", "a/b", "localhost:5000/x", "ghcr.io/a/b:latest", "registry:80/a"];
        let digest = format!("nginx@sha256:{}", "0".repeat(64));
        let both = format!("nginx:latest@sha256:{}", "0".repeat(64));
        for image in always.iter().copied().chain([both.as_str()]) {
            assert_eq!(pull_policy(image), "Always", "{image}");
        }
        let not = ["nginx:1.27", "", "Nginx", "a b", "nginx:", "nginx@sha256:12", "a//b", "a/B:latest", "-a"];
        for image in not.iter().copied().chain([digest.as_str()]) {
            assert_eq!(pull_policy(image), "IfNotPresent", "{image}");
        }
    }
}
