// A sign-out that the browser tells: hidden frames open the portals' addresses, with scripts and without.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { inspect, launch, press, signIn, text, visitor } from "./browser.mjs";
import { startProvider } from "./demo.mjs";
import { authorization, page as html, register, startSite } from "./party.mjs";

const PERSON = "framed0001";
let provider, browser, hostile, slow;
const sites = [];
const clients = [];
before(async () => {
  [provider, browser] = [await startProvider(), await launch()];
  await provider.addPerson(PERSON, "框中人");
  // It tries to lead the person away from inside its frame.
  hostile = await startSite("127.0.0.1", (url) =>
    url.pathname === "/out" ? "<script>top.location = 'https://evil.example/'</script>" : html("入口"),
  );
  slow = await startSite("127.0.0.1", async (url) => {
    if (url.pathname === "/out") await new Promise((resolve) => setTimeout(resolve, 30_000));
    return html("慢的入口");
  });
  for (const [id, site] of Object.entries({ hostile, slow })) {
    const more = ["--trusted", "--frontchannel-logout-uri", `${site.origin}/out?a=1`];
    more.push("--post-logout-redirect-uri", `${site.origin}/bye`);
    clients.push(await register(provider, id, { name: `入口 ${id}`, redirectUri: `${site.origin}/callback`, more }));
    sites.push(site);
  }
});
after(async () => {
  await browser?.close();
  await Promise.all([...sites.map((site) => site.stop()), provider?.stop()]);
});

/** As a portal's server does: only then has the session reached it. */
async function redeem({ id, redirectUri, secretFile }, code, verifier) {
  const basic = Buffer.from(`${id}:${readFileSync(secretFile, "utf8").trim()}`).toString("base64");
  const body = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier });
  const answer = await fetch(`${provider.issuer}/connect/token`, { method: "POST", headers: { authorization: `Basic ${basic}` }, body });
  assert.equal(answer.status, 200, await answer.text());
}

/** Signs in at these portals, and out at the provider. */
async function inAndOut(javaScript, which) {
  const context = await visitor(browser, { javaScript });
  const page = await context.newPage();
  for (const [number, client] of which.entries()) {
    const { query, verifier } = authorization(client);
    await page.goto(`${provider.issuer}/connect/authorize?${query}`);
    if (number === 0) await signIn(page, PERSON);
    if (await page.locator("#consent-allow").count()) await press(page, "#consent-allow");
    await redeem(client, new URL(page.url()).searchParams.get("code"), verifier);
  }
  await page.goto(`${provider.issuer}/connect/end_session`);
  const started = Date.now();
  await press(page, "#logout-confirm");
  return { context, page, started };
}

const told = (site) => site.received.filter(({ url }) => url.pathname === "/out");

for (const javaScript of [true, false]) {
  test(`the portal's address is opened in a frame that cannot lead away, scripts ${javaScript ? "on" : "off"}`, async () => {
    const before = told(hostile).length;
    const { context, page } = await inAndOut(javaScript, [clients[0]]);
    await page.waitForSelector("#logged-out", { timeout: 20_000 });
    assert.equal(new URL(page.url()).origin, provider.issuer);
    assert.equal(await text(page, "logged-out"), "您已登出");
    assert.match(await page.innerText("main"), /入口 hostile\s+已通知登出/);
    const sent = told(hostile).slice(before);
    assert.equal(sent.length, 1);
    const { searchParams } = sent[0].url;
    assert.deepEqual([...searchParams.keys()], ["a", "iss", "sid"]);
    assert.equal(searchParams.get("iss"), provider.issuer);
    assert.equal(sent[0].headers.referer, undefined);
    const said = JSON.parse(await provider.idp("--json", "clients", "logouts", "hostile", "--limit", "1"));
    assert.equal(said[0].state, javaScript ? "answered" : "sent");
    assert.deepEqual(await inspect(page), []);
    await context.close();
  });
}

test("a portal that hangs holds nobody", async () => {
  const { context, page, started } = await inAndOut(true, clients);
  await page.waitForSelector("#logged-out", { timeout: 20_000 });
  assert.ok(Date.now() - started > 4_000, "it was given its time");
  assert.match(await page.innerText("main"), /入口 slow\s+已通知登出/);
  const said = JSON.parse(await provider.idp("--json", "clients", "logouts", "slow", "--limit", "1"));
  assert.equal(said[0].state, "sent");
  await context.close();
});
