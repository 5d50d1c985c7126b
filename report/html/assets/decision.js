// What was decided for a pipeline, setting by setting, and what was not taken.

const EVIDENCE = {
  observed: "seen in enough runs, in separate stretches of nights", neighbour: "one step from what was seen",
  simulated: "predicted by the replay model", enforced: "people fixed it", prior: "nothing seen here; what other pipelines say",
};
const evidence = (kind) => h("span", { class: "evidence", title: EVIDENCE[kind] || kind }, words(kind));
// breakable lets a key break after its dots.
const breakable = (key) => key.split(/(?<=\.)/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
const keyCode = (key) => h("code", { class: "key" }, key.startsWith("spark.") ? [h("span", { class: "faint" }, "spark."), h("wbr"), breakable(bare(key))] : breakable(key));
const valueCode = (value) => (value === "" ? h("span", { class: "faint" }, "unset") : h("code", null, value));

function decisionView(p, row) {
  const d = p.decision, held = ["in_force", "confirmed"].includes(row.adoption), mine = p.deployments.find((x) => x.id === d.id || x.id === d.file_id);
  return section("Settings", null,
    d.settings.length ? [table([
      { head: "Setting", cell: (s) => keyCode(s.key) },
      { head: held ? "Baseline" : "Now", num: true, cell: (s) => valueCode(s.current) },
      { head: held ? "In force" : "Proposed", num: true, cell: (s) => h("b", null, valueCode(s.value)) },
      { head: "Evidence", cell: (s) => evidence(s.evidence) },
      { head: "Why", cls: "why", cell: (s) => s.why },
    ], d.settings, { caption: "Settings now and proposed" }),
    terms([
      ["Expected", known(row.ratio) ? `${change(row.ratio)} run time` : "no estimate", known(row.low) ? `90 % interval ${change(row.low)} to ${change(row.high)}` : null],
      ["Verified", mine ? `${change(mine.ratio)} run time` : "no run followed it yet", mine ? [plural(mine.runs, "run"), known(mine.low) && `, 90 % interval ${change(mine.low)} to ${change(mine.high)}`] : null],
      ["Cost", known(d.cost_ratio) ? change(d.cost_ratio) : "", ["of the containers reserved", known(d.baseline_cost) && `, ${Number(d.baseline_cost.toPrecision(3))} ${d.currency} a night now`]],
      ["Recommendation", h("code", null, d.id), [`mode ${d.mode}`, d.since && `, stands since ${d.since}`]],
    ], "terms row")] : h("p", { class: "empty" }, "No setting changes."),
    (d.adoption.state || d.taken_back.state || d.exploration.allowed) && terms([
      d.adoption.state && ["Settings file", words(d.adoption.state), [d.adoption.since && `since ${d.adoption.since}`, d.adoption.why && `; ${d.adoption.why}`]],
      d.adoption.state && ["Runs since it was written", whole(d.adoption.runs), [`${whole(d.adoption.adopted)} followed it`, d.adoption.overridden > 0 && `, ${whole(d.adoption.overridden)} overridden`, d.adoption.failed > 0 && `, ${whole(d.adoption.failed)} failed`]],
      d.adoption.key && ["Beaten by", h("code", null, `${bare(d.adoption.key)}=${orUnset(d.adoption.value)}`), "code, --conf or SET beats a file"],
      d.taken_back.state && ["Another file", words(d.taken_back.state), [`${d.taken_back.id} since ${d.taken_back.since}; ${d.taken_back.why}`]],
      d.exploration.allowed && ["Exploration", d.exploration.key ? h("code", null, `${bare(d.exploration.key)} ${orUnset(d.exploration.current)} → ${orUnset(d.exploration.value)}`) : "no draw tonight",
        [`${seconds(d.exploration.spent_s)} of ${seconds(d.exploration.budget_s)} spent in ${plural(d.exploration.runs, "run")}`, known(d.exploration.propensity) && `; probability ${fixed(d.exploration.propensity, 2)}`, d.exploration.why && `; ${d.exploration.why}`]],
    ], "terms row"),
    d.drift.length > 0 && [h("h3", null, "What changed under it"), table([
      { head: "Since", cls: "nowrap", cell: (x) => x.since }, { head: "What", cls: "why", cell: (x) => [h("b", null, words(x.kind)), " ", x.what] }, { head: "Handled", cls: "why", cell: (x) => x.handled },
    ], d.drift, { caption: "What changed under the pipeline" })],
    d.said.length > 0 && [h("h3", null, "What people said"), h("ul", { class: "advice" }, d.said.map((s) => h("li", null, s)))],
    d.advice.length > 0 && [h("h3", null, "What no setting can do"), h("ul", { class: "advice" }, d.advice.map((a) => h("li", null, a)))],
    d.rejected.length > 0 && [h("h3", null, "Looked at and not taken"), table([
      { head: "Settings", cell: (r) => r.settings.map((a) => h("div", null, h("code", { class: "key" }, breakable(`${bare(a.key)}=${orUnset(a.value)}`)))) },
      { head: "Time", num: true, cell: (r) => (known(r.ratio) ? change(r.ratio) : "") },
      { head: "At worst", num: true, cell: (r) => (known(r.high) ? change(r.high) : "") },
      { head: "Runs", num: true, cell: (r) => whole(r.runs) },
      { head: "Blocks", num: true, cell: (r) => whole(r.blocks) },
      { head: "Why not", cls: "why", cell: (r) => r.why },
    ], d.rejected, { caption: "Candidates that were not taken" })],
    d.agents.length > 0 && [h("h3", null, "What the agents looked at"), table([
      { head: "Agent", cls: "nowrap", cell: (a) => a.agent }, { head: "Saw", cls: "why", cell: (a) => a.saw },
      { head: "Silent because", cls: "why", cell: (a) => a.silent || h("span", { class: "muted" }, "it has something to propose") },
    ], d.agents, { caption: "What the agents looked at" })],
    p.deployments.length > 0 && [h("h3", null, "What became of recommendations"), table([
      { head: "Recommendation", cell: (x) => [h("code", null, x.id), h("small", null, settings(x.changes))] },
      { head: "Nights", cls: "nowrap", cell: (x) => (x.first === x.last ? x.first : `${x.first} – ${x.last}`) },
      { head: "Runs", num: true, cell: (x) => [whole(x.runs), x.explored > 0 && h("small", null, `${whole(x.explored)} explored`)] },
      { head: "Time", num: true, cell: (x) => change(x.ratio) },
      { head: "90 % interval", num: true, cls: "nowrap", cell: (x) => (known(x.low) ? `${change(x.low)} to ${change(x.high)}` : NONE) },
      { head: "", cell: (x) => effectGlyph([verifiedMark(x)]) },
      { head: "Saved", num: true, cell: (x) => seconds(x.saved_s) },
    ], p.deployments, { caption: "Recommendations that runs followed, against the baseline at equal input" })],
    folded("Baseline: what most comparable runs had", () => table([
      { head: "Setting", cell: (a) => keyCode(a.key) }, { head: "Value", num: true, cell: (a) => valueCode(a.value) },
    ], d.baseline, { caption: "Baseline settings", empty: "No comparable run yet." })),
    folded("How to use it, and how to say no", () => usage(p)));
}

// bareWord tells whether a shell takes s as one word.
const bareWord = (s) => /^[\w./@:+,-]{1,80}$/.test(s) && !s.startsWith("-");

function usage(p) {
  const name = bareWord(p.name) ? p.name : "PIPELINE", dir = bareWord(p.directory) ? p.directory : "'" + p.directory.replaceAll("'", "'\\''") + "'", d = p.decision;
  const line = (code, text) => [h("dt", null, h("code", null, code)), h("dd", null, text)];
  return h("dl", { class: "commands" },
    d.file.length > 0 && [line(`spark-submit --properties-file ${dir}/spark-defaults.conf …`, "the complete file; it replaces Spark’s own spark-defaults.conf"),
      line(`spark-submit --load-spark-defaults --properties-file ${dir}/overrides.conf …`, "our keys alone, on top of yours (Spark 4)")],
    d.settings.length > 0 && [line(`apprentice accept ${name}`, "take the proposal"), line(`apprentice reject ${name}`, "this proposal is not made again")],
    line(`apprentice pin ${name} KEY=VALUE`, "this key keeps this value"),
    line(`apprentice freeze ${name}`, "nothing changes until unfreeze"),
    line(`apprentice explain ${name}`, "the same as this page, as text"));
}

// curveView draws what a run would take under each value of a key.
function curveView(c) {
  const xs = c.points.map((_, i) => i), now = c.points.findIndex((p) => p.logged);
  const ordered = c.points.every((p) => /^-?[\d.]+[a-z]*$/i.test(p.value)); // numbers and sizes; between others there is nothing
  const seen = c.points.flatMap((p) => p.observed.map((o) => o.duration_s)), top = toTop([...c.points.map((p) => p.high_s), ...seen], 1.04);
  const draw = (u) => {
    const ctx = u.ctx, r = 3.6 * devicePixelRatio, bg = colour("bg");
    ctx.save();
    ctx.lineWidth = 1.4 * devicePixelRatio;
    c.points.forEach((p, i) => {
      const x = u.valToPos(i, "x", true);
      if (!ordered) {
        const y0 = u.valToPos(p.low_s, "y", true), y1 = u.valToPos(p.high_s, "y", true), w = 22 * devicePixelRatio;
        ctx.fillStyle = colour("wash");
        ctx.fillRect(x - w, y1, 2 * w, y0 - y1);
        ctx.fillStyle = colour("s1");
        ctx.fillRect(x - w, Math.round(u.valToPos(p.predicted_s, "y", true)) - devicePixelRatio, 2 * w, 2 * devicePixelRatio);
      }
      const side = p.observed.length > 1 ? 5 * devicePixelRatio : 0;
      p.observed.forEach((o, k) => {
        const at = x + side * ((k % 5) - 2) * 0.6, y = u.valToPos(o.duration_s, "y", true);
        if (o.same_plan) mark(ctx, SHAPES[0], at, y, r, colour("s2"), bg);
        else mark(ctx, SHAPES[0], at, y, r, bg, colour("s2"));
      });
      if (p.risky) cross(ctx, x, u.valToPos(p.predicted_s, "y", true), r * 1.3);
      if (i === now) mark(ctx, SHAPES[3], x, u.valToPos(p.predicted_s, "y", true), r * 1.2, colour("s1"), bg);
    });
    ctx.restore();
  };
  const label = `Predicted run time by ${c.key}: ` + c.points.map((p) => `${p.value} ${seconds(p.predicted_s)}`).join(", ");
  return h("div", { class: "curve" }, h("h3", null, keyCode(c.key)), chart(label, (width) => ({
    opts: {
      height: 230, padding: [10, 14, 0, 0],
      scales: { x: { time: false, range: [-0.4, xs.length - 0.6] }, y: { range: () => [0, top] } },
      axes: [{ ...axis((i) => (c.points[i] || {}).value || "", { size: 28 }), grid: { show: false }, ticks: { stroke: colour("line"), size: 4, width: 1 },
        splits: () => xs.filter((i) => i % Math.ceil(xs.length * 46 / Math.max(width - 60, 60)) === 0 || i === now) }, spanAxis()],
      series: [{}, { stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } },
        { stroke: colour("s1"), width: ordered ? 2 : 0, points: { show: true, size: 6, fill: colour("bg"), stroke: colour("s1"), width: 1.5 } }],
      bands: ordered ? [{ series: [2, 1], fill: colour("wash") }] : [],
      hooks: { draw: [draw] },
    },
    data: [xs, c.points.map((p) => p.low_s), c.points.map((p) => p.high_s), c.points.map((p) => p.predicted_s)],
  }), (i) => {
    const p = c.points[i];
    return [`${p.value}${p.logged ? " (now)" : ""}`, `predicted ${seconds(p.predicted_s)}`, `90 % of runs ${seconds(p.low_s)} to ${seconds(p.high_s)}`,
      p.risky && `may run out of heap: ${percent(p.out_of_heap_probability)} of runs`,
      ...p.observed.slice(0, 6).map((o) => `${o.night}: ${seconds(o.duration_s)}${o.same_plan ? "" : ", other settings differ"}`), p.observed.length > 6 && `and ${p.observed.length - 6} more runs`].filter(Boolean);
  }));
}

// cross strikes out what should not be used.
function cross(ctx, x, y, r) {
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.strokeStyle = colour("bad");
  ctx.beginPath();
  ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
  ctx.stroke();
  ctx.restore();
}

function curvesView(p) {
  if (!p.curves.length) return section("What if", null, h("p", { class: "empty" }, "No run of it can be replayed, or no key that the model knows changes its time."));
  return section("What if", p.run ? `The run of ${p.run.night} (${p.run.app}) replayed under other values of one key, all else as it was. Times are of the whole run, its wait for executors included; inputs of observed runs vary.` : null,
    h("div", { class: "curves" }, p.curves.map(curveView)),
    legend([[dash("s1"), "predicted"], [h("span", { class: "swatch", css: { "--c": "var(--wash)" } }), "90 % of runs"], [glyph(SHAPES[3], "s1"), "as logged"],
      [glyph(SHAPES[0], "s2"), "observed run that Spark planned so"], [glyph(SHAPES[0], "s2", true), "observed run whose other settings differ"],
      p.curves.some((c) => c.points.some((x) => x.risky)) && [h("span", { class: "cross", "aria-hidden": "true" }, "×"), "may run out of heap"]].filter(Boolean)));
}
