// After the third wrong password a person reads a picture: in both languages, wide and narrow, with and without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { follow, launch, press, signIn, text, visitor, walk, watch } from "./browser.mjs";
import { PASSWORD, startProvider } from "./demo.mjs";

let provider, browser;
before(async () => {
  const env = { IDP__PASSWORDS__WAIT: "0s", IDP__PASSWORDS__LONGER_WAIT: "0s", IDP__PASSWORDS__LOCK_AT: "20" };
  [provider, browser] = [await startProvider({ env, askedByLetters: true }), await launch()];
});
after(async () => {
  await browser?.close();
  await provider?.stop();
});

const seen = new Set();

const visitors = [
  { language: "zh-TW", width: 1280, javaScript: true },
  { language: "zh-TW", width: 390, javaScript: false },
  { language: "en", width: 390, javaScript: true, colorScheme: "dark" },
  { language: "en", width: 1280, javaScript: false },
];

for (const [number, who] of visitors.entries()) {
  test(`somebody mistypes the password three times: ${JSON.stringify(who)}`, async () => {
    const account = `mistypes${number}`;
    await provider.addPerson(account, "蘇小美");
    const context = await visitor(browser, who);
    const { complaints } = watch(context, [provider.issuer]);
    const page = await context.newPage();
    const { wrong, look, problem } = walk(page, who, seen);
    await page.goto(`${provider.issuer}/sign-in`);
    for (const guess of [1, 2, 3]) {
      assert.equal(await page.locator("#captcha-answer").count(), 0, `before guess ${guess}`);
      await signIn(page, account, "wrong-guess");
    }
    await look("letters asked");
    assert.equal(await page.locator("#captcha-image").count(), 1);
    await signIn(page, account, PASSWORD);
    await problem("letters missing", "captcha-answer");
    assert.equal(await page.inputValue("#username"), account);
    assert.equal(await page.inputValue("#password"), "");
    await page.locator(".problem a").first().click();
    assert.equal(await page.evaluate(() => document.activeElement.id), "captcha-answer");
    await press(page, "#captcha-another");
    assert.equal(await page.inputValue("#username"), account);
    assert.equal(await page.locator(".problem").count(), 0);
    if (number % 2) {
      await press(page, "#captcha-mail");
      await look("code asked");
      assert.equal(await page.locator("#captcha-image").count(), 0);
      await page.fill("#captcha-answer", "1");
      await signIn(page, account, PASSWORD);
      await problem("code wrong", "captcha-answer");
      await press(page, "#captcha-another");
    }
    await provider.readLetters(page);
    await page.fill("#password", PASSWORD);
    await follow(page, () => page.press("#password", "Enter"));
    assert.equal(await text(page, "person-name"), "蘇小美");
    assert.deepEqual(wrong, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
