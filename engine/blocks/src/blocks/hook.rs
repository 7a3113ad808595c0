//! `post_start` and `pre_stop`: what runs beside a container's start and before its end.

use plimsoll_model::{Diagnostic, Node, Origin, Report};

use super::probe::HttpGet;
use crate::declare::{Block, Nested, NestedField, Tree, Val};

/// What runs right after a container has started, or before it is stopped.
#[derive(Debug, Clone, Block)]
#[block(name = "hook")]
pub struct Hook {
    /// A command in the container: `["nginx", "-s", "quit"]`.
    #[attr(manual)]
    pub exec: Option<Val<Vec<Val<String>>>>,
    /// A request to the container.
    #[nested(manual)]
    pub http_get: Option<Nested<HttpGet>>,
    /// A pause.
    #[nested]
    pub sleep: Option<Nested<Sleep>>,
}

/// A pause.
#[derive(Debug, Clone, Block)]
#[block(name = "sleep")]
pub struct Sleep {
    /// How long, in seconds.
    #[attr(range = 0..)]
    pub seconds: Val<i64>,
}

impl Hook {
    /// Exactly one action.
    pub fn check(&self, hook: &str, at: &Nested<Hook>, report: &mut Report) {
        let mut found = Vec::new();
        found.extend(self.exec.as_ref().map(|e| (e.span, "exec")));
        found.extend(self.http_get.as_ref().map(|h| (h.header, "http_get")));
        found.extend(self.sleep.as_ref().map(|s| (s.header, "sleep")));
        match found.as_slice() {
            [] => report.push(
                Diagnostic::error("no-handler", "handler is missing")
                    .detail(format!("`{hook}` takes exactly one of `exec`, `http_get` and `sleep`."))
                    .at(at.header, "")
                    .help("exec = [\"…\"]"),
            ),
            [_] => {}
            [(first, one), (second, other), ..] => report.push(
                Diagnostic::error("two-handlers", "more than one handler")
                    .detail(format!("`{hook}` takes exactly one of `exec`, `http_get` and `sleep`; this has `{one}` and `{other}`."))
                    .at(*second, "")
                    .related(*first, ""),
            ),
        }
        super::probe::check_command(self.exec.as_ref(), report);
        self.http_get.iter().for_each(|h| h.check(report));
    }

    /// The handler as the API takes it.
    pub fn node(&self, at: &Nested<Hook>) -> Node {
        let mut tree = Tree::new();
        if let Some(exec) = &self.exec {
            let mut inner = Tree::new();
            inner.attr("command", exec);
            tree.map("exec", inner);
        }
        NestedField::write(&self.http_get, "httpGet", &mut tree);
        self.write("", &mut tree);
        Node::Map(tree.into_entries(), Origin::at(at.header))
    }
}
