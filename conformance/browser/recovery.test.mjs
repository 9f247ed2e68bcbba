// Who forgot something, as an ordinary person goes through it: in both languages, wide and narrow, with and without JavaScript.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { follow, launch, press, signIn, text, visitor, walk, watch } from "./browser.mjs";
import { PASSWORD, startProvider, until } from "./demo.mjs";

const NEW = "vT4-hN8wq";

let provider, browser;
before(async () => {
  // Built by the demo of another test, or by `run`.
  [provider, browser] = [await startProvider({ askedByLetters: true }), await launch()];
});
after(async () => {
  await browser?.close();
  await provider?.stop();
});

const seen = new Set();

/** A mail that says all of this. */
async function mailWith(...words) {
  const folder = path.join(provider.data, "mail");
  return until(`a mail with ${words}`, () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".eml"));
    const mails = files.map((name) => readFileSync(path.join(folder, name), "utf8").replaceAll("=\r\n", "").replaceAll("=3D", "="));
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
  test(`somebody who forgot everything gets in again: ${JSON.stringify(who)}`, async () => {
    const account = `forgetful${number}`;
    await provider.addPerson(account, "蘇小美");
    const context = await visitor(browser, who);
    const { complaints } = watch(context, [provider.issuer]);
    const page = await context.newPage();
    const { wrong, look, problem } = walk(page, who, seen);

    await page.goto(`${provider.issuer}/sign-in`);
    await look("sign-in");
    await press(page, "#forgot-account");
    await look("forgot account");
    await press(page, "#ask");
    await problem("no address", "email");
    await page.fill("#email", `${account}@example.gov.tw`);
    await press(page, "#ask");
    await problem("nothing read", "captcha-answer");
    assert.equal(await page.inputValue("#email"), `${account}@example.gov.tw`);
    await provider.readLetters(page);
    await press(page, "#ask");
    await look("account asked");
    const names = await mailWith(account, "/sign-in");
    await page.goto(names.match(/http:\/\/\S+\/sign-in/)[0]);

    await press(page, "#forgot-password");
    await look("forgot password");
    await press(page, "#ask");
    await problem("no account", "account");
    await page.fill("#account", account.toUpperCase());
    await provider.readLetters(page);
    await follow(page, () => page.press("#captcha-answer", "Enter"));
    await look("password asked");
    // Reloading asks for nothing; asking once more is too soon.
    await page.reload();
    await page.goto(`${provider.issuer}/forgot-password`);
    await page.fill("#account", account);
    await press(page, "#captcha-another");
    assert.equal(await page.inputValue("#account"), account, "nothing is lost");
    await provider.readLetters(page);
    await press(page, "#ask");
    await problem("too soon");
    const mail = await mailWith(account, "/reset-password?key=");
    await page.goto(mail.match(/http:\/\/\S+\/reset-password\?key=[\w-]+/)[0]);
    await look("reset");
    assert.equal(await page.locator(".strength").isVisible(), who.javaScript, "the meter needs a script");
    for (const field of ["new-password", "new-password-again"]) await page.fill(`#${field}`, "12345678");
    await press(page, "#reset");
    await problem("common password", "new-password");
    await page.fill("#new-password", NEW);
    await page.fill("#new-password-again", `${NEW}x`);
    await press(page, "#reset");
    await problem("two passwords", "new-password-again");
    await page.fill("#new-password", NEW);
    await page.fill("#new-password-again", NEW);
    await press(page, "#reset");
    await look("reset done");
    await mailWith(account, "/forgot-password");
    await press(page, "#sign-in");
    await signIn(page, account, PASSWORD);
    assert.equal(await page.locator(".problem").count(), 1, "the old password");
    await until("the wait after a wrong password is over", async () => {
      await signIn(page, account, NEW);
      return page.locator("#person-name").count();
    }, { every: 1500 });
    assert.equal(await text(page, "person-name"), "蘇小美");
    await page.goto(mail.match(/http:\/\/\S+\/reset-password\?key=[\w-]+/)[0]);
    await look("link of before");
    assert.equal(await page.locator("#reset").count(), 0);
    await press(page, "#forgot-password");
    await page.goto(`${provider.issuer}/resend-confirmation`);
    await look("resend");
    await page.fill("#account", "nobody01234".slice(0, 10) + number);
    await press(page, "#captcha-without");
    await look("resend asked");
    assert.deepEqual(wrong, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

/** What the newest text message to a mobile says. */
async function textTo(mobile) {
  const folder = path.join(provider.data, "texts");
  return until(`a text message to ${mobile}`, () => {
    if (!existsSync(folder)) return undefined;
    const files = readdirSync(folder).filter((name) => name.endsWith(".txt")).sort().reverse();
    const texts = files.map((name) => readFileSync(path.join(folder, name), "utf8").split("\n\n"));
    return texts.find(([number]) => number === mobile)?.[1];
  });
}

for (const [number, who] of visitors.entries()) {
  test(`somebody who forgot the answer, too, gets in by mail and text message: ${JSON.stringify(who)}`, async () => {
    const [account, mobile] = [`texted0${number}`, `091112340${number}`];
    const context = await visitor(browser, who);
    const { complaints } = watch(context, [provider.issuer]);
    const page = await context.newPage();
    const { wrong, look, problem } = walk(page, who, seen);
    await page.goto(`${provider.issuer}/join?kind=general`);
    await page.fill("#account", account);
    await page.fill("#new-password", PASSWORD.replace("abcd", "xK9-"));
    await page.fill("#new-password-again", PASSWORD.replace("abcd", "xK9-"));
    await press(page, "#join-next");
    await page.fill("#name", "蘇小美");
    for (const field of ["email", "email-again"]) await page.fill(`#${field}`, `${account}@example.gov.tw`);
    await press(page, "#join-next");
    await press(page, "#join-skip");
    await page.selectOption("#hint-question", "pet");
    await page.fill("#hint-answer", "Mucha");
    await page.fill("#rescue-mobile", mobile);
    await press(page, "#join-next");
    await page.check("#agree");
    await provider.readLetters(page);
    await press(page, "#join-next");
    const confirmation = await mailWith(account, "/activate?key=");
    await page.goto(confirmation.match(/http:\/\/\S+\/activate\?key=[\w-]+/)[0]);
    await page.fill("#current-password", PASSWORD.replace("abcd", "xK9-"));
    await press(page, "#activate");

    await page.goto(`${provider.issuer}/forgot-password`);
    await look("ways");
    await page.fill("#account", account);
    await page.check("#way-text");
    await provider.readLetters(page);
    await press(page, "#ask");
    await look("text code");
    const code = (await textTo(mobile)).match(/\d{8}/)[0];
    await page.fill("#text-code", "1234");
    await press(page, "#type-code");
    await problem("code of four digits", "text-code");
    await page.fill("#text-code", String((Number(code) + 1) % 1e8).padStart(8, "0"));
    await press(page, "#type-code");
    await problem("another code", "text-code");
    await page.fill("#text-code", code);
    await press(page, "#type-code");
    await look("answer after a code");
    assert.equal(await page.locator("#question").count(), 1, "the code was right");
    await page.goto(`${provider.issuer}/forgot-password`);
    await page.fill("#account", account);
    await page.check("#way-text");
    await provider.readLetters(page);
    await press(page, "#ask");
    await problem("text too soon");
    await page.check("#way");
    await provider.readLetters(page);
    await press(page, "#ask");
    const mail = await mailWith(account, "/reset-password?key=");
    await page.goto(mail.match(/http:\/\/\S+\/reset-password\?key=[\w-]+/)[0]);
    await look("answer");
    await page.fill("#hint-answer", "Garfield");
    await press(page, "#answer");
    await problem("another answer", "hint-answer");
    await press(page, "#by-text");
    await problem("by text too soon");
    await page.fill("#hint-answer", "ＭＵＣＨＡ");
    await press(page, "#answer");
    await look("password after the answer");
    await page.fill("#new-password", NEW);
    await page.fill("#new-password-again", NEW);
    await press(page, "#reset");
    await press(page, "#sign-in");
    await signIn(page, account, NEW);
    assert.equal(await text(page, "person-name"), "蘇小美");
    await page.goBack();
    assert.deepEqual(wrong, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
