//go:build browser

package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// timeout is how long one page may take in all before its test fails.
const timeout = 5 * time.Minute

// A Page is an open page.
type Page struct {
	t       *testing.T
	ctx     context.Context
	mu      sync.Mutex
	trouble []string // console errors, exceptions, dialogs, violations of the policy
	asked   []string // addresses outside the page itself
}

// A Window is what a page is opened in.
type Window struct {
	Width, Height int64
	Dark          bool // the system prefers dark
}

// Open opens a file, with the part of its address from # on.
func Open(t *testing.T, file, fragment string, w Window) *Page {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.NoSandbox,
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-color-profile", "srgb"))
	if exe := os.Getenv("CHROMIUM"); exe != "" {
		options = append(options, chromedp.ExecPath(exe))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	p := &Page{t: t, ctx: tab}
	if err := chromedp.Listen(tab, p.event); err != nil {
		t.Fatalf("chromium: %v (is one installed? apt-get install chromium, or CHROMIUM=/path/to/it)", err)
	}
	var cancel context.CancelFunc
	p.ctx, cancel = context.WithTimeout(tab, timeout)
	t.Cleanup(cancel)
	scheme := "light"
	if w.Dark {
		scheme = "dark"
	}
	call(p, network.Enable, network.EnableParams{})
	call(p, log.Enable, struct{}{})
	call(p, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	p.do(chromedp.EmulateViewport(w.Width, w.Height), chromedp.Navigate("file://"+path+fragment))
	return p
}

// event notes what a page should not do.
func (p *Page) event(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			var words []string
			for _, a := range ev.Args {
				words = append(words, string(a.Value)+a.Description)
			}
			p.trouble = append(p.trouble, "console: "+strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		p.trouble = append(p.trouble, fmt.Sprintf("exception: %+v", ev.ExceptionDetails))
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError || ev.Entry.Level == log.EntryLevelWarning {
			p.trouble = append(p.trouble, "log: "+ev.Entry.Text)
		}
	case *page.EventJavascriptDialogOpening:
		p.trouble = append(p.trouble, "dialog: "+ev.Message)
		go func() { // the page waits for an answer; the events must go on meanwhile
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case *network.EventRequestWillBeSent:
		if u := ev.Request.URL; !strings.HasPrefix(u, "file://") && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "blob:") {
			p.asked = append(p.asked, u)
		}
	}
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatalf("chromium: %v", err)
	}
}

// Eval evaluates an expression in the page; of a promise, what it resolves to.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("chromium: %s: %v", expression, err)
	}
	return v
}

// Wait waits until an expression is true. The page's policy forbids eval, so
// that the protocol evaluates it.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	Eval[bool](p, "new Promise((done) => { const look = () => ("+expression+") ? done(true) : setTimeout(look, 10); look(); })")
}

// Goto goes to another view of the page and waits for its heading.
func (p *Page) Goto(fragment, heading string) {
	p.t.Helper()
	Eval[string](p, fmt.Sprintf("location.hash = %q", fragment))
	p.Wait(fmt.Sprintf("document.querySelector('h1')?.textContent.includes(%q)", heading))
}

// CPU is what the page's main thread computed so far, in seconds of processor
// time, which other work on the machine does not stretch: in all, and of that
// in scripts and in layout.
func (p *Page) CPU() (all, script, layout float64) {
	p.t.Helper()
	res, err := chromedp.Call(p.ctx, performance.GetMetrics, struct{}{})
	if err != nil {
		p.t.Fatalf("chromium: %v", err)
	}
	m := map[string]float64{}
	for _, x := range res.Metrics {
		m[x.Name] = x.Value
	}
	return m["TaskDuration"], m["ScriptDuration"], m["LayoutDuration"] + m["RecalcStyleDuration"]
}

// Clean fails the test if the page complained, opened a dialog or asked for
// anything beyond itself.
func (p *Page) Clean() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.trouble {
		p.t.Errorf("the page complains: %s", s)
	}
	for _, u := range p.asked {
		p.t.Errorf("the page asks the network for %s", u)
	}
}

// Screenshot writes what is seen, or all of the page, as PNG.
func (p *Page) Screenshot(file string, all bool) {
	p.t.Helper()
	shot := chromedp.CaptureScreenshot()
	if all {
		shot = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(p.ctx, shot)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func call[P, R any](p *Page, cmd cdp.Command[P, R], params P) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, cmd, params); err != nil {
		p.t.Fatalf("chromium: %v", err)
	}
}
