// One run: where its time went, its stages and tasks, what was found in it.

const OUTCOME = { succeeded: "good", failed: "bad", incomplete: "warn", complete: "good", running: "warn" };

// parts are what a run's time is made of, in the order of the bar.
function parts(d) {
  const list = d.stages.filter((s) => known(s.charged_s)).map((s) => ({ name: `stage ${s.id}`, note: s.work, s: s.charged_s })).sort((a, b) => b.s - a.s);
  const head = list.slice(0, 5), rest = list.slice(5);
  const add = (name, note, s, kind) => { if (known(s) && s > 0.0005) head.push({ name, note, s, kind }); };
  let more = known(d.other_s) ? d.other_s : 0;
  for (const r of rest) more += r.s;
  add(plural(rest.length + d.more_stages, "more stage"), "", more, "other");
  add("driver", "no task running", d.driver_s, "driver");
  add("wait", "for the first executor", d.wait_s, "wait");
  add("unknown", "the log lacks it", d.lacking_s, "lack");
  return head;
}

function timeBar(d) {
  const list = parts(d), total = list.reduce((a, p) => a + p.s, 0);
  if (!list.length) return h("p", { class: "empty" }, "The log does not hold enough to say where the time went.");
  // Stages go from dark to light, so that what is no stage stands apart.
  const tone = (p, i) => (p.kind ? `var(--part-${p.kind})` : `color-mix(in srgb, var(--s1) ${100 - 16 * i}%, var(--bg))`);
  return h("div", { class: "time" },
    h("div", { class: "timebar", role: "img", "aria-label": list.map((p) => `${p.name} ${seconds(p.s)}, ${percent(p.s / total)}`).join("; ") },
      list.map((p, i) => h("span", { title: `${p.name}: ${seconds(p.s)}`, css: { "--w": p.s / total, "--c": tone(p, i) } }))),
    h("ul", { class: "timeparts" }, list.map((p, i) => h("li", null, h("span", { class: "swatch", css: { "--c": tone(p, i) } }),
      h("b", null, p.name), h("span", { class: "num" }, seconds(p.s)), h("span", { class: "num muted" }, percent(p.s / total)), h("small", null, p.note)))));
}

function runFacts(d) {
  return terms(d.facts.filter((f) => known(f.value) && !(f.value === 0 && ["Failed tasks", "Spilled to disk", "Shuffle written", "Garbage collection"].includes(f.name)))
    .map((f) => [f.name, figure[f.unit](f.value)]), "terms row facts");
}

function signalsView(list) {
  return table([
    { head: "Signal", cls: "nowrap", cell: (s) => [h("b", null, words(s.kind)), s.certainty !== "certain" && h("small", null, words(s.certainty))] },
    { head: "Where", cls: "nowrap", cell: (s) => (s.stage ? `stage ${s.stage}` : "run") },
    { head: "Count", num: true, cell: (s) => whole(s.count) },
    { head: "Evidence", cls: "why", cell: (s) => s.evidence },
  ], list, { caption: "Signals of this run", empty: "No signal in this run." });
}

const SOURCE = { log: "from the log", runtime_set: "set at run time", default: "Spark’s default" };
function settingsInForce(list) {
  const columns = [
    { head: "Setting", cell: (s) => keyCode(s.key) }, { head: "Value", num: true, cell: (s) => valueCode(s.value) },
    { head: "Default", num: true, cell: (s) => (s.default ? h("span", { class: "muted" }, s.default) : "") }, { head: "Known", cls: "nowrap", cell: (s) => SOURCE[s.source] || s.source },
  ];
  const own = list.filter((s) => !s.is_default && s.source !== "default");
  return [table(columns, own, { caption: "Settings that are not Spark’s defaults", empty: "All tunable settings are Spark’s defaults." }),
    list.length > own.length && folded(`All ${list.length} tunable settings`, () => table(columns, list, { caption: "All tunable settings" }))];
}

