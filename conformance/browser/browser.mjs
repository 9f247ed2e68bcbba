// Chromium, and what its pages are held to: nothing in the console, no request to anybody else, nothing for axe to find,
// nothing wider than the window.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";
import { PASSWORD } from "./demo.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What differs each time a page is shown, and nobody sees. */
const HIDDEN = /<input type="hidden"[^>]*>/g;

export const WIDTHS = { 1280: 900, 390: 844 };

export function launch() {
  assert.ok(existsSync(CHROMIUM), `Chromium is needed at ${CHROMIUM} (Debian: apt-get install chromium fonts-noto-cjk)`);
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A person's browser: its own cookies, a language, a width, JavaScript or not. */
export async function visitor(browser, { language = "zh-TW", width = 1280, javaScript = true, ...more } = {}) {
  const context = await browser.newContext({
    locale: language,
    viewport: { width, height: WIDTHS[width] ?? 900 },
    javaScriptEnabled: javaScript,
    ...more,
  });
  // Long enough for a machine that does much else; whoever waits for what comes waits no longer than that takes.
  context.setDefaultTimeout(60_000);
  if (!javaScript) context.mirror = await visitor(browser, { language, width });
  context.once("close", () => context.mirror?.close().catch(() => {}));
  return context;
}

/** Collects what no page may do. `origins`: who may be asked for anything. */
export function watch(context, origins) {
  const complaints = [];
  const requests = [];
  context.on("console", (message) => {
    // A page that says no with a status of 4xx is reported by the browser itself.
    const own = message.text().startsWith("Failed to load resource: the server responded with a status of 4");
    const page = own && message.location().url === message.page()?.url();
    if (["error", "warning"].includes(message.type()) && !page) complaints.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => complaints.push(`script: ${error.error()}`));
  context.on("request", (request) => {
    requests.push(request);
    if (!origins.includes(new URL(request.url()).origin)) complaints.push(`request to ${request.url()}`);
  });
  return { complaints, requests };
}

/**
 * What is wrong with a page, in sentences; empty is good. The same text need not be looked at twice: `seen` remembers it.
 * @param dark whether it is looked at in the dark as well
 */
export async function inspect(page, seen = new Set(), { dark = true } = {}) {
  const { wide, width } = await page.evaluate(() => ({
    wide: document.scrollingElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  const found = wide > width ? [`is ${wide} px wide in a window of ${width}`] : [];
  const same = `${width}${(await page.content()).replaceAll(HIDDEN, "")}`;
  if (seen.has(same)) return found;
  const copy = await scriptable(page);
  await copy.evaluate(AXE);
  found.push(...(await axe(copy, { type: "tag", values: RULES })));
  if (dark && copy === page) {
    await page.emulateMedia({ colorScheme: "dark" });
    found.push(...(await axe(page, { type: "rule", values: ["color-contrast"] })).map((line) => `${line} (dark)`));
    await page.emulateMedia({ colorScheme: "light" });
  }
  if (found.length === 0) seen.add(same);
  return found;
}

/** With `SCREENSHOTS=FOLDER` every page that a walk looks at is put there as a picture. */
const PICTURES = process.env.SCREENSHOTS;

/**
 * Looks at every page of one walk. What is wrong is collected, so that one run tells all of it.
 * @param who a language and a width, as for `visitor`
 * @param how as for `inspect`
 */
export function walk(page, who, seen, how) {
  const wrong = [];
  const note = async (shown, name) => {
    wrong.push(...(await inspect(shown, seen, how)).map((problem) => `${name}: ${problem}`));
    const lang = await shown.getAttribute("html", "lang");
    if (!lang.startsWith(who.language.split("-")[0])) wrong.push(`${name}: is in ${lang}`);
    if ((await shown.locator("h1").count()) !== 1) wrong.push(`${name}: has not one <h1>`);
    if (!PICTURES) return;
    mkdirSync(PICTURES, { recursive: true });
    const file = `${name.replaceAll(/[^a-z0-9]+/g, "-")}-${who.language}-${who.width}.png`;
    await shown.screenshot({ path: path.join(PICTURES, file), fullPage: true });
  };
  return {
    wrong,
    /** Looks at the page, or at another one of the walk. */
    look: (name, shown = page) => note(shown, name),
    /** The page says what has to be corrected, in these fields. */
    problem: async (name, ...fields) => {
      await note(page, name);
      assert.equal(await page.locator(".problem").count(), 1, name);
      for (const field of fields) assert.equal(await page.getAttribute(`#${field}`, "aria-invalid"), "true", `${name}: ${field}`);
    },
  };
}

async function axe(page, runOnly) {
  const run = async (runOnly) => (await globalThis.axe.run(document, { runOnly, resultTypes: ["violations"] })).violations;
  const violations = await page.evaluate(run, runOnly);
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
}

/** axe is a script: of a page that was loaded without JavaScript it sees a copy, loaded with it. */
async function scriptable(page) {
  const { mirror } = page.context();
  if (!mirror) return page;
  const [url, body, copy] = [page.url(), await page.content(), mirror.pages()[0] ?? (await mirror.newPage())];
  await copy.route(url, (route) => route.fulfill({ body, contentType: "text/html; charset=utf-8" }), { times: 1 });
  await copy.goto(url);
  return copy;
}

/** Does what leads to another page, and waits until that page is there: a click alone does not. */
export const follow = (page, act) => Promise.all([page.waitForEvent("load"), act()]);

/** Clicks what leads to another page. */
export const press = (page, selector) => follow(page, () => page.click(selector));

/** From a portal's first page to the provider. */
export async function enter(page, portal) {
  await page.goto(portal);
  await press(page, "#sign-in");
}

/** To a page of 我的專區 by its menu, which is folded on a narrow screen. */
export async function go(page, href) {
  const link = `.menu a[href="${href}"]`;
  if (!(await page.isVisible(link))) await page.click(".menu summary");
  await press(page, link);
}

/** Fills in the provider's sign-in page. */
export async function signIn(page, username, password = PASSWORD) {
  await page.fill("#username", username);
  await page.fill("#password", password);
  await press(page, "#login-submit");
}

export const text = (page, id) => page.locator(`#${id}`).innerText();

/** What a portal shows of the person who is signed in. */
export async function shownAt(page) {
  await page.waitForSelector("#person-name");
  const optional = async (id) => ((await page.locator(`#${id}`).count()) ? text(page, id) : undefined);
  return {
    name: await text(page, "person-name"),
    kind: await text(page, "identity-type"),
    agency: await optional("agency-name"),
    oid: await optional("agency-oid"),
  };
}
