//! `port` of a container, and what may stand where a port is named.

use plimsoll_model::value::Data;
use plimsoll_model::{Address, Diagnostic, Node, Report, Value};

use crate::declare::{Block, Content, Context, FromValue, Keyword, Labeled, ToNode, TypeSchema, Val};
use crate::handles::{self, APP_PORT};
use crate::syntax::{self, is_port_name};

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Keyword)]
pub enum Protocol {
    /// A byte stream.
    #[keyword("TCP")]
    Tcp,
    /// Datagrams.
    #[keyword("UDP")]
    Udp,
    /// Streams of messages.
    #[keyword("SCTP")]
    Sctp,
}

/// A port that a container listens on.
#[derive(Debug, Clone, Block)]
#[block(name = "port", label = "name", label_key = "name")]
pub struct Port {
    /// The number.
    #[attr(known)]
    pub container_port: Val<u16>,
    /// The transport protocol.
    #[attr(known, default = "TCP")]
    pub protocol: Val<Protocol>,
    /// The same port on the node's own address; avoid it where a service will do.
    pub host_port: Option<Val<u16>>,
    /// The node's address to bind `host_port` to.
    #[attr(name = "host_ip", to = "hostIP", syntax = syntax::IP)]
    pub host_ip: Option<Val<String>>,
}

/// Port names follow the API's grammar.
pub fn check_name(port: &Labeled<impl Sized>, report: &mut Report) {
    if !port.label.is_empty() && !is_port_name(&port.label) {
        report.push(
            Diagnostic::error("bad-port-name", "port name is malformed")
                .detail(format!(
                    "\"{}\" is no port name: at most 15 lower-case letters, digits and single `-`, with a letter in it.",
                    port.label
                ))
                .at(port.label_span, "")
                .help(format!("\"{}\"", mended(&port.label))),
        );
    }
}

/// A port name that was probably meant by a text that is none.
fn mended(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    let name: String = words.collect::<Vec<_>>().join("-").to_ascii_lowercase().chars().take(15).collect();
    let name = name.trim_end_matches('-');
    if is_port_name(name) { name.to_string() } else { "http".into() }
}

/// What names a port of an app: a number, a name, or a reference.
#[derive(Debug, Clone, PartialEq)]
pub enum PortTarget {
    /// Its number.
    Number(u16),
    /// Its name.
    Name(String),
    /// `app.web.ports.http`.
    Reference {
        /// The app.
        app: Address,
        /// The port's name.
        name: String,
    },
}

impl PortTarget {
    /// The port's name, unless it is given by number.
    pub fn name(&self) -> Option<&str> {
        match self {
            PortTarget::Number(_) => None,
            PortTarget::Name(name) | PortTarget::Reference { name, .. } => Some(name),
        }
    }
}

impl FromValue for PortTarget {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Other("a port: its number, its name or a reference", "\"http\"");
    const REFERENCES: bool = true;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        match &value.data {
            Data::Handle(h) if h.kind == APP_PORT => {
                let app = h.address.clone()?;
                handles::text(h, "name").map(|name| PortTarget::Reference { app, name: name.into() })
            }
            Data::Number(n) => match n.as_i64() {
                Some(n) => cx
                    .in_range(n, value, (1, u16::MAX.into()))
                    .then(|| cx.fitting(n).map(PortTarget::Number))
                    .flatten(),
                None => wrong(value, cx),
            },
            Data::String(s) => match s.parse::<i64>() {
                Ok(n) => cx
                    .in_range(n, value, (1, u16::MAX.into()))
                    .then(|| cx.fitting(n).map(PortTarget::Number))
                    .flatten(),
                Err(_) => Some(PortTarget::Name(s.to_string())),
            },
            _ => wrong(value, cx),
        }
    }
}

fn wrong(value: &Value, cx: &mut Context<'_>) -> Option<PortTarget> {
    cx.wrong_type(value, PortTarget::TYPE);
    None
}

impl ToNode for Val<PortTarget> {
    /// Number or name, as `int-or-string`.
    fn to_node(&self) -> Option<Node> {
        match &self.content {
            Content::Known(PortTarget::Number(n)) => Some(Node::leaf(*n, self.origin.clone())),
            Content::Known(target) => Some(Node::leaf(target.name()?, self.origin.clone())),
            _ => None,
        }
    }
}
