// What all charts share: size, axes, a note at the pointer, colours that follow
// the theme. Each chart is an image with a label; the figures behind it are in
// a table beside it or in the text.

const live = new Set();

function redrawCharts() { for (const c of live) c.draw(); }
// pruneCharts ends the charts that are no longer in the document.
function pruneCharts() {
  for (const c of live) if (!c.figure.isConnected) { c.end(); live.delete(c); }
}

// chart makes a figure; build(width) gives uPlot's {opts, data}, note(i) what to
// show at the i-th point: a list of lines, or null.
function chart(label, build, note) {
  const box = h("div", { class: "plot" });
  const figure = h("div", { class: "figure", role: "img", "aria-label": label }, box);
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  figure.append(tip);
  let plot = null, width = 0;
  const self = {
    figure,
    draw() {
      width = Math.floor(box.clientWidth);
      if (width < 40) return;
      if (plot) plot.destroy();
      const { opts, data } = build(width);
      opts.width = width;
      opts.legend = { show: false };
      opts.cursor = { drag: { x: false, y: false }, points: { show: false }, y: false, ...opts.cursor };
      if (note) opts.hooks = { ...opts.hooks, setCursor: [(u) => showTip(u, tip, note)] };
      plot = new uPlot(opts, data, box);
    },
    end() { watch.disconnect(); if (plot) plot.destroy(); },
  };
  const watch = new ResizeObserver(() => { if (Math.floor(box.clientWidth) !== width) self.draw(); });
  watch.observe(box);
  live.add(self);
  return figure;
}

function showTip(u, tip, note) {
  const i = u.cursor.idx, lines = i === null || i === undefined || u.cursor.left < 0 ? null : note(i);
  tip.hidden = !lines;
  if (!lines) return;
  tip.replaceChildren(...lines.map((l, k) => h(k ? "div" : "strong", null, l)));
  const x = u.bbox.left / devicePixelRatio + u.valToPos(u.data[0][i], "x"), w = u.width;
  tip.style.left = `${Math.min(Math.max(x + 12, 0), Math.max(w - tip.offsetWidth, 0))}px`;
  if (x + 12 + tip.offsetWidth > w) tip.style.left = `${Math.max(x - 12 - tip.offsetWidth, 0)}px`;
  tip.style.top = "6px";
}

const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

// axis is a quiet one; grid lines only across.
const axis = (format, more) => ({
  stroke: colour("muted"), font: FONT, gap: 6, size: 56,
  grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false },
  values: (u, list) => list.map((v) => (v === null ? "" : format(v))), ...more,
});
// SPANS are steps of an axis of seconds that give round labels.
const SPANS = [...[-3, -2, -1, 0].flatMap((k) => [1, 2, 5].map((n) => n * 10 ** k)), 10, 15, 30, 60, 120, 300, 600, 900, 1800,
  ...[1, 2, 3, 6, 12, 24, 48, 120, 240, 480, 1200, 2400, 4800].map((n) => n * 3600)];
const spanAxis = (more) => axis(tick, { incrs: SPANS, ...more });
// BINARY are steps of an axis of bytes that give round labels.
const BINARY = [0, 1, 2, 3, 4, 5].flatMap((k) => [1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * 1024 ** k));
const timeAxis = () => ({
  stroke: colour("muted"), font: FONT, gap: 6, size: 28, grid: { show: false }, ticks: { stroke: colour("line"), size: 4, width: 1 },
  values: [
    [2419200, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [86400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [1, "{D} {MMM}", null, null, null, null, null, null, 1],
  ],
  space: 64,
});
const utc = (ts) => uPlot.tzDate(new Date(ts * 1000), "Etc/UTC");
const toTop = (values, by = 1.08) => Math.max(...values.filter(known), 1e-9) * by;
const fromZero = (values) => ({ range: () => [0, toTop(values)] });

// legend explains marks: a list of [svg mark, words].
const legend = (items) => h("ul", { class: "legend" }, items.map(([m, ...text]) => h("li", null, m, h("span", null, ...text))));
const glyph = (shape, name, hollow) => svg("svg", { class: "glyph", viewBox: "0 0 14 14", "aria-hidden": "true" },
  svg("path", { d: shape(7, 7, 4.4), class: hollow ? "hollow" : "solid", css: { "--c": `var(--${name})` } }));
const dash = (name, cls) => svg("svg", { class: "glyph", viewBox: "0 0 14 14", "aria-hidden": "true" },
  svg("path", { d: "M0 7H14", class: `stroke ${cls || ""}`, css: { "--c": `var(--${name})` } }));
