//go:build browser

package html

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/browser"
)

func written(t *testing.T, n Night) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(pageOf(t, n)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// listed are the names in the table, in its order.
func listed(p *browser.Page) []string {
	return browser.Eval[[]string](p, `[...document.querySelectorAll("table.fleet tbody th a")].map((a) => a.textContent)`)
}

// Text of logs that would be markup or script is shown, in every view, and
// nothing of it runs, loads or leaves.
func TestBrowserHostileText(t *testing.T) {
	night := hostileNight()
	p := browser.Open(t, written(t, night), "", desktop)
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 8`)
	names := listed(p)
	views := []string{"#/learner"}
	for i := range names {
		views = append(views, browser.Eval[string](p, fmt.Sprintf(`document.querySelectorAll("table.fleet tbody th a")[%d].getAttribute("href")`, i)))
	}
	for i, v := range views {
		heading := "Learner"
		if i > 0 {
			heading = names[i-1]
		}
		p.Goto(v, heading)
		// Everything that is folded, and the tasks of every stage.
		browser.Eval[any](p, `document.querySelectorAll("details").forEach((d) => { d.open = true; }); document.querySelectorAll("button.opener").forEach((b) => b.click())`)
		if i > 0 {
			p.Wait(`[...document.querySelectorAll("details")].every((d) => d.children.length > 1) && document.querySelectorAll("canvas").length > 3`)
		}
		if n := browser.Eval[int](p, `document.querySelectorAll("img, iframe, object, embed, link:not([rel=icon]), #app script, [onload], [onerror]").length`); n != 0 {
			t.Errorf("%s: %d elements that a log's text made", v, n)
		}
	}
	if got := browser.Eval[string](p, `document.querySelector("h1").firstChild.textContent`); got != names[len(names)-1] {
		t.Errorf("the heading is %q, want the name as it is, %q", got, names[len(names)-1])
	}
	p.Clean()
}

// The table sorts, filters and searches by keyboard, and says so.
func TestBrowserTable(t *testing.T) {
	p := browser.Open(t, fleetFile(t, 150, 30), "", desktop)
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 150`)
	press := func(key string) {
		browser.Eval[any](p, fmt.Sprintf(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: %q, bubbles: true, cancelable: true }))`, key))
	}
	press("/")
	if id := browser.Eval[string](p, `document.activeElement.id`); id != "search" {
		t.Errorf("the key / leads to %q, not to the search", id)
	}
	search := func(words string) []string {
		browser.Eval[any](p, fmt.Sprintf(`{ const s = document.getElementById("search"); s.value = %q; s.dispatchEvent(new Event("input")); }`, words))
		return listed(p)
	}
	for _, name := range search("finance daily_revenue") {
		if len(name) < 21 || name[:21] != "finance/daily_revenue" {
			t.Errorf("the search for finance daily_revenue finds %s", name)
		}
	}
	if got := search("no such pipeline"); len(got) != 0 {
		t.Errorf("the search for nothing finds %v", got)
	}
	search("")
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 150`)
	click := func(head string) string {
		return browser.Eval[string](p, fmt.Sprintf(`(() => { const th = [...document.querySelectorAll("table.fleet thead th")].find((x) => x.textContent === %q); th.querySelector("button").click(); return th.getAttribute("aria-sort") || ""; })()`, head))
	}
	for i, want := range []string{"descending", "ascending", ""} {
		if got := click("Runs"); got != want {
			t.Errorf("click %d sorts %q, want %q", i+1, got, want)
		}
	}
	if click("Pipeline") != "ascending" {
		t.Error("names do not sort from A")
	}
	names := listed(p)
	for i := 1; i < len(names); i++ {
		if names[i] < names[i-1] {
			t.Fatalf("%s comes after %s", names[i], names[i-1])
		}
	}
	all := browser.Eval[int](p, `(document.querySelector("[data-filter=attention]").click(), document.querySelectorAll("table.fleet tbody tr").length)`)
	if marked := browser.Eval[int](p, `document.querySelectorAll("table.fleet tbody tr.alert").length`); all == 0 || all != marked {
		t.Errorf("%d rows need attention, %d of them are marked", all, marked)
	}
	p.Clean()
}

