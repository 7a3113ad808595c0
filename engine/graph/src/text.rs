//! Graphs as text, for tests: `a -> b` is an order edge, `a => b` applied, `a >> b` ready; a line
//! with one name is an address without edges. Spans point into the text.

use plimsoll_model::{Address, Edge, EdgeKind, SourceId, Span};

pub(crate) fn parse(text: &str) -> (Vec<Address>, Vec<Edge>) {
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(SourceId(0), offset, offset + line.trim_end().len());
        offset += line.len();
        let words: Vec<&str> = line.split_whitespace().collect();
        for name in words.iter().step_by(2) {
            nodes.push(address(name));
        }
        if let [from, arrow, to] = words[..] {
            let kind = match arrow {
                "->" => EdgeKind::Order,
                "=>" => EdgeKind::Applied,
                _ => EdgeKind::Ready,
            };
            edges.push(Edge { from: address(from), to: address(to), kind, span: Some(span) });
        }
    }
    (nodes, edges)
}

pub(crate) fn address(name: &str) -> Address {
    name.parse().unwrap_or_else(|_| Address::new("app", name))
}
