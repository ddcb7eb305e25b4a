//! `iamctl test --live`: the same tests, with the answers of IAM's simulator. Reading calls alone.

use std::collections::BTreeMap;

use super::options;
use crate::backend::simulate::{SimulateDocuments, Simulated, SimulatedAnswer};
use crate::backend::{BackendError, ErrorKind};
use crate::cases::live::{Inquiry, Live, documents, inquiries};
use crate::cases::{self, TestOutcome};
use crate::cli::args::TestArgs;
use crate::cli::flow::{SpecSet, Unknown, principal_behind};
use crate::cli::session::{Account, Session};
use crate::cli::{CliError, Context};
use crate::holdings::AccountState;
use crate::spec::Resolved;

/// Runs the tests offline, then asks IAM.
pub(super) async fn run(
    context: &Context,
    args: &TestArgs,
    session: &Session,
    specs: &SpecSet,
) -> Result<(Resolved, Vec<TestOutcome>), CliError> {
    if session.is_embedded() {
        return Err(CliError::usage("`--live` asks IAM's simulator, which an embedded account does not have")
            .help("choose an AWS account with `--account`, or leave `--live` out"));
    }
    let account = session.connect().await?;
    let caller = session.caller(&account, None).await?;
    let arn = principal_behind(&caller.arn, None);
    let resolved = specs.resolve(context, session, &caller.account, Some(&arn), None, Unknown::Warning)?.resolved;
    let state = AccountState::of_specs(&resolved.desired, caller.account.clone());
    let mut outcomes = cases::run(&resolved, specs.loaded(), &state, options(args));
    let asked = inquiries(&mut outcomes, &state);
    let mut asking = Asking { account: &account, strict: args.strict_context, absent: BTreeMap::new(), over: None };
    let progress = context.terminal.progress();
    for (at, inquiry) in asked.iter().enumerate() {
        asking.ask(inquiry, &mut outcomes, &state).await;
        progress.read("calls of IAM's simulator", at.saturating_add(1), Some(asked.len()));
    }
    Ok((resolved, outcomes))
}

/// What was learnt while asking.
struct Asking<'a> {
    account: &'a Account,
    strict: bool,
    /// Principals that are not in the account, by ARN, with what is asked instead.
    absent: BTreeMap<String, Result<SimulateDocuments, Live>>,
    /// Why no further questions are asked.
    over: Option<String>,
}

impl Asking<'_> {
    async fn ask(&mut self, inquiry: &Inquiry, outcomes: &mut [TestOutcome], state: &AccountState<'_>) {
        if let Some(why) = &self.over {
            return inquiry.settle(outcomes, &Live::Unknown(why.clone()));
        }
        if !self.absent.contains_key(&inquiry.principal) {
            match self.call(&Simulated::Principal(&inquiry.principal), inquiry).await {
                Ok(answers) => return inquiry.answer(outcomes, &answers, None, self.strict),
                Err(error) if error.kind == ErrorKind::NotFound => {
                    let instead = documents(&inquiry.principal, state);
                    self.absent.insert(inquiry.principal.clone(), instead);
                }
                Err(error) => return Box::pin(self.failed(inquiry, &error, outcomes, state)).await,
            }
        }
        let documents = match self.absent.get(&inquiry.principal) {
            Some(Ok(documents)) => documents.clone(),
            Some(Err(live)) => return inquiry.settle(outcomes, live),
            None => return,
        };
        match self.call(&Simulated::Documents(&documents), inquiry).await {
            Ok(answers) => inquiry.answer(outcomes, &answers, Some(&documents), self.strict),
            Err(error) => Box::pin(self.failed(inquiry, &error, outcomes, state)).await,
        }
    }

    /// No answer: one bad question is not to spoil the others, and what will not answer is not asked again.
    async fn failed(&mut self, inquiry: &Inquiry, error: &BackendError, outcomes: &mut [TestOutcome], state: &AccountState<'_>) {
        let why = format!("IAM's simulator could not be asked ({error})");
        match error.kind {
            ErrorKind::Invalid | ErrorKind::Malformed if inquiry.len() > 1 => {
                for one in inquiry.apart() {
                    self.ask(&one, outcomes, state).await;
                }
                return;
            }
            // A permission may be there for the next principal; a service that cannot be reached is not there for anybody.
            ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Unsupported => self.over = Some(why.clone()),
            _ => {}
        }
        inquiry.settle(outcomes, &Live::Unknown(why));
    }

    #[cfg(feature = "aws")]
    async fn call(&self, whose: &Simulated<'_>, inquiry: &Inquiry) -> Result<Vec<SimulatedAnswer>, BackendError> {
        match self.account {
            Account::Aws(account) => account.simulate(whose, std::slice::from_ref(&inquiry.case)).await,
            Account::Embedded(_) => Err(BackendError::new(ErrorKind::Unsupported, "simulate", "the account is a file")),
        }
    }

    #[cfg(not(feature = "aws"))]
    async fn call(&self, _: &Simulated<'_>, _: &Inquiry) -> Result<Vec<SimulatedAnswer>, BackendError> {
        let Account::Embedded(_) = self.account;
        Err(BackendError::new(ErrorKind::Unsupported, "simulate", "the account is a file"))
    }
}
