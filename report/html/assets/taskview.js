// Stages on the run's clock, with what their tasks took; one opened at a time.

// spread draws the quantiles of task times on one logarithmic scale for all
// stages: a line from the shortest to the longest, a box around the middle half.
function spread(q, lo, hi) {
  if (!q.length) return "";
  const w = 132, x = (v) => 3 + (w - 6) * (Math.log(Math.max(v, lo)) - Math.log(lo)) / Math.max(Math.log(hi) - Math.log(lo), 1e-9);
  return svg("svg", { class: "spread", viewBox: `0 0 ${w} 16`, role: "img", "aria-label": `shortest ${seconds(q[0])}, median ${seconds(q[2])}, longest ${seconds(q[6])}` },
    svg("title", null, `p0 ${seconds(q[0])} · p25 ${seconds(q[1])} · p50 ${seconds(q[2])} · p75 ${seconds(q[3])} · p95 ${seconds(q[4])} · p100 ${seconds(q[6])}`),
    svg("path", { class: "range", d: `M${x(q[0])} 8H${x(q[6])}` }),
    svg("rect", { class: "box", x: x(q[1]), y: 4, width: Math.max(x(q[3]) - x(q[1]), 1.5), height: 8, rx: 1 }),
    svg("path", { class: "median", d: `M${x(q[2])} 2.5V13.5` }), svg("path", { class: "tail", d: `M${x(q[4])} 5V11` }));
}

function ganttBar(d, s) {
  if (!known(s.start_s) || !known(d.duration_s) || d.duration_s <= 0) return NONE;
  const end = known(s.end_s) ? s.end_s : d.duration_s;
  return h("span", { class: "gantt", title: `${seconds(s.start_s)} to ${seconds(end)} of ${seconds(d.duration_s)}` },
    h("i", { class: s.outcome === "failed" ? "bad" : s.outcome === "running" ? "warn" : null, css: { "--x": Math.min(s.start_s / d.duration_s, 1), "--w": Math.max(end - s.start_s, 0) / d.duration_s } }));
}

function stagesView(d, title = "Stages") {
  if (!d.stages.length) return section(title, null, h("p", { class: "empty" }, "The log holds no stage."));
  const all = d.stages.flatMap((s) => s.quantiles_s).filter((v) => v > 0), lo = Math.max(Math.min(...all, 1), 0.001), hi = Math.max(...all, lo * 2);
  const most = Math.max(...d.stages.map((s) => s.charged_s || 0), 1e-9), spills = d.stages.some((s) => s.spill_bytes > 0);
  const columns = 8 + spills;
  const body = h("tbody");
  for (const s of d.stages) {
    const can = s.times.length > 0, id = `tasks-${s.id.replace(".", "-")}`;
    const opener = can ? h("button", { type: "button", class: "opener", "aria-expanded": "false", "aria-controls": id, title: "Show its tasks" }, s.id) : h("span", { class: "opener" }, s.id);
    const line = h("tr", null,
      h("th", { scope: "row", class: "num" }, opener),
      h("td", { class: "work" }, h("span", { class: "clip", title: s.name }, s.work), s.outcome !== "complete" && h("span", { class: `badge ${OUTCOME[s.outcome] || "quiet"}` }, s.outcome), s.reason && h("small", { class: "bad-text clip", title: s.reason }, s.reason)),
      h("td", { class: "timeline" }, ganttBar(d, s)),
      h("td", { class: "num" }, h("span", { class: "meter", css: { "--w": (s.charged_s || 0) / most } }), seconds(s.charged_s)),
      h("td", { class: "num opt" }, whole(s.tasks), s.failed_tasks > 0 && h("small", { class: "bad-text" }, `${whole(s.failed_tasks)} failed`), s.killed_tasks > 0 && h("small", null, `${whole(s.killed_tasks)} killed`)),
      h("td", { class: "opt" }, spread(s.quantiles_s, lo, hi)),
      h("td", { class: "num opt" }, s.quantiles_s.length ? seconds(s.quantiles_s[6]) : ""),
      h("td", { class: "num opt" }, s.read_bytes ? size(s.read_bytes) : ""),
      spills && h("td", { class: "num opt" }, s.spill_bytes ? size(s.spill_bytes) : ""));
    body.append(line);
    if (!can) continue;
    let panel = null;
    opener.addEventListener("click", () => {
      const open = opener.getAttribute("aria-expanded") === "true";
      opener.setAttribute("aria-expanded", String(!open));
      if (open) { panel.remove(); pruneCharts(); }
      else { panel = h("tr", { id, class: "tasks" }, h("td", { colspan: columns }, tasksView(s))); line.after(panel); }
    });
  }
  const ticks = known(d.duration_s) && d.duration_s > 0 ? h("span", { class: "ends" }, h("span", null, "0"), h("span", null, seconds(d.duration_s))) : "";
  const heads = [["Stage", "num"], ["What it does"], [["Timeline", ticks], "timeline"], ["Charged", "num"], ["Tasks", "num opt"], ["Task times", "opt"], ["Longest", "num opt"], ["Read", "num opt"]];
  if (spills) heads.push(["Spilled", "num opt"]);
  return section(title, "Charged is the stage’s share of the run’s time. Task times share one logarithmic scale: line shortest to longest, box the middle half, tick the 95th percentile. A stage’s number opens its tasks.",
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Stages" }, h("table", { class: "stages" }, h("caption", { class: "hidden" }, "Stages by submission"),
      h("thead", null, h("tr", null, heads.map(([name, cls]) => h("th", { scope: "col", class: cls }, name)))), body)),
    d.more_stages > 0 && h("p", { class: "note" }, `and ${plural(d.more_stages, "shorter stage")}`));
}

