//! YAML in, [`Node`]s with places out. The only user of the YAML reader.

mod at;
mod build;
mod decode;
mod error;
mod node;
mod scan;
mod split;
mod tagged;
#[cfg(test)]
mod tests;

pub use at::{At, Entries, Items, OneOrMany, Raw};
pub use decode::{Decoder, FaultyKeys, MERGE_KEY, Problem};
pub use node::{Kind, Node, Plain};
pub use tagged::{Tagged, read_tagged};

use serde::de::DeserializeSeed;

use super::prescan;
use super::text::{Pos, Texts, Via, to_u32};
use crate::diag::Finding;

/// Most nodes of all documents with anchors of one run: aliases multiply what is written. A document without any has no more nodes than
/// bytes, and the bytes of a run have a bound of their own.
pub const MAX_NODES: usize = 1_000_000;

/// What to do about a key that stands twice in one object or mapping: where it holds a list, dropping one may change what a policy says.
pub fn one_key(key: &str) -> &'static str {
    match key {
        "Action" | "NotAction" | "Resource" | "NotResource" | "Statement" => "join the two in one list",
        "Principal" | "NotPrincipal" | "Condition" | "AWS" | "Service" | "Federated" => "put what both hold under one",
        _ => "keep one of the two",
    }
}

/// Reads every document of a file. Problems are added with their places; `budget` is what is left of [`MAX_NODES`].
pub fn parse(texts: &Texts, file: u32, budget: &mut usize, problems: &mut Vec<Finding>) -> Vec<Node> {
    let Some(text) = texts.get(file) else { return Vec::new() };
    let hidden = prescan::hidden_text(&text.text);
    if !hidden.is_empty() {
        // Nothing of such a file is believed.
        problems.extend(hidden.into_iter().map(|(offset, problem)| texts.at(problem, Pos { file, offset, via: Via::NONE })));
        return Vec::new();
    }
    let mut nodes = Vec::new();
    for range in split::documents(&text.text) {
        let Some(part) = text.text.get(range.start..range.end) else { continue };
        let base = Pos { file, offset: to_u32(range.start), via: Via::NONE };
        match document(part, base, budget) {
            Ok((node, found)) => {
                for (at, first, problem) in found {
                    let problem = texts.at(problem, at);
                    problems.push(match first {
                        Some(first) => problem.related("first here", texts.place(first)),
                        None => problem,
                    });
                }
                nodes.push(node);
            }
            Err((at, opened, problem)) => {
                let problem = texts.at(problem, at);
                problems.push(match opened {
                    Some(opened) => problem.related("the bracket opens here", texts.place(opened)),
                    None => problem,
                });
            }
        }
    }
    nodes
}

type Found = Vec<(Pos, Option<Pos>, Finding)>;

fn document(part: &str, base: Pos, budget: &mut usize) -> Result<(Node, Found), (Pos, Option<Pos>, Finding)> {
    if let Some((offset, problem)) = prescan::too_much(part) {
        return Err((Pos { offset: base.offset.saturating_add(offset), ..base }, None, problem));
    }
    // Without aliases there are never more nodes than bytes, and the empty one; aliases may add a modest number.
    let multiplies = prescan::may_have_anchor(part);
    let allowed = if multiplies { (*budget).min(part.len().saturating_add(100_000)) } else { part.len().saturating_add(1) };
    let mut build = build::Build::new(part, base, allowed);
    let read = build::Value(&mut build).deserialize(serde_yaml::Deserializer::from_str(part));
    let mut node = match read {
        Ok(node) => node,
        Err(error) => return Err(error::translate(&error, part, base)),
    };
    if multiplies {
        *budget = budget.saturating_sub(allowed - build.budget);
    }
    let problems = std::mem::take(&mut build.problems);
    if build.unsure && problems.is_empty() {
        // The first pass has read it all, so the second cannot fail; if it did, the first pass's answer stands.
        let _ = build::Again(&mut node, &mut build).deserialize(serde_yaml::Deserializer::from_str(part));
    }
    Ok((node, problems))
}
