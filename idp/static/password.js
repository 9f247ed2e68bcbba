// Beside a field in which a password is chosen: an estimate of how well it withstands guessing, and a button that shows it.
// Nothing that is typed leaves the page. The provider judges by itself when the form arrives; it never asks what was estimated here.
"use strict";

const COMMON = (
  "password passwort admin administrator letmein welcome iloveyou monkey dragon sunshine princess football baseball master shadow " +
  "superman batman trustno michael jordan charlie jennifer hunter summer winter spring autumn secret login hello freedom whatever " +
  "starwars pokemon google facebook taiwan taipei kaohsiung taichung tainan formosa egov " +
  "au4a83 ji32k7 su3cl3 test guest user changeme default root qazwsx zaqxsw " +
  "1qaz2wsx 1q2w3e4r 1q2w3e q1w2e3r4 asdf qwer zxcv abcd wang chen love angel baby happy lucky money computer internet"
).split(" ");
const ROWS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz"];
const LOOKS_LIKE = { 0: "o", 1: "l", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s", "!": "i" };

function pool(password) {
  const kinds = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[!-\/:-@[-`{-~ ]/, 33], [/[^ -~]/, 500]];
  return kinds.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
}

/** Whether a character follows from the one before it: the same, the next of a row of the keyboard, the next of the alphabet. */
function follows(before, next) {
  if (before === undefined) return false;
  if (before === next) return true;
  return ROWS.some((row) => {
    const [from, to] = [row.indexOf(before), row.indexOf(next)];
    return from >= 0 && to >= 0 && Math.abs(from - to) === 1;
  });
}

/**
 * How well a password withstands guessing, as an estimate.
 * @returns {number} 0 (guessed at once) to 4
 */
function strength(typed, account) {
  const password = typed.normalize("NFKC");
  if ([...password].length < 8) return 0;
  let bits = 0;
  let rest = password.toLowerCase();
  const guess = (part, costs) => {
    while (part.length > 2 && rest.includes(part)) {
      rest = rest.replace(part, "\u0000");
      bits += costs;
    }
  };
  guess(account.toLowerCase(), 2);
  for (const word of COMMON) guess(word, 6);
  const plain = [...rest].map((c) => LOOKS_LIKE[c] ?? c).join("");
  for (const word of COMMON) {
    const at = plain.indexOf(word);
    if (at >= 0) {
      rest = `${rest.slice(0, at)}\u0000${rest.slice(at + word.length)}`;
      bits += 8;
      break;
    }
  }
  for (const year of rest.match(/(19|20)\d\d/g) ?? []) guess(year, 6);
  const each = Math.log2(Math.max(pool(password), 2));
  const seen = new Set();
  let before;
  for (const c of rest) {
    if (c === "\u0000") before = undefined;
    else {
      bits += follows(before, c) ? 1 : seen.has(c) ? each / 2 : each;
      seen.add(c);
      before = c;
    }
  }
  return [30, 40, 50, 64].filter((least) => bits >= least).length;
}

for (const box of document.querySelectorAll(".strength")) {
  const field = document.getElementById(box.dataset.of);
  const again = document.getElementById(`${box.dataset.of}-again`);
  const account = document.getElementById("account");
  const name = () => account?.value ?? "";
  const words = box.dataset.levels.split("|");
  const [meter, says, show] = [box.querySelector("meter"), box.querySelector("output"), box.querySelector("button")];
  let waits;
  const tell = () => {
    const level = strength(field.value, name());
    meter.value = level;
    clearTimeout(waits);
    // A screen reader is told when the typing pauses.
    waits = setTimeout(() => { says.textContent = field.value === "" ? "" : words[level]; }, 400);
  };
  field.addEventListener("input", tell);
  account?.addEventListener("input", tell);
  show.addEventListener("click", () => {
    const shown = field.type === "text";
    for (const one of [field, again]) if (one) one.type = shown ? "password" : "text";
    show.setAttribute("aria-pressed", String(!shown));
  });
  // Whatever is shown is sent as a password, so that the browser offers to keep it.
  field.form.addEventListener("submit", () => {
    for (const one of [field, again]) if (one) one.type = "password";
  });
  box.hidden = false;
}
