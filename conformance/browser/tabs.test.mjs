// Two tabs, the back button, a page left open for too long: no dead end.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { enter, launch, press, shownAt, signIn, text, visitor } from "./browser.mjs";
import { PEOPLE, startDemo, until } from "./demo.mjs";

let demo, impatient, browser;
before(async () => {
  demo = await startDemo();
  impatient = await startDemo({ env: { IDP__LIFETIMES__SIGN_IN_PAGE: "1s" } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await demo?.stop();
  await impatient?.stop();
});

/** Signs in where the page soon is too old: on a busy machine it may be so before it is sent, and is filled in again. */
async function signInInTime(page, account) {
  await until(`${account} is in time`, async () => {
    await signIn(page, account);
    return (await page.locator("#password").count()) === 0;
  });
}

/** Goes through the «as whom» page if there is one: it comes once per person and portal. */
async function goOn(page) {
  if (await page.locator("#consent-allow").count()) await press(page, "#consent-allow");
}

for (const [first, second] of [["emic", "elearn"], ["emic", "emic"]]) {
  test(`a sign-in page of ${second} opened before signing in at ${first} in another tab still leads there`, async () => {
    const context = await visitor(browser);
    const [one, two] = [await context.newPage(), await context.newPage()];
    await enter(one, demo[first]);
    await enter(two, demo[second]);
    await signIn(one, "fireman0119");
    assert.equal((await shownAt(one)).name, PEOPLE.fireman0119.name);
    await signIn(two, "fireman0119");
    await goOn(two);
    assert.equal(new URL(two.url()).origin, demo[second], await two.innerText("main"));
    assert.equal((await shownAt(two)).name, PEOPLE.fireman0119.name);
    await one.goto(demo[first]);
    assert.equal((await shownAt(one)).name, PEOPLE.fireman0119.name);
    await context.close();
  });
}

test("whoever goes back after signing in is still signed in at the portal, without a page of excuses", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  await enter(page, demo.emic);
  await signIn(page, "clairesu1234");
  assert.equal((await shownAt(page)).name, PEOPLE.clairesu1234.name);
  await page.goBack();
  await page.waitForLoadState();
  assert.equal(new URL(page.url()).origin, demo.emic, await page.innerText("main"));
  assert.equal((await shownAt(page)).name, PEOPLE.clairesu1234.name);
  await context.close();
});

test("whoever sends the sign-in form a second time is signed in at the portal", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  await enter(page, demo.emic);
  const interaction = await page.inputValue("[name=interaction]");
  await signIn(page, "clairesu1234");
  await shownAt(page);
  await page.goto(`${demo.issuer}/sign-in?interaction=${interaction}`);
  if (await page.locator("#password").count()) await signIn(page, "clairesu1234");
  await page.waitForLoadState();
  assert.equal(new URL(page.url()).origin, demo.emic, await page.innerText("main"));
  assert.equal((await shownAt(page)).name, PEOPLE.clairesu1234.name);
  await context.close();
});

test("a sign-in page kept in another tab is sent after signing out: one signs in again, and is at the portal", async () => {
  const context = await visitor(browser);
  const [one, two] = [await context.newPage(), await context.newPage()];
  await enter(two, demo.elearn);
  await enter(one, demo.emic);
  await signIn(one, "teacher0001");
  await press(one, "#sign-out");
  await one.waitForSelector("#signed-out");
  await signIn(two, "teacher0001");
  if (await two.locator("#password").count()) await signIn(two, "teacher0001");
  await goOn(two);
  assert.equal((await shownAt(two)).name, PEOPLE.teacher0001.name);
  await context.close();
});

test("a sign-in page that was open for too long says so and goes on where it was", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  await enter(page, impatient.emic);
  await page.waitForTimeout(1_500);
  await signIn(page, "fireman0119");
  assert.match(await page.innerText("[role=alert]"), /這個頁面開啟太久/);
  assert.equal(await page.inputValue("#username"), "fireman0119", "only the password is to be typed again");
  assert.ok((await page.innerText("main")).includes("EMIC"), "still on the way to EMIC");
  await signInInTime(page, "fireman0119");
  assert.equal((await shownAt(page)).name, PEOPLE.fireman0119.name);
  await context.close();
});

test("an «as whom» page that was open for too long goes on by itself", async () => {
  await impatient.addPerson("slowly001", "游慢慢");
  const context = await visitor(browser);
  const page = await context.newPage();
  await enter(page, impatient.emic);
  await signInInTime(page, "slowly001");
  for (const button of ["consent-allow", "switch-account"]) {
    await enter(page, impatient.elearn);
    await page.waitForSelector(`#${button}`);
    await page.waitForTimeout(1_500);
    await press(page, `#${button}`);
    await page.waitForSelector("#consent-allow");
    assert.ok((await page.innerText("main")).includes("游慢慢"), "asked once more");
  }
  await until("the page is sent in time", async () => {
    await press(page, "#consent-allow");
    return (await page.locator("#consent-allow").count()) === 0;
  });
  assert.equal((await shownAt(page)).name, "游慢慢");
  await context.close();
});

test("a sign-in page whose cookie was lost goes on where it was", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  await enter(page, demo.emic);
  await context.clearCookies({ name: "idp_browser" });
  await signIn(page, "fireman0119");
  assert.equal(await text(page, "problem"), "請再登入一次");
  await signIn(page, "fireman0119");
  assert.equal((await shownAt(page)).name, PEOPLE.fireman0119.name);
  await context.close();
});
