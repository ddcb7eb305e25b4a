//! What access changes between two sets of policies: proven, or shown by an example, or left undecided.

mod actions;
mod automata;
mod budget;
mod language;
