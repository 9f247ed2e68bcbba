// Portal and provider on different sites, as in production: 127.0.0.1 and localhost. Cookies are `SameSite=Lax`, so that
// what passes between neighbours fails here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { enter, launch, press, shownAt, signIn, text, visitor, watch } from "./browser.mjs";
import { PEOPLE, startDemo, until } from "./demo.mjs";
import { authorization, page as html, register, startSite } from "./party.mjs";

let demo, browser, agency, third, client;
const forms = new Map();
before(async () => {
  demo = await startDemo({ portalHost: "127.0.0.1" });
  browser = await launch();
  third = await startSite("localhost", () => html("第三個網站"));
  // A portal that sends its visitors on to a third origin, from its callback and after signing out.
  agency = await startSite("127.0.0.1", (url) => {
    if (url.pathname === "/callback" || url.pathname === "/signed-out") return { redirect: `${third.origin}${url.pathname}${url.search}` };
    return html("機關的網站", ...(forms.get(url.pathname) ?? []));
  });
  client = await register(demo, "agency", {
    name: "某機關",
    redirectUri: `${agency.origin}/callback`,
    more: ["--post-logout-redirect-uri", `${agency.origin}/signed-out`],
  });
});
after(async () => {
  await browser?.close();
  await Promise.all([agency?.stop(), third?.stop(), demo?.stop()]);
});

/** A fresh person, who was told nothing at any portal yet. */
async function person(account, name) {
  await demo.addPerson(account, name);
  const context = await visitor(browser);
  const watched = watch(context, [demo.issuer, demo.emic, demo.elearn, agency.origin, third.origin]);
  return { context, page: await context.newPage(), ...watched };
}

/** The client's token request, as its server makes it. */
async function redeem(code, verifier) {
  const secret = readFileSync(client.secretFile, "utf8").trim();
  const answer = await fetch(`${demo.issuer}/connect/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: client.redirectUri }),
  });
  const tokens = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(tokens));
  return tokens;
}

test("one sign-in serves two portals of another site, and signing out at one signs out everywhere", async () => {
  const { context, page, complaints } = await person("farsite01", "遠在天");
  await enter(page, demo.emic);
  await signIn(page, "farsite01");
  assert.equal((await shownAt(page)).name, "遠在天");
  await enter(page, demo.elearn);
  await press(page, "#consent-allow");
  assert.equal((await shownAt(page)).name, "遠在天");
  await press(page, "#sign-out");
  assert.equal(await page.locator("#signed-out").count(), 1);
  await page.goto(demo.issuer);
  assert.equal(await page.locator("#sign-in").count(), 1);
  await until("EMIC was told", async () => {
    await page.goto(demo.emic);
    return (await page.locator("#sign-in").count()) === 1;
  });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a portal whose callback leads to a third origin works, from the sign-in form and from the consent form", async () => {
  const { context, page, complaints } = await person("thirdway1", "林第三");
  const first = authorization(client);
  await page.goto(`${demo.issuer}/connect/authorize?${first.query}`);
  await signIn(page, "thirdway1");
  assert.match(await page.innerText("main"), /某機關/);
  await press(page, "#consent-allow");
  await page.waitForURL(`${third.origin}/callback?**`);
  const address = new URL(page.url());
  assert.equal(address.searchParams.get("state"), first.fields.state);
  assert.equal(address.searchParams.get("iss"), demo.issuer);
  assert.ok((await redeem(address.searchParams.get("code"), first.verifier)).id_token);

  // Agreed already: this time the sign-in form itself leads there.
  const second = authorization(client, { prompt: "login" });
  await page.goto(`${demo.issuer}/connect/authorize?${second.query}`);
  await signIn(page, "thirdway1");
  await page.waitForURL(`${third.origin}/callback?**`);
  assert.ok(new URL(page.url()).searchParams.get("code"));

  const leave = { client_id: client.id, post_logout_redirect_uri: `${agency.origin}/signed-out`, state: "back" };
  await page.goto(`${demo.issuer}/connect/end_session?${new URLSearchParams(leave)}`);
  await press(page, "#logout-confirm");
  await page.waitForURL(`${third.origin}/signed-out?state=back`);
  assert.deepEqual(complaints, []);
  await context.close();
});

for (const [name, more] of [["short", {}], ["long", { state: "s".repeat(1000), note: "y".repeat(4000) }]]) {
  test(`a ${name} authorization request posted from another site finds the person signed in`, async () => {
    const account = `posted${name}`;
    const { context, page, complaints } = await person(account, "郵寄人");
    await enter(page, demo.emic);
    await signIn(page, account);
    const request = authorization(client, more);
    forms.set(`/${name}`, [{ id: "go", action: `${demo.issuer}/connect/authorize`, fields: request.fields }]);
    await page.goto(`${agency.origin}/${name}`);
    await press(page, "#go");
    assert.equal(await page.locator("#password").count(), 0, "nobody is asked for a password");
    assert.match(await page.innerText("main"), /郵寄人/);
    await press(page, "#consent-allow");
    await page.waitForURL(`${third.origin}/callback?**`);
    const address = new URL(page.url());
    assert.equal(address.searchParams.get("state"), request.fields.state);
    const tokens = await redeem(address.searchParams.get("code"), request.verifier);

    forms.set(`/${name}/leave`, [
      {
        id: "leave",
        action: `${demo.issuer}/connect/end_session`,
        fields: { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${agency.origin}/signed-out`, state: "bye" },
      },
    ]);
    await page.goto(`${agency.origin}/${name}/leave`);
    await press(page, "#leave");
    await page.waitForURL(`${third.origin}/signed-out?state=bye`);
    await page.goto(demo.issuer);
    assert.equal(await page.locator("#sign-in").count(), 1, "signed out at the provider");
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("a sign-out posted from another site without a token asks first", async () => {
  const { context, page } = await person("asksfirst", "問先生");
  await enter(page, demo.emic);
  await signIn(page, "asksfirst");
  forms.set("/ask", [{ id: "leave", action: `${demo.issuer}/connect/end_session`, fields: { client_id: client.id } }]);
  await page.goto(`${agency.origin}/ask`);
  await press(page, "#leave");
  assert.match(await page.innerText("main"), /問先生/);
  await press(page, "#logout-confirm");
  assert.equal(await text(page, "logged-out"), "您已登出");
  await context.close();
});
