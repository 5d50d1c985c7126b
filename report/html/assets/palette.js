// Colours come from the style sheet, so that light and dark are said once. The
// series are Okabe and Ito's, which colour-blind people tell apart; shapes say
// the same once more.

const SERIES = 6;
const probe = h("span", { hidden: true });
document.body.append(probe);

// colour resolves a custom property for the canvas.
function colour(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

const seriesName = (i) => (i < SERIES ? `s${i}` : "other");

// SHAPES draw a mark of radius r around (x, y) on a canvas or, as a path, in SVG.
const SHAPES = [
  (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
  (x, y, r) => `M${x} ${y - r * 1.25}L${x + r * 1.25} ${y}L${x} ${y + r * 1.25}L${x - r * 1.25} ${y}Z`,
  (x, y, r) => `M${x} ${y - r * 1.2}L${x + r * 1.15} ${y + r * 0.85}L${x - r * 1.15} ${y + r * 0.85}Z`,
  (x, y, r) => `M${x - r * 0.9} ${y - r * 0.9}h${1.8 * r}v${1.8 * r}h${-1.8 * r}Z`,
  (x, y, r) => `M${x} ${y + r * 1.2}L${x + r * 1.15} ${y - r * 0.85}L${x - r * 1.15} ${y - r * 0.85}Z`,
];
const shapeOf = (i) => SHAPES[i % SHAPES.length];

function mark(ctx, shape, x, y, r, fillStyle, strokeStyle) {
  const path = new Path2D(shape(x, y, r));
  ctx.setLineDash([]); // a dashed series may have been drawn before
  if (fillStyle) { ctx.fillStyle = fillStyle; ctx.fill(path); }
  if (strokeStyle) { ctx.strokeStyle = strokeStyle; ctx.stroke(path); }
}

// Theme: the system's unless someone chose; the choice is kept where the
// browser keeps things for files.
const THEMES = ["auto", "light", "dark"];
const store = {
  get: () => { try { return localStorage.getItem("apprentice-theme"); } catch { return null; } },
  set: (v) => { try { localStorage.setItem("apprentice-theme", v); } catch { /* it holds until the page closes */ } },
};
let theme = THEMES.includes(store.get()) ? store.get() : "auto";

function applyTheme() {
  if (theme === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme);
}
applyTheme();

function themeButton() {
  const label = () => `Theme: ${theme}`;
  const b = h("button", { type: "button", class: "theme", title: "Switch between the system's colours, light and dark" }, label());
  b.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    store.set(theme);
    applyTheme();
    b.textContent = label();
    redrawCharts();
  });
  return b;
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redrawCharts());
