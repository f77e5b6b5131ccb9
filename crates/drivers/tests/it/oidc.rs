//! OpenID Connect, with a real provider.

use access::{Hidden, OidcClaims, OidcClient, OidcExpected, OidcRequest, RelyingParty as _};
use drivers::Oidc;
use kernel::{Clock as _, Error, Result, SystemClock, Timestamp};
use reqwest::Url;
use serde_json::json;
use testkit::IdentityProvider;

/// Nobody listens there: the provider sends the browser to it, and the test reads where to.
const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";

fn client(provider: &IdentityProvider, client_id: &str) -> OidcClient {
    OidcClient {
        issuer: provider.issuer(),
        client_id: client_id.to_owned(),
        client_secret: Some(Hidden(IdentityProvider::SECRET.to_owned())),
        redirect_uri: REDIRECT_URI.to_owned(),
        scopes: ["profile", "email", "groups"].map(str::to_owned).to_vec(),
    }
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// The code with which the browser comes back.
async fn code(provider: &IdentityProvider, request: &OidcRequest, name: &str) -> Hidden<String> {
    let back = Url::parse(&provider.sign_in(&request.url, name).await).unwrap();
    let parameter = |wanted| back.query_pairs().find(|(name, _)| name == wanted).unwrap().1.into_owned();
    assert!(back.as_str().starts_with(REDIRECT_URI), "{back}");
    assert_eq!(parameter("state"), request.expected.state);
    assert_eq!(parameter("iss"), provider.issuer());
    Hidden(parameter("code"))
}

fn refusal(outcome: Result<OidcClaims>) -> String {
    match outcome {
        Err(Error::Unauthenticated(why)) => why,
        other => panic!("it is not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_a_provider_says_of_its_user_is_proven_with_either_signature() {
    let provider = IdentityProvider::start(REDIRECT_URI).await;
    let oidc = Oidc::new();
    for client_id in [IdentityProvider::CLIENT, IdentityProvider::ES256_CLIENT] {
        let client = client(&provider, client_id);
        let request = oidc.begin(&client, now()).await.unwrap();
        let asked = Url::parse(&request.url).unwrap();
        for parameter in [("code_challenge_method", "S256"), ("scope", "openid profile email groups")] {
            assert!(asked.query_pairs().any(|(name, value)| (&*name, &*value) == parameter), "{asked}");
        }
        let code = code(&provider, &request, "ann+netops+readers").await;
        let OidcClaims { subject, all } = oidc.finish(&client, &request.expected, &code, now()).await.unwrap();
        assert_eq!(subject, "ann");
        for (name, value) in [
            ("sub", json!("ann")),
            ("preferred_username", json!("ann")),
            ("email", json!("ann@example.net")),
            ("email_verified", json!(true)),
            ("groups", json!(["netops", "readers"])),
            ("iss", json!(provider.issuer())),
        ] {
            assert_eq!(all[name], value, "{name}");
        }
        let again = oidc.finish(&client, &request.expected, &code, now()).await;
        assert!(refusal(again).contains("(invalid_grant)"), "a code is good for once");
    }
}

#[tokio::test]
async fn keys_that_a_provider_has_exchanged_are_read_again_but_not_as_often_as_somebody_likes() {
    let provider = IdentityProvider::start(REDIRECT_URI).await;
    let (oidc, client) = (Oidc::new(), client(&provider, IdentityProvider::ES256_CLIENT));
    let begun = now();
    oidc.begin(&client, begun).await.unwrap();
    provider.rotate_keys().await;
    let request = oidc.begin(&client, begun).await.unwrap();
    let first = code(&provider, &request, "ann").await;
    let at_once = oidc.finish(&client, &request.expected, &first, begun).await;
    assert!(refusal(at_once).contains("can't be proven"));
    let second = code(&provider, &request, "ann").await;
    let later = begun.plus_seconds(10);
    assert_eq!(oidc.finish(&client, &request.expected, &second, later).await.unwrap().subject, "ann");
}

#[tokio::test]
async fn an_answer_to_another_question_proves_nothing() {
    let provider = IdentityProvider::start(REDIRECT_URI).await;
    let (oidc, client) = (Oidc::new(), client(&provider, IdentityProvider::CLIENT));
    let request = oidc.begin(&client, now()).await.unwrap();
    let other = oidc.begin(&client, now()).await.unwrap().expected;
    let nonce = OidcExpected { nonce: other.nonce, ..request.expected.clone() };
    let verifier = OidcExpected { verifier: other.verifier, ..request.expected.clone() };
    let given = code(&provider, &request, "ann").await;
    assert!(refusal(oidc.finish(&client, &nonce, &given, now()).await).contains("can't be proven"));
    let given = code(&provider, &request, "ann").await;
    assert!(refusal(oidc.finish(&client, &verifier, &given, now()).await).contains("(invalid_grant)"));
    let given = code(&provider, &request, "ann").await;
    let hours_later = now().plus_seconds(2 * 3600);
    assert!(refusal(oidc.finish(&client, &request.expected, &given, hours_later).await).contains("can't be proven"));
    let given = code(&provider, &request, "ann").await;
    let stranger = OidcClient { client_secret: Some(Hidden("a guess".to_owned())), ..client.clone() };
    assert!(refusal(oidc.finish(&stranger, &request.expected, &given, now()).await).contains("(invalid_client)"));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_told_from_one_that_is_not_meant() {
    let oidc = Oidc::new();
    let at = |issuer: &str| OidcClient {
        issuer: issuer.to_owned(),
        client_id: "platbook".to_owned(),
        client_secret: None,
        redirect_uri: REDIRECT_URI.to_owned(),
        scopes: Vec::new(),
    };
    let error = oidc.begin(&at("http://127.0.0.1:9"), now()).await.err().unwrap();
    assert!(matches!(&error, Error::Busy(text) if text.ends_with("can't be reached.")), "{error:?}");
    for issuer in ["http://login.example.net", "ftp://127.0.0.1", "login"] {
        let error = oidc.begin(&at(issuer), now()).await.err().unwrap();
        assert!(matches!(&error, Error::Conflict(_)), "{error:?}");
    }
}
