// The fleet: what needs a person first, then every pipeline.

const FILTERS = [
  ["all", "All", () => true],
  ["attention", "Need attention", (r) => r.alerts.length > 0],
  ["proposals", "Proposals", (r) => r.keys.length > 0],
  ["followed", "Followed", (r) => r.verified !== null],
];
const fleetState = { filter: "all", search: "", sort: null, down: true };
const link = (name) => `#/pipeline/${encodeURIComponent(name)}`;

// spark draws a pipeline's recent nights over what is expected of the baseline.
function spark(recent) {
  const w = 104, ht = 22, good = recent.filter((v) => v >= 0);
  if (good.length < 2) return h("span", { class: "muted" }, NONE);
  const low = Math.min(...good, 80), high = Math.max(...good, 120), x = (i) => 2 + (w - 4) * i / Math.max(recent.length - 1, 1);
  const y = (v) => 2 + (ht - 4) * (high - v) / (high - low);
  let d = "", gap = true;
  recent.forEach((v, i) => {
    if (v >= 0) { d += `${gap ? "M" : "L"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`; gap = false; }
  });
  const failed = recent.map((v, i) => (v < 0 ? `M${(x(i) - 2).toFixed(1)} 2l4 4m0 -4l-4 4` : "")).join("");
  const last = recent.findLastIndex((v) => v >= 0);
  return svg("svg", { class: "spark", viewBox: `0 0 ${w} ${ht}`, "aria-hidden": "true" },
    svg("path", { class: "one", d: `M0 ${y(100).toFixed(1)}H${w}` }), svg("path", { class: "line", d }),
    failed && svg("path", { class: "failed", d: failed }), svg("circle", { cx: x(last), cy: y(recent[last]), r: 2 }));
}

const COLUMNS = [
  { key: "name", head: "Pipeline", cls: "name", text: true, value: (r) => r.name.toLowerCase(),
    cell: (r) => { const says = r.alerts.length ? r.alerts[0].text : r.keys.length ? r.keys.map(bare).join(", ") : r.reason; return [h("a", { href: link(r.name) }, r.name), h("small", { title: says }, says)]; } },
  { key: "status", head: "Status", cls: "status", text: true, value: (r) => (r.alerts.length ? "0" : "1") + (r.adoption || r.status),
    cell: (r) => [r.alerts.length ? alertBadge(r.alerts[0].kind) : null, r.alerts.length && r.alerts[0].kind === r.adoption ? null : statusBadges(r)] },
  { key: "recent", cls: "opt wide recent", head: "Recent nights", cell: (r) => spark(r.recent), title: "Run time over what is expected of the baseline at the night’s input size" },
  { key: "base", cls: "opt c", head: "Baseline", num: true, value: (r) => r.baseline_s, cell: (r) => seconds(r.baseline_s), title: "Run time under the usual settings at the median input size" },
  { key: "expected", cls: "c", head: "Expected", num: true, value: (r) => (known(r.ratio) ? 1 - r.ratio : null), cell: (r) => (known(r.ratio) ? change(r.ratio) : ""), title: "Change of the run time that the proposal promises" },
  { key: "verified", cls: "c", head: "Verified", num: true, value: (r) => (r.verified && known(r.verified.ratio) ? 1 - r.verified.ratio : null),
    cell: (r) => (r.verified ? [change(r.verified.ratio), h("small", null, r.verified.runs ? plural(r.verified.runs, "run") : `${whole(r.verified.all_failed)} failed`)] : ""), title: "The same, of the runs that followed the newest recommendation" },
  { key: "effect", head: scale(), cls: "opt effects", cell: (r) => effectGlyph([known(r.ratio) && expectedMark(r), verifiedMark(r.verified)]), title: "Run time over the baseline’s with 90 % intervals: ring expected, diamond verified" },
  { key: "save", cls: "c", head: "Saves", num: true, value: (r) => r.expected_saving_s, cell: (r) => (known(r.expected_saving_s) ? seconds(r.expected_saving_s) : ""), title: "What the proposal is expected to save per night" },
  { key: "saved", cls: "opt c", head: "Saved", num: true, value: (r) => r.verified && r.verified.all_saved_s, cell: (r) => (r.verified ? seconds(r.verified.all_saved_s) : ""), title: "Verified saving of all runs that followed a recommendation, less what failed ones cost" },
  { key: "bytes", cls: "opt wide c", head: "Input", num: true, value: (r) => r.bytes, cell: (r) => size(r.bytes) },
  { key: "runs", cls: "opt wide narrow", head: "Runs", num: true, value: (r) => r.runs, cell: (r) => whole(r.runs) },
  { key: "night", cls: "opt wide nowrap date", head: "Newest", text: true, value: (r) => r.last_night, cell: (r) => r.last_night },
];

