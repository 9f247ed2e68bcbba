// The portals refresh: today's claims without a new sign-in, until what they hang on ends.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { enter, launch, press, shownAt, signIn, visitor } from "./browser.mjs";
import { startDemo } from "./demo.mjs";

let demo, browser;
before(async () => {
  demo = await startDemo({ env: { IDP__LIFETIMES__ACCESS_TOKEN: "5s" } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const expired = () => new Promise((resolve) => setTimeout(resolve, 6_000));

test("a transfer shows at the portal with its next refresh, and the end of the capacity signs the person out there", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  await enter(page, demo.emic);
  await signIn(page, "fireman0119");
  assert.equal((await shownAt(page)).oid, "2.16.886.101.20003.20001.20003");
  const police = "2.16.886.101.20003.20001.20001";
  await demo.idp("accounts", "set-capacity", "fireman0119", "--agency-oid", police, "--official-type", "civil_servant");
  await expired();
  await page.goto(demo.emic);
  const shown = await shownAt(page);
  assert.equal(shown.oid, police);
  assert.equal(shown.agency, "內政部警政署");
  await demo.idp("accounts", "end-capacity", "fireman0119");
  await expired();
  await page.goto(demo.emic);
  await page.waitForSelector("#sign-in");
  await press(page, "#sign-in");
  const natural = await shownAt(page);
  assert.equal(natural.kind, "自然人", "the session stayed: no password, and today's identity");
  assert.equal(natural.oid, undefined);
  await context.close();
});
