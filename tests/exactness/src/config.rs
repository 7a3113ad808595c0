//! A configuration that can be edited: blocks with places, printed as HCL.
//!
//! Texts keep the labels that they have in the tables; a block that is renamed takes all references to it
//! along when it is printed. No block ever leaves the list, so that edits name blocks by their position.

use std::fmt::Write;

/// One place of a block: what may stand there, and which of it does.
#[derive(Debug, Clone)]
pub struct Row {
    /// What may stand there; an empty text for nothing.
    pub choices: Vec<&'static str>,
    /// Which of the choices stands there.
    pub now: usize,
    /// The kind of the objects that it shows in.
    pub kind: &'static str,
    /// What another choice is.
    pub about: About,
}

/// What another choice of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Another value.
    Value,
    /// The same items in another order.
    Order,
    /// Another number of pods.
    Replicas,
}

/// What stands in a block.
#[derive(Debug, Clone)]
pub enum Item {
    /// A place.
    Row(Row),
    /// A text that always stands there.
    Fixed(String),
    /// A block inside.
    Block(Block),
}

/// A block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its type.
    pub word: &'static str,
    /// Its label in the tables.
    pub key: &'static str,
    /// Its label now.
    pub label: String,
    /// What stands in it.
    pub items: Vec<Item>,
    /// Whether it is declared.
    pub present: bool,
    /// The name that its object keeps.
    pub pinned: Option<String>,
    /// The kinds of the objects that it makes.
    pub makes: &'static [&'static str],
}

/// A configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// A text that no other run has, for names that belong to the cluster as a whole.
    pub unique: String,
    /// The namespace.
    pub namespace: String,
    /// All blocks, declared or not.
    pub blocks: Vec<Block>,
    /// Addresses that changed since the last step.
    pub moved: Vec<(String, String)>,
}

/// Stands in texts for [`Config::unique`].
pub const UNIQUE: &str = "@unique@";

impl Row {
    /// What stands there.
    pub fn text(&self) -> &'static str {
        self.choices.get(self.now).copied().unwrap_or_default()
    }
}

impl Block {
    /// `word.label`.
    pub fn address(&self) -> String {
        format!("{}.{}", self.word, self.label)
    }

    /// The places in it and in the blocks inside, each with its path.
    pub fn rows(&self) -> Vec<(Vec<usize>, &Row)> {
        let mut out = Vec::new();
        for (i, item) in self.items.iter().enumerate() {
            match item {
                Item::Row(row) => out.push((vec![i], row)),
                Item::Block(block) => out.extend(block.rows().into_iter().map(|(mut path, row)| {
                    path.insert(0, i);
                    (path, row)
                })),
                Item::Fixed(_) => {}
            }
        }
        out
    }

    /// The place with that path.
    pub fn row(&mut self, path: &[usize]) -> Option<&mut Row> {
        let (first, rest) = path.split_first()?;
        match self.items.get_mut(*first)? {
            Item::Row(row) if rest.is_empty() => Some(row),
            Item::Block(block) => block.row(rest),
            _ => None,
        }
    }

    /// Whether a text names the object already.
    pub fn is_named(&self) -> bool {
        let named = |item: &Item| match item {
            Item::Row(row) => row.text().starts_with("name ="),
            Item::Fixed(text) => text.starts_with("name ="),
            Item::Block(_) => false,
        };
        self.items.iter().any(named)
    }

    /// Everything that stands in it, as it stands in the tables.
    fn body(&self, out: &mut String) {
        for item in &self.items {
            match item {
                Item::Row(row) if row.text().is_empty() => {}
                Item::Row(row) => {
                    let _ = writeln!(out, "{}", row.text());
                }
                Item::Fixed(text) => {
                    let _ = writeln!(out, "{text}");
                }
                Item::Block(block) => {
                    let label =
                        if block.label.is_empty() { String::new() } else { format!("{:?} ", block.label) };
                    let _ = writeln!(out, "{} {label}{{", block.word);
                    block.body(out);
                    out.push_str("}\n");
                }
            }
        }
    }
}

impl Config {
    /// The declared blocks, with their positions.
    pub fn declared(&self) -> impl Iterator<Item = (usize, &Block)> {
        self.blocks.iter().enumerate().filter(|(_, b)| b.present)
    }

    /// The blocks that a block refers to, by position.
    pub fn needs(&self, index: usize) -> Vec<usize> {
        let Some(block) = self.blocks.get(index) else { return Vec::new() };
        let mut body = String::new();
        block.body(&mut body);
        let mut out: Vec<usize> = self.references(&body).into_iter().map(|r| r.block).collect();
        out.sort_unstable();
        out.dedup();
        out.retain(|i| *i != index);
        out
    }

    /// Declares everything that declared blocks refer to.
    pub fn close(&mut self) {
        let mut queue: Vec<usize> = self.declared().map(|(i, _)| i).collect();
        while let Some(index) = queue.pop() {
            for needed in self.needs(index) {
                if let Some(block) = self.blocks.get_mut(needed).filter(|b| !b.present) {
                    block.present = true;
                    queue.push(needed);
                }
            }
        }
    }

    /// Whether a declared block refers to this one.
    pub fn is_needed(&self, index: usize) -> bool {
        self.declared().any(|(i, _)| i != index && self.needs(i).contains(&index))
    }

    /// The first choice in every place.
    pub fn plain(&mut self) {
        for block in &mut self.blocks {
            for place in block.rows().into_iter().map(|(place, _)| place).collect::<Vec<_>>() {
                if let Some(row) = block.row(&place) {
                    row.now = 0;
                }
            }
        }
    }

    /// The text of the configuration.
    pub fn hcl(&self) -> String {
        let mut out = format!(
            "project \"exact\" {{}}\nenvironment {:?} {{\nsandbox {{}}\nnamespace = {:?}\n}}\n",
            self.unique, self.namespace
        );
        for (_, block) in self.declared() {
            let _ = writeln!(out, "{} {:?} {{", block.word, block.label);
            if let Some(name) = block.pinned.as_ref().filter(|_| !block.is_named()) {
                let _ = writeln!(out, "name = {name:?}");
            }
            let mut body = String::new();
            block.body(&mut body);
            out.push_str(&self.renamed(&body));
            out.push_str("}\n");
        }
        for (from, to) in &self.moved {
            let _ = writeln!(out, "moved {{\nfrom = {from}\nto = {to}\n}}");
        }
        out.replace(UNIQUE, &self.unique)
    }

    /// A text with the labels that blocks have now.
    fn renamed(&self, text: &str) -> String {
        let (mut out, mut from) = (String::new(), 0);
        for reference in self.references(text) {
            let Some(block) = self.blocks.get(reference.block) else { continue };
            out.push_str(text.get(from..reference.start).unwrap_or_default());
            out.push_str(&block.address());
            from = reference.end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }

    /// Where a text of the tables refers to blocks.
    fn references(&self, text: &str) -> Vec<Reference> {
        let mut out: Vec<Reference> = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            let name = format!("{}.{}", block.word, block.key);
            for (start, _) in text.match_indices(&name) {
                let end = start + name.len();
                let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '/');
                let before = text.get(..start).and_then(|t| t.chars().next_back());
                let after = text.get(end..).and_then(|t| t.chars().next());
                let apart =
                    !before.is_some_and(word) && !after.is_some_and(|c| c.is_alphanumeric() || c == '_');
                if apart {
                    out.push(Reference { start, end, block: index });
                }
            }
        }
        out.sort_unstable_by_key(|r| r.start);
        out
    }
}

/// A reference in a text.
struct Reference {
    start: usize,
    end: usize,
    block: usize,
}
