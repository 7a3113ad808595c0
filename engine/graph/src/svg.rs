//! The graph as a picture: one column for each step of the way, what needs on the left of what is
//! needed. The layout is plain and always the same; it minimises no crossings.

use std::fmt::Write;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use plimsoll_model::EdgeKind;

use crate::graph::Inner;

/// Width of a character, height of a box, and the room between rows and columns, in pixels.
const CHARACTER: usize = 8;
const HEIGHT: usize = 28;
const ROW: usize = 44;
const GAP: usize = 72;
const MARGIN: usize = 16;
const PADDING: usize = 12;

/// Where a box stands.
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

/// The picture. `order` names every node, what is needed before what needs it.
pub(crate) fn svg(inner: &Inner, order: &[NodeIndex]) -> String {
    let places = places(inner, order);
    let width = places.iter().map(|p| p.x + p.width).max().unwrap_or(0) + MARGIN;
    let height = places.iter().map(|p| p.y + HEIGHT).max().unwrap_or(0) + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 L10 5 L0 10 z\" fill=\"#57606a\"/></marker></defs>\n"
    );
    let mut edges: Vec<_> =
        inner.edge_references().map(|e| (e.source(), e.target(), e.weight().kind)).collect();
    edges.sort();
    for (from, to, kind) in edges {
        let (Some(from), Some(to)) = (places.get(from.index()), places.get(to.index())) else { continue };
        let (x1, y1) = (from.x + from.width, from.y + HEIGHT / 2);
        let (x2, y2) = (to.x, to.y + HEIGHT / 2);
        let bend = GAP / 2;
        let look = match kind {
            EdgeKind::Order => " stroke-dasharray=\"5 4\"",
            EdgeKind::Applied => "",
            EdgeKind::Ready => " stroke-width=\"2.5\"",
        };
        line(
            &mut out,
            format_args!(
                "<path d=\"M{x1} {y1} C{} {y1} {} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#57606a\"{look} \
                 marker-end=\"url(#arrow)\"/>",
                x1 + bend,
                x2.saturating_sub(bend)
            ),
        );
    }
    for (node, place) in inner.node_indices().zip(&places) {
        let Place { x, y, width } = place;
        line(
            &mut out,
            format_args!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"5\" fill=\"#f6f8fa\" \
                 stroke=\"#8c959f\"/>"
            ),
        );
        let name = escaped(&inner[node].to_string());
        line(&mut out, format_args!("<text x=\"{}\" y=\"{}\">{name}</text>", x + PADDING, y + 19));
    }
    out.push_str("</svg>\n");
    out
}

/// A place for each node, by its number: the column is the longest way from something that nothing
/// needs, the rows of a column follow the addresses.
fn places(inner: &Inner, order: &[NodeIndex]) -> Vec<Place> {
    let mut column = vec![0usize; inner.node_count()];
    for node in order.iter().rev() {
        let left = inner.neighbors_directed(*node, Direction::Incoming).map(|n| column[n.index()] + 1);
        column[node.index()] = left.max().unwrap_or(0);
    }
    let columns = column.iter().max().map_or(0, |last| last + 1);
    let width = |node: NodeIndex| inner[node].to_string().chars().count() * CHARACTER + 2 * PADDING;
    let mut widest = vec![0usize; columns];
    for node in inner.node_indices() {
        let c = column[node.index()];
        widest[c] = widest[c].max(width(node));
    }
    let starts: Vec<usize> = widest
        .iter()
        .scan(MARGIN, |next, width| {
            let start = *next;
            *next += width + GAP;
            Some(start)
        })
        .collect();
    let mut rows = vec![0usize; columns];
    let place = |node: NodeIndex| {
        let c = column[node.index()];
        let y = MARGIN + rows[c] * ROW;
        rows[c] += 1;
        Place { x: starts[c], y, width: width(node) }
    };
    inner.node_indices().map(place).collect()
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_string(),
            '<' => "&lt;".to_string(),
            '>' => "&gt;".to_string(),
            '"' => "&quot;".to_string(),
            c if c.is_control() => "\u{fffd}".to_string(),
            c => c.to_string(),
        })
        .collect()
}
