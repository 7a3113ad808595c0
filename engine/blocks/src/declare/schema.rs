//! What is known about a block without any configuration: its static schema.

use std::fmt;

/// A block's declaration.
#[derive(Debug)]
pub struct BlockSchema {
    /// Its type, such as `container`.
    pub name: &'static str,
    /// What its label is called; none where it has none.
    pub label: Option<&'static str>,
    /// The key under which the label is written to the object.
    pub label_key: Option<&'static str>,
    /// What it is for.
    pub doc: &'static str,
    /// Its own attributes.
    pub attrs: &'static [AttrSchema],
    /// Its own nested blocks.
    pub blocks: &'static [NestedSchema],
    /// Blocks whose attributes and nested blocks stand in this one.
    pub flattened: &'static [&'static BlockSchema],
}

impl BlockSchema {
    /// All attributes, those of flattened blocks included.
    pub fn all_attrs(&self) -> Box<dyn Iterator<Item = &'static AttrSchema>> {
        Box::new(self.attrs.iter().chain(self.flattened.iter().flat_map(|b| b.all_attrs())))
    }

    /// All nested blocks, those of flattened blocks included.
    pub fn all_blocks(&self) -> Box<dyn Iterator<Item = &'static NestedSchema>> {
        Box::new(self.blocks.iter().chain(self.flattened.iter().flat_map(|b| b.all_blocks())))
    }
}

/// The least and the greatest number that is allowed; none where there is no such limit.
pub type Bounds = (Option<i64>, Option<i64>);

/// An attribute's declaration.
#[derive(Debug)]
pub struct AttrSchema {
    /// Its name.
    pub name: &'static str,
    /// The API's name of the field that it sets, where it sets one.
    pub key: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// What it takes.
    pub ty: &'static TypeSchema,
    /// Whether it must be there.
    pub required: bool,
    /// Inclusive bounds of a number (in a list or map, of each).
    pub range: Bounds,
    /// What holds where it is left out.
    pub default: Option<Default>,
    /// Whether it must be known while planning.
    pub known: bool,
    /// What its text must look like (in a list or map, each element's).
    pub syntax: Option<&'static Syntax>,
    /// What the keys of its map must look like.
    pub keys: Option<&'static Syntax>,
}

/// A default, as a schema can hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// Text or a keyword.
    Text(&'static str),
    /// A truth value.
    Bool(bool),
    /// An integer.
    Whole(i64),
}

/// A nested block's place in another one.
#[derive(Debug)]
pub struct NestedSchema {
    /// The type by which it is written.
    pub name: &'static str,
    /// The API's name of the field that it sets, where it sets one.
    pub key: &'static str,
    /// What it is for, here.
    pub doc: &'static str,
    /// How often at least.
    pub min: usize,
    /// Whether more than once.
    pub many: bool,
    /// Whether it has a label.
    pub labeled: bool,
    /// What stands in it.
    pub block: &'static BlockSchema,
}

/// A grammar of text.
#[derive(Debug)]
pub struct Syntax {
    /// A noun phrase: `a DNS label`.
    pub name: &'static str,
    /// What it consists of, in one sentence.
    pub rule: &'static str,
    /// Whether a text follows it.
    pub holds: fn(&str) -> bool,
}

impl Syntax {
    /// A text that follows the grammar and was probably meant by one that does not.
    pub fn mend(&self, text: &str) -> Option<String> {
        let only = |text: &str, keep: fn(char) -> bool| {
            let text: String = text.chars().map(|c| if keep(c) { c } else { '-' }).collect();
            text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_string()
        };
        let trimmed = text.trim();
        let lower = trimmed.to_ascii_lowercase();
        let relative = trimmed.trim_start_matches(['.', '/']);
        let without_scheme = trimmed.split_once("://").map_or(trimmed, |(_, rest)| rest);
        let candidates = [
            trimmed.to_string(),
            lower.clone(),
            without_scheme.to_string(),
            without_scheme.to_ascii_lowercase(),
            format!("/{relative}"),
            relative.to_string(),
            format!("{trimmed}.0"),
            only(trimmed, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')),
            only(&lower, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')),
            only(&lower, |c| c.is_ascii_alphanumeric() || c == '-'),
            only(&lower, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/')),
        ];
        candidates.into_iter().find(|c| !c.is_empty() && c != text && (self.holds)(c))
    }
}

/// What an attribute takes.
#[derive(Debug)]
pub enum TypeSchema {
    /// Text.
    Text,
    /// A truth value.
    Bool,
    /// An integer.
    Whole,
    /// One of some texts, with what each means.
    Keyword(&'static [(&'static str, &'static str)]),
    /// A list.
    List(&'static TypeSchema),
    /// A map by text.
    Map(&'static TypeSchema),
    /// A reference: what to, and how one looks.
    Reference(&'static str, &'static str),
    /// Anything else: a noun phrase, and how one looks.
    Other(&'static str, &'static str),
}

impl TypeSchema {
    /// The type of many of these.
    pub fn plural(&self) -> String {
        match self {
            TypeSchema::Text => "strings".into(),
            TypeSchema::Bool => "bools".into(),
            TypeSchema::Whole => "whole numbers".into(),
            TypeSchema::Keyword(_) => format!("values, each {self}"),
            TypeSchema::List(_) => "lists".into(),
            TypeSchema::Map(_) => "maps".into(),
            TypeSchema::Reference(to, _) => format!("references to {to}"),
            TypeSchema::Other(what, _) => format!("values, each {what}"),
        }
    }

    /// How a value looks, for help that can be typed.
    pub fn example(&self) -> String {
        match self {
            TypeSchema::Text => "\"…\"".into(),
            TypeSchema::Bool => "true".into(),
            TypeSchema::Whole => "1".into(),
            TypeSchema::Keyword(values) => format!("\"{}\"", values.first().map_or("…", |v| v.0)),
            TypeSchema::List(of) => format!("[{}]", of.example()),
            TypeSchema::Map(of) => format!("{{ key = {} }}", of.example()),
            TypeSchema::Reference(_, example) | TypeSchema::Other(_, example) => (*example).into(),
        }
    }
}

impl fmt::Display for TypeSchema {
    /// A noun phrase: `a list of strings`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypeSchema::Text => f.write_str("a string"),
            TypeSchema::Bool => f.write_str("a bool"),
            TypeSchema::Whole => f.write_str("a whole number"),
            TypeSchema::Keyword(values) => {
                f.write_str("one of ")?;
                for (i, (value, _)) in values.iter().enumerate() {
                    write!(f, "{}\"{value}\"", if i > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
            TypeSchema::List(of) => write!(f, "a list of {}", of.plural()),
            TypeSchema::Map(of) => write!(f, "a map of {}", of.plural()),
            TypeSchema::Reference(to, _) => write!(f, "a reference to {to}"),
            TypeSchema::Other(what, _) => f.write_str(what),
        }
    }
}