function executionsView(d) {
  if (!d.executions.length) return null;
  return section("SQL executions", null, table([
    { head: "Id", num: true, cell: (e) => e.id },
    { head: "What", cls: "why", cell: (e) => [e.what || NONE, e.outcome !== "complete" && h("span", { class: `badge ${OUTCOME[e.outcome] || "quiet"}` }, e.outcome), e.error && h("small", { class: "bad-text" }, e.error)] },
    { head: "Joins", cell: (e) => e.joins }, { head: "Charged", num: true, cell: (e) => seconds(e.charged_s) }, { head: "Lasted", num: true, cell: (e) => seconds(e.duration_s) },
    { head: "Jobs", num: true, cell: (e) => whole(e.jobs) }, { head: "Broadcast", num: true, cell: (e) => (known(e.broadcast_bytes) ? size(e.broadcast_bytes) : "") },
  ], d.executions, { caption: "SQL executions" }), d.more_executions > 0 && h("p", { class: "note" }, `and ${plural(d.more_executions, "more execution")}`));
}

function executorsView(d) {
  if (!d.executors.length) return null;
  return section("Executors", null, table([
    { head: "Id", cell: (e) => e.id }, { head: "Host", cell: (e) => e.host }, { head: "Cores", num: true, cell: (e) => whole(e.cores) },
    { head: "Life", cls: "life", cell: (e) => lifeBar(d, e) }, { head: "Tasks", num: true, cell: (e) => whole(e.tasks) }, { head: "Failed", num: true, cell: (e) => (e.failed_tasks ? whole(e.failed_tasks) : "") },
    { head: "Heap peak", num: true, cls: "nowrap", cell: (e) => (known(e.heap_peak_bytes) ? `${size(e.heap_peak_bytes)} of ${size(e.heap_bytes)}` : NONE) },
    { head: "End", cls: "why", cell: (e) => (e.why ? [h("b", null, words(e.why)), h("small", null, e.reason)] : "alive") },
  ], d.executors, { caption: "Executors" }), d.more_executors > 0 && h("p", { class: "note" }, `and ${plural(d.more_executors, "more executor")}`));
}

function lifeBar(d, e) {
  if (!known(e.start_s) || !known(d.duration_s) || d.duration_s <= 0) return NONE;
  const end = known(e.end_s) ? e.end_s : d.duration_s;
  return h("span", { class: "gantt", title: `${seconds(e.start_s)} to ${seconds(end)}` },
    h("i", { class: e.why && !["idle", "driver"].includes(e.why) ? "bad" : null, css: { "--x": e.start_s / d.duration_s, "--w": Math.max(end - e.start_s, 0) / d.duration_s } }));
}

function cachesView(d) {
  if (!d.caches.length) return null;
  return section("Caches", d.caches.every((c) => !known(c.stored)) ? "The log holds no sizes: spark.eventLog.logBlockUpdates.enabled was not true." : null, table([
    { head: "Name", cls: "why", cell: (c) => c.name }, { head: "Level", cell: (c) => c.level }, { head: "Partitions", num: true, cell: (c) => whole(c.partitions) }, { head: "Stored", num: true, cell: (c) => whole(c.stored) },
    { head: "Memory", num: true, cell: (c) => size(c.memory_bytes) }, { head: "Disk", num: true, cell: (c) => size(c.disk_bytes) }, { head: "Reused", num: true, cell: (c) => whole(c.reuse) }, { head: "Evicted", num: true, cell: (c) => whole(c.evictions) },
  ], d.caches, { caption: "Caches" }));
}

function runHead(d) {
  return h("header", { class: "head" },
    h("h1", null, d.name, " ", h("span", { class: `badge ${OUTCOME[d.outcome] || "quiet"}` }, d.outcome)),
    h("p", null, [known(d.duration_s) && (d.outcome === "incomplete" ? `the log ends after ${seconds(d.duration_s)}` : seconds(d.duration_s)), d.started_at, d.app, d.spark.join(", ")].filter(Boolean).join(" · ")),
    d.app_name !== d.name && h("p", { class: "note" }, d.app_name),
    d.damaged && h("p", { class: "note warn-text" }, "The log is cut, damaged or lacks a part: what is not in it is missing here too."),
    d.why && h("p", { class: "note" }, `Does not train: ${d.why}.`),
    known(d.exit_code) && d.exit_code !== 0 && h("p", { class: "note bad-text" }, `Exit code ${d.exit_code}.`));
}

// inspectView is the page of one log.
const inspectView = () => [
  runHead(index),
  section("Where the time went", null, timeBar(index), runFacts(index)),
  section("Signals", null, signalsView(index.signals)),
  stagesView(index), section("Settings", null, settingsInForce(index.settings)), executionsView(index), executorsView(index), cachesView(index),
  index.log && h("p", { class: "note" }, "Log: ", h("code", null, index.log)),
];
