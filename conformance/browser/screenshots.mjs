// Pictures of the main pages for the documents: node screenshots.mjs DIR

import { mkdirSync } from "node:fs";
import path from "node:path";
import { enter, launch, press, shownAt, signIn, visitor } from "./browser.mjs";
import { PEOPLE, startDemo } from "./demo.mjs";

const [directory] = process.argv.slice(2);
if (!directory) {
  console.error("usage: node screenshots.mjs DIR");
  process.exit(2);
}
mkdirSync(directory, { recursive: true });

const demo = await startDemo();
const browser = await launch();
const languageOf = { zh: "zh-TW", en: "en" };

/** «As whom» is told once per person and portal: the second walk is somebody else's. */
async function firefighter(width) {
  if (width === 1280) return "fireman0119";
  const { name, oid } = PEOPLE.fireman0119;
  await demo.addPerson("fireman0112", name);
  await demo.idp("accounts", "set-capacity", "fireman0112", "--agency-oid", oid, "--official-type", "civil_servant");
  return "fireman0112";
}

async function walk(width, language) {
  const context = await visitor(browser, { width, language: languageOf[language] });
  const page = await context.newPage();
  const suffix = language === "zh" ? `${width}` : `${language}-${width}`;
  const picture = (name) => page.screenshot({ path: path.join(directory, `${name}-${suffix}.png`), fullPage: true });
  await page.goto(demo.emic);
  if (language === "en") await press(page, "a.language");
  await picture("emic-welcome");
  await press(page, "#sign-in");
  await picture("sign-in");
  if (language === "en") return context.close();
  await press(page, "#login-submit");
  await picture("sign-in-problem");
  await signIn(page, await firefighter(width));
  await shownAt(page);
  await picture("emic");
  await page.goto(demo.elearn);
  await picture("elearn-welcome");
  await enter(page, demo.elearn);
  await picture("as-whom");
  await press(page, "#consent-allow");
  await shownAt(page);
  await picture("elearn");
  await page.goto(demo.issuer);
  await picture("home");
  await press(page, "#sign-out");
  await picture("sign-out");
  await press(page, "#logout-confirm");
  await picture("signed-out");
  await page.goto(`${demo.issuer}/connect/authorize?client_id=nobody`);
  await picture("error");
  await context.close();
}

try {
  for (const width of [1280, 390]) for (const language of ["zh", "en"]) await walk(width, language);
} finally {
  await browser.close();
  await demo.stop();
}
