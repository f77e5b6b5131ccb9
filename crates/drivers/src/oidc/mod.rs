//! Providers of OpenID Connect Core 1.0: the code flow with PKCE, of which the ID token is signed with RS256 or ES256.

mod client;
mod http;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use access::{Hidden, OidcClaims, OidcClient, OidcExpected, OidcRequest, RelyingParty};
use futures_util::future::BoxFuture;
use kernel::{Error, Result, Timestamp};
use openidconnect::{
    AccessToken, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, DiscoveryError, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, SubjectIdentifier, TokenResponse as _, UserInfoError,
    core::{CoreClientAuthMethod, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType},
};
use reqwest::Url;
use serde_json::{Map, Value};

use self::{
    client::{RegisteredClient, Tokens, UserInfo},
    http::{Failure, Http, is_safe},
};

/// How long one request to a provider may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the configuration and the keys of a provider are taken for granted, in seconds.
const FRESH: i64 = 600;
/// How soon they are read again when a signature does not fit, in seconds: keys may have been exchanged, but whoever
/// comes with forged tokens must not make us ask the provider as often as they like.
const PAUSE: i64 = 10;
/// By how much the clocks may differ, in seconds.
const SKEW: i64 = 60;
/// The signatures that are taken.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 2] =
    [CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EcdsaP256Sha256];

/// Speaks with all providers.
#[derive(Debug, Default)]
pub struct Oidc {
    /// By issuer.
    known: Mutex<HashMap<String, Known>>,
}

/// The configuration and the keys of a provider.
#[derive(Debug, Clone)]
struct Known {
    metadata: CoreProviderMetadata,
    read_at: Timestamp,
}

impl Oidc {
    /// One that knows no provider yet.
    pub fn new() -> Self {
        Self::default()
    }

    async fn prepare(&self, client: &OidcClient, now: Timestamp) -> Result<OidcRequest> {
        let conversation = Conversation::with(client)?;
        let known = self.known(&conversation, now, FRESH).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let registered = conversation.registered(known.metadata)?;
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let request = registered.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let scopes = client.scopes.iter().map(|scope| Scope::new(scope.clone()));
        let (url, state, nonce) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        if !is_safe(&url) {
            return Err(conversation.useless("names a place for signing in that is not https://"));
        }
        let (state, nonce) = (state.into_secret(), nonce.secret().clone());
        Ok(OidcRequest { url: url.into(), expected: OidcExpected { state, nonce, verifier: verifier.into_secret() } })
    }

    async fn prove(
        &self,
        client: &OidcClient,
        expected: &OidcExpected,
        code: &Hidden<String>,
        now: Timestamp,
    ) -> Result<OidcClaims> {
        let conversation = Conversation::with(client)?;
        let known = self.known(&conversation, now, FRESH).await?;
        let registered = conversation.registered(known.metadata)?;
        let tokens = conversation.exchange(&registered, code, &expected.verifier).await?;
        let proven = match verify(&registered, &tokens, &expected.nonce, now) {
            // The provider may have exchanged its keys.
            Err(Refusal::Signature(_)) => {
                let known = self.known(&conversation, now, PAUSE).await?;
                let registered = conversation.registered(known.metadata)?;
                verify(&registered, &tokens, &expected.nonce, now)
            }
            other => other,
        };
        let (subject, mut all) = proven.map_err(|refusal| conversation.unproven(&refusal))?;
        for (name, value) in conversation.user_info(&registered, &tokens, &subject).await? {
            all.entry(name).or_insert(value);
        }
        Ok(OidcClaims { subject: subject.to_string(), all })
    }

    /// The configuration of a provider, not older than this many seconds.
    async fn known(&self, conversation: &Conversation<'_>, now: Timestamp, oldest: i64) -> Result<Known> {
        let issuer = &conversation.client.issuer;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
        if let Some(known) = known.filter(|known| now < known.read_at.plus_seconds(oldest)) {
            return Ok(known);
        }
        let known = Known { metadata: conversation.discover().await?, read_at: now };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(issuer.clone(), known.clone());
        Ok(known)
    }
}

impl RelyingParty for Oidc {
    fn begin<'a>(&'a self, client: &'a OidcClient, now: Timestamp) -> BoxFuture<'a, Result<OidcRequest>> {
        Box::pin(self.prepare(client, now))
    }

    fn finish<'a>(
        &'a self,
        client: &'a OidcClient,
        expected: &'a OidcExpected,
        code: &'a Hidden<String>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<OidcClaims>> {
        Box::pin(self.prove(client, expected, code, now))
    }
}

/// Why an ID token proves nothing.
enum Refusal {
    /// No key of the provider made its signature.
    Signature(String),
    /// What it says does not fit.
    Content(String),
}

/// What is said with one provider for one sign-in.
struct Conversation<'a> {
    client: &'a OidcClient,
    http: Http,
}

impl<'a> Conversation<'a> {
    fn with(client: &'a OidcClient) -> Result<Self> {
        let wrong = |why: &str| Error::conflict(format!("The issuer {} {why}.", client.issuer));
        let issuer = Url::parse(&client.issuer).map_err(|_| wrong("is no URL"))?;
        if !is_safe(&issuer) {
            return Err(wrong("must begin with https://"));
        }
        Ok(Self { client, http: Http::new(&issuer, PATIENCE)? })
    }