// A link opens its pipeline at once, before the table was ever shown.
func TestBrowserDeepLink(t *testing.T) {
	file := fleetFile(t, 30, 30)
	p := browser.Open(t, file, "", desktop)
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 30`)
	name := listed(p)[17]
	link := browser.Eval[string](p, fmt.Sprintf(`"#/pipeline/" + encodeURIComponent(%q)`, name))
	p = browser.Open(t, file, link, desktop)
	p.Wait(fmt.Sprintf(`document.querySelector("h1")?.textContent.includes(%q)`, name))
	p.Wait(`document.querySelectorAll("canvas").length >= 4`)
	p.Goto("#/pipeline/nobody", "Unknown pipeline")
	p.Goto("#/pipeline/%", "Unknown pipeline")
	p.Clean()
}

// Both themes have text of enough contrast (WCAG 2: 4.5), in every view, and
// the button overrules the system.
func TestBrowserContrast(t *testing.T) {
	file := fleetFile(t, 60, 30)
	for _, dark := range []bool{false, true} {
		w := desktop
		w.Dark = dark
		p := browser.Open(t, file, "", w)
		p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 60`)
		first := listed(p)[0]
		link := browser.Eval[string](p, `document.querySelector("table.fleet tbody th a").getAttribute("href")`)
		for _, v := range [][2]string{{"#/", "Fleet"}, {"#/learner", "Learner"}, {link, first}} {
			p.Goto(v[0], v[1])
			for _, bad := range browser.Eval[[]string](p, lowContrast) {
				t.Errorf("dark %v, %s: %s", dark, v[0], bad)
			}
		}
		background := func() string {
			return browser.Eval[string](p, `getComputedStyle(document.documentElement).backgroundColor`)
		}
		before := background()
		for range 2 { // auto, light, dark
			browser.Eval[any](p, `document.querySelector(".theme").click()`)
			if dark {
				break
			}
		}
		if background() == before {
			t.Errorf("dark %v: the button changes nothing", dark)
		}
		p.Clean()
	}
}

// lowContrast lists text whose colour is too near to what is behind it.
const lowContrast = `(() => {
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const parse = (c, under) => { canvas.fillStyle = "rgb(" + under.join(" ") + ")"; canvas.fillRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
	const behind = (e) => { const chain = []; for (let x = e; x; x = x.parentElement) chain.unshift(getComputedStyle(x).backgroundColor); return chain.reduce((under, c) => parse(c, under), [255, 255, 255]); };
	const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const bad = new Set();
	for (const e of document.querySelectorAll("#app *")) {
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !e.getClientRects().length || e.closest(".hidden, .skip")) continue;
		let under = behind(e), over = parse(getComputedStyle(e).color, under), alpha = 1;
		for (let x = e; x; x = x.parentElement) alpha *= Number(getComputedStyle(x).opacity);
		over = over.map((v, i) => v * alpha + under[i] * (1 - alpha));
		const a = light(over), b = light(under), contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5) bad.add(contrast.toFixed(2) + " " + e.tagName + "." + e.className + " " + e.textContent.slice(0, 40));
	}
	return [...bad].slice(0, 10);
})()`

// On a phone nothing but tables and charts scrolls sideways, and every control
// has a name.
func TestBrowserNarrowAndNamed(t *testing.T) {
	p := browser.Open(t, fleetFile(t, 60, 30), "", browser.Window{Width: 390, Height: 844})
	p.Wait(`document.querySelectorAll("table.fleet tbody tr").length === 60`)
	first := listed(p)[0]
	link := browser.Eval[string](p, `document.querySelector("table.fleet tbody th a").getAttribute("href")`)
	for _, v := range [][2]string{{"#/", "Fleet"}, {"#/learner", "Learner"}, {link, first}} {
		p.Goto(v[0], v[1])
		if w := browser.Eval[int](p, `document.documentElement.scrollWidth`); w > 390 {
			t.Errorf("%s is %d pixels wide", v[0], w)
		}
		nameless := browser.Eval[[]string](p, `[...document.querySelectorAll("a, button, input, [role=img], [role=region], nav")].filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label"))).map((e) => e.outerHTML.slice(0, 80))`)
		for _, n := range nameless {
			t.Errorf("%s: without a name: %s", v[0], n)
		}
	}
	p.Clean()
}
