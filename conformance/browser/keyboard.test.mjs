// Everything goes by keyboard alone, and one sees where one is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { follow, launch, shownAt, text, visitor } from "./browser.mjs";
import { PASSWORD, PEOPLE, startDemo } from "./demo.mjs";

let demo, browser;
before(async () => {
  [demo, browser] = [await startDemo(), await launch()];
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Presses Tab until the element has the focus, and holds that every stop on the way can be seen. */
async function tabTo(page, id) {
  for (let stops = 0; stops < 20; stops++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const { id, tagName, textContent } = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const { top, left, bottom, right } = document.activeElement.getBoundingClientRect();
      // A browser scrolls by whole pixels; elements lie where they lie.
      const inside = top > -1 && left > -1 && bottom < innerHeight + 1 && right < innerWidth + 1;
      return { id, name: `${tagName} ${id} ${textContent.trim()}`, outlineStyle, outlineWidth, inside };
    });
    assert.notEqual(at.outlineStyle, "none", `${at.name} shows no focus`);
    assert.ok(parseFloat(at.outlineWidth) >= 3, `${at.name}: focus of ${at.outlineWidth}`);
    assert.ok(at.inside, `${at.name} has the focus out of sight`);
    if (at.id === id) return;
  }
  assert.fail(`Tab does not reach ${id} at ${page.url()}`);
}

/** Waits until an element with this attribute has the focus: `autofocus` acts some time after the page is there. */
async function focusIsOn(page, attribute, value) {
  const has = ([name, wanted]) => document.activeElement?.getAttribute(name) === wanted;
  await page.waitForFunction(has, [attribute, value]);
}

async function press(page, id) {
  await tabTo(page, id);
  await follow(page, () => page.keyboard.press("Enter"));
}

test("a person signs in, goes on at another portal and signs out without a mouse", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  await page.goto(demo.emic);
  await press(page, "sign-in");
  await tabTo(page, "username");
  await page.keyboard.type("teacher0001");
  await tabTo(page, "password");
  await page.keyboard.type(PASSWORD);
  await Promise.all([page.waitForURL(`${demo.emic}/`), page.keyboard.press("Enter")]);
  assert.equal((await shownAt(page)).name, PEOPLE.teacher0001.name);

  await page.goto(demo.elearn);
  await press(page, "sign-in");
  await tabTo(page, "consent-allow");
  await Promise.all([page.waitForURL(`${demo.elearn}/`), page.keyboard.press("Enter")]);
  assert.equal((await shownAt(page)).name, PEOPLE.teacher0001.name);

  await page.goto(demo.issuer);
  await press(page, "sign-out");
  await press(page, "logout-confirm");
  assert.equal(await text(page, "logged-out"), "您已登出");
  await context.close();
});

test("«不是您？» is reached by keyboard", async () => {
  await demo.addPerson("keyboard1", "何鍵平");
  const context = await visitor(browser);
  const page = await context.newPage();
  await page.goto(`${demo.issuer}/sign-in`);
  await page.fill("#username", "keyboard1");
  await page.fill("#password", PASSWORD);
  await Promise.all([page.waitForURL(`${demo.issuer}/`), page.keyboard.press("Enter")]);
  await page.goto(demo.emic);
  await press(page, "sign-in");
  await press(page, "switch-account");
  assert.equal(await page.locator("#password").count(), 1);
  await context.close();
});

test("after a wrong password the focus is on what went wrong, and its link leads to the field", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  await page.goto(`${demo.issuer}/sign-in`);
  await page.click("#login-submit");
  await focusIsOn(page, "role", "alert");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await focusIsOn(page, "id", "username");
  await context.close();
});

test("the first Tab offers to skip to the content", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  for (const address of [demo.issuer, demo.emic, demo.elearn]) {
    await page.goto(address);
    await page.keyboard.press("Tab");
    await focusIsOn(page, "href", "#main");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash === "#main");
  }
  await context.close();
});
