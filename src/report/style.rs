//! Colour by role. A renderer names what a text is; whether and how that is coloured is decided here.

use anstyle::{AnsiColor, Effects, Style};

/// What a piece of output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something new.
    Create,
    /// Something changed in place.
    Update,
    /// Something removed.
    Delete,
    /// Something that becomes ours, or stops being so.
    Adopt,
    /// An error, a refusal.
    Error,
    /// A warning.
    Warning,
    /// A note, a next move.
    Note,
    /// What a reader may skip.
    Dim,
    /// What a reader looks for.
    Strong,
}

impl Role {
    fn style(self) -> Style {
        let colour = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
        match self {
            Self::Create => colour(AnsiColor::Green),
            Self::Update => colour(AnsiColor::Yellow),
            Self::Delete => colour(AnsiColor::Red),
            Self::Adopt | Self::Note => colour(AnsiColor::Cyan),
            Self::Error => colour(AnsiColor::Red).effects(Effects::BOLD),
            Self::Warning => colour(AnsiColor::Yellow).effects(Effects::BOLD),
            Self::Dim => Style::new().effects(Effects::DIMMED),
            Self::Strong => Style::new().effects(Effects::BOLD),
        }
    }
}

/// Paints text, or leaves it plain. The command line decides which (`--color`, `NO_COLOR`, the terminal).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    coloured: bool,
}

impl Paint {
    /// Text without any escape sequence.
    pub const PLAIN: Self = Self { coloured: false };
    /// Text with ANSI colours.
    pub const COLOURED: Self = Self { coloured: true };

    /// Coloured or plain.
    pub fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    /// Whether colours are put in.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    /// The text in the colour of its role. The text must be escaped already.
    pub fn paint(self, role: Role, text: &str) -> String {
        if !self.coloured || text.is_empty() {
            return text.to_owned();
        }
        let style = role.style();
        format!("{style}{text}{style:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_output_has_no_escape_sequences() {
        assert_eq!(Paint::PLAIN.paint(Role::Create, "new"), "new");
        assert_eq!(Paint::COLOURED.paint(Role::Create, "new"), "\u{1b}[32mnew\u{1b}[0m");
        assert_eq!(Paint::COLOURED.paint(Role::Error, ""), "");
    }
}
