// Figures in words. Unknown is "–", never 0.

const NONE = "–";
const known = (x) => x !== null && x !== undefined && Number.isFinite(x);

// seconds writes a time in three figures or so: 340 ms, 12.4 s, 3m05s, 2h07m.
function seconds(s) {
  if (!known(s)) return NONE;
  const a = Math.abs(s), sign = s < 0 ? "−" : "";
  if (a < 0.0005) return "0 s";
  if (a < 0.9995) return `${sign}${Math.round(a * 1000)} ms`;
  if (a < 9.995) return `${sign}${a.toFixed(2)} s`;
  if (a < 99.95) return `${sign}${a.toFixed(1)} s`;
  const two = (lo, per, hiUnit, loUnit) => {
    const n = Math.round(a / lo);
    return `${sign}${Math.floor(n / per)}${hiUnit}${String(n % per).padStart(2, "0")}${loUnit}`;
  };
  if (a < 3599.5) return two(1, 60, "m", "s");
  if (a < 86370) return two(60, 60, "h", "m");
  return two(3600, 24, "d", "h");
}

// tick writes a time on an axis, without zeros that say nothing.
const tick = (s) => seconds(s).replace(/(\.\d*?)0+ /, "$1 ").replace(/\. /, " ");

// size writes bytes in binary units: 0 B, 512 B, 1.5 KiB, 33 MiB.
function size(n) {
  if (!known(n)) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let x = n, u = 0;
  while (Math.abs(x) >= 1023.5 && u < 6) { x /= 1024; u++; }
  return `${u > 0 && Math.abs(x) < 9.95 ? x.toFixed(1) : Math.round(x)} ${units[u]}`;
}

// short writes a large count: 812, 48 k, 1.5 M.
function short(n) {
  if (!known(n)) return NONE;
  const units = ["", " k", " M", " G", " T"];
  let x = n, u = 0;
  while (Math.abs(x) >= 999.5 && u < 4) { x /= 1000; u++; }
  return `${u > 0 && Math.abs(x) < 9.95 ? x.toFixed(1) : Math.round(x)}${units[u]}`;
}

const whole = (n) => (known(n) ? Math.round(n).toLocaleString("en-US") : NONE);
const percent = (x) => (!known(x) ? NONE : x > 0 && x < 0.005 ? "<1 %" : `${Math.round(100 * x)} %`);
const ratio = (x) => (known(x) ? x.toFixed(2) : NONE);
const fixed = (x, n) => (known(x) ? x.toFixed(n).replace(/^-(?=0\.?0*$)/, "").replace("-", "−") : NONE); // no −0.00

// change writes a ratio of times as what it does to the time: −25 %, +4 %.
function change(x) {
  if (!known(x)) return NONE;
  const p = Math.round(100 * (x - 1));
  return p === 0 ? "±0 %" : p < 0 ? `−${-p} %` : `+${p} %`;
}

const plural = (n, noun) => `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;
const bare = (key) => key.replace(/^spark\./, "");
const orUnset = (value) => (value === "" ? "unset" : value);
const settings = (list) => (list.length ? list.map((a) => `${bare(a.key)}=${orUnset(a.value)}`).join(", ") : "baseline");
const figure = { s: seconds, bytes: size, rows: short, count: whole, share: percent };
const words = (s) => s.replaceAll("_", " ");
