use serde_json::json;

use super::*;
use crate::model::OidcProvider;

fn oidc(lab: &Lab) -> &OidcProvider {
    &lab.0.snapshot().oidc_providers[&Name::new("token.example.com/x")]
}

#[test]
fn oidc_urls_follow_iams_rules_and_stand_once() {
    let mut lab = Lab::new();
    for url in [
        "http://a.example.com",
        "https://",
        "https://a.example.com:443",
        "https://a.example.com?x",
        "https://a b",
        "a.example.com",
    ] {
        lab.no("CreateOpenIDConnectProvider", json!({"Url": url}), "ValidationError", "Invalid Open ID Connect Provider URL");
    }
    let long = format!("https://a.example.com/{}", "x".repeat(255));
    lab.no("CreateOpenIDConnectProvider", json!({"Url": long}), "ValidationError", "255");
    lab.ok("CreateOpenIDConnectProvider", json!({"Url": "https://token.example.com/x"}));
    assert_eq!(oidc(&lab).thumbprints.value().unwrap().first().unwrap().len(), 40, "IAM fetches one itself");
    lab.no("CreateOpenIDConnectProvider", json!({"Url": "https://token.example.com/x"}), "EntityAlreadyExists", "already exists");
}

#[test]
fn oidc_client_ids_and_thumbprints_have_their_limits() {
    let mut lab = Lab::new();
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    let url = "https://token.example.com/x";
    lab.no("CreateOpenIDConnectProvider", json!({"Url": url, "ClientIDList": many}), "LimitExceeded", "ClientIds");
    lab.no("CreateOpenIDConnectProvider", json!({"Url": url, "ThumbprintList": ["ab"]}), "ValidationError", "40");
    lab.no("CreateOpenIDConnectProvider", json!({"Url": url, "ThumbprintList": vec!["a".repeat(40); 6]}), "InvalidInput", "5");
    lab.no("CreateOpenIDConnectProvider", json!({"Url": url, "ThumbprintList": ["z".repeat(40)]}), "InvalidInput", "hexadecimal");
    lab.ok("CreateOpenIDConnectProvider", json!({"Url": url, "ClientIDList": many[..100]}));
    let provider = arn("oidc-provider/token.example.com/x");
    let client = |id: &str| json!({"OpenIDConnectProviderArn": provider, "ClientID": id});
    lab.ok("AddClientIDToOpenIDConnectProvider", client("7"));
    lab.no("AddClientIDToOpenIDConnectProvider", client("more"), "LimitExceeded", "ClientIds");
    lab.ok("RemoveClientIDFromOpenIDConnectProvider", client("7")).ok("RemoveClientIDFromOpenIDConnectProvider", client("7"));
    let thumbprints = |list: Value| json!({"OpenIDConnectProviderArn": provider, "ThumbprintList": list});
    lab.no("UpdateOpenIDConnectProviderThumbprint", thumbprints(json!([])), "InvalidInput", "at least one");
    lab.ok("UpdateOpenIDConnectProviderThumbprint", thumbprints(json!(["b".repeat(40)])));
    lab.ok("TagOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": provider, "Tags": {"a": "1", "A": "2"}}));
    assert_eq!(oidc(&lab).tags.value().unwrap().len(), 2);
    lab.ok("DeleteOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": provider}));
    lab.no("DeleteOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": provider}), "NoSuchEntity", "not found");
}

#[test]
fn saml_metadata_has_bounds() {
    let mut lab = Lab::new();
    let metadata = |n: usize| format!("<EntityDescriptor>{}", "x".repeat(n));
    let create = |name: &str, text: String| json!({"Name": name, "SAMLMetadataDocument": text});
    lab.no("CreateSAMLProvider", create("s", metadata(10)), "ValidationError", "1000");
    lab.no("CreateSAMLProvider", create("s", "x".repeat(2000)), "InvalidInput", "Could not parse metadata");
    lab.no("CreateSAMLProvider", create("a b", metadata(1000)), "ValidationError", "name");
    lab.ok("CreateSAMLProvider", create("s", metadata(1000)));
    lab.no("CreateSAMLProvider", create("S", metadata(1000)), "EntityAlreadyExists", "already exists");
    let provider = arn("saml-provider/s");
    lab.ok("UpdateSAMLProvider", json!({"SAMLProviderArn": provider, "SAMLMetadataDocument": metadata(2000)}));
    lab.ok("TagSAMLProvider", json!({"SAMLProviderArn": provider, "Tags": {"a": "b"}}));
    lab.ok("UntagSAMLProvider", json!({"SAMLProviderArn": provider, "TagKeys": ["a"]}));
    lab.ok("DeleteSAMLProvider", json!({"SAMLProviderArn": provider}));
    lab.no("DeleteSAMLProvider", json!({"SAMLProviderArn": provider}), "NoSuchEntity", "not found");
}
