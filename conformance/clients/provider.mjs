// The provider as the tests of other people's clients need it: two people, short-lived access tokens (what has to be refreshed
// is seen at once), signing keys that may sign soon after they were published, and a count of who fetched them.

import { spawn } from "node:child_process";
import path from "node:path";
import { freePort, startProvider, until } from "../browser/demo.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");
export const OFFICIAL = { account: "fireman0119", name: "林大勇", oid: "2.16.886.101.20003.20001.20003", agency: "內政部消防署" };
export const CITIZEN = { account: "clairesu1234", name: "蘇小美" };

/** `hosts`: where portals listen. `jwksFetches()` counts the answers at the JWKS; `changeKey` and `replaceKey` change the key that signs. */
export async function startOwnProvider(hosts, { accessToken = "30s" } = {}) {
  const metrics = `127.0.0.1:${await freePort()}`;
  const provider = await startProvider({
    env: {
      IDP__OUTBOUND__ALLOW_HOSTS: JSON.stringify(hosts),
      IDP__KEYS__JWKS_MAX_AGE: "1s",
      IDP__KEYS__CLOCK_SKEW: "0s",
      IDP__LIFETIMES__ACCESS_TOKEN: accessToken,
      IDP__SERVER__METRICS_LISTEN: metrics,
    },
  });
  await provider.idp("agencies", "import", path.join(ROOT, "script/demo-agencies.csv"));
  for (const { account, name } of [OFFICIAL, CITIZEN]) await provider.addPerson(account, name);
  await provider.idp("accounts", "set-capacity", OFFICIAL.account, "--agency-oid", OFFICIAL.oid, "--official-type", "civil_servant");

  const jwksFetches = async () => {
    const figures = await (await fetch(`http://${metrics}/metrics`)).text();
    const line = /^idp_http_requests_total\{route="\/\.well-known\/jwks\.json",status="2xx"\} (\d+)$/m.exec(figures);
    return Number(line[1]);
  };
  const list = async (state) => {
    const keys = JSON.parse(await provider.idp("keys", "list", "--json"));
    return keys.find((key) => key.alg === "ES256" && key.state === state).kid;
  };
  return {
    ...provider,
    jwksFetches,
    /** By plan: the next key signs as soon as everybody can have it. Gives its `kid`. */
    changeKey: async () => {
      const next = await list("next");
      await provider.idp("keys", "rotate", "--alg", "ES256");
      await until("the next key signs", async () => (await list("active")) === next, { every: 500 });
      return next;
    },
    /** At once: a key signs that nobody can have yet. Gives its `kid`. */
    replaceKey: async () => {
      const next = await list("next");
      await provider.idp("keys", "activate", next, "--now", "--force");
      return next;
    },
  };
}

/** Other people's program, on `url` when this returns; `env` is all it is told. */
export async function startProgram(program, args, { url, env, cwd }) {
  const child = spawn(program, args, { cwd, env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.once("error", (error) => (said += error.message));
  const abandon = () => child.kill("SIGTERM");
  process.once("exit", abandon);
  const stop = async () => {
    process.removeListener("exit", abandon);
    if (child.exitCode === null && child.pid) child.kill("SIGTERM");
    await gone;
  };
  const answers = async () => {
    if (child.exitCode !== null || !child.pid) throw new Error(`${program} ended: ${said}`);
    return fetch(url, { redirect: "manual" }).then(() => true, () => false);
  };
  try {
    await until(`${program} answers at ${url}`, answers);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, said: () => said };
}

/** What a page that is JSON says. */
export const json = (page) => page.evaluate(() => JSON.parse(document.body.innerText));
