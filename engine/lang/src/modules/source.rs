//! What `source` says: a folder of the configuration, or a repository at a commit.
//!
//! Texts and paths only: nothing is read here.

use plimsoll_model::Diagnostic;

/// Where modules from git are kept, relative to the configuration's folder.
pub const FETCHED: &str = ".plimsoll/modules";

/// A parsed source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A path, relative to the folder of the file that names it.
    Local(String),
    /// A repository.
    Git(Git),
}

/// A folder of a repository at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Git {
    /// What git is given: `https://host/repo.git`, `ssh://…`, `file:///…`.
    pub url: String,
    /// A tag or a commit.
    pub reference: String,
    /// The folder inside of the repository; empty for its top.
    pub sub: String,
}

impl Git {
    /// What the lock file knows it by: the source without the folder inside of the repository.
    pub fn key(&self) -> String {
        format!("git::{}?ref={}", self.url, self.reference)
    }

    /// The folder that the repository's files are kept in, relative to the configuration's.
    pub fn folder(&self) -> String {
        let last = self.url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or("");
        let plain: String = last
            .trim_end_matches(".git")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .take(40)
            .collect();
        let hash = blake3::hash(self.key().as_bytes()).to_hex();
        format!("{FETCHED}/{plain}-{}", &hash[..12])
    }
}

/// Reads a source.
///
/// # Errors
/// A finding without its place, where the text means nothing.
pub fn parse(text: &str) -> Result<Source, Box<Diagnostic>> {
    let bad = |detail: String, help: &str| {
        Box::new(Diagnostic::error("bad-source", "invalid module source").detail(detail).help(help))
    };
    if text.chars().any(char::is_control) {
        return Err(bad("A source holds no control characters.".into(), "source = \"./modules/web\""));
    }
    if let Some(rest) = text.strip_prefix("git::") {
        return git(rest)
            .map(Source::Git)
            .map_err(|why| bad(why, "source = \"git::https://example.com/modules.git//web?ref=v1.2.0\""));
    }
    if text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") {
        return Ok(Source::Local(text.to_string()));
    }
    if text.contains("://") || text.starts_with("git@") {
        return Err(bad(
            format!("{text:?} is no folder, and a repository starts with `git::`."),
            "source = \"git::https://example.com/modules.git//web?ref=v1.2.0\"",
        ));
    }
    if text.starts_with('/') {
        return Err(bad(
            "An absolute path is another one on each machine.".into(),
            "source = \"./modules/web\"",
        ));
    }
    Err(bad(
        format!("{text:?} could be a registry's, and there is no registry; a folder starts with `./`."),
        &format!("source = \"./{text}\""),
    ))
}

fn git(rest: &str) -> Result<Git, String> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut reference = None;
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        match pair.split_once('=') {
            Some(("ref", value)) => reference = Some(value),
            _ => return Err(format!("{pair:?} is not known after the `?`; there is `ref`.")),
        }
    }
    let scheme = place.find("://").map_or(0, |i| i + 3);
    let (url, sub) = match place.get(scheme..).and_then(|p| p.find("//")) {
        Some(i) => (&place[..scheme + i], &place[scheme + i + 2..]),
        None => (place, ""),
    };
    let reference = reference.filter(|r| !r.is_empty()).ok_or("`?ref=` names a tag or a commit.")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+');
    if reference.starts_with('-') || !reference.chars().all(plain) {
        return Err(format!("{reference:?} is no tag and no commit."));
    }
    let known = ["https://", "http://", "ssh://", "file://"];
    let short = url.contains('@') && url.contains(':') && !url.contains("://");
    if url.starts_with('-') || !(short || known.iter().any(|k| url.starts_with(k))) {
        return Err(format!("{url:?} is no address of a repository."));
    }
    let sub = join("", sub, 0).ok_or("The folder after `//` lies inside of the repository.")?;
    Ok(Git { url: url.to_string(), reference: reference.to_string(), sub })
}

/// A path from `dir`, without `.`, and with `..` only where it leads at most `above` folders up from
/// the configuration's; none where it climbs higher.
pub fn join(dir: &str, path: &str, above: usize) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                _ if parts.len() < above => parts.push(".."),
                _ => return None,
            },
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a path is a folder, or lies below it.
pub fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|r| r.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_folders_or_repositories_at_a_commit() {
        let git = |text: &str| match parse(text) {
            Ok(Source::Git(g)) => format!("{} {} {}", g.url, g.reference, g.sub),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(git("git::https://h/a/b.git//modules/web?ref=v1"), "https://h/a/b.git v1 modules/web");
        assert_eq!(git("git::file:///tmp/r?ref=0a1b"), "file:///tmp/r 0a1b ");
        assert_eq!(git("git::git@h:a/b.git//x?ref=v1"), "git@h:a/b.git v1 x");
        assert_eq!(parse("./a/../b"), Ok(Source::Local("./a/../b".into())));
        for text in [
            "web",
            "/abs",
            "https://h/x.git",
            "git::https://h/x.git",
            "git::https://h/x.git?ref=",
            "git::https://h/x.git?ref=--upload-pack=x",
            "git::https://h/x.git?depth=1&ref=a",
            "git::https://h/x.git//../y?ref=a",
            "git::--upload-pack=x?ref=a",
            "git::ext::sh -c x?ref=a",
            "./a\u{0}b",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn paths_stay_below_the_configuration_or_its_repository() {
        assert_eq!(join("modules/a", "../b", 0).as_deref(), Some("modules/b"));
        assert_eq!(join("", "./", 0).as_deref(), Some(""));
        assert_eq!(join("a", "../../b", 0), None);
        assert_eq!(join("a", "../../b", 1).as_deref(), Some("../b"));
        assert_eq!(join("../b", "../../c", 2).as_deref(), Some("../../c"));
        assert_eq!(join("../b", "../../../c", 2), None);
        assert!(is_below("a/b", "a") && is_below("a", "a") && !is_below("ab", "a") && is_below("x", ""));
    }
}
