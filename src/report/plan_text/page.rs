//! The page being written: indentation, paint, and what was shown already.

use std::collections::BTreeMap;

use crate::plan::{Plan, Step, StepId};
use crate::report::diff::{DiffLine, Shown};
use crate::report::escape;
use crate::report::style::{Paint, Role};

/// Output under construction.
pub struct Page<'a> {
    /// What is shown.
    pub plan: &'a Plan,
    /// Colours.
    pub paint: Paint,
    /// Documents shown so far.
    pub shown: Shown,
    steps: BTreeMap<&'a StepId, &'a Step>,
    out: String,
}

impl<'a> Page<'a> {
    /// An empty page for a plan.
    pub fn new(plan: &'a Plan, paint: Paint) -> Self {
        let steps = plan.steps.iter().map(|s| (&s.id, s)).collect();
        Self { plan, paint, shown: Shown::default(), steps, out: String::new() }
    }

    /// The text so far.
    pub fn finish(self) -> String {
        self.out
    }

    /// A step of the plan by id; `None` in a plan file that was tampered with.
    pub fn step(&self, id: &StepId) -> Option<&'a Step> {
        self.steps.get(id).copied()
    }

    /// One line. `text` is escaped already and may be painted.
    pub fn line(&mut self, indent: usize, text: &str) {
        if !text.is_empty() {
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.out.push_str(text);
        }
        self.out.push('\n');
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.line(0, "");
    }

    /// A heading after an empty line.
    pub fn heading(&mut self, role: Role, text: &str) {
        self.gap();
        let text = self.paint.paint(role, text);
        self.line(0, &text);
    }

    /// User text made harmless.
    pub fn safe(&self, text: &str) -> String {
        escape::line(text).into_owned()
    }

    /// User text made harmless and bold.
    pub fn strong(&self, text: &str) -> String {
        self.paint.paint(Role::Strong, &escape::line(text))
    }

    /// Own or user text, made harmless and dim.
    pub fn dim(&self, text: &str) -> String {
        self.paint.paint(Role::Dim, &escape::line(text))
    }

    /// A diff; one that was shown already is only pointed at. `place` names where it stands: `role/x trust`.
    pub fn diff(&mut self, indent: usize, diff: &[DiffLine], place: &str) {
        if let Some(before) = self.shown.before_or_remember(diff, place) {
            let text = format!("(the same as {before}, above)");
            let text = self.dim(&text);
            return self.line(indent, &text);
        }
        for entry in diff {
            let text = match entry {
                DiffLine::Same(t) => format!("  {}", escape::line(t)),
                DiffLine::Added(t) => self.paint.paint(Role::Create, &format!("+ {}", escape::line(t))),
                DiffLine::Removed(t) => self.paint.paint(Role::Delete, &format!("- {}", escape::line(t))),
                DiffLine::Skipped(n) => {
                    self.dim(&format!("  ... {}", crate::report::count(*n, "unchanged line", "unchanged lines")))
                }
            };
            self.line(indent, &text);
        }
    }
}
