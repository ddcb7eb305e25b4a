//! Ways to escalate in the words of a finding.

use crate::escalation::methods;

/// The actions that a method of this name needs, as AWS spells them; empty for what is not a method.
fn actions_of_method(name: &str) -> Vec<String> {
    let method = methods::all().find(|method| method.name == name);
    method.into_iter().flat_map(|method| method.actions.split(' ')).map(str::to_owned).collect()
}

/// Ways that one sentence names, and actions that it names at most where it names several ways.
const MOST_NAMED: usize = 3;
const MOST_ACTIONS: usize = 5;

/// The first of a list of ways, methods by what they need, and how many more there are. A method that needs more than one
/// that is named is only counted.
pub fn ways_in_words(ways: &[&str]) -> String {
    let mut named: Vec<Vec<String>> = Vec::new();
    for way in ways {
        let needs = actions_of_method(way);
        let needs = if needs.is_empty() { vec![(*way).to_owned()] } else { needs };
        let more = named.iter().map(Vec::len).sum::<usize>() + needs.len() > MOST_ACTIONS;
        if named.len() == MOST_NAMED || (more && !named.is_empty()) {
            break;
        }
        if !named.iter().any(|less| less.iter().all(|action| needs.contains(action))) {
            named.push(needs);
        }
    }
    let more = ways.len() - named.len();
    let quoted = |needs: Vec<String>| match needs.as_slice() {
        // A way that is not a method is told in words already.
        [words] if words.contains('`') => words.clone(),
        _ => needs.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>().join(" + "),
    };
    let mut words: Vec<String> = named.into_iter().map(quoted).collect();
    match more {
        0 => {}
        1 => words.push("and 1 more way".to_owned()),
        _ => words.push(format!("and {more} more ways")),
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_few_ways_and_counts_the_rest() {
        let words = |ways: &[&str]| ways_in_words(ways);
        assert_eq!(words(&["CreateAccessKey"]), "`iam:CreateAccessKey`");
        assert_eq!(
            words(&["PutRolePolicy", "CreateAccessKey", "CreateAndRotateAccessKey", "AddUserToGroup", "AttachUserPolicy"]),
            "`iam:PutRolePolicy`, `iam:CreateAccessKey`, `iam:AddUserToGroup`, and 2 more ways"
        );
        assert_eq!(
            words(&["PassExistingRoleToNewLambdaThenInvoke", "PassExistingRoleToNewECSService"]),
            "`iam:PassRole` + `lambda:CreateFunction` + `lambda:InvokeFunction`, and 1 more way"
        );
        assert_eq!(words(&["`role/a` → `role/b`"]), "`role/a` → `role/b`");
    }
}
