// What other people's pages may try: forms posted to ours, frames around ours. Nothing happens, and a clear page says so.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, press, signIn, text, visitor } from "./browser.mjs";
import { PASSWORD, startDemo } from "./demo.mjs";
import { authorization, page as html, register, startSite } from "./party.mjs";

let demo, browser, client;
const sites = {};
const forms = new Map();
before(async () => {
  [demo, browser] = [await startDemo(), await launch()];
  // A neighbour shares the provider's site, and so its cookies; a stranger does not.
  for (const [name, host] of [["neighbour", "localhost"], ["stranger", "127.0.0.1"]]) {
    sites[name] = await startSite(host, (url) => {
      if (url.pathname === "/frame") return `<!doctype html><title>frame</title><iframe src="${demo.issuer}/sign-in"></iframe>`;
      return html("別人的網頁", ...(forms.get(url.pathname) ?? []));
    });
  }
  client = await register(demo, "thirdparty", { name: "別的網站", redirectUri: `${sites.stranger.origin}/callback` });
  await demo.addPerson("attacker1", "攻擊者");
});
after(async () => {
  await browser?.close();
  await Promise.all([...Object.values(sites).map((site) => site.stop()), demo?.stop()]);
});

/** A person signed in at the provider. */
async function victim() {
  const context = await visitor(browser);
  const page = await context.newPage();
  await page.goto(`${demo.issuer}/sign-in`);
  await signIn(page, "fireman0119");
  await page.waitForSelector("#person-name");
  return { context, page };
}

/** What the provider's pages carry for the attacker, seen in the attacker's own browser. */
async function booty() {
  const context = await visitor(browser);
  const page = await context.newPage();
  const take = (name) => page.inputValue(`[name=${name}]`);
  await page.goto(`${demo.issuer}/sign-in`);
  const signInPage = await take("interaction");
  await signIn(page, "attacker1");
  const language = await take("return_to");
  await page.goto(`${demo.issuer}/connect/authorize?${authorization(client).query}`);
  const consent = await take("interaction");
  await page.goto(`${demo.issuer}/connect/end_session`);
  const confirmation = await take("confirmation");
  await context.close();
  return {
    "/sign-in": { interaction: signInPage, username: "attacker1", password: PASSWORD },
    "/consent": { interaction: consent, decision: "allow" },
    "/connect/end_session/confirm": { confirmation },
    "/language": { lang: "en", return_to: language },
  };
}

for (const [who, where] of [["neighbour", "on the same site"], ["stranger", "on another site"]]) {
  test(`forms of a page ${where} change nothing, with the attacker's values or with the person's own`, async () => {
    const attacks = await booty();
    const { context, page } = await victim();
    // The worst case: the foreign page knows what the person's own pages carry.
    await page.goto(`${demo.issuer}/connect/end_session`);
    const confirmation = await page.inputValue("[name=confirmation]");
    await page.goto(`${demo.issuer}/connect/authorize?${authorization(client).query}`);
    const interaction = await page.inputValue("[name=interaction]");
    const all = [
      ...Object.entries(attacks),
      ["/connect/end_session/confirm", { confirmation }],
      ["/consent", { interaction, decision: "allow" }],
      ["/sign-in", { interaction, username: "attacker1", password: PASSWORD }],
      ["/sign-in", {}],
    ];
    forms.set("/", all.map(([path, fields], i) => ({ id: `attack${i}`, action: `${demo.issuer}${path}`, fields })));
    for (const [i, [path]] of all.entries()) {
      await page.goto(sites[who].origin);
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url() === `${demo.issuer}${path}`),
        page.click(`#attack${i}`),
      ]);
      assert.equal(answer.status(), 403, path);
      assert.equal(await text(page, "error-title"), "無法確認這個操作是由您送出", path);
      await page.goto(demo.issuer);
      assert.equal(await text(page, "person-name"), "林大勇", `${path}: the same person is signed in, in the same language`);
    }
    assert.equal(sites.stranger.received.filter(({ url }) => url.pathname === "/callback").length, 0, "no code was given");
    await context.close();
  });

  test(`nobody is signed in by a form of a page ${where}`, async () => {
    const attacks = await booty();
    const context = await visitor(browser);
    const page = await context.newPage();
    forms.set("/", [{ id: "attack", action: `${demo.issuer}/sign-in`, fields: attacks["/sign-in"] }]);
    await page.goto(sites[who].origin);
    await press(page, "#attack");
    assert.equal(await text(page, "error-title"), "無法確認這個操作是由您送出");
    await page.goto(demo.issuer);
    assert.equal(await page.locator("#sign-in").count(), 1);
    await context.close();
  });

  test(`a page ${where} cannot put ours into a frame`, async () => {
    const context = await visitor(browser);
    const page = await context.newPage();
    const refused = page.waitForEvent("console", (message) => /frame/i.test(message.text()));
    await page.goto(`${sites[who].origin}/frame`);
    await refused;
    const [, frame] = page.frames();
    assert.equal(await frame.locator("#password").count(), 0);
    await context.close();
  });
}
