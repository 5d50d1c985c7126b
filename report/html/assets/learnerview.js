// How far the learner may be believed.

function coverageChart(d) {
  const xs = d.coverage.map((c) => c.nominal), diagonal = (u) => {
    const ctx = u.ctx;
    ctx.save();
    ctx.strokeStyle = colour("muted");
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(u.valToPos(0.45, "x", true), u.valToPos(0.45, "y", true));
    ctx.lineTo(u.valToPos(1, "x", true), u.valToPos(1, "y", true));
    ctx.stroke();
    ctx.restore();
  };
  return chart("Coverage: " + d.coverage.map((c) => `${percent(c.nominal)} intervals hold ${percent(c.share)}`).join(", "), () => ({
    opts: {
      height: 240, padding: [8, 24, 0, 0], scales: { x: { time: false, range: [0.45, 1] }, y: { range: [0.4, 1.02] } },
      axes: [{ ...axis(percent, { size: 28 }), grid: { show: false } }, axis(percent, { size: 48 })],
      series: [{}, { stroke: colour("s1"), width: 2, points: { show: true, size: 8, fill: colour("s1"), stroke: colour("bg") } }], hooks: { drawAxes: [diagonal] },
    },
    data: [xs, d.coverage.map((c) => c.share)],
  }), (i) => [`${percent(d.coverage[i].nominal)} intervals`, `hold ${percent(d.coverage[i].share)} of nights`]);
}

function pitChart(d) {
  const level = d.nights / d.pit.length, line = (u) => {
    const y = u.valToPos(level, "y", true), ctx = u.ctx;
    ctx.save();
    ctx.strokeStyle = colour("text");
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath(); ctx.moveTo(u.bbox.left, y); ctx.lineTo(u.bbox.left + u.bbox.width, y); ctx.stroke();
    ctx.restore();
  };
  return chart("Nights by tenth of the predicted distribution: " + d.pit.join(", "), () => ({
    opts: {
      height: 240, padding: [8, 12, 0, 0], scales: { x: { time: false, range: [-0.6, 9.6] }, y: { range: () => [0, toTop(d.pit)] } },
      axes: [{ ...axis((v) => `${Math.round((v + 0.5) * 10)} %`, { size: 28 }), grid: { show: false }, splits: () => [-0.5, 1.5, 3.5, 5.5, 7.5, 9.5] }, axis((v) => (Number.isInteger(v) ? short(v) : ""), { size: 44 })],
      series: [{}, { fill: colour("s1"), stroke: "transparent", paths: uPlot.paths.bars({ size: [0.92, 200] }), points: { show: false } }], hooks: { draw: [line] },
    },
    data: [d.pit.map((_, i) => i), d.pit],
  }), (i) => [plural(d.pit[i], "night"), `between ${10 * i} % and ${10 * i + 10} % of what was predicted`]);
}

function gainsChart(d) {
  const explored = d.gains.some((g) => g.explored_s !== 0), all = d.gains.flatMap((g) => [g.followed_s, g.explored_s]);
  const low = Math.min(0, ...all), high = Math.max(...all, 1e-9);
  return [chart("Verified saving up to each night", () => ({
    opts: {
      height: 220, tzDate: utc, padding: [8, 12, 0, 0], scales: { x: { time: true }, y: { range: () => [low * 1.08, high * 1.08] } }, axes: [timeAxis(), spanAxis({ size: 64 })],
      series: [{}, { stroke: colour("s3"), width: 2, points: { show: d.gains.length < 2 } }, { stroke: colour("s2"), width: 1.5, show: explored, points: { show: false } }],
    },
    data: [d.gains.map((g) => g.at), d.gains.map((g) => g.followed_s), d.gains.map((g) => g.explored_s)],
  }), (i) => [d.gains[i].night, `followed ${seconds(d.gains[i].followed_s)}`, explored && `explored ${seconds(d.gains[i].explored_s)}`].filter(Boolean)),
  legend([[dash("s3"), "runs that followed a recommendation"], explored && [dash("s2"), "runs that explored"]].filter(Boolean))];
}

const tallyTable = (list, what, caption, empty) => table([{ head: what, cls: "why", cell: (t) => words(t.text) || NONE }, { head: "Count", num: true, cell: (t) => whole(t.n) }], list, { caption, empty });

