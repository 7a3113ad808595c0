//! The graph in the language of Graphviz.

use std::fmt::Write;

use petgraph::visit::EdgeRef;
use plimsoll_model::EdgeKind;

use crate::graph::Inner;

/// One line for each address and each edge, sorted. An arrow points from what needs to what is
/// needed: dashed for order, plain for applied, bold for ready.
pub(crate) fn dot(inner: &Inner) -> String {
    let mut out = String::from("digraph plimsoll {\n  rankdir = \"LR\"\n  node [shape = \"box\"]\n");
    for address in inner.node_weights() {
        line(&mut out, format_args!("{}", quoted(&address.to_string())));
    }
    let mut edges: Vec<_> =
        inner.edge_references().map(|e| (e.source(), e.target(), e.weight().kind)).collect();
    edges.sort();
    for (from, to, kind) in edges {
        let style = match kind {
            EdgeKind::Order => " [style = \"dashed\"]",
            EdgeKind::Applied => "",
            EdgeKind::Ready => " [style = \"bold\", label = \"ready\"]",
        };
        let (from, to) = (quoted(&inner[from].to_string()), quoted(&inner[to].to_string()));
        line(&mut out, format_args!("{from} -> {to}{style}"));
    }
    out.push_str("}\n");
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  {text}");
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
