// Apache with mod_auth_openidc before an application: `portal.conf` is how its administrator sets it up.

import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch, press, signIn, visitor } from "../../browser/browser.mjs";
import { freePort, until } from "../../browser/demo.mjs";
import { register, startSite } from "../../browser/party.mjs";
import { CITIZEN, json, OFFICIAL, startOwnProvider, startProgram } from "../provider.mjs";

const APACHE = process.env.APACHE ?? "/usr/sbin/apache2";
const MODULES = process.env.APACHE_MODULES ?? "/usr/lib/apache2/modules";
let provider, browser, application, folder, keyFile, jwksFile;
const started = [];
const portals = {};
const folders = {};

before(async () => {
  // The application says what it is told about the person.
  application = await startSite("127.0.0.1", (url, _body, request) => {
    const told = Object.entries(request.headers).filter(([name]) => name.startsWith("oidc_"));
    const utf8 = (text) => Buffer.from(text, "latin1").toString("utf8");
    return JSON.stringify({ path: url.pathname, ...Object.fromEntries(told.map(([name, text]) => [name, utf8(text)])) });
  });
  folder = mkdtempSync(path.join(tmpdir(), "shenfen-apache-"));
  chmodSync(folder, 0o755);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  [keyFile, jwksFile] = [path.join(folder, "portal.pem"), path.join(folder, "portal.jwks")];
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(`${keyFile}.pub`, publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(jwksFile, JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "portal" }] }));

  const ports = { secret: await freePort(), key: await freePort(), told: await freePort(), wrong: await freePort() };
  provider = await startOwnProvider(Object.values(ports).map((port) => `127.0.0.1:${port}`));
  browser = await launch();
  for (const [name, port] of Object.entries(ports)) portals[name] = await startPortal(name, port);
});
after(async () => {
  await browser?.close();
  await Promise.all(started.map((program) => program.stop()));
  await Promise.all([application?.stop(), provider?.stop()]);
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Registers the portal and starts its Apache. */
async function startPortal(name, port) {
  const portal = `http://127.0.0.1:${port}`;
  const client = `apache-${name}`;
  const more = [
    ...["--id-token-signed-response-alg", "ES256", "--scope", "openid profile email identity", "--trusted"],
    ...["--grant-type", "authorization_code", "--grant-type", "refresh_token", "--sector", "apache.example.org"],
    ...["--post-logout-redirect-uri", `${portal}/signed-out`],
    ...["--backchannel-logout-uri", `${portal}/sign-in?logout=backchannel`],
  ];
  const command = { name: "別人的程式", redirectUri: `${portal}/sign-in`, more };
  let secret = "none";
  if (name === "key") {
    const proves = ["--profile", "standard", "--auth-method", "private_key_jwt", "--jwks-file", jwksFile];
    await provider.idp("clients", "add", client, "--name", command.name, "--redirect-uri", command.redirectUri, ...more, ...proves);
  } else {
    const { secretFile } = await register(provider, client, command);
    secret = name === "wrong" ? "not-the-secret" : readFileSync(secretFile, "utf8").trim();
  }
  const own = (folders[name] = mkdtempSync(path.join(folder, `${name}-`)));
  const env = {
    ...{ FOLDER: own, PORT: String(port), PORTAL: portal, MODULES, SETTINGS: import.meta.dirname },
    ...{ RUN_AS: process.getuid() === 0 ? "www-data" : String(process.getuid()), APPLICATION: application.origin },
    ...{ OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: client, OIDC_CLIENT_SECRET: secret, PORTAL_PASSPHRASE: randomBytes(32).toString("hex") },
    ...{ OIDC_KEY_ID: "portal", OIDC_PRIVATE_KEY_FILE: keyFile, OIDC_PUBLIC_KEY_FILE: `${keyFile}.pub` },
  };
  const args = ["-d", own, "-f", path.join(import.meta.dirname, "apache.conf"), "-D", "FOREGROUND"];
  if (name === "key") args.push("-D", "with_key");
  // It would notice at its next refresh, too, that the session at the provider is over.
  if (name === "told") args.push("-D", "without_refresh");
  started.push(await startProgram(APACHE, args, { url: `${portal}/signed-out`, env, cwd: own }));
  return portal;
}

const read = async (page, url) => {
  await page.goto(url);
  return json(page);
};

/** Opens a page of the portal, by the provider. Gives what the application was told, or nothing if the portal says no. */
async function enter(page, portal, { account } = OFFICIAL) {
  await page.goto(`${portal}/`);
  if (await page.locator("#password").count()) await signIn(page, account);
  if (await page.locator("#consent-allow").count()) await press(page, "#consent-allow");
  await page.waitForURL(`${portal}/**`);
  return page.url() === `${portal}/` ? json(page) : undefined;
}

/** The same with a session of the portal that is new. */
async function enterAnew(page, portal) {
  await page.context().clearCookies({ domain: "127.0.0.1" });
  return enter(page, portal);
}

const isOver = async (page, portal) => {
  await page.goto(`${portal}/`);
  return page.url().startsWith(provider.issuer);
};

for (const name of ["secret", "key"]) {
  test(`signs in, tells the application who it is, and refreshes, with a ${name}`, async () => {
    const portal = portals[name];
    const context = await visitor(browser);
    const page = await context.newPage();
    // Assertions are taken when the memory of used ones is ten seconds old.
    const told = await until("somebody is let in", () => enter(page, portal), { every: 1000 });
    assert.equal(told.oidc_claim_identity_type, "civil_servant");
    assert.equal(told.oidc_claim_agency_oid, OFFICIAL.oid);
    assert.equal(told.oidc_claim_agency_name, OFFICIAL.agency);
    assert.equal(told.oidc_claim_name, OFFICIAL.name, "of UserInfo");
    assert.equal(told.oidc_claim_email, `${OFFICIAL.account}@example.gov.tw`);
    assert.equal(told.oidc_claim_acr, "urn:shenfen:acr:password");
    assert.equal(told.oidc_claim_iss, provider.issuer);

    // The access token has less than a minute left, so that it is refreshed before each request.
    const later = await read(page, `${portal}/officials`);
    assert.notEqual(later.oidc_access_token, told.oidc_access_token);
    const latest = await read(page, `${portal}/firefighters`);
    assert.notEqual(latest.oidc_access_token, later.oidc_access_token);
    assert.equal(latest.oidc_claim_sub, told.oidc_claim_sub);
    await context.close();
  });
}

test("lets officials alone in where the settings say so", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  const told = await enter(page, portals.secret, CITIZEN);
  assert.equal(told.oidc_claim_identity_type, "natural_person");
  assert.equal(told.oidc_claim_agency_oid, undefined);
  for (const place of ["officials", "firefighters"]) {
    assert.equal((await page.goto(`${portals.secret}/${place}`)).status(), 401);
  }
  const asked = application.received.filter(({ url }) => ["/officials", "/firefighters"].includes(url.pathname));
  assert.ok(asked.every(({ headers }) => headers.oidc_claim_agency_oid === OFFICIAL.oid), "nobody else reached the application");
  await context.close();
});

test("signs out at the provider, and is told of a sign-out there by the back channel", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  const { secret, told } = portals;
  for (const portal of [secret, told]) await enter(page, portal);
  for (const portal of [secret, told]) assert.equal((await read(page, `${portal}/`)).oidc_claim_name, OFFICIAL.name);
  await page.goto(`${secret}/sign-in?logout=${encodeURIComponent(`${secret}/signed-out`)}`);
  await page.waitForURL(`${secret}/signed-out*`);
  assert.equal((await json(page)).path, "/signed-out");
  assert.equal(await isOver(page, secret), true);
  await until("the other portal's session is over", () => isOver(page, told));
  await context.close();
});

