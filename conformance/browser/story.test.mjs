// The main job: one sign-in, two portals that both know who came and in which capacity, one sign-out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { enter, follow, launch, press, shownAt, signIn, text, visitor, watch } from "./browser.mjs";
import { PEOPLE, PORTALS, startDemo, until } from "./demo.mjs";

let demo, browser;
before(async () => {
  [demo, browser] = [await startDemo({ askedByLetters: true }), await launch()];
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const expected = ({ name, kind, agency, oid }) => ({ name, kind, agency, oid });
const origins = () => [demo.issuer, demo.emic, demo.elearn];

async function signedOutAt(page, portal) {
  await until(`signed out at ${portal}`, async () => {
    await page.goto(portal);
    return (await page.locator("#sign-in").count()) === 1;
  });
}

for (const [account, person] of Object.entries(PEOPLE)) {
  test(`${account} signs in once, is known at both portals, and is signed out everywhere`, async () => {
    const context = await visitor(browser);
    const { complaints } = watch(context, origins());
    const page = await context.newPage();

    await page.goto(demo.emic);
    assert.equal(await text(page, "sign-in"), "使用『我的E政府』帳號登入");
    await press(page, "#sign-in");
    assert.ok(page.url().startsWith(demo.issuer));
    const said = await page.innerText("main");
    assert.ok(said.includes(`您將透過「我的E政府」帳號進行「${PORTALS.emic}」登入`), said);
    await signIn(page, account);
    assert.equal(new URL(page.url()).origin, demo.emic);
    assert.deepEqual(await shownAt(page), expected(person));

    await enter(page, demo.elearn);
    assert.ok(page.url().startsWith(demo.issuer), "told as whom before entering for the first time");
    assert.equal(await page.locator("#password").count(), 0, "no password again");
    const asWhom = await page.innerText("main");
    for (const part of [person.name, account, PORTALS.elearn]) assert.ok(asWhom.includes(part), asWhom);
    assert.match(await text(page, "switch-account"), /不是您？/);
    await press(page, "#consent-allow");
    assert.equal(new URL(page.url()).origin, demo.elearn);
    assert.deepEqual(await shownAt(page), expected(person));

    // The second time there is no page at all: the portal's cookie is gone, the provider's is not.
    await context.clearCookies({ name: "elearn_session" });
    await enter(page, demo.elearn);
    assert.equal(new URL(page.url()).origin, demo.elearn);
    assert.deepEqual(await shownAt(page), expected(person));

    await page.goto(demo.issuer);
    assert.equal(await text(page, "person-name"), person.name);
    await page.goto(demo.elearn);
    await press(page, "#sign-out");
    assert.equal(await page.locator("#signed-out").count(), 1, await page.innerText("main"));
    await page.goto(demo.issuer);
    assert.equal(await page.locator("#sign-in").count(), 1, "signed out at the provider");
    await signedOutAt(page, demo.emic);
    await enter(page, demo.emic);
    assert.equal(await page.locator("#password").count(), 1, "the next sign-in asks for the password");
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("«不是您？» leads to a sign-in as another person, and the first person is signed out of the other portal", async () => {
  await demo.addPerson("wangxiao01", "王小山");
  const context = await visitor(browser);
  const page = await context.newPage();
  await enter(page, demo.emic);
  await signIn(page, "wangxiao01");
  assert.equal((await shownAt(page)).name, "王小山");

  await enter(page, demo.elearn);
  await press(page, "#switch-account");
  assert.ok((await page.innerText("main")).includes(PORTALS.elearn), "still on the way to the same portal");
  await signIn(page, "teacher0001");
  assert.deepEqual(await shownAt(page), expected(PEOPLE.teacher0001));
  await page.goto(demo.issuer);
  assert.equal(await text(page, "person-name"), PEOPLE.teacher0001.name);
  await signedOutAt(page, demo.emic);
  await context.close();
});

test("the provider's own page signs in and out", async () => {
  await demo.addPerson("limei0002", "李小玫");
  const context = await visitor(browser);
  const { complaints } = watch(context, origins());
  const page = await context.newPage();
  await page.goto(demo.issuer);
  await press(page, "#sign-in");
  await signIn(page, "limei0002");
  assert.equal(await text(page, "person-name"), "李小玫");
  assert.equal(await text(page, "identity-type"), "自然人");
  await enter(page, demo.emic);
  await press(page, "#consent-allow");
  assert.equal((await shownAt(page)).name, "李小玫");

  await page.goto(demo.issuer);
  await press(page, "#sign-out");
  await press(page, "#logout-confirm");
  await page.waitForSelector("#logged-out");
  assert.ok((await page.innerText("main")).includes(PORTALS.emic), "names the portal that is told");
  await signedOutAt(page, demo.emic);
  await page.goto(demo.issuer);
  assert.equal(await page.locator("#sign-in").count(), 1);
  assert.deepEqual(complaints, []);
  await context.close();
});

for (const way of [{ language: "zh-TW", javaScript: true }, { language: "en", javaScript: false }]) {
  test(`whoever comes without an account gets one on the way, and is at the portal in the end: ${way.language}`, async () => {
    const account = way.language === "en" ? "newcomer01" : "newcomer00";
    const context = await visitor(browser, way);
    const { complaints } = watch(context, origins());
    const page = await context.newPage();
    await enter(page, demo.emic);
    await press(page, "#join");
    await press(page, "#join-general");
    const steps = [{ account, "new-password": "xK9mQ2v-z", "new-password-again": "xK9mQ2v-z" }, { name: "蘇小美", email: `${account}@example.gov.tw`, "email-again": `${account}@example.gov.tw` }];
    for (const fields of steps) {
      for (const [field, typed] of Object.entries(fields)) await page.fill(`#${field}`, typed);
      await press(page, "#join-next");
    }
    for (const step of ["further", "recovery"]) await press(page, "#join-skip", step);
    await demo.readLetters(page);
    await page.check("#agree");
    await press(page, "#join-next");
    const mail = page.locator("#mails div", { hasText: account }).locator("a").first();
    await until("the mail is there", async () => {
      await page.goto(`${demo.issuer}/mailbox`);
      return (await mail.count()) > 0;
    });
    await follow(page, () => mail.click());
    await page.goto(await page.locator("#mail-text a").getAttribute("href"));
    await page.fill("#current-password", "xK9mQ2v-z");
    await press(page, "#activate");
    assert.match(await text(page, "to-portal"), new RegExp(PORTALS.emic));
    await press(page, "#to-portal");
    assert.ok((await page.innerText("main")).includes(PORTALS.emic), "the sign-in page of the portal");
    await signIn(page, account, "xK9mQ2v-z");
    assert.equal(new URL(page.url()).origin, demo.emic);
    assert.equal((await shownAt(page)).name, "蘇小美");
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
