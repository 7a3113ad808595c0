//! Colour: whether there is any, and which word gets which.

/// How text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Whether ANSI sequences are written at all.
    pub colour: bool,
}

impl Style {
    /// No colour.
    pub const PLAIN: Style = Style { colour: false };
    /// Colour.
    pub const COLOUR: Style = Style { colour: true };

    /// Something made.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Something deleted, or an error.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// Something changed, or a warning.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Places in files.
    pub fn blue(self, text: &str) -> String {
        self.paint("34", text)
    }

    /// Headings.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What matters less.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self.colour && !text.is_empty() {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_string(),
        }
    }
}
