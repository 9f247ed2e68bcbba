// Every page in every state, those too that no walk comes to: as the program sets it with sample names, in both languages, on a wide and
// a narrow screen. `run` has the program's own test write them into the folder SAMPLES.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { WIDTHS, launch, visitor, walk, watch } from "./browser.mjs";

const ORIGIN = "http://samples.test";
const STYLE = readFileSync(path.resolve(import.meta.dirname, "../../idp/static/style.css"));
/** So many there are: fewer were not all written. */
const FEWEST = 184;

/** What stands where a picture belongs: of its size, and quickly read. */
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="192" height="64"><rect width="192" height="64" fill="#ccc"/></svg>`;

let browser, folder;
before(async () => {
  folder = process.env.SAMPLES;
  assert.ok(folder, "SAMPLES names the folder with the pages: start the browser tests by conformance/browser/run");
  browser = await launch();
});
after(() => browser?.close());

/** The names of all pages; the same in both languages. */
function names(tag) {
  const files = readdirSync(path.join(folder, tag)).filter((file) => file.endsWith(".html"));
  assert.ok(files.length >= FEWEST, `${files.length} pages in ${folder}/${tag}: ${FEWEST} at least are known`);
  return files.map((file) => file.replace(/\.html$/, "")).sort();
}

/** Answers as the provider would, without one. */
async function answer(route) {
  const { pathname, origin } = new URL(route.request().url());
  // Frames of portals.
  if (origin !== ORIGIN) return route.fulfill({ body: "", contentType: "text/html" });
  if (pathname.endsWith(".css")) return route.fulfill({ body: STYLE, contentType: "text/css" });
  if (pathname.endsWith(".html")) return route.fulfill({ path: path.join(folder, pathname), contentType: "text/html; charset=utf-8" });
  if (/^\/(captcha|client-logo)\//.test(pathname)) return route.fulfill({ body: PICTURE, contentType: "image/svg+xml" });
  return route.fulfill({ status: 204 });
}

describe("every sample page", { concurrency: 2 }, () => {
  for (const [language, tag] of [["zh-TW", "zh-Hant-TW"], ["en", "en"]]) {
    for (const width of Object.keys(WIDTHS).map(Number)) {
      test(`in ${language} at ${width} px is accessible and no wider than the window`, async () => {
        const context = await visitor(browser, { language, width });
        const { complaints } = watch(context, [ORIGIN, "https://portal.emic.gov.tw", "https://elearn.example.gov.tw"]);
        await context.route("**/*", answer);
        // One goes on by itself: it stays to be looked at.
        await context.addInitScript(() => (HTMLFormElement.prototype.submit = () => {}));
        const page = await context.newPage();
        // Colours are the same in both languages and at both widths.
        const dark = language === "en" && width === 1280;
        const { wrong, look } = walk(page, { language, width }, new Set(), { dark });
        for (const name of names(tag)) {
          await page.goto(`${ORIGIN}/${tag}/${name}.html`);
          await look(name);
        }
        assert.deepEqual([...wrong, ...complaints], []);
        await context.close();
      });
    }
  }

  test("stands in both languages", () => assert.deepEqual(names("en"), names("zh-Hant-TW")));
});