function learnerView() {
  const d = index.health, e = d.exploration, at90 = (d.coverage.find((c) => c.nominal === 0.9) || {}).share;
  return [
    h("header", { class: "head" }, h("h1", null, "Learner"), h("p", null, "How far its predictions may be believed, and what believing them cost or saved.")),
    h("div", { class: "figures" },
      bigFigure("90 % intervals hold", d.nights ? percent(at90) : NONE, d.nights ? `of ${plural(d.nights, "baseline night")}, each predicted from the others` : "too few nights to tell"),
      bigFigure("Night to night", d.noise_sd.length ? `±${percent(d.noise_sd[1])}` : NONE, d.noise_sd.length ? `median pipeline; middle half ${percent(d.noise_sd[0])} to ${percent(d.noise_sd[2])}` : "no pipeline has enough nights"),
      bigFigure("Promises kept", d.judged ? `${whole(d.kept)} of ${whole(d.judged)}` : NONE, d.judged ? "whose runs were not surely slower than promised" : "no file with a promise was followed long enough"),
      bigFigure("Not taken", d.open ? seconds(d.open_s) : NONE, d.open ? `expected a night of ${whole(d.open)} of ${plural(d.proposed, "proposal")}, which the newest run did not follow` : d.proposed ? "the newest runs follow every proposal" : "nothing is proposed")),
    section("Calibration", "Each night under the baseline is predicted from the others, by input size. Left: how many nights the intervals hold, which should follow the diagonal. Right: where the nights fall in what was predicted, which should be level.",
      d.nights ? h("div", { class: "halves" }, h("div", null, h("h3", null, "Coverage by nominal level"), coverageChart(d)), h("div", null, h("h3", null, "Nights by tenth of the prediction"), pitChart(d)))
        : h("p", { class: "empty" }, "No pipeline has four nights under its baseline yet.")),
    section("Savings", "Runs that are compared with tonight’s baselines, added up by night. What earlier plans and levels verified, and what failed runs cost, is in the fleet’s total.", d.gains.length ? gainsChart(d) : h("p", { class: "empty" }, "No log shows a recommendation’s marker yet: nothing to verify."),
      e.runs > 0 && terms([["Explored", plural(e.runs, "run")], ["Lost", seconds(e.lost_s), "on those slower than the baseline"], ["Won", seconds(e.won_s), "on those faster"]], "terms row")),
    section("Promises", ["What was expected of a settings file on the night that first wrote it, beside what its runs showed since, both over the baseline’s time at equal input. Broken ones come first. How far choices were from the best settings that ran, their regret, is what ", h("code", null, "apprentice evaluate"), " tells."], table([
      { head: "Pipeline", cell: (p) => h("a", { href: link(p.pipeline) }, p.pipeline) }, { head: "Written", cls: "nowrap", cell: (p) => p.since }, { head: "Runs", num: true, cell: (p) => whole(p.runs) },
      { head: "Promised", num: true, cell: (p) => change(p.expected) }, { head: "Verified", num: true, cell: (p) => change(p.ratio) },
      { head: "", cls: "nowrap", cell: (p) => (p.verdict ? h("span", { class: `badge ${p.verdict === "broken" ? "bad" : "good"}` }, p.verdict) : h("span", { class: "muted" }, known(p.expected) ? "too few nights" : "no promise noted")) },
      { head: scale(), cls: "effects", cell: (p) => effectGlyph([expectedMark({ ratio: p.expected, low: p.expected_low, high: p.expected_high }), verifiedMark(p)]) },
      { head: "Saved", num: true, cell: (p) => seconds(p.saved_s) },
    ], d.promises.slice(0, 100), { caption: "Promised and verified", empty: "No settings file was followed yet." }),
    d.promises.length > 100 && h("p", { class: "note" }, `and ${plural(d.promises.length - 100, "more recommendation")}`)),
    h("div", { class: "thirds" },
      section("Decisions", null, tallyTable(d.statuses, "Status", "Pipelines by status", "None yet.")),
      section("Evidence", null, tallyTable(d.evidence, "Cells of the Q-tables", "Cells by evidence", "Nothing learned yet.")),
      section("Do not train", null, tallyTable(index.excluded.slice(0, 12), "Runs, by reason", "Runs that do not train", "Every run trains."))),
  ];
}
