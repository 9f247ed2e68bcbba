// The logo of a portal: a copy of the provider's own, beside the portal's name, in a place that is kept for it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { deflateSync } from "node:zlib";
import { WIDTHS, inspect, launch, press, signIn, visitor, watch } from "./browser.mjs";
import { startProvider, until } from "./demo.mjs";
import { authorization, register, startSite } from "./party.mjs";

const FILE = "/logo.png";

/** A PNG of two colours, wider than high. */
function picture(width, height) {
  const crc = (bytes) => {
    let sum = ~0;
    for (const byte of bytes) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    return ~sum >>> 0;
  };
  const number = (value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
  const chunk = (name, body) => {
    const named = Buffer.concat([Buffer.from(name), body]);
    return Buffer.concat([number(body.length), named, number(crc(named))]);
  };
  const row = (y) => [0, ...Array.from({ length: width }, (_, x) => (x * height > y * width ? [20, 120, 90] : [240, 180, 40])).flat()];
  const rows = Buffer.from(Array.from({ length: height }, (_, y) => row(y)).flat());
  const head = Buffer.concat([number(width), number(height), Buffer.from([8, 2, 0, 0, 0])]);
  const start = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([start, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

let provider, browser, site, portal, bare;
before(async () => {
  site = await startSite("localhost", (url) => (url.pathname === FILE ? { png: picture(300, 200) } : "<title>a page</title>"));
  provider = await startProvider({ env: { IDP__OUTBOUND__ALLOW_HOSTS: `["${site.host}"]` } });
  browser = await launch();
  const redirectUri = `${site.origin}/callback`;
  const more = ["--scope", "openid profile email", "--policy-uri", "https://library.example/policy"];
  bare = await register(provider, "bare", { name: "沒有標誌的入口網", redirectUri, more });
  portal = await register(provider, "library", {
    name: "國立公共資訊圖書館",
    redirectUri,
    more: [...more, "--logo-uri", `${site.origin}${FILE}`],
  });
  await until("the logo is fetched", async () => {
    const shown = JSON.parse(await provider.idp("clients", "show", "library", "--json"));
    return shown.logos?.[0]?.state === "shown";
  });
});
after(async () => {
  await browser?.close();
  await provider?.stop();
  await site?.stop();
});

const address = (client) => `${provider.issuer}/connect/authorize?${authorization(client, { scope: "openid profile" }).query}`;

/** The picture as it is shown, and where the parts of the page stand. */
const look = (page) =>
  page.evaluate(() => {
    const [image] = document.images;
    const place = (element) => Object.values(element.getBoundingClientRect().toJSON()).map(Math.round).join(" ");
    return {
      src: image && new URL(image.src).pathname,
      wide: image?.naturalWidth,
      places: [...document.querySelectorAll("h1, .lead, .logo, .logo img, form, button")].map(place),
    };
  });

describe("the logo of a portal", () => {
  for (const width of Object.keys(WIDTHS).map(Number)) {
    for (const language of ["zh-TW", "en"]) {
      test(`stands where a person decides, in ${language} at ${width} px, and asks nobody else`, async () => {
        const account = `logo${language.slice(0, 2)}${width}`;
        await provider.addPerson(account, "歐陽建國");
        const context = await visitor(browser, { language, width });
        const { complaints } = watch(context, [provider.issuer]);
        const page = await context.newPage();
        await page.goto(address(portal));
        const seen = await look(page);
        assert.match(seen.src, /^\/client-logo\/[0-9a-f]{64}\.png$/);
        assert.equal(seen.wide, 128);
        assert.deepEqual(await inspect(page), []);
        await signIn(page, account);
        await page.waitForSelector("#consent-allow");
        assert.equal((await look(page)).src, seen.src);
        assert.deepEqual([...(await inspect(page)), ...complaints], []);
        await context.close();
      });
    }
  }

  test("moves nothing when it comes", async () => {
    for (const width of Object.keys(WIDTHS).map(Number)) {
      const context = await visitor(browser, { width });
      const page = await context.newPage();
      await page.goto(address(portal));
      const there = await look(page);
      await page.route("**/client-logo/*", (route) => route.abort());
      await page.goto(address(portal));
      const missing = await look(page);
      assert.equal(missing.wide, 0);
      assert.deepEqual(missing.places, there.places);
      await context.close();
    }
  });

  test("leaves no gap where there is none", async () => {
    const context = await visitor(browser);
    const page = await context.newPage();
    await page.goto(address(bare));
    const seen = await look(page);
    assert.deepEqual([seen.src, await page.locator(".logo, .toward").count()], [undefined, 0]);
    await context.close();
  });
});
