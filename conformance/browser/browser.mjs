// Chromium, and what its pages are held to: nothing in the console, no request to anybody else, nothing for axe to find,
// nothing wider than the window.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { PASSWORD } from "./demo.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

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
  context.setDefaultTimeout(15_000);
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

/** What is wrong with a page, in sentences; empty is good. */
export async function inspect(page) {
  const found = [];
  const { wide, width } = await page.evaluate(() => ({
    wide: document.scrollingElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  if (wide > width) found.push(`is ${wide} px wide in a window of ${width}`);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await axe(page)).map((line) => `${line} (${colorScheme})`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

async function axe(page) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(
    async (values) => (await globalThis.axe.run(document, { runOnly: { type: "tag", values } })).violations,
    RULES,
  );
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
}

/** From a portal's first page to the provider. */
export async function enter(page, portal) {
  await page.goto(portal);
  await page.click("#sign-in");
}

/** Fills in the provider's sign-in page. */
export async function signIn(page, username, password = PASSWORD) {
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("#login-submit");
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
