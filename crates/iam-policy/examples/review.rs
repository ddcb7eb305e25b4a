//! Compares two identity policies: `cargo run --example review OLD.json NEW.json`.

use std::error::Error;
use std::process::ExitCode;

use iam_policy::{Document, Options, PrincipalPolicies, Subject, Verdict, compare};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(old), Some(new), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("usage: review OLD.json NEW.json");
        return Ok(ExitCode::from(64));
    };
    let read = |file: &String| -> Result<PrincipalPolicies, Box<dyn Error>> {
        let document = Document::parse(&std::fs::read_to_string(file)?).map_err(|error| format!("{file}: {error}"))?;
        Ok(PrincipalPolicies { identity: vec![(file.clone(), document)], ..PrincipalPolicies::default() })
    };
    let diff = compare(&read(&old)?, &read(&new)?, &Subject::Anyone, Options::default());
    match diff.verdict {
        Verdict::NoNewAccess => println!("No new access: {new} allows nothing that {old} does not allow."),
        Verdict::Undecided => println!("Undecided: {}", diff.reason.unwrap_or_default()),
        Verdict::NewAccess => {
            for grant in &diff.gained {
                println!("New: {} on {}", grant.actions.join(", "), grant.resources.join(", "));
                println!("     for example {} on {}", grant.example.action, grant.example.resource);
            }
        }
    }
    for grant in &diff.lost {
        println!("Lost: {} on {}", grant.actions.join(", "), grant.resources.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}
