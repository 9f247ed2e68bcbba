// Authlib (Python) in Flask: `client.py` is how its developer sets it up, `portal.py` the portal around it.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch, press, signIn, visitor } from "../../browser/browser.mjs";
import { freePort, until } from "../../browser/demo.mjs";
import { register } from "../../browser/party.mjs";
import { CITIZEN, json, OFFICIAL, startOwnProvider, startProgram } from "../provider.mjs";

const SCOPE = "openid profile email identity";
const PYTHON = path.join(import.meta.dirname, ".venv/bin/python");
let provider, browser, keyFile, ports;
const started = [];
const portals = {};

before(async () => {
  ports = { secret: await freePort(), key: await freePort(), other: await freePort() };
  provider = await startOwnProvider(Object.values(ports).map((port) => `127.0.0.1:${port}`));
  browser = await launch();
  keyFile = path.join(provider.data, "authlib.pem");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  const jwksFile = path.join(provider.data, "authlib.jwks");
  writeFileSync(jwksFile, JSON.stringify({ keys: [publicKey.export({ format: "jwk" })] }));

  for (const method of ["secret", "key"]) {
    const origin = `http://127.0.0.1:${ports[method]}`;
    const more = [
      ...["--id-token-signed-response-alg", "ES256", "--scope", SCOPE, "--trusted", "--sector", "authlib.example.org"],
      ...["--grant-type", "authorization_code", "--grant-type", "refresh_token"],
      ...["--post-logout-redirect-uri", `${origin}/signed-out`, "--backchannel-logout-uri", `${origin}/backchannel-logout`],
    ];
    const client = `authlib-${method}`;
    if (method === "key") {
      const proves = ["--auth-method", "private_key_jwt", "--jwks-file", jwksFile];
      await provider.idp("clients", "add", client, "--name", "別人的程式", "--redirect-uri", `${origin}/callback`, ...more, ...proves);
    } else {
      more.push("--redirect-uri", `http://127.0.0.1:${ports.other}/callback`);
      await register(provider, client, { name: "別人的程式", redirectUri: `${origin}/callback`, more });
    }
    portals[method] = (await startPortal(client, ports[method])).origin;
  }
});
after(async () => {
  await browser?.close();
  await Promise.all(started.map((program) => program.stop()));
  await provider?.stop();
});

async function startPortal(client, port, { scope = SCOPE, secretFile = path.join(provider.data, `${client}.secret`) } = {}) {
  const proof = client === "authlib-key" ? { OIDC_PRIVATE_KEY_FILE: keyFile } : { OIDC_CLIENT_SECRET_FILE: secretFile };
  const origin = `http://127.0.0.1:${port}`;
  const env = { OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: client, OIDC_SCOPE: scope, ...proof };
  const portal = await startProgram(PYTHON, ["-B", "portal.py", String(port)], { url: origin, env, cwd: import.meta.dirname });
  started.push(portal);
  return { origin, stop: portal.stop };
}

/** Signs in at the portal. Gives what the portal knows then, or nothing if it says no. */
async function enter(page, portal, { account } = OFFICIAL) {
  await page.goto(`${portal}/sign-in`);
  if (await page.locator("#password").count()) await signIn(page, account);
  if (await page.locator("#consent-allow").count()) await press(page, "#consent-allow");
  await page.waitForURL(`${portal}/**`);
  return page.url() === `${portal}/` ? json(page) : undefined;
}

const read = async (page, url) => {
  await page.goto(url);
  return json(page);
};

