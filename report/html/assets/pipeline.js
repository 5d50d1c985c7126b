// One pipeline: its nights, what was decided and why, its newest run, what the
// agents know of it.

function pipelineHead(row, i) {
  const list = index.pipelines, step = (j, text, label) => (list[j] ? h("a", { href: link(list[j].name), "aria-label": `${label}: ${list[j].name}`, title: list[j].name }, text) : h("span", { class: "faint" }, text));
  return h("header", { class: "head" },
    h("nav", { class: "crumbs", "aria-label": "Pipeline" }, h("a", { href: "#/" }, "Fleet"), h("span", null, step(i - 1, "‹ previous", "Previous"), step(i + 1, "next ›", "Next"))),
    h("h1", null, row.name, " ", row.alerts.map((a) => (a.kind === row.adoption ? null : alertBadge(a.kind))), statusBadges(row)),
    h("p", null, row.reason || statusOf(row.status)[1]),
    row.alerts.map((a) => h("p", { class: `alert-line ${alertOf(a.kind)[0]}` }, h("b", null, alertOf(a.kind)[1]), " ", a.text)));
}

function pipelineFigures(p, row) {
  const v = row.verified;
  return h("div", { class: "figures" },
    bigFigure("Baseline", seconds(row.baseline_s), `at the median input${known(row.bytes) ? `, ${size(row.bytes)}` : ""}`),
    bigFigure("Expected", known(row.ratio) ? change(row.ratio) : NONE, known(row.ratio) ? `${seconds(row.baseline_s)} → ${seconds(row.baseline_s - row.expected_saving_s)}${known(row.low) ? `, ${change(row.low)} to ${change(row.high)}` : ""}` : "nothing is proposed"),
    bigFigure("Verified", v ? change(v.ratio) : NONE, v ? `${v.all_failed ? `${whole(v.all_failed)} of ` : ""}${plural(v.all_runs, "run")}${v.all_failed ? " failed" : ""}, ${v.all_saved_s < 0 ? `${seconds(-v.all_saved_s)} lost` : `${seconds(v.all_saved_s)} saved`} in all` : "no run followed a recommendation", v && known(v.low) && v.low > 1 ? "bad" : null),
    bigFigure("Night to night", known(p.noise_sd) ? `±${percent(p.noise_sd)}` : NONE, known(p.noise_sd) ? "what nights vary by themselves" : "too few nights to tell"));
}

function nightsTable(p) {
  const n = p.nights, order = n.at.map((_, i) => i).reverse();
  return folded(`All ${plural(order.length, "run")} as a table`, () => table([
    { head: "Night", cls: "nowrap", cell: (i) => n.night[i] }, { head: "Application", cell: (i) => h("code", null, n.app[i]) },
    { head: "Run time", num: true, cell: (i) => seconds(n.seconds[i]) }, { head: "Expected", num: true, cell: (i) => seconds(n.expected[i]) },
    { head: "Input", num: true, cell: (i) => size(n.bytes[i]) },
    { head: "Settings", cell: (i) => (n.trial[i] < 0 ? h("span", { class: "muted" }, n.why[i] || "does not train") : settings(p.trials[n.trial[i]].changes) + (n.ours[i] ? (n.ours[i] === 2 ? " (explored)" : " (ours)") : "")) },
  ], order, { caption: "Runs, newest first" }));
}

function nightsView(p) {
  if (!p.nights.at.length) return section("Nights", null, h("p", { class: "empty" }, "No run yet."));
  return section("Nights", "Run time without the wait for executors. The dashed line is what the baseline would take at each night’s input size, found without that night.",
    h("div", { class: "nightgrid" }, h("div", null, h("h3", null, "By night"), nightCharts(p)), h("div", null, h("h3", null, "By input size"), sizeChart(p))),
    nightLegend(p), nightsTable(p));
}

