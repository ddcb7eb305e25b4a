//! Requests and decisions from public projects. Sources and licences: the header of each file.
//!
//! Left out is what their README leaves open: `single-valued-operator-on-list-key` (no promise; iam-facts 6.6 calls it uncertain).

use iamctl::cases::read_file;
use iamctl::policy::eval::decide;
use serde_json::Value;

/// Where `decide` disagrees with a file; and how many cases it was asked.
fn disagreements(text: &str) -> (Vec<String>, usize) {
    let file: Value = serde_json::from_str(text).unwrap();
    let cases = read_file(text).unwrap();
    let listed = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), listed.len());
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (case, source) in cases.iter().zip(listed) {
        if source["tags"].as_array().unwrap().iter().any(|tag| tag == "single-valued-operator-on-list-key") {
            continue;
        }
        asked += 1;
        let expected = source["expected"].as_str().unwrap();
        let found = decide(&case.policies, &case.request);
        let word = found.effect.word();
        let agrees = word == expected || (expected == "denied" && word.ends_with("Deny"));
        if !agrees {
            wrong.push(format!("{}: {word} instead of {expected}, because {:?}", case.name, found.because));
        }
    }
    (wrong, asked)
}

macro_rules! set {
    ($name:ident, $file:literal, $asked:literal) => {
        #[test]
        fn $name() {
            let (wrong, asked) = disagreements(include_str!(concat!("../../vectors/evaluation/", $file)));
            assert!(wrong.is_empty(), "{} of {asked}: {wrong:#?}", wrong.len());
            assert_eq!(asked, $asked);
        }
    };
}

set!(politest_s_cases_which_run_against_iam_s_own_simulator, "evaluation_politest.json", 185);
set!(iamspy_s_cases, "evaluation_iamspy.json", 17);
set!(arsenal_s_cases, "evaluation_arsenal.json", 44);
set!(iam_rs_s_case, "evaluation_iamrs.json", 1);
