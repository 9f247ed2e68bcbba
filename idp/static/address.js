// Beside the fields of an address: lists the districts of the chosen city or county alone, and fills in what a chosen district says.
// Without it all districts are listed, city by city, and the provider fills in what is left empty when the form arrives.
"use strict";

const [county, district, code] = ["county", "district", "postal-code"].map((id) => document.getElementById(id));
const alone = [...district.children].filter((option) => option.localName === "option");
const groups = [...district.querySelectorAll("optgroup")];

/** The postal code of a district: its value begins with it. */
const codeOf = (value) => (/^\d{3}/.exec(value) ?? [""])[0];
let before = codeOf(district.value);

/** Lists what can be chosen in the county, and keeps what is chosen if it is there. */
function list() {
  const chosen = district.value;
  const there = groups.filter((group) => county.value === "" || group.dataset.name === county.value);
  district.replaceChildren(...alone, ...there);
  district.value = chosen;
  if (district.selectedIndex < 0) district.value = "";
}

/** What was typed by hand stays, but for a code that belongs to the district of before. */
function fillIn() {
  const now = codeOf(district.value);
  const typed = code.value.trim();
  if (now !== before && (typed === "" || (before !== "" && typed.startsWith(before)))) code.value = now;
  before = now;
}

county.addEventListener("change", () => { list(); fillIn(); });
district.addEventListener("change", () => {
  const group = district.selectedOptions[0]?.closest("optgroup");
  if (group && county.value === "") {
    county.value = group.dataset.name;
    list();
  }
  fillIn();
});
list();
