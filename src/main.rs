//! The `iamctl` binary.

fn main() {}
