//! Writes to OIDC and SAML providers.

use aws_sdk_iam::Client;

use super::{Sent, not_of_this_kind, send};
use crate::backend::aws::convert;
use crate::model::Operation;

/// Sends one request.
pub(super) async fn send(iam: &Client, operation: &Operation) -> Sent {
    use Operation as O;
    match operation {
        O::CreateOidcProvider { url, client_ids, thumbprints, tags } => {
            let request = iam
                .create_open_id_connect_provider()
                .url(url)
                .set_client_id_list(some(client_ids))
                .set_thumbprint_list(some(thumbprints))
                .set_tags(convert::to_sdk_tags(tags));
            send!("CreateOpenIDConnectProvider", request).map(|answer| answer.open_id_connect_provider_arn().map(str::to_owned))
        }
        O::AddClientIdToOidcProvider { provider_arn, client_id } => {
            let request =
                iam.add_client_id_to_open_id_connect_provider().open_id_connect_provider_arn(provider_arn).client_id(client_id);
            send!("AddClientIDToOpenIDConnectProvider", request).map(|_| None)
        }
        O::RemoveClientIdFromOidcProvider { provider_arn, client_id } => {
            let request = iam
                .remove_client_id_from_open_id_connect_provider()
                .open_id_connect_provider_arn(provider_arn)
                .client_id(client_id);
            send!("RemoveClientIDFromOpenIDConnectProvider", request).map(|_| None)
        }
        O::UpdateOidcProviderThumbprint { provider_arn, thumbprints } => {
            let request = iam
                .update_open_id_connect_provider_thumbprint()
                .open_id_connect_provider_arn(provider_arn)
                .set_thumbprint_list(Some(thumbprints.clone()));
            send!("UpdateOpenIDConnectProviderThumbprint", request).map(|_| None)
        }
        O::TagOidcProvider { provider_arn, tags } => {
            let request = iam
                .tag_open_id_connect_provider()
                .open_id_connect_provider_arn(provider_arn)
                .set_tags(convert::to_sdk_tags(tags));
            send!("TagOpenIDConnectProvider", request).map(|_| None)
        }
        O::UntagOidcProvider { provider_arn, tag_keys } => {
            let request = iam
                .untag_open_id_connect_provider()
                .open_id_connect_provider_arn(provider_arn)
                .set_tag_keys(Some(tag_keys.clone()));
            send!("UntagOpenIDConnectProvider", request).map(|_| None)
        }
        O::DeleteOidcProvider { provider_arn } => {
            let request = iam.delete_open_id_connect_provider().open_id_connect_provider_arn(provider_arn);
            send!("DeleteOpenIDConnectProvider", request).map(|_| None)
        }
        O::CreateSamlProvider { name, metadata, tags } => {
            let request = iam
                .create_saml_provider()
                .name(name.as_str())
                .saml_metadata_document(metadata)
                .set_tags(convert::to_sdk_tags(tags));
            send!("CreateSAMLProvider", request).map(|answer| answer.saml_provider_arn().map(str::to_owned))
        }
        O::UpdateSamlProvider { provider_arn, metadata } => {
            let request = iam.update_saml_provider().saml_provider_arn(provider_arn).saml_metadata_document(metadata);
            send!("UpdateSAMLProvider", request).map(|_| None)
        }
        O::TagSamlProvider { provider_arn, tags } => {
            let request = iam.tag_saml_provider().saml_provider_arn(provider_arn).set_tags(convert::to_sdk_tags(tags));
            send!("TagSAMLProvider", request).map(|_| None)
        }
        O::UntagSamlProvider { provider_arn, tag_keys } => {
            let request = iam.untag_saml_provider().saml_provider_arn(provider_arn).set_tag_keys(Some(tag_keys.clone()));
            send!("UntagSAMLProvider", request).map(|_| None)
        }
        O::DeleteSamlProvider { provider_arn } => {
            send!("DeleteSAMLProvider", iam.delete_saml_provider().saml_provider_arn(provider_arn)).map(|_| None)
        }
        _ => Err(not_of_this_kind("provider")),
    }
}

/// IAM takes no empty lists.
fn some(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}
