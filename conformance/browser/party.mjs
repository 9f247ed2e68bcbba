// Other people's sites: a small server each, and the authorization request that such a site sends.

import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import path from "node:path";
import { freePort } from "./demo.mjs";

/** A site on `host`: `answer(url, body)` gives HTML, or `{ redirect }`, or `{ png }`. Everything received is kept. */
export async function startSite(host, answer = () => "<title>a page</title>") {
  const port = await freePort();
  const received = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url, `http://${host}:${port}`);
    received.push({ method: request.method, url, body, headers: request.headers });
    const said = await answer(url, body, request);
    if (said?.redirect) return response.writeHead(302, { location: said.redirect }).end();
    if (said?.png) return response.writeHead(200, { "content-type": "image/png" }).end(said.png);
    response.writeHead(said?.status ?? 200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    response.end(said?.html ?? said);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://${host}:${port}`, host: `${host}:${port}`, received, stop };
}

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A page with one form for every address, each with its own button. */
export function page(title, ...forms) {
  const inputs = (fields) =>
    Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`);
  const form = ({ id, action, fields }) =>
    `<form method="post" action="${escape(action)}">${inputs(fields).join("")}<button id="${id}">${id}</button></form>`;
  return `<!doctype html><title>${title}</title><h1>${title}</h1>${forms.map(form).join("")}`;
}

/** Registers a client with the provider; what is not said is as the command has it. */
export async function register(provider, id, { name, redirectUri, more = [] }) {
  const secretFile = path.join(provider.data, `${id}.secret`);
  const command = ["clients", "add", id, "--name", name, "--redirect-uri", redirectUri];
  // A public client (`--auth-method none`) has no secret.
  if (!more.includes("none")) command.push("--secret-file", secretFile);
  await provider.idp(...command, ...more);
  return { id, redirectUri, secretFile };
}

/** An authorization request with PKCE: its parameters, and the verifier. */
export function authorization(client, more = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const fields = {
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: "code",
    scope: "openid profile identity",
    state: randomBytes(16).toString("base64url"),
    nonce: randomBytes(16).toString("base64url"),
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...more,
  };
  return { fields, verifier, query: new URLSearchParams(fields).toString() };
}
