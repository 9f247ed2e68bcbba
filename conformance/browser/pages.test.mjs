// Every page, in both languages, with and without JavaScript, on a wide and a narrow screen, in light and dark.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { WIDTHS, enter, inspect, launch, press, shownAt, signIn, visitor, watch } from "./browser.mjs";
import { startDemo, startProvider, until } from "./demo.mjs";
import { authorization, register, startSite } from "./party.mjs";

let demo, strict, browser, library, foreign, emic;
before(async () => {
  // One waits for long after a wrong password, the other locks at once, so that both pages can be seen.
  demo = await startDemo({ env: { IDP__PASSWORDS__WAIT: "5m" } });
  strict = await startProvider({ env: { IDP__PASSWORDS__LOCK_AT: "1" } });
  browser = await launch();
  library = await startSite("localhost");
  foreign = await register(demo, "library", {
    name: "國立公共資訊圖書館",
    redirectUri: `${library.origin}/callback`,
    more: [
      ...["--scope", "openid profile email identity", "--client-uri", "https://library.example/"],
      ...["--policy-uri", "en=https://library.example/en/policy", "--tos-uri", "https://terms.library.example:8443/"],
    ],
  });
  emic = { id: "emic", redirectUri: `${demo.emic}/callback` };
});
after(async () => {
  await browser?.close();
  await library?.stop();
  await strict?.stop();
  await demo?.stop();
});

const WORDS = {
  "zh-TW": { wrong: "帳號或密碼不正確", wait: "請稍候再試", locked: "這個帳號暫時不能登入", other: "en" },
  en: { wrong: "not correct", wait: "Please wait a moment", locked: "cannot sign in for now", other: "zh-TW" },
};

const primary = (language) => language.split("-")[0];

const seen = new Set();

/** Looks at one page after the other and writes down what is wrong. */
function reviewer(page, language) {
  const wrong = [];
  const check = async (name, selector) => {
    try {
      await page.waitForSelector(selector);
    } catch {
      wrong.push(`${name}: nothing at ${selector}, but at ${page.url()}: ${(await page.innerText("main")).slice(0, 200)}`);
      return;
    }
    const problems = await inspect(page, seen);
    const lang = await page.getAttribute("html", "lang");
    if (!lang.startsWith(primary(language))) problems.push(`is in ${lang}`);
    if ((await page.locator("h1").count()) !== 1) problems.push("has not one <h1>");
    wrong.push(...problems.map((problem) => `${name}: ${problem}`));
  };
  /** There and back: the switch changes this page, and the choice stays. */
  const switchLanguage = async (name) => {
    const other = WORDS[language].other;
    const here = await page.locator("h1").first().getAttribute("id");
    for (const wanted of [other, language]) {
      await press(page, ".language [name=lang], a.language");
      await page.waitForSelector(`html[lang^="${primary(wanted)}"]`).catch(() => wrong.push(`${name}: no switch to ${wanted}`));
      if (here && (await page.locator(`#${here}`).count()) === 0) wrong.push(`${name}: another page after the switch`);
    }
  };
  return { wrong, check, switchLanguage };
}

describe("every page", { concurrency: 2 }, () => {
  for (const language of ["zh-TW", "en"]) {
    for (const javaScript of [true, false]) {
      for (const width of Object.keys(WIDTHS).map(Number)) {
        const how = `in ${language} at ${width} px ${javaScript ? "with" : "without"} JavaScript`;
        test(`${how} is complete, accessible and keeps to itself`, async () => {
          const account = `page${language.slice(0, 2)}${javaScript ? "j" : "n"}${width}`;
          await demo.addPerson(account, "歐陽建國");
          await demo.idp("accounts", "set-capacity", account, "--agency-oid", "2.16.886.101.20003.20001.20003", "--official-type", "civil_servant");
          const context = await visitor(browser, { language, width, javaScript });
          const origins = [demo.issuer, strict.issuer, demo.emic, demo.elearn, library.origin];
          const { complaints } = watch(context, origins);
          const page = await context.newPage();
          const { wrong, check, switchLanguage } = reviewer(page, language);
          await signedOut(page, { check, switchLanguage, language });
          await problems(page, { check, switchLanguage, account, words: WORDS[language], wrong });
          await signedIn(page, { check, switchLanguage, account });
          await errors(page, { check });
          await leaving(page, { check, switchLanguage });
          assert.deepEqual([...wrong, ...complaints], []);
          await context.close();
        });
      }
    }
  }
});

/** A portal speaks Chinese until its switch is used. */
async function open(page, portal, language) {
  await page.goto(portal);
  if (!(await page.getAttribute("html", "lang")).startsWith(primary(language))) await press(page, "a.language");
}

async function signedOut(page, { check, switchLanguage, language }) {
  await page.goto(demo.issuer);
  await check("provider's home", "#sign-in");
  await switchLanguage("provider's home");
  for (const portal of [demo.elearn, demo.emic]) {
    await open(page, portal, language);
    await check(portal, "#sign-in");
    await switchLanguage(portal);
  }
  await press(page, "#sign-in");
  await check("sign-in page", "#login-submit");
  await switchLanguage("sign-in page");
}

