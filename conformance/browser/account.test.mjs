// 我的專區, as an ordinary person goes through it: in both languages, wide and narrow, with and without JavaScript.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { go, launch, press, signIn, text, visitor, walk, watch } from "./browser.mjs";
import { PASSWORD, startProvider, until } from "./demo.mjs";

const NEW = "vT4-hN8wq";
const OID = "2.16.886.101.20003.20001.20003";

let provider, browser;
before(async () => {
  // Built by the demo of another test, or by `run`.
  [provider, browser] = [await startProvider(), await launch()];
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

const FURTHER = {
  "birth-year": "70", "birth-month": "1", "birth-day": "31", "national-id": "a12345 6789", "postal-code": "116",
  street: "木柵路一段 1 號", phone: "(02) 1234-5678", extension: "123",
};

for (const [number, who] of visitors.entries()) {
  test(`somebody looks after their account: ${JSON.stringify(who)}`, async () => {
    const account = `careful${number}`;
    await provider.addPerson(account, "蘇小美");
    const context = await visitor(browser, who);
    const { complaints } = watch(context, [provider.issuer]);
    const page = await context.newPage();
    const { wrong, look, problem } = walk(page, who, seen);

    // Not signed in: signs in, and is where they wanted to go.
    await page.goto(`${provider.issuer}/account/profile`);
    await signIn(page, account, PASSWORD);
    assert.equal(page.url(), `${provider.issuer}/account/profile`);
    await page.goto(`${provider.issuer}/`);
    await look("home with account");
    await press(page, "#my-account");
    await look("account nothing given");

    await go(page, "/account/profile");
    await look("profile");
    await page.fill("#nickname", "小美");
    for (const [field, typed] of Object.entries(FURTHER)) await page.fill(`#${field}`, typed);
    await page.check("#gender");
    await page.selectOption("#district", { value: "202中正區" });
    // Without the script nothing is filled in, and a district of another county is told.
    if (!who.javaScript) await page.selectOption("#county", "臺北市");
    await page.fill("#national-id", "A123456780");
    await press(page, "#save");
    await problem("profile wrong", "national-id", ...(who.javaScript ? [] : ["district"]));
    assert.equal(await page.inputValue("#district"), "202中正區");
    await page.selectOption("#county", "臺北市");
    await page.selectOption("#district", { value: "116文山區" });
    await page.fill("#postal-code", "116");
    assert.equal(await page.inputValue("#street"), FURTHER.street);
    const other = await context.newPage();
    await other.goto(`${provider.issuer}/account/profile`);
    await page.fill("#national-id", FURTHER["national-id"]);
    await press(page, "#save");
    await look("profile saved");
    assert.equal(await page.locator("#saved").count(), 1);
    await other.fill("#nickname", "另一個分頁");
    await press(other, "#save");
    assert.equal(await other.locator(".problem").count(), 1, "the tab of before");
    assert.equal(await other.inputValue("#nickname"), "另一個分頁");
    await other.close();

    await go(page, "/account/recovery");
    await look("rescue");
    await page.selectOption("#hint-question", "pet");
    await page.fill("#hint-answer", "Mucha 一世");
    await page.fill("#rescue-mobile", "0911-123-456");
    await press(page, "#save");
    await problem("rescue without password", "current-password");
    await page.fill("#current-password", PASSWORD);
    await press(page, "#save");
    await look("rescue saved");

    await go(page, "/account/email");
    await look("email");
    const address = `${account}.new@example.tw`;
    await page.fill("#email", address);
    await page.fill("#email-again", address);
    await page.fill("#current-password", "wrong-one");
    await press(page, "#change-email");
    await problem("email wrong password", "current-password");
    await until("the wait after a wrong password is over", async () => {
      await page.fill("#current-password", PASSWORD);
      await press(page, "#change-email");
      return page.locator("#withdraw").count();
    }, { every: 1500 });
    const mail = await mailWith(account, "/account/email/confirm?key=");
    await until("the mail has left", async () => {
      await page.goto(`${provider.issuer}/account/email`);
      return /\d\d/.test(await page.textContent("#mail-state"));
    });
    await look("email waits");
    await page.goto(`${provider.issuer}/account`);
    await look("account everything given");
    assert.match(await page.textContent("#national-id"), /A1\*{6}89/);
    assert.equal(await page.isVisible("text=A12345 6789"), false, "until it is asked for");
    await page.click("#national-id summary");
    assert.equal(await page.isVisible("text=A12345 6789"), true);
    await look("account number shown");
    await page.goto(mail.match(/http:\/\/\S+\/account\/email\/confirm\?key=[\w-]+/)[0]);
    await look("email confirm");
    await press(page, "#confirm-email");
    await look("email done");
    await page.goto(mail.match(/http:\/\/\S+\/account\/email\/confirm\?key=[\w-]+/)[0]);
    await look("email link of before");
    assert.equal(await page.locator("#confirm-email").count(), 0);

    await go(page, "/account/password");
    await look("password");
    await page.fill("#current-password", PASSWORD);
    for (const field of ["new-password", "new-password-again"]) await page.fill(`#${field}`, "12345678");
    await press(page, "#change-password");
    await problem("password common", "new-password");
    await page.fill("#current-password", PASSWORD);
    await page.fill("#new-password", NEW);
    await page.fill("#new-password-again", NEW);
    await press(page, "#change-password");
    await look("password changed");
    await page.goto(`${provider.issuer}/account`);
    assert.match(await page.textContent("#email"), new RegExp(address.replaceAll(".", "\\.")));
    assert.deepEqual(wrong, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("the fields of an address help each other, and leave alone what was typed by hand", async () => {
  const context = await visitor(browser, visitors[0]);
  const { complaints } = watch(context, [provider.issuer]);
  const page = await context.newPage();
  await provider.addPerson("address01", "蘇小美");
  await page.goto(`${provider.issuer}/account/profile`);
  await signIn(page, "address01", PASSWORD);
  const values = async () => Promise.all(["county", "district", "postal-code"].map((id) => page.inputValue(`#${id}`)));
  const offered = () => page.locator("#district option").count();
  assert.equal(await offered(), 1 + 368);
  await page.selectOption("#district", { value: "202中正區" });
  assert.deepEqual(await values(), ["基隆市", "202中正區", "202"]);
  // By keyboard, from one to the next, beyond the end of a county.
  await page.focus("#district");
  for (let pressed = 0; pressed < 7; pressed += 1) await page.keyboard.press("ArrowDown");
  const [county, district] = await values();
  assert.equal(county, "新竹市", district);
  await page.selectOption("#county", "嘉義市");
  assert.deepEqual(await values(), ["嘉義市", "", "300"]);
  assert.equal(await offered(), 1 + 2);
  await page.selectOption("#district", { value: "600西區" });
  await page.fill("#postal-code", "600123");
  await page.selectOption("#district", { value: "600東區" });
  assert.deepEqual(await values(), ["嘉義市", "600東區", "600123"]);
  // Passing by another county loses nothing.
  await page.focus("#county");
  for (const key of ["ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
  assert.deepEqual(await values(), ["嘉義市", "600東區", "600123"]);
  await page.fill("#postal-code", "20941");
  await page.selectOption("#county", "連江縣");
  await page.selectOption("#district", { value: "210北竿鄉" });
  assert.deepEqual(await values(), ["連江縣", "210北竿鄉", "20941"], "of a street: whoever typed it knows");
  await page.fill("#postal-code", "104");
  await page.selectOption("#district", { value: "211莒光鄉" });
  assert.deepEqual(await values(), ["連江縣", "211莒光鄉", "211"]);
  await page.selectOption("#county", "");
  assert.equal(await offered(), 1 + 368);
  assert.deepEqual(await values(), ["", "211莒光鄉", "211"]);
  await press(page, "#save");
  assert.equal(await page.locator("#saved").count(), 1);
  assert.deepEqual(await values(), ["連江縣", "211莒光鄉", "211"]);
  assert.equal(await offered(), 1 + 4);
  // Back to the page as it was left: what the browser puts in again counts.
  await page.selectOption("#county", "基隆市");
  await page.selectOption("#district", { value: "202中正區" });
  await page.goto(`${provider.issuer}/account`);
  await page.goBack();
  assert.deepEqual(await values(), ["基隆市", "202中正區", "202"]);
  assert.equal(await offered(), 1 + 7);
  await page.selectOption("#district", { value: "203中山區" });
  assert.deepEqual(await values(), ["基隆市", "203中山區", "203"]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a civil servant sees their agency, and cannot change their name", async () => {
  const context = await visitor(browser, { language: "zh-TW", width: 390, javaScript: true });
  const page = await context.newPage();
  const who = { language: "zh-TW", width: 390 };
  const { wrong, look } = walk(page, who, seen);
  await provider.addPerson("official01", "林大勇");
  const list = path.join(provider.data, "agencies.csv");
  writeFileSync(list, `oid,name\n${OID},內政部消防署\n`);
  await provider.idp("agencies", "import", list);
  await provider.idp("accounts", "set-capacity", "official01", "--agency-oid", OID, "--official-type", "civil_servant");
  await page.goto(`${provider.issuer}/account`);
  await signIn(page, "official01", PASSWORD);
  await look("account official");
  assert.match(await text(page, "agency-name"), /內政部消防署/);
  await go(page, "/account/profile");
  await look("profile official");
  assert.equal(await page.locator("#name").count(), 0);
  assert.deepEqual(wrong, []);
  await context.close();
});
