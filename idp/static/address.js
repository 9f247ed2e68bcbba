// Beside the fields of an address: lists the districts of the chosen city or county alone, and fills in what a chosen district says.
// Without it all districts are listed, city by city, and the provider fills in what is left empty when the form arrives.
"use strict";

const [county, district, code] = ["county", "district", "postal-code"].map((id) => document.getElementById(id));
const alone = [...district.children].filter((option) => option.localName === "option");
const groups = [...district.querySelectorAll("optgroup")];

/** The district that was chosen last: whoever passes by another county finds it again. */
let last = "";
/** The postal code that the district of before brought along. */
let before = "";

/** The postal code of a district: its value begins with it. */
const codeOf = (value) => (/^\d{3}/.exec(value) ?? [""])[0];

/** The county of a district; none of what is in no list. */
const countyOf = (value) => groups.find((group) => [...group.children].some((option) => option.value === value))?.dataset.name ?? "";

/** Lists what is there of these, and chooses the district of before if it is among them. */
function list(there) {
  district.replaceChildren(...alone, ...there);
  district.value = last;
  if (district.selectedIndex < 0) district.value = "";
}

const ofCounty = () => groups.filter((group) => county.value === "" || group.dataset.name === county.value);

/** What was typed by hand stays, but for the code of a district that is another now. */
function fillIn() {
  const now = codeOf(district.value);
  if (now === "") return;
  const typed = code.value.trim();
  const isOfBefore = before !== "" && typed.startsWith(before);
  if (now !== before && (typed === "" || isOfBefore || /^\d{3}$/.test(typed))) code.value = now;
  before = now;
}

county.addEventListener("change", () => {
  list(ofCounty());
  fillIn();
});

// The list stays as it is: a key that goes from one to the next would otherwise come to its end in the first county.
district.addEventListener("change", () => {
  last = district.value;
  county.value = countyOf(last) || county.value;
  fillIn();
});

// Not before: a browser that comes back to the page puts in what stood there after the scripts ran. A district of another county than
// the one that is chosen is to be seen beside its error.
addEventListener("pageshow", () => {
  last = district.value;
  before = codeOf(last);
  const where = countyOf(last);
  list(where === "" || where === county.value ? ofCounty() : groups);
});