// rowNodes keeps each pipeline's row: sorting and searching move nodes.
const rowNodes = new Map();
function rowNode(r) {
  let node = rowNodes.get(r);
  if (!node) {
    node = h("tr", { class: r.alerts.length ? "alert" : null }, COLUMNS.map((c, i) => h(i ? "td" : "th", { scope: i ? null : "row", class: [c.num && "num", c.cls].filter(Boolean).join(" ") || null }, c.cell(r))));
    rowNodes.set(r, node);
  }
  return node;
}

const haystack = new Map();
function matches(r, tokens) {
  if (!haystack.has(r)) haystack.set(r, [r.name, words(r.status), words(r.adoption), r.reason, ...r.keys, ...r.alerts.map((a) => alertOf(a.kind)[1] + " " + a.text)].join(" ").toLowerCase());
  return tokens.every((t) => haystack.get(r).includes(t));
}

function chosenRows() {
  const tokens = fleetState.search.toLowerCase().split(/\s+/).filter(Boolean), keep = FILTERS.find((f) => f[0] === fleetState.filter)[2];
  const rows = index.pipelines.filter((r) => keep(r) && matches(r, tokens)), c = COLUMNS.find((x) => x.key === fleetState.sort);
  if (!c) return rows;
  const sign = fleetState.down ? -1 : 1;
  return rows.sort((a, b) => {
    const x = c.value(a), y = c.value(b);
    if (c.text) return sign * (x < y ? -1 : x > y ? 1 : 0);
    if (!known(x) || !known(y)) return known(y) - known(x); // unknown last, whichever way
    return sign * (x - y);
  });
}

// The first rows at once, the others when the page is idle: it is read from the top.
const FIRST_ROWS = 60;
let showing = 0;
function showRows(body, count) {
  const rows = chosenRows(), turn = ++showing;
  body.replaceChildren(...rows.slice(0, FIRST_ROWS).map(rowNode));
  count.textContent = rows.length === index.pipelines.length ? plural(rows.length, "pipeline") : `${whole(rows.length)} of ${plural(index.pipelines.length, "pipeline")}`;
  if (!rows.length) body.append(h("tr", null, h("td", { colspan: COLUMNS.length, class: "empty" }, "No pipeline matches.")));
  const more = (from) => {
    if (turn !== showing || from >= rows.length) return;
    body.append(...rows.slice(from, from + 300).map(rowNode));
    later(() => more(from + 300));
  };
  later(() => more(FIRST_ROWS));
}
const later = (f) => ("requestIdleCallback" in window ? requestIdleCallback(f, { timeout: 200 }) : setTimeout(f, 16));

