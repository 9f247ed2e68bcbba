// 加入會員 as an ordinary person goes through it: in both languages, wide and narrow, with and without JavaScript.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { follow, launch, press, signIn, text, visitor, walk, watch } from "./browser.mjs";
import { startProvider, until } from "./demo.mjs";

const PASSWORD = "xK9mQ2v-z";

let provider, browser;
before(async () => {
  // Built by the demo of another test, or by `run`.
  [provider, browser] = [await startProvider({ env: { IDP__MAIL__SHOW_MAILBOX: "true" }, askedByLetters: true }), await launch()];
});
after(async () => {
  await browser?.close();
  await provider?.stop();
});

const seen = new Set();

/** The newest mail that names this account. */
async function mailTo(account) {
  const folder = path.join(provider.data, "mail");
  return until(`a mail about ${account}`, () => {
    const files = readdirSync(folder, { withFileTypes: true }).map((file) => file.name).filter((name) => name.endsWith(".eml"));
    const mails = files.sort().map((name) => readFileSync(path.join(folder, name), "utf8").replaceAll("=\r\n", "").replaceAll("=3D", "="));
    return mails.filter((mail) => mail.includes(account)).at(-1);
  });
}

/** The code in the newest mail to this address. */
async function codeTo(address) {
  const folder = path.join(provider.data, "mail");
  return until(`a code for ${address}`, () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".eml")).sort();
    const mails = files.map((name) => readFileSync(path.join(folder, name), "utf8")).filter((mail) => mail.includes(`To: ${address}`));
    const lines = mails.at(-1)?.split("\r\n").map((line) => Buffer.from(line, "base64").toString("utf8")) ?? [];
    return (mails.at(-1)?.match(/^(\d{6})\r?$/m) ?? lines.join("").match(/(?<!\d)(\d{6})(?!\d)/))?.[1];
  });
}

const visitors = [
  { language: "zh-TW", width: 1280, javaScript: true },
  { language: "zh-TW", width: 390, javaScript: false },
  { language: "en", width: 390, javaScript: true },
  { language: "en", width: 1280, javaScript: false },
];