async function problems(page, { check, switchLanguage, account, words, wrong }) {
  const says = async (name, text) => {
    const said = await page.innerText("[role=alert]");
    if (!said.includes(text)) wrong.push(`${name}: says ${said}`);
  };
  await press(page, "#login-submit");
  await check("sign-in page with nothing filled in", "#username[aria-invalid]");
  const nobody = `x${account}`;
  await signIn(page, nobody, "wrong-guess");
  await check("sign-in page after a wrong password", "#password-error");
  await says("sign-in page after a wrong password", words.wrong);
  await signIn(page, nobody, "wrong-guess");
  await check("sign-in page while waiting", "[role=alert]");
  await says("sign-in page while waiting", words.wait);
  await page.goto(`${strict.issuer}/sign-in`);
  await signIn(page, nobody, "wrong-guess");
  await check("sign-in page while locked", "[role=alert]");
  await says("sign-in page while locked", words.locked);
  await switchLanguage("sign-in page while locked");
}

async function signedIn(page, { check, switchLanguage, account }) {
  await enter(page, demo.emic);
  await signIn(page, account);
  await check("EMIC, signed in", "#person-name");
  await switchLanguage("EMIC, signed in");
  await enter(page, demo.elearn);
  await check("«as whom» page", "#switch-account");
  await switchLanguage("«as whom» page");
  await press(page, "#consent-allow");
  await check("e等公務園, signed in", "#person-name");
  await page.goto(demo.issuer);
  await check("provider's home, signed in", "#person-name");
  await switchLanguage("provider's home, signed in");

  const authorize = (client, more) => `${demo.issuer}/connect/authorize?${authorization(client, more).query}`;
  await page.goto(authorize(foreign, { scope: "openid profile email identity" }));
  await check("consent page", "#consent-deny");
  await switchLanguage("consent page");
  await press(page, "#consent-deny");
  assert.equal(new URL(page.url()).searchParams.get("error"), "access_denied");
  await page.goto(authorize(emic, { prompt: "select_account" }));
  await check("account page", "#switch-account");
  await page.goto(authorize(emic, { prompt: "login" }));
  await check("sign-in page, once more", "#login-submit");
}

async function errors(page, { check }) {
  const at = (path) => page.goto(`${demo.issuer}${path}`);
  await at("/connect/authorize?client_id=nobody&response_type=code&redirect_uri=https://example.org/");
  await check("unknown client", "#error-title");
  await at(`/connect/authorize?${authorization({ ...emic, redirectUri: "https://example.org/" }).query}`);
  await check("foreign redirect URI", "#error-title");
  await at("/connect/authorize/continue?interaction=forged");
  await check("expired page", "#error-title");
  await at("/no-such-page");
  await check("no such page", "#error-title");
  await page.goto(`${demo.emic}/no-such-page`);
  await check("EMIC, no such page", "#error-title");
  await page.goto(`${demo.elearn}/no-such-page`);
  await check("e等公務園, no such page", "#error-title");
}

async function leaving(page, { check, switchLanguage }) {
  await page.goto(demo.issuer);
  await press(page, "#sign-out");
  await check("sign-out question", "#logout-confirm");
  await switchLanguage("sign-out question");
  await press(page, "#logout-confirm");
  await check("signed out", "#logged-out");
  await switchLanguage("signed out");
  await until("EMIC was told", async () => {
    await page.goto(demo.emic);
    return page.locator("#sign-in").count();
  });
  await page.goto(`${demo.emic}/callback?state=unknown&code=unknown`);
  await check("EMIC, an unknown sign-in", "#error-title");
}

test("a portal's own sign-out ends on a page that says so", async () => {
  for (const [language, width] of [["zh-TW", 1280], ["en", 390]]) {
    const context = await visitor(browser, { language, width });
    const page = await context.newPage();
    const { wrong, check } = reviewer(page, language);
    await open(page, demo.emic, language);
    await press(page, "#sign-in");
    await signIn(page, "fireman0119");
    await shownAt(page);
    await press(page, "#sign-out");
    await check("signed out of EMIC", "#signed-out");
    assert.deepEqual(wrong, []);
    await context.close();
  }
});

test("the sign-in page is two requests and 10 KB in all, headers included", async () => {
  const context = await visitor(browser);
  const page = await context.newPage();
  await page.goto(demo.emic);
  const { requests } = watch(context, [demo.issuer, demo.emic]);
  await press(page, "#sign-in");
  await page.waitForLoadState("networkidle");
  const ours = requests.filter((request) => request.url().startsWith(demo.issuer));
  assert.deepEqual(ours.map((request) => request.resourceType()), ["document", "stylesheet"]);
  const sizes = await Promise.all(ours.map((request) => request.sizes()));
  const total = sizes.reduce((sum, size) => sum + size.responseBodySize + size.responseHeadersSize, 0);
  assert.ok(total <= 10_000, `${total} bytes`);
  await context.close();
});