    async fn discover(&self) -> Result<CoreProviderMetadata> {
        let issuer = IssuerUrl::new(self.client.issuer.clone()).map_err(Error::internal)?;
        let send = self.http.sender();
        CoreProviderMetadata::discover_async(issuer, &send).await.map_err(|error| match error {
            DiscoveryError::Request(failure) => self.silent(&failure),
            DiscoveryError::Response(status, ..) => {
                self.useless(&format!("answers the question for its configuration with {status}"))
            }
            DiscoveryError::Validation(why) => self.useless(&format!("has a configuration that does not fit: {why}")),
            _ => self.useless("has a configuration that can't be read"),
        })
    }

    fn registered(&self, metadata: CoreProviderMetadata) -> Result<RegisteredClient> {
        let posts = metadata.token_endpoint_auth_methods_supported().is_some_and(|ways| {
            !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && ways.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let redirect_uri = RedirectUrl::new(self.client.redirect_uri.clone()).map_err(Error::internal)?;
        let secret = self.client.client_secret.as_ref().map(|secret| ClientSecret::new(secret.0.clone()));
        let client_id = ClientId::new(self.client.client_id.clone());
        Ok(RegisteredClient::from_provider_metadata(metadata, client_id, secret)
            .set_auth_type(if posts { AuthType::RequestBody } else { AuthType::BasicAuth })
            .set_redirect_uri(redirect_uri))
    }

    /// Exchanges the code for tokens.
    async fn exchange(&self, registered: &RegisteredClient, code: &Hidden<String>, verifier: &str) -> Result<Tokens> {
        let code = AuthorizationCode::new(code.0.clone());
        let request = registered.exchange_code(code).map_err(|_| self.useless("names no place for tokens"))?;
        let send = self.http.sender();
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        request.set_pkce_verifier(verifier).request_async(&send).await.map_err(|error| match error {
            RequestTokenError::Request(failure) => self.silent(&failure),
            // Only its code: what else it says is for people that we don't know.
            RequestTokenError::ServerResponse(refusal) => Error::Unauthenticated(format!(
                "The provider {} does not confirm the sign-in ({}). Begin again.",
                self.client.issuer,
                refusal.error().as_ref()
            )),
            _ => self.useless("gives tokens that can't be read"),
        })
    }

    /// What the provider says beside: many give but the subject in the ID token of the code flow.
    async fn user_info(
        &self,
        registered: &RegisteredClient,
        tokens: &Tokens,
        subject: &SubjectIdentifier,
    ) -> Result<Map<String, Value>> {
        let token = tokens.access_token().secret();
        // It goes into a header, for which `openidconnect` takes it as it is.
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(self.useless("gives an access token that is none"));
        }
        let Ok(request) = registered.user_info(AccessToken::new(token.clone()), Some(subject.clone())) else {
            return Ok(Map::new());
        };
        let send = self.http.sender();
        let claims: UserInfo = request.request_async(&send).await.map_err(|error| match error {
            UserInfoError::Request(failure) => self.silent(&failure),
            UserInfoError::ClaimsVerification(why) => self.unproven(&Refusal::Content(why.to_string())),
            UserInfoError::Response(status, ..) => {
                self.useless(&format!("answers the question for its user with {status}"))
            }
            _ => self.useless("says something of its user that can't be read"),
        })?;
        match serde_json::to_value(claims).map_err(Error::internal)? {
            Value::Object(all) => Ok(all),
            _ => Ok(Map::new()),
        }
    }

    fn silent(&self, failure: &Failure) -> Error {
        Error::Busy(format!("The provider {} {failure}.", self.client.issuer))
    }

    fn useless(&self, why: &str) -> Error {
        Error::conflict(format!("The provider {} {why}.", self.client.issuer))
    }

    fn unproven(&self, refusal: &Refusal) -> Error {
        let (Refusal::Signature(why) | Refusal::Content(why)) = refusal;
        tracing::warn!(issuer = self.client.issuer, why, "an ID token was refused");
        Error::Unauthenticated(format!("What the provider {} says can't be proven. Begin again.", self.client.issuer))
    }
}

/// What the ID token says, if it says it to us, now, and in answer to our question.
fn verify(
    registered: &RegisteredClient,
    tokens: &Tokens,
    nonce: &str,
    now: Timestamp,
) -> Result<(SubjectIdentifier, Map<String, Value>), Refusal> {
    let content = |why: &str| Refusal::Content(why.to_owned());
    let token = tokens.id_token().ok_or_else(|| content("there is none"))?;
    let seconds = now.epoch_seconds();
    let begun = UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds - SKEW).unwrap_or_default());
    let verifier = registered
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(|| begun.into())
        .set_issue_time_verifier_fn(|issued| {
            if issued.timestamp() > seconds + SKEW { Err("issued in the future".to_owned()) } else { Ok(()) }
        });
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(why) => Refusal::Signature(why.to_string()),
        other => Refusal::Content(other.to_string()),
    })?;
    let all = serde_json::to_value(claims).map_err(|error| content(&error.to_string()))?;
    let Value::Object(all) = all else { return Err(content("it is no object")) };
    Ok((claims.subject().clone(), all))
}