// tasksView is a stage's tasks: how many took how long, and how long by bytes.
function tasksView(s) {
  const xs = s.times.map((_, i) => i), top = Math.max(...s.times.map((t) => t.n));
  const edge = (i) => (i < s.times.length ? seconds(s.times[i].from_s) : i === s.times.length ? seconds(s.times[i - 1].to_s) : "");
  const bars = chart(`Tasks of stage ${s.id} by time: ` + s.times.map((t) => `${t.n} from ${seconds(t.from_s)} to ${seconds(t.to_s)}`).join(", "), () => ({
    opts: {
      height: 170, padding: [8, 24, 0, 0], scales: { x: { time: false, range: [-0.6, xs.length - 0.4] }, y: { range: () => [0, top * 1.08] } },
      axes: [{ ...axis((v) => edge(v + 0.5), { size: 28 }), grid: { show: false }, splits: () => { const step = Math.ceil((xs.length + 1) / 8), at = []; for (let i = 0; i <= xs.length; i += step) at.push(i - 0.5); return at; } }, axis((v) => (Number.isInteger(v) ? short(v) : ""), { size: 44 })],
      series: [{}, { fill: colour("s1"), stroke: "transparent", paths: uPlot.paths.bars({ size: [0.92, 200] }), points: { show: false } }],
    },
    data: [xs, s.times.map((t) => t.n)],
  }), (i) => [plural(s.times[i].n, "task"), `${seconds(s.times[i].from_s)} to ${seconds(s.times[i].to_s)}`]);
  return h("div", { class: "taskgrid" },
    h("div", null, h("h4", null, "Tasks by time"), bars),
    h("div", null, h("h4", null, "Time by bytes read"), bytesChart(s)),
    h("div", null, h("h4", null, "Longest tasks"), table([
      { head: "Task", num: true, cell: (t) => t.index }, { head: "Time", num: true, cell: (t) => seconds(t.seconds) }, { head: "Read", num: true, cell: (t) => size(t.bytes) },
      { head: "GC", num: true, cell: (t) => (t.gc_s ? seconds(t.gc_s) : "") }, { head: "Spill", num: true, cell: (t) => (t.spill_bytes ? size(t.spill_bytes) : "") },
    ], s.longest, { caption: `Longest tasks of stage ${s.id}` }), s.partitions_source && h("p", { class: "note" }, `Number of tasks set by: ${words(s.partitions_source)}`)));
}

// bytesChart draws bins of tasks by powers of two of bytes and time; darker is more.
function bytesChart(s) {
  const sorted = [...s.bins].sort((a, b) => a[0] - b[0] || a[1] - b[1]), most = Math.max(...sorted.map((b) => b[2]));
  const x = sorted.map((b) => b[0]), y = sorted.map((b) => b[1]), pad = (v) => [Math.min(...v) - 0.2, Math.max(...v) + 1.2];
  const powers = (lo, hi) => { const step = Math.max(1, Math.ceil((hi - lo) / 6)), at = []; for (let i = Math.ceil(lo); i <= hi; i += step) at.push(i); return at; };
  const draw = (u) => {
    const ctx = u.ctx;
    ctx.save();
    ctx.fillStyle = colour("s1");
    for (const b of sorted) {
      const x0 = u.valToPos(b[0], "x", true), x1 = u.valToPos(b[0] + 1, "x", true), y0 = u.valToPos(b[1], "y", true), y1 = u.valToPos(b[1] + 1, "y", true);
      ctx.globalAlpha = 0.18 + 0.82 * Math.log1p(b[2]) / Math.log1p(most);
      ctx.fillRect(Math.round(x0) + 1, Math.round(y1) + 1, Math.round(x1) - Math.round(x0) - 1, Math.round(y0) - Math.round(y1) - 1);
    }
    ctx.restore();
  };
  return chart(`Tasks of stage ${s.id} by bytes read and time`, () => ({
    opts: {
      height: 170, padding: [8, 10, 0, 0], cursor: { x: false },
      scales: { x: { time: false, range: pad(x) }, y: { range: pad(y) } },
      axes: [{ ...axis((v) => (v < 0 ? "none" : size(2 ** v)), { size: 28, space: 60 }), splits: (u, i, lo, hi) => powers(lo, hi), grid: { show: false } },
        axis((v) => (v < 0 ? "0" : tick(2 ** v / 1000)), { splits: (u, i, lo, hi) => powers(lo, hi) })],
      series: [{}, { stroke: "transparent", paths: () => null, points: { show: false } }], hooks: { draw: [draw] },
    },
    data: [x, y],
  }));
}
