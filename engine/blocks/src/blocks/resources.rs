//! `resources`: what a container reserves and what it may use.

use plimsoll_model::{Diagnostic, Number, Report};

use crate::declare::{Block, Map, Syntax, Val};
use crate::quantity::Quantity;

static RESOURCE: Syntax = Syntax {
    name: "a resource",
    rule: "cpu, memory, ephemeral-storage, hugepages-… or an extended resource such as nvidia.com/gpu",
    holds: |t| {
        matches!(t, "cpu" | "memory" | "ephemeral-storage")
            || t.strip_prefix(PAGES).is_some_and(|size| page(size).is_some())
            || (t.contains('/') && crate::syntax::is_label_key(t) && !t.starts_with("requests."))
    },
};

/// What stands before the size of a page in the name of a resource.
const PAGES: &str = "hugepages-";

/// Fewer bytes of memory than these were meant as MiB.
const BYTES: i64 = 65_536;
/// As many processors were meant as thousandths.
const CORES: i64 = 100;

/// What a container reserves and what it may use.
#[derive(Debug, Clone, Block)]
#[block(name = "resources")]
pub struct Resources {
    /// What is reserved on the node, by resource: `{ cpu = "250m", memory = "256Mi" }`.
    #[attr(keys = RESOURCE)]
    pub requests: Map<Quantity>,
    /// What the container may use at most, by resource.
    #[attr(keys = RESOURCE)]
    pub limits: Map<Quantity>,
}

/// The size of a page, whole bytes; none where that is none.
fn page(size: &str) -> Option<Quantity> {
    Quantity::parse(size).filter(|page| page.amount.is_integer() && page.amount > 0.into())
}

/// The next amount that consists of whole pages; none where this one does.
fn whole_pages(name: &str, quantity: &Quantity) -> Option<(String, String)> {
    let size = name.strip_prefix(PAGES)?;
    let page = page(size)?;
    if quantity.amount.rem(&page.amount)? == 0.into() {
        return None;
    }
    let count = quantity.amount.div(&page.amount)?.ceil();
    let digits = size.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number = digits.parse::<Number>().ok()?.mul(&count)?;
    Some((size.to_string(), format!("{number}{}", size.strip_prefix(digits)?)))
}

/// Whether more of a resource may be used than was requested.
fn overcommits(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage")
}

/// A resource as the key of a map.
fn key(name: &str) -> String {
    if name.contains(['/', '.']) { format!("\"{name}\"") } else { name.to_string() }
}

fn differ(request: &Val<Quantity>, limit: &Val<Quantity>) -> bool {
    matches!((request.known(), limit.known()), (Some(a), Some(b)) if a.amount != b.amount)
}

impl Resources {
    /// What is requested of a resource; a limit alone is a request too.
    pub fn requested(&self, resource: &str) -> Option<&Val<Quantity>> {
        self.requests.get(resource).or_else(|| self.limits.get(resource))
    }

    /// Amounts that somebody wrote in another unit than is read.
    fn check_units(&self, report: &mut Report) {
        for (name, value) in self.requests.iter().chain(&self.limits) {
            let Some(quantity) = value.known() else { continue };
            let bare = quantity.text.bytes().all(|b| b.is_ascii_digit());
            let (what, meant) = match name.as_str() {
                "memory" if bare && quantity.amount > 0.into() && quantity.amount < BYTES.into() => {
                    ("bytes of memory are less than any program needs", format!("{}Mi", quantity.text))
                }
                // `100Mi` is a number of processors as well.
                "cpu" if quantity.amount >= CORES.into() => {
                    let number: String = quantity.text.chars().take_while(char::is_ascii_digit).collect();
                    ("whole processors are more than any node has", format!("{number}m"))
                }
                _ => continue,
            };
            report.push(
                Diagnostic::warning("unit-forgotten", "amount has no unit")
                    .detail(format!("{} {what}.", quantity.text))
                    .at(value.span, "")
                    .help(format!("{name} = \"{meant}\"")),
            );
        }
    }

