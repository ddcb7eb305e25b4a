//! The policy language: documents, their grammar, their normal form, their size.
//!
//! A document is kept exactly as its author wrote it; comparing is done on the normal form alone (INVARIANT (canon)).

mod document;

pub use document::{Document, DocumentKind};
