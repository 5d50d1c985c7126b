// Run time by night against input size, with what changed between the nights.

const EVENT = {
  deployed: ["accent", "our settings in force"], ended: ["muted", "our settings left"], people: ["s5", "people changed settings"],
  said: ["s4", "someone told the apprentice"], plan: ["s2", "another plan"], version: ["s2", "another Spark"], cluster: ["s2", "another cluster"], drift: ["s3", "volume or level changed"],
};

function nightNote(p, i) {
  const n = p.nights, lines = [n.night[i], `${seconds(n.seconds[i])} run time`];
  if (known(n.expected[i])) lines.push(`${seconds(n.expected[i])} expected of the baseline at this size`);
  if (known(n.bytes[i])) lines.push(`${size(n.bytes[i])} of input`);
  if (n.trial[i] >= 0) lines.push(settings(p.trials[n.trial[i]].changes) + (n.ours[i] === 2 ? " (explored)" : n.ours[i] === 1 ? " (ours)" : ""));
  if (n.failed[i]) lines.push("failed");
  if (n.why[i]) lines.push(`does not train: ${n.why[i]}`);
  for (const e of p.events) if (e.night === n.night[i]) lines.push(`▸ ${e.text}`);
  return lines;
}

// drawRuns marks each run by its settings: hollow where it does not train, a
// cross where it failed.
function drawRuns(u, p, order, top) {
  const ctx = u.ctx, n = p.nights, bg = colour("bg");
  const r = Math.min(4, Math.max(2.4, u.width / order.length)) * devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 1.2 * devicePixelRatio;
  order.forEach((i, at) => {
    const x = u.valToPos(u.data[0][at], "x", true);
    if (n.failed[i] || !known(n.seconds[i])) {
      const y = known(n.seconds[i]) ? u.valToPos(Math.min(n.seconds[i], top), "y", true) : u.bbox.top + 2 * r;
      ctx.strokeStyle = colour("bad");
      ctx.beginPath();
      ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r);
      ctx.stroke();
      return;
    }
    const y = u.valToPos(n.seconds[i], "y", true), t = n.trial[i];
    if (t < 0) mark(ctx, SHAPES[0], x, y, r * 0.8, bg, colour("other"));
    else mark(ctx, shapeOf(t), x, y, r, colour(seriesName(t)), bg);
  });
  ctx.restore();
}

function drawEvents(u, p) {
  const ctx = u.ctx, { top, height } = u.bbox, px = devicePixelRatio;
  ctx.save();
  for (const e of p.events) {
    const x = Math.round(u.valToPos(e.at, "x", true)) - 6 * px;
    if (x < u.bbox.left) continue;
    ctx.strokeStyle = ctx.fillStyle = colour((EVENT[e.kind] || EVENT.said)[0]);
    ctx.lineWidth = px;
    ctx.setLineDash([3 * px, 3 * px]);
    ctx.beginPath(); ctx.moveTo(x, top); ctx.lineTo(x, top + height); ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath(); ctx.moveTo(x, top); ctx.lineTo(x + 8 * px, top + 4 * px); ctx.lineTo(x, top + 8 * px); ctx.fill();
  }
  ctx.restore();
}

function nightCharts(p) {
  const n = p.nights, all = n.at.map((_, i) => i), sync = { key: "nights" }, top = toTop([...n.seconds, ...n.expected]);
  const label = `Run time by night: ${plural(n.at.length, "run")} from ${n.night[0]} to ${n.night[n.night.length - 1]}, ` +
    `marked by settings. The table below has every figure.`;
  const xs = { time: true, range: (u, lo, hi) => [lo - Math.max((hi - lo) * 0.02, 43200), hi + Math.max((hi - lo) * 0.02, 43200)] };
  const time = chart(label, () => ({
    opts: {
      height: 260, tzDate: utc, padding: [8, 8, 0, 0], cursor: { sync },
      scales: { x: xs, y: { range: () => [0, top] } },
      axes: [timeAxis(), spanAxis()],
      series: [{}, { stroke: "transparent", paths: () => null, points: { show: false } },
        { stroke: colour("muted"), width: 1.25, spanGaps: true, dash: [5, 4], points: { show: false } }],
      hooks: { draw: [(u) => { drawEvents(u, p); drawRuns(u, p, all, top); }] },
    },
    data: [n.at, n.seconds, n.expected],
  }), (i) => nightNote(p, i));
  const input = chart("Input size by night", () => ({
    opts: {
      height: 84, tzDate: utc, padding: [8, 8, 0, 0], cursor: { sync },
      scales: { x: xs, y: fromZero(n.bytes) },
      axes: [{ ...timeAxis(), show: false }, axis(size, { splits: () => [toTop(n.bytes, 1)] })],
      series: [{}, { stroke: colour("s1"), width: 1.25, spanGaps: true, fill: colour("wash"), points: { show: false } }],
    },
    data: [n.at, n.bytes],
  }));
  return h("div", null, time, h("p", { class: "axis-title" }, "Input"), n.bytes.some(known) ? input : h("p", { class: "empty" }, "No log says how much was read."));
}

