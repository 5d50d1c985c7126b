// What statuses and alerts mean. One that this page does not know is shown as
// it is, in neutral colours.

const STATUS = {
  proposed: ["info", "Proposed: settings that the evidence supports; no run could use them yet."],
  accepted: ["info", "Accepted: the settings file holds them."],
  in_force: ["info", "In force: runs follow the recommendation."],
  confirmed: ["good", "Confirmed: enough runs followed it, and they were as fast as promised."],
  not_adopted: ["warn", "Not adopted: runs since then do not show the recommendation’s marker."],
  overridden: ["warn", "Overridden: runs carry the marker but other values; code, --conf or SET beats a file."],
  rolled_back: ["bad", "Rolled back: it went wrong and was taken back."],
  quarantined: ["bad", "Quarantined: taken back, and not proposed again."],
  rejected: ["warn", "Rejected: refused by people, or taken back."],
  frozen: ["quiet", "Frozen by people: the file stays as it is."],
  unchanged: ["quiet", "Unchanged: no other setting is proven faster."],
  not_tunable: ["quiet", "Not tunable: no batch pipeline, or excluded by people."],
  explored: ["info", "Exploring: a setting drawn at random within the budget."],
  exploring: ["info", "Exploring: a setting drawn at random within the budget."],
};

// A status may say more in brackets, such as overridden(key).
function statusOf(text) {
  const base = text.replace(/\(.*$/, "").trim();
  return STATUS[base] || ["quiet", words(text)];
}

// statusBadges are a pipeline's: what became of the file, and the decision
// where that says more.
const statusBadges = (r) => [r.adoption && badge(r.adoption),
  (!r.adoption || !["proposed", "accepted", "unchanged", r.adoption].includes(r.status)) && badge(r.status)];
const badge = (text) => h("span", { class: `badge ${statusOf(text)[0]}`, title: statusOf(text)[1] }, words(text || "unknown"));

const ALERT = {
  slower: ["bad", "Regression"], failing: ["bad", "Failing"], rolled_back: ["bad", "Rolled back"],
  quarantined: ["bad", "Quarantined"], drift: ["warn", "Slower lately"],
};
const alertOf = (kind) => ALERT[kind] || ["warn", words(kind)];
const alertBadge = (kind) => h("span", { class: `badge ${alertOf(kind)[0]}` }, alertOf(kind)[1]);

// effectGlyph draws ratios of times with their intervals against 1, on a
// logarithmic scale from a quarter to twice the time.
const EFFECT_W = 116, EFFECT_LO = Math.log(0.25), EFFECT_HI = Math.log(2);
const effectX = (r) => 4 + (EFFECT_W - 8) * (Math.min(Math.max(Math.log(r), EFFECT_LO), EFFECT_HI) - EFFECT_LO) / (EFFECT_HI - EFFECT_LO);

function effectGlyph(marks) {
  const rows = marks.filter((m) => m && known(m.ratio));
  if (!rows.length) return "";
  const height = 18, at = (k) => (rows.length === 1 ? 9 : 5 + 8 * k);
  return svg("svg", { class: "effect", viewBox: `0 0 ${EFFECT_W} ${height}`, role: "img", "aria-label": rows.map((m) =>
    `${m.what} ${ratio(m.ratio)} of the baseline’s time` + (known(m.low) ? `, between ${ratio(m.low)} and ${ratio(m.high)}` : "")).join("; ") },
  svg("path", { class: "track", d: `M0 ${height - 0.5}H${EFFECT_W}` }),
  svg("path", { class: "one", d: `M${effectX(1)} 0V${height}` }),
  rows.map((m, k) => [
    known(m.low) && svg("path", { class: "range", d: `M${effectX(m.low)} ${at(k)}H${effectX(m.high)}`, css: { "--c": `var(--${m.colour})` } }),
    svg("path", { class: m.hollow ? "hollow" : "solid", d: (m.hollow ? SHAPES[0] : SHAPES[1])(effectX(m.ratio), at(k), 3.4), css: { "--c": `var(--${m.colour})` } }),
  ]));
}
const scale = () => h("span", { class: "scale" }, "¼ ½ 1 2×"); // heads a column of effectGlyphs
const expectedMark = (r) => ({ what: "expected", ratio: r.ratio, low: r.low, high: r.high, hollow: true, colour: "s1" });
const verifiedMark = (v) => v && { what: "verified", ratio: v.ratio, low: v.low, high: v.high, colour: known(v.low) && v.low > 1 ? "bad" : "good" };
