// Views by the address after #: / the fleet, /pipeline/NAME, /learner.

const main = h("main", { id: "main", tabindex: "-1" });
let turn = 0;

function nav(path) {
  if (index.kind !== "fleet") return null;
  const item = (to, name) => h("a", { href: `#${to}`, "aria-current": path === to || (to === "/" && path.startsWith("/pipeline/")) ? "page" : null }, name);
  return h("nav", { "aria-label": "Views" }, item("/", "Fleet"), item("/learner", "Learner"));
}

const bar = h("div", { class: "bar" });
document.getElementById("app").append(h("a", { class: "skip", href: "#main", on: { click: (e) => { e.preventDefault(); main.focus(); } } }, "Skip to content"), bar, main);
const switcher = themeButton();

// pathOf reads the address; a name that is no good encoding is taken as it is.
function pathOf() {
  const raw = location.hash.slice(1) || "/";
  try { return decodeURIComponent(raw); } catch { return raw; }
}

async function route(first) {
  const path = pathOf(), mine = ++turn;
  let nodes;
  try {
    if (index.kind === "run") nodes = inspectView();
    else if (path === "/learner") nodes = learnerView();
    else if (path.startsWith("/pipeline/")) nodes = await pipelineView(path.slice("/pipeline/".length));
    else nodes = fleetView();
  } catch (err) {
    nodes = [h("header", { class: "head" }, h("h1", null, "This view cannot be shown"), h("p", null, String(err.message || err)))];
    console.error(err);
  }
  if (mine !== turn) return; // someone went on meanwhile
  bar.replaceChildren(h("div", { class: "bar-in" }, h("a", { class: "brand", href: "#/" }, "Spark Apprentice"), nav(path) || "", switcher));
  main.replaceChildren(...nodes.flat(3).filter(Boolean));
  pruneCharts();
  performance.mark("view", { detail: { state: document.readyState, rows: main.querySelectorAll("tbody tr").length, nodes: document.getElementsByTagName("*").length } });
  document.title = [main.querySelector("h1")?.firstChild?.textContent, "Spark Apprentice"].filter(Boolean).join(" – ");
  document.documentElement.dataset.view = path.startsWith("/pipeline/") ? "pipeline" : path;
  if (first !== true) { scrollTo(0, 0); main.focus({ preventScroll: true }); }
}

addEventListener("hashchange", route);
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
  const search = document.getElementById("search");
  if (e.key === "/" && search) { e.preventDefault(); search.focus(); search.select(); }
});
route(true);
