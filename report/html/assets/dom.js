// The document is built from nodes: text from logs is always a text node.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attrs, children) {
  for (const [name, value] of Object.entries(attrs || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, f] of Object.entries(value)) node.addEventListener(event, f);
    else if (name === "css") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const c of children.flat(3)) if (c !== null && c !== undefined && c !== false) node.append(c);
  return node;
}

const h = (tag, attrs, ...children) => fill(document.createElement(tag), attrs, children);
const svg = (tag, attrs, ...children) => fill(document.createElementNS(SVG, tag), attrs, children);

// section is a part of a page with its heading and a line that says how to read it.
function section(title, note, ...children) {
  const id = "s-" + title.toLowerCase().replace(/[^a-z]+/g, "-");
  return h("section", { "aria-labelledby": id },
    h("h2", { id }, title), note && h("p", { class: "note" }, note), children);
}

// table builds a table from columns {head, cell(row), num, cls} and rows.
function table(columns, rows, { caption, cls, empty } = {}) {
  if (!rows.length && empty) return h("p", { class: "empty" }, empty);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: cls },
      h("caption", { class: "hidden" }, caption),
      h("thead", null, h("tr", null, columns.map((c) => h("th", { scope: "col", class: [c.num && "num", c.cls].filter(Boolean).join(" ") || null }, c.head)))),
      h("tbody", null, rows.map((r) => h("tr", null, columns.map((c) =>
        h("td", { class: [c.num && "num", c.cls].filter(Boolean).join(" ") || null }, c.cell(r))))))));
}

// terms is a list of names and values; pairs without a value are left out.
const terms = (pairs, cls) => h("dl", { class: cls || "terms" },
  pairs.filter((p) => p && p[1] !== "" && p[1] !== null).map(([name, value, note]) =>
    h("div", null, h("dt", null, name), h("dd", null, value, note && h("small", null, note)))));

// folded hides what few people look for; its content is built when it is opened.
function folded(title, build) {
  const box = h("details", null, h("summary", null, title));
  box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(build()); });
  return box;
}