test("the signing key changes by plan and at once, and the portal that keeps its copy of the keys goes on", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  const portal = portals.secret;
  await enter(page, portal);
  const before = await provider.jwksFetches();
  await enterAnew(page, portal);
  assert.equal(await provider.jwksFetches(), before, "it keeps the keys");

  const signedBy = async () => {
    const { oidc_id_token } = await enterAnew(page, portal);
    return JSON.parse(Buffer.from(oidc_id_token.split(".")[0], "base64url")).kid;
  };
  const planned = await provider.changeKey();
  await until("the next key signs", async () => (await signedBy()) === planned, { every: 500 });
  assert.equal(await provider.jwksFetches(), before, "it had the next key already");

  const unknown = await provider.replaceKey();
  await until("the new key signs", async () => (await signedBy()) === unknown, { every: 500 });
  assert.equal(await provider.jwksFetches(), before + 1, "it asked again for a key that it did not know");
  await context.close();
});

test("a wrong secret is said in Apache's log, and nobody is let in", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  assert.equal(await enter(page, portals.wrong), undefined);
  assert.match(await page.locator("body").innerText(), /OpenID Connect Provider error/);
  const log = readFileSync(path.join(folders.wrong, "error.log"), "utf8");
  assert.match(log, /invalid_client/);
  assert.match(log, /client authentication failed/);
  await context.close();
});
