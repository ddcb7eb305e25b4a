use clap::{CommandFactory, Parser};

use super::*;
use crate::names::Address;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

fn plan(line: &str) -> PlanArgs {
    match parse(line).unwrap().command {
        Command::Plan(args) => args,
        other => panic!("{other:?}"),
    }
}

fn apply(line: &str) -> ApplyArgs {
    match parse(line).unwrap().command {
        Command::Apply(args) => args,
        other => panic!("{other:?}"),
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn only_a_whole_set_is_pruned() {
    assert!(plan("iamctl plan").options().prune);
    assert!(!plan("iamctl plan specs/a.yaml").options().prune);
    assert!(!plan("iamctl plan --target role/a").options().prune);
    assert!(!plan("iamctl plan --no-prune").options().prune);
    assert!(plan("iamctl plan --prune specs/a.yaml --target role/a").options().prune);
    assert!(parse("iamctl plan --prune --no-prune").is_err());
}

#[test]
fn adopt_takes_an_address_after_an_equals_sign_only() {
    let args = plan("iamctl plan --adopt specs");
    assert_eq!((args.options().adopt_all, args.paths.len()), (true, 1));
    let options = plan("iamctl plan --adopt=role/a --adopt=role/b").options();
    assert!(!options.adopt_all);
    assert_eq!(options.adopt, [address("role/a"), address("role/b")].into());
}

#[test]
fn flags_that_shape_a_plan_are_refused_beside_a_saved_one() {
    assert_eq!(apply("iamctl apply plan.json --yes").input(&Global::default()), Ok(ApplyInput::Saved("plan.json".as_ref())));
    let error = apply("iamctl apply plan.json --target role/a --max-deletes 3").input(&Global::default()).unwrap_err();
    assert_eq!(error.headline, "a saved plan cannot be reshaped by `--target`, `--max-deletes`");
    assert_eq!(error.exit.code(), 64);
    let vars = Global { vars: vec!["a=b".parse().unwrap()], ..Global::default() };
    assert!(apply("iamctl apply plan.json").input(&vars).is_err());
    assert!(apply("iamctl apply specs plan.json").input(&Global::default()).is_err());
    assert!(
        matches!(apply("iamctl apply specs --prune").input(&Global::default()), Ok(ApplyInput::Specs(paths)) if paths.len() == 1)
    );
}

#[test]
fn every_shaping_flag_reaches_the_options() {
    let all = "--target role/t --prune --adopt --adopt=role/a --take-over role/o --replace role/r --allow role/w --allow-delete role/d \
               --detach-holders policy/h --allow-lockout role/l --allow-failing-tests --max-deletes 12 --max-changes-percent 50";
    let args = plan(&format!("iamctl plan {all}"));
    let options = args.options();
    assert_eq!(args.shape.given().len(), 12);
    assert!(options.prune && options.adopt_all && options.allow_failing_tests && !options.destroy);
    assert_eq!((options.max_deletes, options.max_changes_percent), (Some(12), Some(50)));
    for (set, name) in [
        (&options.target, "role/t"),
        (&options.adopt, "role/a"),
        (&options.take_over, "role/o"),
        (&options.replace, "role/r"),
        (&options.allow, "role/w"),
        (&options.allow_delete, "role/d"),
        (&options.allow_lockout, "role/l"),
        (&options.detach_holders, "policy/h"),
    ] {
        assert_eq!(set, &[address(name)].into());
    }
}

#[test]
fn variables_keep_all_after_the_first_equals_sign() {
    let global = parse("iamctl plan --var a=b=c --account prod --var d=").unwrap().global;
    let pairs: Vec<_> = global.vars.iter().map(|v| (v.name.as_str(), v.value.as_str())).collect();
    assert_eq!(pairs, [("a", "b=c"), ("d", "")]);
    assert_eq!(global.account.as_deref(), Some("prod"));
    assert!(parse("iamctl plan --var novalue").is_err());
}

#[test]
fn ids_digests_and_addresses_are_checked_at_once() {
    for wrong in [
        "iamctl apply --expect-account 123",
        "iamctl apply --expect-digest abc",
        "iamctl plan --target rol/a",
        "iamctl plan --max-changes-percent 101",
        "iamctl plan --format xml",
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_misspelt_command_is_answered_with_the_nearest() {
    let error = parse("iamctl plna").unwrap_err().to_string();
    assert!(error.contains("plan"), "{error}");
}

#[test]
fn help_texts_are_imperative_and_end_without_a_period() {
    fn check(command: &clap::Command) {
        for arg in command.get_arguments() {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty() && !help.ends_with('.'), "{} {}: {help}", command.get_name(), arg.get_id());
        }
        for sub in command.get_subcommands() {
            assert!(sub.get_after_help().is_some(), "{} has no example", sub.get_name());
            check(sub);
        }
    }
    check(&Cli::command());
}
