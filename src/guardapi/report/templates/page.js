"use strict";
// Sorting, filtering and searching. The page says everything without this script; markup is only moved or copied.

function list(section) {
  const controls = section.querySelector(".controls");
  if (!controls) return;
  const items = [...section.querySelectorAll("[data-item]")].filter((item) => !item.closest(".fold"));
  const texts = new Map();
  const search = controls.querySelector("input");
  const filters = [...controls.querySelectorAll("select")];
  const output = controls.querySelector("output");
  const nothing = section.querySelector(".nothing");

  function textOf(item) {
    if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
    return texts.get(item);
  }

  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const fits = filters.every((one) => !one.value || item.dataset[one.dataset.filter] === one.value);
      item.hidden = !(fits && words.every((word) => textOf(item).includes(word)));
      shown += item.hidden ? 0 : 1;
    }
    output.textContent = `${shown} of ${items.length} ${output.dataset.noun}`;
    nothing.hidden = shown > 0;
  }

  function clear() {
    search.value = "";
    for (const one of filters) one.value = "";
    apply();
  }

  controls.hidden = false;
  controls.addEventListener("input", apply);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
  const unfold = controls.querySelector("[data-unfold]");
  if (unfold) {
    unfold.addEventListener("click", () => {
      const shown = items.filter((item) => !item.hidden);
      const open = !shown.every((item) => item.open);
      for (const item of shown) item.open = open;
      unfold.textContent = open ? "Close all" : "Open all";
    });
  }
  section.show = (name, value) => {
    clear();
    filters.find((one) => one.dataset.filter === name).value = value;
    apply();
  };
  section.clear = clear;
  apply();
}

function sortable(heading) {
  const table = heading.closest("table");
  const body = table.tBodies[0];
  const column = heading.cellIndex;
  const order = new Intl.Collator("en", { numeric: true });
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);

  function keyOf(row) {
    const cell = row.cells[column];
    return cell.dataset.key ?? cell.textContent.trim();
  }

  button.addEventListener("click", () => {
    const before = heading.getAttribute("aria-sort");
    const usual = heading.dataset.sort === "down" ? "descending" : "ascending";
    const direction = before ? (before === "ascending" ? "descending" : "ascending") : usual;
    const sign = direction === "ascending" ? 1 : -1;
    const keyed = [...body.rows].map((row) => [keyOf(row), row]);
    keyed.sort((one, other) => sign * order.compare(one[0], other[0]));
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    body.append(...keyed.map((item) => item[1]));
  });
}

// What a link leads to is neither filtered away nor folded.
function reveal(id) {
  const target = id && document.getElementById(id);
  if (!target) return;
  if (target.hidden) target.closest("[data-list]").clear();
  for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  target.scrollIntoView();
}

// The example of a rule stands once in the page, and is shown in a finding when that is opened.
function remedy(finding) {
  const slot = finding.querySelector("[data-remedy]");
  const sides = slot && document.getElementById(slot.dataset.remedy).querySelector(".sides");
  if (!sides) return;
  slot.replaceWith(sides.cloneNode(true));
}

for (const section of document.querySelectorAll("[data-list]")) list(section);
for (const heading of document.querySelectorAll("th[data-sort]")) sortable(heading);
for (const finding of document.querySelectorAll(".finding[open]")) remedy(finding);
document.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.matches(".finding")) remedy(event.target);
}, true);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link) return;
  const id = decodeURIComponent(link.hash.slice(1));
  const chosen = link.dataset.choose;
  if (chosen) document.getElementById(id).show(...chosen.split("="));
  else reveal(id);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea")) return;
  const searches = [...document.querySelectorAll("[data-list] input[type=search]")];
  const below = searches.find((one) => one.closest("section").getBoundingClientRect().bottom > 120);
  if (!below) return;
  event.preventDefault();
  below.focus();
});
reveal(decodeURIComponent(location.hash.slice(1)));
