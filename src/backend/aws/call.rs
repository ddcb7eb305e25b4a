//! One read with its retries, pages without a gap, and many reads side by side.

use std::error::Error;
use std::future::Future;
use std::time::Instant;

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use tokio::task::JoinSet;

use super::Timing;
use super::errors::{failure, is_access_denied};
use super::retry::{AfterFailure, read_verdict};
use crate::backend::{BackendError, ErrorKind};

/// How many reads of one kind are on the way at once. Enough to hide the way to AWS; what is too much, throttling tells.
pub(super) const WIDTH: usize = 24;

/// Makes a reading call, again after throttling and lost answers.
pub(super) async fn read<T, E, F>(timing: &Timing, operation: &str, send: impl Fn() -> F) -> Result<T, BackendError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + Error + 'static,
{
    let started = Instant::now();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let failed = match send().await {
            Ok(answer) => return Ok(answer),
            Err(error) => failure(operation, &error),
        };
        let pause = timing.pause(attempt);
        if read_verdict(&failed, attempt) == AfterFailure::Fail || started.elapsed() + pause > timing.window {
            return Err(failed.error);
        }
        tokio::time::sleep(pause).await;
    }
}

/// One page of a listing.
pub(super) trait Page {
    /// Whether more pages follow; the only thing that says so (iam-facts 1.5).
    fn truncated(&self) -> bool;
    /// Where the next page begins.
    fn marker(&self) -> Option<&str>;
}

macro_rules! page {
    ($($output:path),*) => {$(
        impl Page for $output {
            fn truncated(&self) -> bool {
                self.is_truncated()
            }
            fn marker(&self) -> Option<&str> {
                self.marker()
            }
        }
    )*};
}

page!(
    aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput,
    aws_sdk_iam::operation::list_roles::ListRolesOutput,
    aws_sdk_iam::operation::list_instance_profiles::ListInstanceProfilesOutput,
    aws_sdk_iam::operation::list_policies::ListPoliciesOutput,
    aws_sdk_iam::operation::list_policy_versions::ListPolicyVersionsOutput,
    aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput,
    aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput,
    aws_sdk_iam::operation::list_attached_user_policies::ListAttachedUserPoliciesOutput,
    aws_sdk_iam::operation::list_attached_group_policies::ListAttachedGroupPoliciesOutput,
    aws_sdk_iam::operation::get_group::GetGroupOutput,
    aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyOutput,
    aws_sdk_iam::operation::simulate_custom_policy::SimulateCustomPolicyOutput
);

/// Reads every page. A page that cannot be asked for is an error, because a shorter account would be planned on as if it were whole.
pub(super) async fn pages<P, F>(
    operation: &str,
    mut fetch: impl FnMut(Option<String>) -> F,
    mut each: impl FnMut(&P),
) -> Result<Vec<P>, BackendError>
where
    P: Page,
    F: Future<Output = Result<P, BackendError>>,
{
    let lost = |why: &str| {
        BackendError::new(
            ErrorKind::Unavailable,
            operation,
            format!("a page of the listing is lost: {why}; run the command again"),
        )
    };
    let mut all: Vec<P> = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = fetch(marker.clone()).await?;
        each(&page);
        let truncated = page.truncated();
        let next = page.marker().filter(|m| !m.is_empty()).map(str::to_owned);
        all.push(page);
        if !truncated {
            return Ok(all);
        }
        let next = next.ok_or_else(|| lost("the answer is truncated and does not say where the next page begins"))?;
        if all.iter().rev().skip(1).any(|p| p.marker() == Some(next.as_str())) {
            return Err(lost("the answer leads back to a page that was read already"));
        }
        marker = Some(next);
    }
}

/// Runs one task for each item, at most [`WIDTH`] at once; results come in the items' order. The first error ends it.
pub(super) async fn side_by_side<I, T, F>(
    items: Vec<I>,
    task: impl Fn(I) -> F,
    mut done: impl FnMut(usize),
) -> Result<Vec<T>, BackendError>
where
    F: Future<Output = Result<T, BackendError>> + Send + 'static,
    T: Send + 'static,
{
    let mut results: Vec<Option<T>> = items.iter().map(|_| None).collect();
    let mut waiting = items.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut finished = 0;
    loop {
        while running.len() < WIDTH
            && let Some((place, item)) = waiting.next()
        {
            let work = task(item);
            running.spawn(async move { (place, work.await) });
        }
        let Some(joined) = running.join_next().await else { break };
        let (place, result) =
            joined.map_err(|e| BackendError::new(ErrorKind::Unavailable, "reading", format!("a read was broken off: {e}")))?;
        let result = result?;
        if let Some(slot) = results.get_mut(place) {
            *slot = Some(result);
        }
        finished += 1;
        done(finished);
    }
    Ok(results.into_iter().flatten().collect())
}

/// A read that one may be denied: then nothing is known of it, which is no failure.
pub(super) fn if_allowed<T>(result: Result<T, BackendError>) -> Result<Option<T>, BackendError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_access_denied(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A read of something that may be gone.
pub(super) fn if_there<T>(result: Result<T, BackendError>) -> Result<Option<T>, BackendError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::operation::list_roles::ListRolesOutput;

    fn page(truncated: bool, marker: Option<&str>) -> ListRolesOutput {
        ListRolesOutput::builder()
            .set_roles(Some(Vec::new()))
            .is_truncated(truncated)
            .set_marker(marker.map(str::to_owned))
            .build()
            .unwrap()
    }

    async fn read_all(answers: Vec<ListRolesOutput>) -> Result<Vec<ListRolesOutput>, BackendError> {
        let mut answers = answers.into_iter();
        pages("ListRoles", |_| std::future::ready(Ok(answers.next().unwrap())), |_| ()).await
    }

    #[tokio::test]
    async fn empty_pages_in_the_middle_end_nothing() {
        let all = read_all(vec![page(true, Some("a")), page(true, Some("b")), page(false, None)]).await.unwrap();
        assert_eq!(all.len(), 3);
    }

    #[tokio::test]
    async fn a_marker_without_truncation_is_not_followed() {
        assert_eq!(read_all(vec![page(false, Some("a"))]).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_lost_page_is_an_error() {
        assert!(read_all(vec![page(true, None)]).await.unwrap_err().message.contains("page of the listing is lost"));
        let turning = vec![page(true, Some("a")), page(true, Some("b")), page(true, Some("a"))];
        assert!(read_all(turning).await.unwrap_err().message.contains("leads back"));
    }

    #[tokio::test]
    async fn side_by_side_keeps_the_order_and_stops_at_an_error() {
        let items: Vec<usize> = (0..100).collect();
        let squares = side_by_side(items.clone(), |i| async move { Ok(i * i) }, |_| ()).await.unwrap();
        assert_eq!(squares, items.iter().map(|i| i * i).collect::<Vec<_>>());
        let failed = side_by_side(
            items,
            |i| async move { if i == 7 { Err(BackendError::new(ErrorKind::Limit, "x", "y")) } else { Ok(i) } },
            |_| (),
        );
        assert!(failed.await.is_err());
    }
}
