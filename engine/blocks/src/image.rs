//! Image references: `domain/namespace/image:tag@digest`.
//!
//! Grammar: `github.com/distribution/reference`.

/// A parsed image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image<'a> {
    /// Registry and path.
    pub name: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest.
    pub digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    /// Reads a reference; none where it is malformed.
    pub fn parse(text: &'a str) -> Option<Image<'a>> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let last = rest.rfind('/').map_or(0, |i| i + 1);
        let (name, tag) = match rest[last..].find(':') {
            Some(colon) => (&rest[..last + colon], Some(&rest[last + colon + 1..])),
            None => (rest, None),
        };
        let ok = is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
        ok.then_some(Image { name, tag, digest })
    }

    /// Whether another image may come tomorrow under the same reference, by intent.
    pub fn is_latest(&self) -> bool {
        self.digest.is_none() && matches!(self.tag, None | Some("latest"))
    }
}

fn is_name(name: &str) -> bool {
    let (domain, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" || has_upper(first) => {
            (Some(first), rest)
        }
        _ => (None, name),
    };
    name.len() <= 255 && domain.is_none_or(is_domain) && path.split('/').all(is_component)
}

fn has_upper(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let part = |p: &str| {
        !p.is_empty()
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !p.starts_with('-')
            && !p.ends_with('-')
    };
    host.split('.').all(part) && port.is_none_or(|p| p.parse::<u16>().is_ok())
}

/// Lower-case letters and digits, separated by `.`, `_`, `__` or dashes.
fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends =
        matches!((bytes.first(), bytes.last()), (Some(a), Some(z)) if alphanumeric(*a) && alphanumeric(*z));
    ends && text
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|sep| matches!(sep, "" | "." | "_" | "__") || sep.bytes().all(|b| b == b'-'))
}

fn is_tag(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && !text.starts_with(['.', '-'])
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty()
            && algorithm.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'_' | b'-'))
            && hex.len() >= 32
            && hex.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn references_follow_the_grammar() {
        let digest = format!("a/b@sha256:{}", "0".repeat(64));
        for good in [
            "nginx",
            "nginx:1.27",
            "reg.shop.io/shop/api:main",
            "localhost:5000/x",
            "registry.cn-hangzhou.aliyuncs.com/a/b__c:v1",
            digest.as_str(),
        ] {
            assert!(Image::parse(good).is_some(), "{good}");
        }
        for bad in
            ["", "Nginx", "nginx:", "nginx:a b", "a//b", "-a", "a/b@sha256:12", "http://a/b", "a/_b", ":1"]
        {
            assert!(Image::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn no_version_means_latest() {
        let latest = |t| Image::parse(t).map(|i| i.is_latest());
        assert_eq!(latest("localhost:5000/x"), Some(true));
        assert_eq!(latest("x:latest"), Some(true));
        assert_eq!(latest("x:1"), Some(false));
    }
}