function fleetTable() {
  const count = h("span", { class: "count", role: "status" }), body = h("tbody");
  const search = h("input", { type: "search", id: "search", placeholder: "Search names, keys, reasons", value: fleetState.search, "aria-label": "Search pipelines", autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", () => { fleetState.search = search.value; showRows(body, count); });
  const chips = FILTERS.map(([key, name, keep]) => h("button", {
    type: "button", class: "chip", "aria-pressed": String(fleetState.filter === key), "data-filter": key,
    on: { click: () => { fleetState.filter = key; chips.forEach((c) => c.setAttribute("aria-pressed", String(c.dataset.filter === key))); showRows(body, count); } },
  }, name, h("b", null, whole(index.pipelines.filter(keep).length))));
  const heads = COLUMNS.map((c) => {
    const th = h("th", { scope: "col", class: [c.num && "num", c.cls].filter(Boolean).join(" ") || null, title: c.title });
    if (!c.value) { th.append(c.head); return th; }
    th.append(h("button", { type: "button", on: { click: () => {
      if (fleetState.sort === c.key && fleetState.down === !c.text) fleetState.down = !!c.text;
      else if (fleetState.sort === c.key) fleetState.sort = null;
      else { fleetState.sort = c.key; fleetState.down = !c.text; }
      mark_();
      showRows(body, count);
    } } }, c.head));
    return th;
  });
  const mark_ = () => heads.forEach((th, i) => {
    if (COLUMNS[i].key === fleetState.sort) th.setAttribute("aria-sort", fleetState.down ? "descending" : "ascending");
    else th.removeAttribute("aria-sort");
  });
  mark_();
  showRows(body, count);
  return h("section", { "aria-labelledby": "pipelines" },
    h("div", { class: "tools" }, h("h2", { id: "pipelines" }, "Pipelines"), h("div", { class: "chips", role: "group", "aria-label": "Filter" }, chips), search, count),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Pipelines" },
      h("table", { class: "fleet" }, h("caption", { class: "hidden" }, "Pipelines, those that need attention first, then by expected saving"),
        h("thead", null, h("tr", null, heads)), body)));
}

function attention() {
  const rows = index.pipelines.filter((r) => r.alerts.length), shown = rows.slice(0, 5);
  if (!rows.length) return h("p", { class: "calm" }, "Nothing regressed and nothing fails.");
  return h("section", { class: "attention", "aria-labelledby": "attention" },
    h("h2", { id: "attention" }, "Need attention"),
    h("ul", null, shown.map((r) => h("li", null, alertBadge(r.alerts[0].kind), h("a", { href: link(r.name) }, r.name), h("p", null, r.alerts[0].text)))),
    rows.length > shown.length && h("p", { class: "note" }, `and ${plural(rows.length - shown.length, "more pipeline")}, first in the table`));
}

function fleetView() {
  const t = index.totals;
  return [
    h("header", { class: "head" }, h("h1", null, "Fleet"),
      h("p", null, [`Night of ${index.night || NONE}`, plural(t.pipelines, "pipeline"), `${plural(t.runs, "run")} since ${index.first || NONE}`, index.mode && `mode ${index.mode}`].filter(Boolean).join(" · "))),
    h("div", { class: "figures" },
      bigFigure("Expected saving per night", t.changes ? seconds(t.expected_saving_s) : NONE, t.changes ? `${plural(t.changes, "proposal")}; ${percent(t.baseline_s ? t.expected_saving_s / t.baseline_s : null)} of ${seconds(t.baseline_s)} for all pipelines` : "no proposal tonight"),
      bigFigure("Verified saving so far", t.adopted_runs ? seconds(t.verified_saving_s) : NONE, t.adopted_runs ? `${plural(t.adopted_runs, "run")} of ${plural(t.following, "pipeline")} followed${t.adopted_failed ? `, ${whole(t.adopted_failed)} failed` : ""}; ${percent(t.adopted_baseline_s ? t.verified_saving_s / t.adopted_baseline_s : null)} of their baseline’s time` : "no log shows a recommendation’s marker yet", t.verified_saving_s < 0 ? "bad" : null),
      bigFigure("Need attention", whole(t.attention), t.attention ? "regressions, failures, slower nights" : "no regression, no failure", t.attention ? "bad" : null),
      index.health.nights ? bigFigure("90 % intervals hold", percent((index.health.coverage.find((c) => c.nominal === 0.9) || {}).share), `of ${plural(index.health.nights, "baseline night")}`) : bigFigure("90 % intervals hold", NONE, "too few nights to tell")),
    attention(), fleetTable(),
  ];
}
const bigFigure = (name, value, note, tone) => h("div", { class: `figure-box ${value === NONE ? "none" : tone || ""}` }, h("span", { class: "label" }, name), h("strong", null, value), h("small", null, note));
