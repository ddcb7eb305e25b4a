//! Identity providers and service-linked roles.

use iamctl::model::Operation;

use super::runner::*;
use super::specs::*;

const THUMB: &str = "6938fd4d98bab03faadb97b34396831e3780aea1";
const OTHER: &str = "1c58a3a8518e8759bf075b76b750d4f2df264fcd";

fn oidc(keys: &str) -> String {
    format!("oidc_providers: {{token.actions.githubusercontent.com: {{{keys}}}}}\n{}", rest())
}

fn saml(keys: &str) -> String {
    format!("saml_providers: {{CorpIdP: {{metadata_file: corp.xml{keys}}}}}\n{}", rest())
}

fn metadata(version: u32) -> String {
    let certificate = format!("MIIC{version}").repeat(300);
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://idp.example/{version}\"><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><X509Certificate>{certificate}</X509Certificate></KeyDescriptor><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example/sso\"/></IDPSSODescriptor></EntityDescriptor>\n"
    )
}

fn delete_oidc(id: &str) -> Operation {
    Operation::DeleteOidcProvider { provider_arn: format!("arn:aws:iam::{id}:oidc-provider/token.actions.githubusercontent.com") }
}

group!(
    an_oidc_provider_is_made_tagged_and_kept_until_its_deletion_is_allowed,
    [
        step("made", oidc(&format!("client_ids: [sts.amazonaws.com], thumbprints: [{THUMB}]")))
            .calls(&["CreateOpenIDConnectProvider", "CreatePolicy"]),
        step("tagged", oidc(&format!("client_ids: [sts.amazonaws.com], thumbprints: [{THUMB}], tags: {{a: \"1\"}}")))
            .calls(&["TagOpenIDConnectProvider"]),
        step("another thumbprint", oidc(&format!("thumbprints: [{THUMB}, {OTHER}], tags: {{a: \"1\"}}")))
            .calls(&["UpdateOpenIDConnectProviderThumbprint"]),
        step("left out, left alone", oidc("tags: {a: \"1\"}")).nothing(),
        step("deleted on request", rest())
            .flags(&["--allow-delete", "oidc-provider/token.actions.githubusercontent.com"])
            .calls(&["DeleteOpenIDConnectProvider"]),
    ]
);

group!(
    the_audiences_of_an_oidc_provider,
    moto = "moto has neither AddClientIDToOpenIDConnectProvider nor its opposite",
    [
        step("made", oidc("client_ids: [sts.amazonaws.com]")),
        step("one more", oidc("client_ids: [sts.amazonaws.com, other]")).calls(&["AddClientIDToOpenIDConnectProvider"]),
        step("one fewer: what this stack created it owns", oidc("client_ids: [other]"))
            .calls(&["RemoveClientIDFromOpenIDConnectProvider"]),
        step("deleted", rest()).flags(&["--allow-delete", "oidc-provider/token.actions.githubusercontent.com"]),
    ]
);

group!(
    an_oidc_provider_that_exists_is_used,
    [
        step("used", oidc("client_ids: [sts.amazonaws.com]"))
            .others(|_| vec![Operation::CreateOidcProvider {
                url: "https://token.actions.githubusercontent.com".to_owned(),
                client_ids: vec!["sts.amazonaws.com".to_owned(), "more".to_owned()],
                thumbprints: vec![THUMB.to_owned()],
                tags: Default::default()
            }])
            .changes(&["policy/rest create"]),
        step("no longer declared", rest()).nothing(),
        step("gone", rest()).others(|id| vec![delete_oidc(id)]).nothing(),
    ]
);

group!(
    a_saml_provider_is_made_and_its_metadata_follow,
    [
        step("made", saml("")).file("specs/corp.xml", metadata(1)).calls(&["CreateSAMLProvider", "CreatePolicy"]),
        step("changed", saml("")).file("specs/corp.xml", metadata(2)).calls(&["UpdateSAMLProvider"]),
    ]
);

group!(
    a_saml_provider_is_tagged_and_deleted_on_request,
    moto = "moto drops the tags of SAML providers, ownership with them",
    [
        step("made", saml("")).file("specs/corp.xml", metadata(1)),
        step("tagged", saml(", tags: {a: \"1\"}")).calls(&["TagSAMLProvider"]),
        step("deleted on request", rest()).flags(&["--allow-delete", "saml-provider/CorpIdP"]).calls(&["DeleteSAMLProvider"]),
    ]
);

group!(
    service_linked_roles_are_made_and_left_to_their_service,
    [
        step("made", "service_linked_roles: [spot.amazonaws.com]\n".to_owned() + &rest())
            .calls(&["CreatePolicy", "CreateServiceLinkedRole"]),
        step("no longer declared", rest()).nothing(),
        step("already there", "service_linked_roles: [spot.amazonaws.com]\n".to_owned() + &rest()).nothing(),
        step(
            "with a suffix",
            "service_linked_roles: [{service: autoscaling.amazonaws.com, custom_suffix: blue, description: For blue}]\n"
                .to_owned()
                + &rest()
        )
        .calls(&["CreateServiceLinkedRole"]),
        step(
            "described otherwise",
            "service_linked_roles: [{service: autoscaling.amazonaws.com, custom_suffix: blue, description: For green}]\n"
                .to_owned()
                + &rest()
        )
        .calls(&["UpdateRole"]),
    ]
);

group!(
    a_role_trusts_a_provider_of_the_same_spec,
    [
        step("made", "roles: {r: {trust: [{saml: CorpIdP}]}}\nsaml_providers: {CorpIdP: {metadata_file: corp.xml}}\n")
            .file("specs/corp.xml", metadata(1))
            .calls(&["CreateSAMLProvider", "CreateRole"]),
        step("the role goes", saml("")),
    ]
);
