//! Patterns of file names: `*`, `?`, `[…]`, `{a,b}`, and `**` for folders.

/// A pattern, split at its slashes, alternatives written out.
#[derive(Debug)]
pub struct Glob {
    alternatives: Vec<Vec<String>>,
}

/// More alternatives than this are a mistake.
const MAX_ALTERNATIVES: usize = 1_000;

impl Glob {
    /// Reads a pattern; none where its brackets or braces do not close.
    pub fn read(pattern: &str) -> Option<Glob> {
        let mut alternatives = Vec::new();
        for one in braces(pattern)? {
            let parts: Vec<String> = one.split('/').filter(|p| *p != ".").map(String::from).collect();
            if parts.iter().any(|p| !closes(p)) {
                return None;
            }
            alternatives.push(parts);
        }
        Some(Glob { alternatives })
    }

    /// Whether a path, its parts joined by slashes, matches.
    pub fn matches(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        self.alternatives.iter().any(|p| folders(p, &parts))
    }
}

/// The alternatives of a pattern.
fn braces(pattern: &str) -> Option<Vec<String>> {
    let mut out = vec![String::new()];
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if c == '\\' {
            let escaped = rest.next()?;
            out.iter_mut().for_each(|o| o.extend(['\\', escaped]));
            continue;
        }
        if c != '{' {
            out.iter_mut().for_each(|o| o.push(c));
            continue;
        }
        let (inner, after) = group(rest.as_str())?;
        rest = after.chars();
        let mut choices = Vec::new();
        for choice in inner {
            choices.extend(braces(&choice)?);
        }
        if out.len().saturating_mul(choices.len()) > MAX_ALTERNATIVES {
            return None;
        }
        out = out.iter().flat_map(|o| choices.iter().map(move |c| format!("{o}{c}"))).collect();
    }
    Some(out)
}

/// What stands between braces, split at its commas, and what follows them.
fn group(text: &str) -> Option<(Vec<String>, &str)> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '}' if depth == 0 => return Some((parts, text.get(at + 1..)?)),
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        let last = parts.last_mut()?;
        last.push(c);
        if c == '\\' {
            last.push(chars.next()?.1);
        }
    }
    None
}

fn closes(part: &str) -> bool {
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return false,
            '[' => {
                let mut first = true;
                loop {
                    match chars.next() {
                        Some(']') if !first => break,
                        Some('\\') if chars.next().is_none() => return false,
                        Some('^') if first => {}
                        Some(_) => first = false,
                        None => return false,
                    }
                }
            }
            _ => {}
        }
    }
    true
}

/// Matches parts of a path; `**` stands for any number of folders.
fn folders(pattern: &[String], path: &[&str]) -> bool {
    // Which parts of the path may be reached so far: no pattern makes this take more than the product of both.
    let mut reached = vec![false; path.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        if part == "**" {
            let mut open = false;
            for (slot, was) in next.iter_mut().zip(&reached) {
                open |= *was;
                *slot = open;
            }
        } else {
            for (i, name) in path.iter().enumerate() {
                if reached.get(i) == Some(&true) && name_matches(part, name) {
                    next[i + 1] = true;
                }
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

fn name_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match single(&pattern[p..], name[n]) {
            Some(length) => {
                p += length;
                n += 1;
            }
            None if pattern.get(p) == Some(&'*') => {
                star = Some((p, n));
                p += 1;
            }
            None => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// How much of the pattern one character uses up; none where it does not match.
fn single(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '*' => None,
        '?' => Some(1),
        '\\' => (pattern.get(1) == Some(&c)).then_some(2),
        '[' => class(pattern, c),
        p => (*p == c).then_some(1),
    }
}

fn class(pattern: &[char], c: char) -> Option<usize> {
    let mut at = 1;
    let negated = matches!(pattern.get(at), Some('^'));
    at += usize::from(negated);
    let (mut found, mut first) = (false, true);
    loop {
        let mut low = *pattern.get(at)?;
        if low == ']' && !first {
            return (found != negated).then_some(at + 1);
        }
        first = false;
        if low == '\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        let mut high = low;
        if pattern.get(at + 1) == Some(&'-') && pattern.get(at + 2).is_some_and(|c| *c != ']') {
            high = *pattern.get(at + 2)?;
            at += 2;
        }
        found |= (low..=high).contains(&c);
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names_and_folders() {
        let check = |pattern: &str, path: &str| Glob::read(pattern).map(|g| g.matches(path));
        for (pattern, path) in [
            ("*.txt", "a.txt"),
            ("**", "a/b/c"),
            ("**/c", "c"),
            ("a/**/c", "a/x/y/c"),
            ("{a,b{c,d}}.x", "bd.x"),
            ("[a-c]?[^x]", "bzz"),
            ("[^h]*", "a"),
            ("\\*", "*"),
            ("*a*b*c*", "xxaxxbxxc"),
        ] {
            assert_eq!(check(pattern, path), Some(true), "{pattern} {path}");
        }
        for (pattern, path) in
            [("*", "a/b"), ("?", ""), ("[a-c]", "d"), ("a", "ab"), ("**.txt", "a/b.txt"), ("", "a")]
        {
            assert_eq!(check(pattern, path), Some(false), "{pattern} {path}");
        }
        for bad in ["[a", "{a", "a\\", "{a,{b}", "[a\\"] {
            assert!(check(bad, "a").is_none(), "{bad}");
        }
        assert_eq!(check(&"*a".repeat(40), &"a".repeat(2_000)), Some(true));
        assert!(Glob::read(&"{a,b}".repeat(40)).is_none());
    }
}