    /// Requests may not be above limits; memory is not counted in thousandths.
    pub fn check(&self, report: &mut Report) {
        for (name, request) in &self.requests {
            let Some(limit) = self.limits.get(name) else { continue };
            let (Some(asked), Some(allowed)) = (request.known(), limit.known()) else { continue };
            if asked.amount > allowed.amount {
                report.push(
                    Diagnostic::error("request-above-limit", "request is above its limit")
                        .detail(format!(
                            "The container requests {} of {name} but may use {} at most.",
                            asked.text, allowed.text
                        ))
                        .at(request.span, "the request")
                        .related(limit.span, "the limit")
                        .help(format!("{name} = \"{}\" in limits", asked.text)),
                );
            }
        }
        for (name, request) in &self.requests {
            if !overcommits(name) && self.limits.get(name).is_none_or(|limit| differ(request, limit)) {
                report.push(
                    Diagnostic::error("request-without-limit", "resource cannot be promised twice")
                        .detail(format!(
                            "Of {name}, a container gets what it requests: its limit is the same."
                        ))
                        .at(request.span, "")
                        .help(format!(
                            "{} = \"{}\" in limits",
                            key(name),
                            request.known().map_or("…", |q| &q.text)
                        )),
                );
            }
        }
        for (name, value) in self.requests.iter().chain(&self.limits) {
            let whole = value.known().is_none_or(|q| q.amount.is_integer());
            if name.contains('/') && !whole {
                report.push(
                    Diagnostic::error("fraction-of-resource", "resource is counted in whole numbers")
                        .detail(format!("There is no half of {name}."))
                        .at(value.span, "")
                        .help(format!("{} = 1", key(name))),
                );
            }
        }
        for (name, value) in self.requests.iter().chain(&self.limits) {
            if let Some((size, more)) = value.known().and_then(|quantity| whole_pages(name, quantity)) {
                report.push(
                    Diagnostic::error("fraction-of-resource", "resource is counted in whole numbers")
                        .detail(format!("Of {name} there are whole pages, of {size} each."))
                        .at(value.span, "")
                        .help(format!("{} = \"{more}\"", key(name))),
                );
            }
        }
        let mut all = self.requests.iter().chain(&self.limits);
        let plain = self.requested("cpu").or_else(|| self.requested("memory"));
        if let (Some((name, value)), None) = (all.find(|(name, _)| name.starts_with(PAGES)), plain) {
            report.push(
                Diagnostic::error("huge-pages-alone", "huge pages come with cpu or memory")
                    .detail(format!("The container asks for {name}, and for neither cpu nor memory."))
                    .at(value.span, "")
                    .help("memory = \"64Mi\" beside it"),
            );
        }
        self.check_units(report);
        for (name, value) in self.requests.iter().chain(&self.limits) {
            let Some(quantity) = value.known() else { continue };
            if name != "cpu" && !name.contains('/') && quantity.is_milli() {
                let number = quantity.text.trim_end_matches('m');
                report.push(
                    Diagnostic::warning("milli-bytes", "memory is counted in thousandths of a byte")
                        .detail(format!(
                            "`m` means one thousandth: {} is less than {number} bytes.",
                            quantity.text
                        ))
                        .at(value.span, "")
                        .help(format!("{} = \"{number}Mi\"", key(name))),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

    #[test]
    fn requests_limits_and_units() {
        let text = app(
            "resources {\nrequests = { cpu = \"1\", memory = \"2Gi\", gpu = 1 }\nlimits = { cpu = \"500m\", memory = \"512m\", \"nvidia.com/gpu\" = \"1gb\" }\n}",
            "",
        );
        check(
            &text,
            expect![[r#"
            error[request-above-limit]: request is above its limit
              The container requests 1 of cpu but may use 500m at most.
              t.hcl:7: "1"   the request
              t.hcl:8: "500m"   the limit
              help: cpu = "1" in limits
            error[request-above-limit]: request is above its limit
              The container requests 2Gi of memory but may use 512m at most.
              t.hcl:7: "2Gi"   the request
              t.hcl:8: "512m"   the limit
              help: memory = "2Gi" in limits
            error[bad-key]: key is malformed
              "gpu" is not a resource, which the keys of `requests` of resources must be: cpu, memory, ephemeral-storage, hugepages-… or an extended resource such as nvidia.com/gpu.
              t.hcl:7: 1
            error[bad-quantity]: quantity is malformed
              "1gb", `limits.nvidia.com/gpu` of resources, is no quantity: a number, then m, k, M, G, T or Ki, Mi, Gi, Ti or nothing.
              t.hcl:8: "1gb"
              help: "1Gi"
            warning[milli-bytes]: memory is counted in thousandths of a byte
              `m` means one thousandth: 512m is less than 512 bytes.
              t.hcl:8: "512m"
              help: memory = "512Mi"
        "#]],
        );
    }
}
