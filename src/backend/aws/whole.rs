//! Whether an answer is whole. The SDK takes an XML text that breaks off for a short one: a cut listing would pass as the account.
//!
//! Every answer of IAM's and STS's Query protocol is one element, `<GetRoleResponse>…</GetRoleResponse>`, sent as XML (iam-facts 1.1), and
//! every listing says whether more follows. What lacks any of that was broken off or comes from something else on the way. It counts as an
//! answer that was lost, which is repeated and then an error, and never as a short answer.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Listings that are read page by page, and so must say whether more follows.
///
/// Two are left out, because the usual emulator leaves the member out: ListPolicyVersions, of which there are never more than five, and
/// ListInstanceProfiles, where what is lacking shows as a disagreement with the roles of the bulk call.
const PAGED: [&str; 7] = [
    "GetAccountAuthorizationDetails",
    "ListRoles",
    "ListPolicies",
    "ListRolePolicies",
    "ListAttachedRolePolicies",
    "ListAttachedUserPolicies",
    "ListAttachedGroupPolicies",
];

/// Looks at each answer before it is believed.
#[derive(Debug)]
pub(super) struct WholeAnswers;

impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "whole answers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let operation = bag.load::<Metadata>().map_or("", Metadata::name);
        let body = response.body().bytes().unwrap_or_default();
        let lack = lack(operation, response.status().is_success(), response.headers().get("content-type"), body);
        lack.map_or(Ok(()), |lack| Err(format!("it is not whole: {lack}").into()))
    }
}

/// What an answer lacks to be believed; `None` for a whole one.
fn lack(operation: &str, success: bool, content_type: Option<&str>, body: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(body) else { return Some("it is not text".to_owned()) };
    let text = text.trim_start_matches('\u{feff}').trim();
    let root = root(text);
    let closed = root.is_some_and(|name| text.strip_suffix('>').is_some_and(|t| t.trim_end().ends_with(&format!("</{name}"))));
    if !success {
        // A refusal that is not XML goes by its status.
        return (root.is_some() && !closed).then(|| "the error breaks off".to_owned());
    }
    let wanted = format!("{operation}Response");
    match root {
        None if text.is_empty() => Some("the body is empty".to_owned()),
        None => Some("the body is not XML".to_owned()),
        Some(name) if name != wanted => Some(format!("it begins with `<{}>`, not with `<{wanted}>`", name.escape_debug())),
        Some(_) if !closed => Some(format!("`</{wanted}>` is missing at its end")),
        Some(_) if content_type.is_some_and(|kind| !kind.to_ascii_lowercase().contains("xml")) => {
            Some(format!("its content type is `{}`, not XML", content_type.unwrap_or_default().escape_debug()))
        }
        Some(_) if PAGED.contains(&operation) => page_lacks(text),
        Some(_) => None,
    }
}

fn page_lacks(text: &str) -> Option<String> {
    match member(text, "IsTruncated") {
        Some("false") => None,
        Some("true") if member(text, "Marker").is_some_and(|marker| !marker.is_empty()) => None,
        Some("true") => Some("more follows, and `Marker` does not say where".to_owned()),
        Some(_) | None => Some("`IsTruncated` does not say whether more follows".to_owned()),
    }
}

/// The text of the first element of a name.
fn member<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(value, _)| value.trim())
}

/// The name of the outermost element, after declarations and comments.
fn root(mut text: &str) -> Option<&str> {
    loop {
        let rest = text.strip_prefix('<')?;
        if rest.starts_with(['?', '!']) {
            text = rest.split_once('>')?.1.trim_start();
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(rest.len());
        return rest.get(..end).filter(|name| !name.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: &str = "<ListRolesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListRolesResult><Roles><member>\
        <RoleName>a</RoleName></member></Roles><IsTruncated>true</IsTruncated><Marker>m</Marker></ListRolesResult>\
        <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListRolesResponse>\n";

    fn of(body: &str) -> Option<String> {
        lack("ListRoles", true, Some("text/xml"), body.as_bytes())
    }

    #[test]
    fn an_answer_cut_at_any_byte_is_not_whole() {
        assert_eq!(of(ROLES), None);
        let whole = ROLES.trim_end().len();
        for cut in 0..whole {
            assert!(of(&ROLES[..cut]).is_some(), "{}", &ROLES[..cut]);
        }
        let declared = format!("<?xml version=\"1.0\"?>\n<!-- x -->{ROLES}");
        assert_eq!(of(&declared), None);
    }

    #[test]
    fn an_error_cut_at_any_byte_is_no_error_to_believe() {
        let error = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>x</Message></Error></ErrorResponse>";
        let of = |body: &str| lack("GetRole", false, None, body.as_bytes());
        assert_eq!(of(error), None);
        for cut in 1..error.len() {
            assert!(of(&error[..cut]).is_some() || root(&error[..cut]).is_none(), "{}", &error[..cut]);
        }
    }

    #[test]
    fn pages_say_whether_more_follows_and_where() {
        assert!(of(&ROLES.replace("<IsTruncated>true</IsTruncated>", "")).is_some());
        assert!(of(&ROLES.replace("<Marker>m</Marker>", "")).is_some());
        assert!(of(&ROLES.replace("<Marker>m</Marker>", "<Marker></Marker>")).is_some());
        assert_eq!(of(&ROLES.replace("true</IsTruncated><Marker>m</Marker>", "false</IsTruncated>")), None);
    }

    #[test]
    fn what_something_on_the_way_says_is_no_answer() {
        for body in ["", " \n", "{}", "<html><body>Sign in</body></html>", "<GetRoleResponse></GetRoleResponse>", "\u{feff}"] {
            assert!(of(body).is_some(), "{body}");
        }
        assert!(lack("ListRoles", true, Some("text/html; charset=utf-8"), ROLES.as_bytes()).is_some());
        assert_eq!(lack("ListRoles", true, None, ROLES.as_bytes()), None);
        assert!(lack("ListRoles", true, None, &[0xff, 0xfe]).is_some());
    }
}
