// Implicit and hybrid flow in a real browser, checked by other people's client: what comes in the fragment is sent to no server,
// what comes by form arrives at a portal on another site.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import * as openid from "openid-client";
import { launch, press, signIn, visitor } from "./browser.mjs";
import { PASSWORD, startProvider, until } from "./demo.mjs";
import { page as html, register, startSite } from "./party.mjs";

const ACCOUNT = "elsewhere1";
const TYPES = ["id_token", "code id_token"];
let provider, browser, site, client;
before(async () => {
  site = await startSite("127.0.0.1", () => html("別人的程式"));
  provider = await startProvider({ env: { IDP__OAUTH__FRONT_CHANNEL_TOKENS: "true" } });
  browser = await launch();
  await provider.addPerson(ACCOUNT, "別處人");
  const more = [
    ...["--profile", "standard", "--application-type", "native", "--trusted", "--scope", "openid profile identity"],
    ...["--grant-type", "authorization_code", "--grant-type", "implicit"],
    ...TYPES.flatMap((type) => ["--response-type", type]),
  ];
  client = await register(provider, "front", { name: "別人的程式", redirectUri: `${site.origin}/callback`, more });
});
after(async () => {
  await browser?.close();
  await Promise.all([site?.stop(), provider?.stop()]);
});

/** The client, as its developer writes it; it checks `nonce`, `c_hash` and the signature itself. */
async function discover(type) {
  const config = await openid.discovery(
    new URL(provider.issuer),
    client.id,
    { id_token_signed_response_alg: "RS256" },
    openid.ClientSecretBasic(readFileSync(client.secretFile, "utf8").trim()),
    { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] },
  );
  (type === "id_token" ? openid.useIdTokenResponseType : openid.useCodeIdTokenResponseType)(config);
  return config;
}

async function arrive(config, more) {
  const [state, nonce, verifier] = [openid.randomState(), openid.randomNonce(), openid.randomPKCECodeVerifier()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: client.redirectUri,
    scope: "openid profile identity",
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...more,
  });
  const context = await visitor(browser);
  const page = await context.newPage();
  site.received.length = 0;
  await page.goto(url.href);
  await signIn(page, ACCOUNT, PASSWORD);
  if (await page.locator("#consent-allow").count()) await press(page, "#consent-allow");
  await page.waitForURL((at) => at.origin === site.origin);
  return { page, state, nonce, verifier };
}

async function claims(config, type, answer, { state, nonce, verifier }) {
  const expected = { expectedState: state, pkceCodeVerifier: verifier, expectedNonce: nonce, idTokenExpected: true };
  if (type === "id_token") return openid.implicitAuthentication(config, answer, nonce, { expectedState: state });
  return (await openid.authorizationCodeGrant(config, answer, expected)).claims();
}

for (const type of TYPES) {
  test(`${type} in the fragment is for the page alone`, async () => {
    const config = await discover(type);
    const visit = await arrive(config, {});
    const at = new URL(visit.page.url());
    assert.equal(at.search, "");
    assert.equal((await claims(config, type, at, visit)).identity_type_name, "自然人");
    const sent = site.received.map(({ url, body, headers }) => url.href + body + (headers.referer ?? ""));
    assert.ok(sent.length > 0 && !sent.some((text) => text.includes("id_token=") || text.includes("code=")), sent.join("\n"));
  });

  test(`${type} by form arrives at a portal on another site`, async () => {
    const config = await discover(type);
    const visit = await arrive(config, { response_mode: "form_post" });
    const posted = await until("the form arrives", () => site.received.find(({ method }) => method === "POST"));
    assert.equal(new URL(visit.page.url()).hash, "");
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = new Request(client.redirectUri, { method: "POST", headers, body: posted.body });
    assert.equal((await claims(config, type, answer, visit)).identity_type_name, "自然人");
  });
}