for (const [number, who] of visitors.entries()) {
  test(`somebody gets an account: ${JSON.stringify(who)}`, async () => {
    const account = `visitor${number}00`;
    const address = `claire${number}@example.gov.tw`;
    // Each kind with and without JavaScript.
    const official = number === 1 || number === 2;
    const context = await visitor(browser, who);
    const { complaints } = watch(context, [provider.issuer]);
    const page = await context.newPage();
    const { wrong, look, problem } = walk(page, who, seen);

    await page.goto(provider.issuer);
    await press(page, "#join");
    await look("choice");
    await press(page, official ? "#join-official" : "#join-general");
    await look("account");
    await press(page, "#join-next");
    await problem("nothing typed", "account", "new-password");
    await page.fill("#account", account);
    await page.fill("#new-password", PASSWORD);
    await page.fill("#new-password-again", PASSWORD);
    assert.equal(await page.locator(".strength").isVisible(), who.javaScript, "the meter needs a script");
    if (who.javaScript) {
      await until("the meter says so", async () => /強|strong/.test(await page.textContent(".strength output")));
      await page.click(".strength button");
      assert.deepEqual([await page.getAttribute("#new-password", "type"), await page.getAttribute(".strength button", "aria-pressed")], ["text", "true"]);
      await look("a password that is shown");
    }
    await press(page, "#join-next");
    await look("basics");
    await page.fill("#name", "蘇小美");
    await page.fill("#email", address);
    await page.fill("#email-again", "claire");
    await press(page, "#join-next");
    await problem("two addresses", "email-again");
    assert.equal(await page.inputValue("#name"), "蘇小美");
    // In the other language and back: nothing is typed twice.
    for (const lang of ["other", "own"]) {
      const before = await page.getAttribute("html", "lang");
      await press(page, ".language button[name=lang]");
      assert.notEqual(await page.getAttribute("html", "lang"), before, lang);
      const typed = await Promise.all(["#name", "#email", "#email-again"].map((field) => page.inputValue(field)));
      assert.deepEqual(typed, ["蘇小美", address, "claire"]);
      assert.equal(await page.locator(".problem").count(), 0, "nothing is judged");
    }
    await press(page, "#join-back");
    await press(page, "#join-next");
    assert.equal(await page.inputValue("#email-again"), "claire", "a step back and forth keeps it as well");
    await page.fill("#email-again", address);
    // Enter goes on; it does not press the first button of the page, which is the language.
    await follow(page, () => page.press("#email-again", "Enter"));
    await look("further");
    if (official) {
      assert.equal(await page.locator("#join-skip").count(), 0);
      await press(page, "#join-next");
      await problem("nothing further", "birth-year", "national-id", "gender", "district", "street", "phone");
    }
    await page.fill("#birth-year", "70");
    await page.fill("#birth-month", "2");
    await page.fill("#birth-day", "30");
    await page.fill("#national-id", "A123456780");
    await page.check("#gender");
    await page.selectOption("#county", "臺北市");
    const offered = await page.locator("#district option").count();
    assert.equal(offered, who.javaScript ? 1 + 12 : 1 + 368);
    await page.selectOption("#district", { value: "116文山區" });
    assert.equal(await page.inputValue("#postal-code"), who.javaScript ? "116" : "", "filled in here or when the form arrives");
    await page.fill("#street", "木柵路一段 1 號");
    await page.fill("#phone", "02-1234-5678");
    await page.fill("#extension", "123");
    await press(page, "#join-next");
    await problem("no such day", "birth-day", "national-id");
    await page.locator(".problem a").nth(1).click();
    assert.equal(await page.evaluate(() => document.activeElement.id), "national-id");
    assert.equal(await page.inputValue("#county"), "臺北市");
    assert.equal(await page.inputValue("#district"), "116文山區");
    await page.fill("#birth-day", "28");
    await page.fill("#national-id", "a12345 6789");
    await press(page, "#join-next");
    await look("recovery");
    await page.selectOption("#hint-question", "pet");
    await page.fill("#rescue-mobile", "0212345678");
    await press(page, "#join-next");
    await problem("no answer", "hint-answer", "rescue-mobile");
    assert.equal(await page.inputValue("#hint-question"), "pet");
    if (official) {
      await page.fill("#hint-answer", "咪咪");
      await page.fill("#rescue-mobile", "0911-123-456");
      await press(page, "#join-next");
    } else {
      await press(page, "#join-skip");
    }
    await look("confirm");
    const last = await page.locator("main").innerText();
    for (const shown of [account, address, "A1******89", "0212345678", "116 臺北市文山區木柵路一段 1 號"]) assert.ok(last.includes(shown), `${shown} in ${last}`);
    assert.equal(last.includes("0911123456"), official);
    // Back to a step and on again; nothing is asked twice.
    await press(page, "#join-change-further");
    assert.equal(await page.inputValue("#birth-year"), who.language === "en" ? "1981" : "70");
    assert.ok(await page.isChecked("#gender"));
    await page.goBack();
    await press(page, "#join-change-basics");
    assert.equal(await page.inputValue("#email"), address);
    await page.goBack();
    await provider.readLetters(page);
    await press(page, "#join-next");
    await problem("not agreed", "agree");
    assert.match(await page.inputValue("#captcha-answer"), /^[a-z347]{5}$/, "what was read stays");
    await page.check("#agree");
    await page.fill("#captcha-answer", "xxxxx");
    await follow(page, () => page.press("#captcha-answer", "Enter"));
    await problem("misread", "captcha-answer");
    await page.locator(".problem a").first().click();
    assert.equal(await page.evaluate(() => document.activeElement.id), "captcha-answer");
    const before = await page.getAttribute("#captcha-image", "src");
    await press(page, "#captcha-another");
    assert.notEqual(await page.getAttribute("#captcha-image", "src"), before);
    assert.ok(await page.isChecked("#agree"), "nothing is lost");
    const drawn = await page.locator("#captcha-image").evaluate((image) => [image.complete, image.naturalWidth]);
    assert.deepEqual(drawn, [true, 192]);
    for (const document of ["/terms", "/privacy"]) {
      const other = await context.newPage();
      await other.goto(provider.issuer + document);
      await look(document, other);
      await other.close();
    }
    if (official) {
      await press(page, "#captcha-mail");
      await look("code");
      const code = await codeTo(address);
      await page.fill("#captcha-answer", code);
    } else {
      await provider.readLetters(page);
    }
    await page.check("#agree");
    await press(page, "#join-next");
    await look("sent");
    await page.reload();
    const mail = await mailTo(account);
    await until("the page says that the mail left", async () => {
      await press(page, "#look-again");
      return /寄達|took it/.test(await text(page, "mail-state"));
    });
    await look("sent and taken");
    const mailbox = await context.newPage();
    await mailbox.goto(`${provider.issuer}/mailbox`);
    await look("mailbox", mailbox);
    await mailbox.locator("#mails a").first().click();
    assert.match(await text(mailbox, "mail-text"), new RegExp(account));
    await look("mail", mailbox);
    const href = await mailbox.locator("#mail-text a").getAttribute("href");
    assert.ok(href.startsWith(`${provider.issuer}/activate?key=`), href);
    await mailbox.close();
    await page.locator("summary").click();
    await page.fill("#email", "nonsense");
    await press(page, "#correct-email");
    await problem("no address", "email");
    assert.match(page.url(), /\/join\/sent\?waiting=/, "what stands in the address bar can be opened");
    assert.ok(await page.isVisible("#email"), "the fields stay open");
    await press(page, "#send-again");
    await problem("too soon");

    const activation = mail.match(/http:\/\/\S+\/activate\?key=[\w-]+/)[0];
    await page.goto(activation);
    await look("activate");
    await press(page, "#activate");
    await problem("no password to activate", "current-password");
    await page.locator("#ask-discard").click();
    await look("discard asked");
    await page.fill("#current-password", PASSWORD);
    await press(page, "#activate");
    await look("activated");
    // Back is a form that was sent with an error: the browser asks before it shows that again.
    await page.goto(activation);
    await look("activated before");
    assert.equal(await page.locator("#activate").count(), 0);
    await press(page, "#sign-in");
    await signIn(page, account, PASSWORD);
    assert.equal(await text(page, "person-name"), "蘇小美");
    assert.deepEqual(wrong, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("what the meter calls strong is taken, and what is refused as common it calls weak", async () => {
  const context = await visitor(browser, { language: "zh-TW", width: 1280, javaScript: true });
  const page = await context.newPage();
  await page.goto(`${provider.issuer}/join?kind=general`);
  const estimated = (password) => page.evaluate((typed) => strength(typed, "meter001"), password);
  const common = [
    "password", "Password1", "P@ssw0rd", "12345678", "123456789a", "qwertyuiop", "1qaz2wsx", "abcd1234", "iloveyou1", "aaaaaaaa", "abababab",
    "letmein123", "sunshine1", "meter001a", "87654321", "qwer1234", "11111111", "asdfghjkl", "superman1", "football12",
  ];
  const good = ["xK9mQ2v-z", "correct horse battery staple", "七里香開在木柵的後山上", "fjW3-8qLm_Zt", "vermillion-otter-78-lantern", "gB7!nP2$wX"];
  for (const password of [...common, ...good]) {
    const level = await estimated(password);
    await page.fill("#account", "meter001");
    await page.fill("#new-password", password);
    await page.fill("#new-password-again", password);
    await press(page, "#join-next");
    const taken = (await page.locator("#name").count()) === 1;
    assert.ok(taken || level < 3, `${password} is refused, and the meter says ${level}`);
    assert.equal(good.includes(password) ? level >= 3 : level < 3, true, `${password}: ${level}`);
    if (taken) await page.goto(`${provider.issuer}/join?kind=general`);
  }
  await context.close();
});
