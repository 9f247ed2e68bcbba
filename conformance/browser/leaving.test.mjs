// Whoever leaves, as an ordinary person goes through it: the portals they use, withdrawal, 刪除帳號 and undoing it; in both languages,
// wide and narrow, with and without JavaScript.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { enter, go, launch, press, shownAt, signIn, text, visitor, walk, watch } from "./browser.mjs";
import { PASSWORD, startDemo, until } from "./demo.mjs";

let demo, browser;
before(async () => {
  [demo, browser] = [await startDemo(), await launch()];
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const seen = new Set();

/** What a mail says, whichever way it was carried. */
function read(file) {
  const mail = readFileSync(file, "utf8");
  const parts = mail.matchAll(/Content-Transfer-Encoding: base64\s+([A-Za-z0-9+/=\s]+)/g);
  const decoded = [...parts].map(([, base64]) => Buffer.from(base64, "base64").toString());
  return [mail.replaceAll("=\r\n", "").replaceAll("=3D", "="), ...decoded].join("\n");
}

/** A mail that says all of this. */
async function mailWith(...words) {
  const folder = path.join(demo.data, "mail");
  return until(`a mail with ${words}`, () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".eml"));
    const mails = files.map((name) => read(path.join(folder, name)));
    return mails.find((mail) => words.every((word) => mail.includes(word)));
  });
}

const visitors = [
  { language: "zh-TW", width: 1280, javaScript: true },
  { language: "zh-TW", width: 390, javaScript: false },
  { language: "en", width: 390, javaScript: true },
  { language: "en", width: 1280, javaScript: false },
];

for (const [number, who] of visitors.entries()) {
  test(`somebody looks at their portals, leaves and stays after all: ${JSON.stringify(who)}`, async () => {
    const account = `leaving00${number}`;
    await demo.addPerson(account, "蘇小美");
    const context = await visitor(browser, who);
    const { complaints } = watch(context, [demo.issuer, demo.emic, demo.elearn]);
    const page = await context.newPage();
    const { wrong, look, problem } = walk(page, who, seen);

    await page.goto(`${demo.issuer}/account/portals`);
    await signIn(page, account);
    await look("no portals");
    assert.equal(await page.locator("#no-portals").count(), 1);
    for (const portal of [demo.emic, demo.elearn]) {
      await enter(page, portal);
      if (await page.locator("#consent-allow").count()) await press(page, "#consent-allow");
      await shownAt(page);
    }
    await page.goto(`${demo.issuer}/account/portals`);
    await look("portals");
    assert.equal(await page.locator("section.portal").count(), 2);
    await press(page, "section.portal >> nth=0 >> button");
    await look("portals sure");
    await press(page, "#withdraw");
    await look("portals withdrawn");
    assert.equal(await page.locator("#withdrawn").count(), 1);
    assert.equal(await page.locator("section.portal").count(), 1);

    await go(page, "/account/delete");
    await look("delete");
    await press(page, "#delete-account");
    await problem("delete not ticked", "understood");
    await page.check("#understood");
    await press(page, "#delete-account");
    await problem("delete no password", "current-password");
    await page.check("#understood");
    await page.fill("#current-password", PASSWORD);
    await press(page, "#delete-account");
    await look("delete asked");
    assert.equal(await page.locator("#deletion-asked").count(), 1);
    await mailWith(account, "/sign-in");

    await page.goto(`${demo.issuer}/sign-in`);
    await signIn(page, account);
    await look("undo");
    await press(page, "#undo-deletion");
    await look("undone");
    assert.equal(await page.locator("#deletion-undone").count(), 1);
    await mailWith(account, "/forgot-password");
    await press(page, "#sign-in");
    await signIn(page, account);
    assert.equal(await text(page, "person-name"), "蘇小美");
    assert.deepEqual(wrong, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
