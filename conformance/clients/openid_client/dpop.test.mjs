// Other people's DPoP (RFC 9449): `openid-client` makes the proofs, with WebCrypto, and knows nothing of us but the standard.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { calculateJwkThumbprint, exportJWK } from "jose";
import * as openid from "openid-client";
import { launch, press, signIn, visitor } from "../../browser/browser.mjs";
import { PASSWORD, startProvider, until } from "../../browser/demo.mjs";
import { page as html, register, startSite } from "../../browser/party.mjs";

const ACCOUNT = "keyholder1";
let provider, browser, site, client;
before(async () => {
  site = await startSite("127.0.0.1", () => html("別人的程式"));
  provider = await startProvider({ env: { IDP__OUTBOUND__ALLOW_HOSTS: JSON.stringify([site.host]) } });
  browser = await launch();
  await provider.addPerson(ACCOUNT, "持鑰人");
  const more = ["--auth-method", "none", "--trusted", "--dpop-bound-access-tokens"];
  const grants = ["--grant-type", "authorization_code", "--grant-type", "refresh_token", "--sector", "spa.example.org"];
  const redirectUri = `${site.origin}/callback`;
  client = await register(provider, "spa", { name: "別人的程式", redirectUri, more: [...more, ...grants] });
});
after(async () => {
  await browser?.close();
  await Promise.all([site?.stop(), provider?.stop()]);
});

test("an app in the browser signs in, reads UserInfo and refreshes with a key of its own, and nobody does without it", async () => {
  const options = { execute: [openid.allowInsecureRequests] };
  const config = await openid.discovery(new URL(provider.issuer), "spa", undefined, openid.None(), options);
  assert.ok(config.serverMetadata().dpop_signing_alg_values_supported.includes("ES256"));
  const keys = await openid.randomDPoPKeyPair("ES256");
  const DPoP = openid.getDPoPHandle(config, keys);
  const jkt = await calculateJwkThumbprint(await exportJWK(keys.publicKey));
  assert.equal(await DPoP.calculateThumbprint(), jkt);

  const context = await visitor(browser);
  const page = await context.newPage();
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: client.redirectUri,
    scope: "openid profile",
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    dpop_jkt: jkt,
    state,
    nonce,
  });
  await page.goto(url.href);
  if (await page.locator("#password").count()) await signIn(page, ACCOUNT, PASSWORD);
  if (await page.locator("#consent-allow").count()) await press(page, "#consent-allow");
  await page.waitForURL(`${client.redirectUri}?**`);
  const back = new URL(page.url());
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  await assert.rejects(openid.authorizationCodeGrant(config, back, checks), { error: "invalid_dpop_proof" });
  // The memory of used proofs has to be ten seconds old.
  let tokens;
  await until("a proof is taken", async () => {
    tokens = await openid.authorizationCodeGrant(config, back, checks, undefined, { DPoP }).catch(() => undefined);
    return tokens !== undefined;
  });
  assert.equal(tokens.token_type, "dpop");
  const { sub } = tokens.claims();
  const person = await openid.fetchUserInfo(config, tokens.access_token, sub, { DPoP });
  assert.equal(person.name, "持鑰人");
  await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, sub), "as a bearer token it is worth nothing");

  const stranger = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair("ES256"));
  await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, sub, { DPoP: stranger }));
  const stolen = openid.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: stranger });
  await assert.rejects(stolen, { error: "invalid_grant" });
  const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.equal((await openid.fetchUserInfo(config, fresh.access_token, sub, { DPoP })).sub, sub);
  await context.close();
});
