// What the documents show is what these tests sign in with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const read = (file) => readFileSync(path.join(import.meta.dirname, file), "utf8");
const SHOWN = ["openid_client/client.mjs", "authlib/client.py", "mod_auth_openidc/portal.conf", "mod_auth_openidc/portal_with_key.conf"];

for (const file of SHOWN) {
  test(`docs/for-portal-developers.md shows clients/${file} as it is`, () => {
    const shown = [...read("../../docs/for-portal-developers.md").matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, text]) => text);
    assert.ok(shown.includes(read(file)), `copy conformance/clients/${file} into the document`);
  });
}
