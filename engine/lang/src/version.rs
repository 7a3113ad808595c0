//! Version constraints, as Terraform writes them: `>= 0.1, < 1.0`, `~> 1.2`.

/// Comparisons that all must hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Requirement(Vec<(Operator, Vec<u64>)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Pessimistic,
}

const OPERATORS: [(&str, Operator); 8] = [
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("!=", Operator::NotEqual),
    ("~>", Operator::Pessimistic),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
    ("", Operator::Equal),
];

impl Requirement {
    /// Reads comparisons separated by commas.
    ///
    /// # Errors
    /// The part that is none.
    pub fn parse(text: &str) -> Result<Requirement, String> {
        let parts = text.split(',').map(|part| {
            let part = part.trim();
            let (sign, operator) =
                OPERATORS.iter().find(|(s, _)| part.starts_with(s)).unwrap_or(&OPERATORS[7]);
            let numbers = numbers(part[sign.len()..].trim()).ok_or_else(|| part.to_string())?;
            Ok((*operator, numbers))
        });
        parts.collect::<Result<_, _>>().map(Requirement)
    }

    /// Whether a version passes.
    pub fn matches(&self, version: &str) -> bool {
        let version = version.split(['-', '+']).next().unwrap_or("");
        let Some(have) = numbers(version) else { return false };
        self.0.iter().all(|(operator, want)| {
            let order = padded(&have).cmp(&padded(want));
            match operator {
                Operator::Equal => order.is_eq(),
                Operator::NotEqual => order.is_ne(),
                Operator::Greater => order.is_gt(),
                Operator::GreaterEqual => order.is_ge(),
                Operator::Less => order.is_lt(),
                Operator::LessEqual => order.is_le(),
                Operator::Pessimistic => {
                    let fixed = want.len().saturating_sub(1).max(1);
                    order.is_ge() && padded(&have)[..fixed] == padded(want)[..fixed]
                }
            }
        })
    }
}

fn numbers(text: &str) -> Option<Vec<u64>> {
    let all: Option<Vec<u64>> = text.trim_start_matches('v').split('.').map(|p| p.parse().ok()).collect();
    all.filter(|n| n.len() <= 3)
}

fn padded(numbers: &[u64]) -> [u64; 3] {
    let at = |i: usize| numbers.get(i).copied().unwrap_or(0);
    [at(0), at(1), at(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_those_of_terraform() {
        let check = |c: &str, v: &str| Requirement::parse(c).map(|r| r.matches(v));
        assert_eq!(check(">= 0.1, < 2.0", "0.1.0"), Ok(true));
        assert_eq!(check(">= 0.2", "0.1.9"), Ok(false));
        assert_eq!(check("~> 1.2", "1.9.0"), Ok(true));
        assert_eq!(check("~> 1.2", "2.0.0"), Ok(false));
        assert_eq!(check("~> 1.2.3", "1.2.9"), Ok(true));
        assert_eq!(check("~> 1.2.3", "1.3.0"), Ok(false));
        assert_eq!(check("1.0.0", "1.0.0-rc1"), Ok(true));
        assert_eq!(check("!= 1.0", "1.0.0"), Ok(false));
        assert_eq!(check("> x", "1.0.0"), Err("> x".into()));
    }
}
