//! What nodes and edges are called in a drawing.

use crate::graph::{Edge, EdgeKind, Mark, Node, NodeKind};
use crate::report::escape;

/// The two lines of a node: what it is, and its name; harmless, not yet escaped for any format.
pub fn lines(node: &Node) -> (&'static str, String) {
    let name = match node.kind {
        NodeKind::Public => "everybody (*)",
        NodeKind::AwsPolicy => node.id.strip_prefix("aws/").unwrap_or(&node.id),
        NodeKind::Role | NodeKind::User | NodeKind::Group | NodeKind::Policy | NodeKind::FederatedProvider => {
            if node.id.starts_with("arn:") {
                &node.id
            } else {
                node.id.split_once('/').map_or(node.id.as_str(), |(_, name)| name)
            }
        }
        NodeKind::Service | NodeKind::Account | NodeKind::ExternalPrincipal => &node.id,
    };
    (kind(node.kind), escape::line(name).into_owned())
}

/// The word for a kind of node.
pub fn kind(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Role => "role",
        NodeKind::User => "user",
        NodeKind::Group => "group",
        NodeKind::Policy => "policy",
        NodeKind::AwsPolicy => "AWS managed policy",
        NodeKind::Service => "service",
        NodeKind::Account => "account",
        NodeKind::FederatedProvider => "identity provider",
        NodeKind::ExternalPrincipal => "principal elsewhere",
        NodeKind::Public => "public",
    }
}

/// A class name for a kind.
pub fn class(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Role => "role",
        NodeKind::User => "user",
        NodeKind::Group => "group",
        NodeKind::Policy => "policy",
        NodeKind::AwsPolicy => "aws",
        NodeKind::Service => "service",
        NodeKind::Account => "account",
        NodeKind::FederatedProvider => "provider",
        NodeKind::ExternalPrincipal => "external",
        NodeKind::Public => "public",
    }
}

/// A mark as a word; empty for what stays.
pub fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Unchanged => "",
        Mark::Added => "added",
        Mark::Removed => "removed",
        Mark::Changed => "changed",
    }
}

/// What an edge says between its ends.
pub fn says(edge: &Edge) -> &'static str {
    match (edge.kind, edge.conditional) {
        (EdgeKind::Assumes, false) => "can become",
        (EdgeKind::Assumes, true) => "can become, under conditions,",
        (EdgeKind::Attached, _) => "holds",
        (EdgeKind::Bounds, _) => "is bounded by",
        (EdgeKind::MemberOf, _) => "is a member of",
    }
}
