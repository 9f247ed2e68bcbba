// Other people's client: `openid-client` with `jose`, which know nothing of us but the standards.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as openid from "openid-client";
import { launch, press, signIn, visitor } from "../../browser/browser.mjs";
import { PASSWORD, startProvider, until } from "../../browser/demo.mjs";
import { page as html, register, startSite } from "../../browser/party.mjs";
import * as client from "./client.mjs";

const ACCOUNT = "elsewhere1";
let provider, browser, site, registered;
before(async () => {
  site = await startSite("127.0.0.1", () => html("別人的程式"));
  provider = await startProvider({
    env: {
      IDP__OUTBOUND__ALLOW_HOSTS: JSON.stringify([site.host]),
      // A key can sign soon after it was published.
      IDP__KEYS__JWKS_MAX_AGE: "1s",
      IDP__KEYS__CLOCK_SKEW: "0s",
    },
  });
  browser = await launch();
  await provider.addPerson(ACCOUNT, "別處人");
  for (const alg of ["ES256", "RS256"]) {
    registered = { ...registered, [alg]: await registerFor(alg) };
  }
});
after(async () => {
  await browser?.close();
  await Promise.all([site?.stop(), provider?.stop()]);
});

function registerFor(alg) {
  const more = [
    ...["--id-token-signed-response-alg", alg, "--scope", "openid profile email identity", "--trusted"],
    ...["--grant-type", "authorization_code", "--grant-type", "refresh_token"],
    ...["--post-logout-redirect-uri", `${site.origin}/signed-out`],
    ...["--backchannel-logout-uri", `${site.origin}/backchannel-logout/${alg}`, "--sector", "elsewhere.example.org"],
  ];
  return register(provider, `other-${alg}`, { name: "別人的程式", redirectUri: `${site.origin}/callback`, more });
}

/** The client, as its developer sets it up; `fetched` collects what it asks the provider for. */
async function discover(alg) {
  const { id, secretFile } = registered[alg];
  const fetched = [];
  const secret = readFileSync(secretFile, "utf8").trim();
  const config = await client.discover(provider.issuer, id, secret, alg, {
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    [openid.customFetch]: (url, options) => {
      fetched.push(new URL(url).pathname);
      return fetch(url, options);
    },
  });
  return { config, fetched, redirectUri: registered[alg].redirectUri, id };
}

async function authorize(page, { config, redirectUri }, more = {}) {
  const { url, checks } = await client.begin(config, { redirectUri, scope: "openid profile email identity", ...more });
  await page.goto(url.href);
  if (await page.locator("#password").count()) await signIn(page, ACCOUNT, PASSWORD);
  if (await page.locator("#consent-allow").count()) await press(page, "#consent-allow");
  await page.waitForURL(`${redirectUri}?**`);
  return client.finish(config, new URL(page.url()), checks);
}

for (const alg of ["ES256", "RS256"]) {
  test(`signs in with ${alg}, reads UserInfo, refreshes, revokes, signs out and is told of sign-outs`, async () => {
    const own = await discover(alg);
    const { config } = own;
    const context = await visitor(browser);
    const page = await context.newPage();
    const tokens = await authorize(page, own);
    const claims = tokens.claims();
    assert.equal(claims.identity_type_name, "自然人");
    assert.equal(decodeProtectedHeader(tokens.id_token).alg, alg);
    const person = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
    assert.equal(person.name, "別處人");
    assert.equal(person.email, `${ACCOUNT}@example.gov.tw`);

    const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token);
    assert.notEqual(fresh.refresh_token, tokens.refresh_token, "the refresh token is replaced");
    assert.equal(fresh.claims().sub, claims.sub);
    await openid.fetchUserInfo(config, fresh.access_token, claims.sub);
    await openid.tokenRevocation(config, fresh.refresh_token);
    await assert.rejects(openid.refreshTokenGrant(config, fresh.refresh_token), { error: "invalid_grant" });
    await assert.rejects(openid.fetchUserInfo(config, fresh.access_token, claims.sub), "revoked with its grant");

    const again = await authorize(page, own);
    const hint = { id_token_hint: again.id_token, post_logout_redirect_uri: `${site.origin}/signed-out`, state: "bye" };
    await page.goto(openid.buildEndSessionUrl(config, hint).href);
    assert.equal(page.url(), `${site.origin}/signed-out?state=bye`);
    const told = await until("a logout token arrives", () =>
      site.received.find(({ method, url }) => method === "POST" && url.pathname === `/backchannel-logout/${alg}`),
    );
    const logoutToken = new URLSearchParams(told.body).get("logout_token");
    const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
    const { payload, protectedHeader } = await jwtVerify(logoutToken, keys, {
      issuer: provider.issuer,
      audience: own.id,
      typ: "logout+jwt",
      algorithms: [alg],
      requiredClaims: ["iat", "jti", "exp", "events"],
    });
    assert.equal(protectedHeader.alg, alg);
    assert.equal(payload.sid, again.claims().sid);
    assert.deepEqual(payload.events, { "http://schemas.openid.net/event/backchannel-logout": {} });
    assert.equal(payload.nonce, undefined);
    await assert.rejects(openid.refreshTokenGrant(config, again.refresh_token), { error: "invalid_grant" });
    await page.goto(provider.issuer);
    assert.equal(await page.locator("#sign-in").count(), 1);
    await context.close();
  });
}

test("prompt=none answers without a page: a code with a session, login_required without one", async () => {
  const own = await discover("ES256");
  const context = await visitor(browser);
  const page = await context.newPage();
  await assert.rejects(authorize(page, own, { prompt: "none" }), { error: "login_required" });
  await authorize(page, own);
  const silent = await authorize(page, own, { prompt: "none" });
  assert.ok(silent.claims().sub);
  await context.close();
});

test("the signing key changes twice while the client keeps its copy of the keys, and no sign-in fails", async () => {
  const own = await discover("ES256");
  const context = await visitor(browser);
  const page = await context.newPage();
  const kid = (tokens) => decodeProtectedHeader(tokens.id_token).kid;
  const first = kid(await authorize(page, own));
  const fetches = ({ fetched }) => fetched.filter((path) => path === "/.well-known/jwks.json").length;
  assert.equal(fetches(own), 1);

  // By plan: the next key was published before, so that the client has it already.
  await provider.idp("keys", "rotate", "--alg", "ES256");
  let second = first;
  const changed = async () => (second = kid(await authorize(page, own))) !== first;
  await until("the next key signs", changed, { every: 500 });
  assert.notEqual(second, first);
  assert.equal(fetches(own), 1, "the client needed no second look at the keys");

  // At once, and a minute later: the client's program was started anew with the copy it had kept. The key is unknown to
  // it, so that it looks again.
  const copy = openid.getJwksCache(own.config);
  const later = await discover("ES256");
  openid.setJwksCache(later.config, { ...structuredClone(copy), uat: copy.uat - 61 });
  const keys = JSON.parse(await provider.idp("keys", "list", "--json"));
  const next = keys.find(({ alg, state }) => alg === "ES256" && state === "next").kid;
  assert.ok(!copy.jwks.keys.some((key) => key.kid === next));
  await provider.idp("keys", "activate", next, "--now", "--force");
  await until("the key signs", async () => kid(await authorize(page, later)) === next);
  assert.equal(fetches(later), 1);
  await context.close();
});