for (const method of ["secret", "key"]) {
  test(`signs in, reads UserInfo, refreshes twice and revokes, with a ${method}`, async () => {
    const portal = portals[method];
    const context = await visitor(browser);
    const page = await context.newPage();
    // Assertions are taken when the memory of used ones is ten seconds old.
    const { claims, header } = await until("somebody is let in", () => enter(page, portal), { every: 1000 });
    assert.equal(header.alg, "ES256");
    assert.equal(claims.identity_type, "civil_servant");
    assert.equal(claims.agency_oid, OFFICIAL.oid);
    assert.equal(claims.agency_name, OFFICIAL.agency);
    assert.equal(claims.acr, "urn:shenfen:acr:password");

    // The access token has less than the minute that the library wants left, so that it refreshes before each request.
    for (const times of [1, 2]) {
      const person = await read(page, `${portal}/person`);
      assert.equal(person.sub, claims.sub);
      assert.equal(person.name, OFFICIAL.name);
      assert.equal(person.email, `${OFFICIAL.account}@example.gov.tw`);
      assert.equal((await read(page, portal)).refreshed, times);
    }
    const renewed = await read(page, `${portal}/renewed`);
    assert.equal(renewed.sub, claims.sub);
    assert.equal(renewed.auth_time, claims.auth_time);
    assert.equal(renewed.agency_oid, OFFICIAL.oid);

    assert.equal(await read(page, `${portal}/revoke`), 200);
    const refused = await read(page, `${portal}/person`);
    assert.equal(refused.error, "invalid_grant", JSON.stringify(refused));
    await context.close();
  });
}

test("signs out at the provider with state, and is told of a sign-out there", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  const first = await enter(page, portals.secret, CITIZEN);
  assert.equal(first.claims.identity_type, "natural_person");
  assert.equal(first.claims.agency_oid, undefined);
  await page.goto(`${portals.secret}/sign-out`);
  await page.waitForURL(`${portals.secret}/signed-out?state=*`);
  assert.equal(await json(page), "signed out");
  await page.goto(provider.issuer);
  assert.equal(await page.locator("#sign-in").count(), 1, "the session at the provider is over");

  // Begun at the other portal: this one is told by a logout token.
  await enter(page, portals.secret, CITIZEN);
  await until("somebody is let in", () => enter(page, portals.key, CITIZEN), { every: 1000 });
  assert.ok((await read(page, portals.secret)).claims, "signed in at both");
  await page.goto(`${portals.key}/sign-out`);
  await page.waitForURL(`${portals.key}/signed-out?state=*`);
  await until("the other portal's session is over", async () => (await read(page, portals.secret)) === null);
  await context.close();
});

test("the signing key changes by plan and at once, and the portal that keeps its copy of the keys goes on", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  const portal = portals.secret;
  const { header } = await enter(page, portal);
  const before = await provider.jwksFetches();
  await enter(page, portal);
  assert.equal(await provider.jwksFetches(), before, "it keeps the keys");

  const planned = await provider.changeKey();
  await until("the next key signs", async () => (await enter(page, portal)).header.kid === planned, { every: 500 });
  assert.notEqual(planned, header.kid);
  assert.equal(await provider.jwksFetches(), before, "it had the next key already");

  const unknown = await provider.replaceKey();
  await until("the new key signs", async () => (await enter(page, portal)).header.kid === unknown, { every: 500 });
  assert.equal(await provider.jwksFetches(), before + 1, "it asked again for a key that it did not know");
  await context.close();
});

test("what is wrong reaches the portal in the library's own errors", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  assert.equal((await read(page, `${portals.secret}/sign-in?prompt=none`)).error, "login_required");

  const unregistered = await startPortal("authlib-secret", await freePort());
  await page.goto(`${unregistered.origin}/sign-in`);
  assert.match(await page.locator("#error-title").innerText(), /返回的網址不正確/);
  assert.ok(page.url().startsWith(provider.issuer), "nobody is sent to an address that is not registered");

  const greedy = await startPortal("authlib-secret", ports.other, { scope: "openid uid" });
  const refused = await read(page, `${greedy.origin}/sign-in`);
  assert.equal(refused.error, "invalid_scope");
  assert.match(refused.description, /not registered for one of the scopes/);
  await greedy.stop();

  const secretFile = path.join(provider.data, "wrong.secret");
  writeFileSync(secretFile, "not the secret");
  const stranger = await startPortal("authlib-secret", ports.other, { secretFile });
  assert.equal(await enter(page, stranger.origin), undefined);
  assert.equal((await json(page)).error, "invalid_client");
  await context.close();
});
