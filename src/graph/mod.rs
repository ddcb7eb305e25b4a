//! Who can become whom, and which policies are attached, as a drawing needs it.

mod data;

pub use data::{Edge, EdgeKind, Graph, Mark, Node, NodeKind};
