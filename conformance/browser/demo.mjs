// What the tests run against: the provider with two portals as `script/demo` starts them, or the provider alone; always on
// free ports, with data of their own in a folder that goes away afterwards.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, "../..");
const LETTERS = path.resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug/captcha_answer");
const IDP = path.resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug/idp");
/** The first start may have to build everything. */
const PATIENCE = 600_000;

export const PASSWORD = "abcd1234";
export const PEOPLE = {
  clairesu1234: { name: "蘇小美", kind: "自然人" },
  fireman0119: { name: "林大勇", kind: "公務人員", agency: "內政部消防署", oid: "2.16.886.101.20003.20001.20003" },
  teacher0001: {
    name: "陳書文",
    kind: "公務人員之教育人員",
    agency: "教育部國民及學前教育署",
    oid: "2.16.886.101.20003.20005.20097",
  },
};
export const PORTALS = { emic: "EMIC 應變管理資訊雲端服務", elearn: "e等公務園" };

const taken = new Set();

/** A port that nothing listens on, below those that the system gives to outgoing connections. */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (taken.has(port)) continue;
    taken.add(port);
    const free = await new Promise((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

export const until = async (what, holds, { within = 60_000, every = 100 } = {}) => {
  for (const end = Date.now() + within; ; ) {
    const found = await holds();
    if (found) return found;
    if (Date.now() > end) throw new Error(`after ${within / 1000} s still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
};

/** Until a provider vouches for its pictures: ten seconds after its start. */
const vouches = () => new Promise((resolve) => setTimeout(resolve, 10_500));

/** The provider on localhost, EMIC and e等公務園 on `portalHost`. `askedByLetters`: people answer pictures there. */
export async function startDemo({ portalHost = "localhost", env = {}, askedByLetters = false } = {}) {
  const [provider, emic, elearn] = [await freePort(), await freePort(), await freePort()];
  const program = path.join(ROOT, "script/demo");
  const started = await start(program, [], {
    issuer: `http://localhost:${provider}`,
    ready: (said) => said.includes("Ctrl-C stops everything"),
    env: {
      ...env,
      DEMO_PROVIDER_PORT: String(provider),
      DEMO_EMIC_PORT: String(emic),
      DEMO_ELEARN_PORT: String(elearn),
      DEMO_PORTAL_HOST: portalHost,
    },
  });
  if (askedByLetters) await vouches();
  return { ...started, emic: `http://${portalHost}:${emic}`, elearn: `http://${portalHost}:${elearn}` };
}

/** The provider alone, with its settings in `env`. `script/demo` has built it, or `run` has. */
export async function startProvider({ env = {}, askedByLetters = false } = {}) {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const answers = async () => (await fetch(`${issuer}/readyz`).catch(() => undefined))?.ok;
  const provider = await start(IDP, ["serve"], { issuer, ready: answers, env });
  if (askedByLetters) await vouches();
  return provider;
}

async function start(program, args, { issuer, ready, env }) {
  const data = mkdtempSync(path.join(tmpdir(), "shenfen-browser-"));
  const settings = {
    ...process.env,
    RUST_LOG: "warn",
    IDP__SERVER__ISSUER: issuer,
    IDP__SERVER__LISTEN: `127.0.0.1:${new URL(issuer).port}`,
    IDP__DATABASE__URL: `sqlite:${data}/idp.db`,
    IDP__MAIL__URL: `folder:${data}/mail`,
    IDP__TEXTS__URL: `folder:${data}/texts`,
    IDP__LOG__FORMAT: "text",
    ...env,
    DEMO_DATA: data,
  };
  const child = spawn(program, args, { cwd: ROOT, env: settings, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const gone = new Promise((resolve) => child.once("close", resolve));
  const abandon = () => child.kill("SIGTERM");
  process.once("exit", abandon);

  const idp = async (...command) => (await run(IDP, command, { cwd: ROOT, env: settings })).stdout;
  const addPerson = (account, name) => {
    const password = path.join(data, "password");
    writeFileSync(password, PASSWORD);
    return idp("accounts", "add", account, "--name", name, "--email", `${account}@example.gov.tw`, "--password-file", password);
  };
  /** Types what the picture on the page shows, read with the provider's own keys. */
  const readLetters = async (page) => {
    const challenge = await page.inputValue("input[name=captcha]");
    const { stdout } = await run(LETTERS, [challenge], { cwd: ROOT, env: settings });
    await page.fill("#captcha-answer", stdout.trim());
  };
  const stop = async () => {
    process.removeListener("exit", abandon);
    child.kill("SIGTERM");
    await gone;
    rmSync(data, { recursive: true, force: true });
  };
  const up = async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
    return ready(said);
  };
  try {
    await until(`${program} answers`, up, { within: PATIENCE });
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${said}`);
  }
  return { issuer, data, idp, addPerson, readLetters, stop, said: () => said };
}