function sizeChart(p) {
  const n = p.nights, order = n.at.map((_, i) => i).filter((i) => known(n.bytes[i]) && known(n.seconds[i])).sort((a, b) => n.bytes[a] - n.bytes[b]);
  if (order.length < 2) return h("p", { class: "empty" }, "Too few nights with a known input size.");
  const top = toTop([...order.map((i) => n.seconds[i]), ...p.by_size.map((b) => b[1])]);
  return chart("Run time by input size, with what is expected of the baseline", () => ({
    opts: {
      height: 372, padding: [8, 12, 0, 0],
      scales: { x: { time: false, range: (u, lo, hi) => (hi > lo ? [lo - (hi - lo) * 0.06, hi + (hi - lo) * 0.06] : [lo * 0.9, hi * 1.1 + 1]) }, y: { range: () => [0, top] } },
      axes: [{ ...axis(size, { size: 28, space: 70, incrs: BINARY }), grid: { show: false }, ticks: { stroke: colour("line"), size: 4, width: 1 } }, spanAxis()],
      series: [{}, { stroke: "transparent", paths: () => null, points: { show: false } }],
      hooks: { draw: [(u) => { drawBySize(u, p); drawRuns(u, p, order, top); }] },
    },
    data: [order.map((i) => n.bytes[i]), order.map((i) => n.seconds[i])],
  }), (at) => nightNote(p, order[at]));
}

// drawBySize draws the baseline, a straight line in logarithms.
function drawBySize(u, p) {
  if (p.by_size.length < 2) return;
  const [[x0, y0], [x1, y1]] = p.by_size, k = Math.log(y1 / y0) / Math.log(x1 / x0), px = devicePixelRatio;
  u.ctx.save();
  u.ctx.strokeStyle = colour("muted");
  u.ctx.lineWidth = 1.25 * px;
  u.ctx.setLineDash([5 * px, 4 * px]);
  u.ctx.beginPath();
  for (let i = 0; i <= 40; i++) {
    const x = x0 + (x1 - x0) * i / 40;
    u.ctx.lineTo(u.valToPos(x, "x", true), u.valToPos(y0 * Math.pow(x / x0, k), "y", true));
  }
  u.ctx.stroke();
  u.ctx.restore();
}

function nightLegend(p) {
  const items = p.trials.map((t, i) => [glyph(shapeOf(i), seriesName(i)), settings(t.changes), h("small", null, plural(t.runs, "run"))])
    .filter((_, i) => p.trials[i].runs > 0);
  const n = p.nights, crowd = items.length > 7 ? items.length - 6 : 0;
  if (crowd) items.splice(6, crowd, [glyph(SHAPES[0], "other"), `${crowd} other settings`]);
  if (n.expected.some(known)) items.push([dash("muted", "dashed"), "expected of the baseline at the night’s size"]);
  if (n.trial.some((t, i) => t < 0 && !n.failed[i])) items.push([glyph(SHAPES[0], "other", true), "does not train"]);
  if (n.failed.some((f) => f)) items.push([h("span", { class: "cross", "aria-hidden": "true" }, "×"), "failed"]);
  const kinds = [...new Set(p.events.map((e) => e.kind))];
  for (const k of kinds) items.push([h("span", { class: "flag", css: { "--c": `var(--${(EVENT[k] || EVENT.said)[0]})` }, "aria-hidden": "true" }, "▸"), (EVENT[k] || [0, words(k)])[1]]);
  return legend(items);
}
