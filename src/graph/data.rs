//! Nodes and edges.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A drawing of an account's principals and policies. Nodes and edges are sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// By id.
    pub nodes: Vec<Node>,
    /// By ends.
    pub edges: Vec<Edge>,
    /// What could not be read or was not worked out, so that edges may be missing; sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// An entity, or somebody outside who is named in a trust.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its address, or the name that a trust gives it: `sagemaker.amazonaws.com`, an account id, an ARN, `*`.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Whether the change touches it.
    pub mark: Mark,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "IAM's own words")]
pub enum NodeKind {
    Role,
    User,
    Group,
    Policy,
    AwsPolicy,
    Service,
    Account,
    FederatedProvider,
    /// A principal of another account, or one that no spec declares.
    ExternalPrincipal,
    /// Everybody.
    Public,
}

/// What the change does to a node or an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "plain words")]
pub enum Mark {
    #[default]
    Unchanged,
    Added,
    Removed,
    /// It stays and is altered; of an edge: other conditions.
    Changed,
}

/// From one node to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The id where it starts: who assumes, who holds, who is a member.
    pub from: String,
    /// The id where it ends: who is assumed, what is held, the group.
    pub to: String,
    /// What it says.
    pub kind: EdgeKind,
    /// Whether a condition limits it, or it depends on what was not read.
    pub conditional: bool,
    /// What the change does to it.
    pub mark: Mark,
}

/// What an edge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// The first can become the second. From an account: the role's trust names the account. To this account: the first may assume whatever
    /// trusts the account.
    Assumes,
    /// The policy is attached to the first.
    Attached,
    /// The policy bounds the first.
    Bounds,
    /// The first is a member of the group.
    MemberOf,
}
