//! `lifecycle`: what may happen to an object.

use plimsoll_model::{Span, Value};

use super::conflict::Conflict;
use crate::declare::{Block, Context, FromValue, Keyword, Labeled, TypeSchema, Val};

/// What may happen to the objects of a block.
#[derive(Debug, Clone, Block)]
#[block(name = "lifecycle")]
pub struct Lifecycle {
    /// Whether a plan that would delete an object of this block is refused.
    #[attr(manual, known)]
    pub prevent_destroy: Option<Val<bool>>,
    /// Attributes whose changes are not planned, once the object exists: `replicas`, `container.web.image`,
    /// `labels["team"]`. The object is made with what they say here; after that it keeps what it has in the
    /// cluster. `all` stands for every one.
    #[attr(manual, known)]
    pub ignore_changes: Option<Val<Ignoring>>,
    /// What is done about what others add to the objects of this block; told in every plan where left out.
    #[attr(manual, known)]
    pub drift: Option<Val<Drift>>,
    /// Whose value stands where another field manager sets what this block sets on its main object.
    #[nested(manual)]
    pub conflict: Vec<Labeled<Conflict>>,
}

/// What is done about what others add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Drift {
    /// Every plan tells it.
    #[keyword("report")]
    Report,
    /// Plans take it out again, as a change that is reviewed.
    #[keyword("revert")]
    Revert,
    /// Plans only count it.
    #[keyword("ignore")]
    Ignore,
}

/// What is ignored.
#[derive(Debug, Clone)]
pub enum Ignoring {
    /// Everything that can be.
    All,
    /// These attributes.
    Names(Vec<Name>),
}

/// The name of an attribute, as it is written.
#[derive(Debug, Clone)]
pub struct Name {
    /// Its steps: `container`, `web`, `image`.
    pub steps: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

impl std::fmt::Display for Name {
    /// `container.web.image`, `labels["app.kubernetes.io/name"]`, `object.spec.ports[0].port`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            let plain = step.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && step.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            match (plain, step.parse::<u64>()) {
                (true, _) if i == 0 => f.write_str(step)?,
                (true, _) => write!(f, ".{step}")?,
                (false, Ok(number)) => write!(f, "[{number}]")?,
                (false, Err(_)) => write!(f, "[{step:?}]")?,
            }
        }
        Ok(())
    }
}

impl FromValue for Ignoring {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Other("a list of names of attributes, or `all`", "[replicas]");

    /// The language hands names over as lists of their steps, and `all` as text.
    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        if value.as_str().is_some() {
            return Some(Ignoring::All);
        }
        let name = |item: &Value| {
            let steps: Option<_> =
                item.as_items()?.iter().map(|step| step.as_str().map(str::to_string)).collect();
            Some(Name { steps: steps?, span: cx.place(item) })
        };
        let names = value.as_items().and_then(|items| items.iter().map(name).collect());
        if names.is_none() {
            cx.wrong_type(value, Self::TYPE);
        }
        names.map(Ignoring::Names)
    }
}
