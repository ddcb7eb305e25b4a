//! The library from outside: documents, decisions, comparisons, rules, specs, the embedded account, and the rules of the house.

#![allow(clippy::duplicate_mod, reason = "the fuzz targets include the second evaluator by its path, and so do the tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, reason = "a test fails by panicking")]

mod access {
    mod exhaustive;
    mod laws;
    mod trust_laws;
}
mod embedded_machine;
mod evaluation {
    mod naive;
    mod rules;
    mod speed;
    mod vectors;
}
mod fuzz_bodies;
mod house;
mod import_unknown;
mod law;
mod lint {
    mod corpora;
    mod escalations;
    mod managed;
    mod pages;
    mod published;
    mod rules;
    mod specs;
    mod vectors;
}
mod order;
mod policy {
    mod properties;
    mod vectors;
}
mod properties;
mod saved;
mod spec {
    mod errors;
    mod every_key;
    mod hostile;
    mod language;
    mod messages;
    mod mistakes;
    mod render;
    mod schemas;
    mod tables;
    mod templates;
}
#[path = "../support/mod.rs"]
mod support;