function signalHistory(list) {
  return section("Signals", null, table([
    { head: "Signal", cls: "nowrap", cell: (s) => [h("b", null, words(s.kind)), s.certainty !== "certain" && h("small", null, words(s.certainty))] },
    { head: "Runs", num: true, cell: (s) => whole(s.runs) }, { head: "Count", num: true, cell: (s) => whole(s.count) },
    { head: "First", cls: "nowrap", cell: (s) => s.first }, { head: "Last", cls: "nowrap", cell: (s) => s.last },
    { head: "Evidence, newest", cls: "why", cell: (s) => s.evidence },
  ], list, { caption: "Signals over all runs", empty: "No run gave a signal." }));
}

// stateNames splits states such as input_bytes:2|hot_share:? into fields and
// keeps those in which they differ.
function stateNames(states) {
  const split = states.map((s) => s.split("|"));
  return split.map((fields) => {
    const own = fields.filter((f, k) => split.some((o) => o[k] !== f));
    return (own.length ? own : [fields.join(" ") || "any"]).map((f) => words(f).replace(":", " "));
  });
}

// actionCode writes "key=from -> to".
function actionCode(text) {
  const [, key, from, to] = text.match(/^([^=]*)=(.*) -> (.*)$/s) || [null, text, null, null];
  const value = (v) => (v === "" ? "unset" : decoded(v));
  return h("div", null, h("code", { class: "key" }, breakable(bare(key))), from !== null && [" ", h("code", { class: "faint" }, value(from)), " → ", h("code", null, value(to))]);
}
const decoded = (v) => { try { return decodeURIComponent(v); } catch { return v; } };

function qView(t, most) {
  const names = stateNames(t.states), at = new Map(t.cells.map((c) => [`${c.action} ${c.state}`, c]));
  const cell = (a, s) => {
    const c = at.get(`${a} ${s}`);
    if (!c) return h("td", { class: "q" });
    const strength = Math.round(36 * Math.min(Math.abs(c.q) / most, 1) * Math.min(Math.abs(c.q) / Math.max(1.645 * c.sd, 1e-9), 1)); // uncertain cells are pale
    return h("td", { class: "q num", title: `${plural(c.runs, "run")} in ${plural(c.blocks, "block")}, ${words(c.evidence)}`, css: { background: `color-mix(in srgb, var(--${c.q >= 0 ? "s1" : "s2"}) ${strength}%, transparent)` } },
      `${c.q >= 0.005 ? "+" : ""}${fixed(c.q, 2)}`, h("small", null, `±${fixed(c.sd, 2)}`));
  };
  return h("div", null, h("h3", null, t.agent),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Q-values of agent ${t.agent}` }, h("table", { class: "qtable" }, h("caption", { class: "hidden" }, `Q-values of agent ${t.agent}`),
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "Action"), names.map((n, i) => h("th", { scope: "col", class: "num", title: t.states[i].replaceAll("|", "\n") }, n.map((f) => h("div", null, f)))))),
      h("tbody", null, t.actions.map((a, i) => h("tr", null, h("th", { scope: "row" }, a.split(";").map(actionCode)), names.map((_, s) => cell(i, s))))))));
}

async function pipelineView(name) {
  const i = place.get(name);
  if (i === undefined) return [h("header", { class: "head" }, h("h1", null, "Unknown pipeline"), h("p", null, `This page knows no pipeline “${name}”. `, h("a", { href: "#/" }, "All pipelines")))];
  const row = index.pipelines[i], p = await pipelineData(i), r = p.run;
  return [
    pipelineHead(row, i), pipelineFigures(p, row), nightsView(p), decisionView(p, row), curvesView(p),
    r && section("Where the time went", [`The newest run that the baseline has: ${r.night}, ${r.app}`, known(r.duration_s) && `, ${seconds(r.duration_s)}`].filter(Boolean).join("") + ".", timeBar(r), runFacts(r)),
    r && stagesView(r), signalHistory(p.signals),
    section("Q-values", "What each agent expects when it alone leaves the baseline, by the state of the step: log speed-up, so that +0.10 is about 10 % less time; pale where it is within its error. States are bucket numbers of the agents’ state, ? where unknown. The baseline is 0.",
      p.qtables.length ? p.qtables.map((t) => qView(t, Math.max(0.25, ...p.qtables.flatMap((o) => o.cells.map((c) => Math.abs(c.q)))))) : h("p", { class: "empty" }, "Nothing learned yet: all comparable runs had the same settings.")),
  ];
}
