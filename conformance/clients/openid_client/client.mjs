// `openid-client` (JavaScript) as a client of the provider: what a portal needs.

import * as openid from "openid-client";

/** What the provider says of itself, once at the start. `more` only where the issuer is not https, as in tests. */
export const discover = (issuer, id, secret, alg = "ES256", more = {}) =>
  openid.discovery(new URL(issuer), id, { id_token_signed_response_alg: alg }, openid.ClientSecretBasic(secret), more);

/** Where to send the person, and what to keep of it, tied to their browser, until they are back. */
export async function begin(config, { redirectUri, scope, ...more }) {
  const checks = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedState: openid.randomState(),
    expectedNonce: openid.randomNonce(),
  };
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
  return { url, checks };
}

/** The tokens for the address at which the person came back; the library checks `state`, `iss`, `nonce` and the ID token. */
export const finish = (config, url, checks) => openid.authorizationCodeGrant(config, url, { ...checks, idTokenExpected: true });
