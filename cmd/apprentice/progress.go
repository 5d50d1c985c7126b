package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spark-apprentice/apprentice/eventlog"
)

// A Counter shows how far reading is. Its methods may be called from many
// goroutines.
type Counter interface {
	Add(bytes int) // read, as stored
	Log()          // one log is finished
	Close()
}

// newProgress shows a bar on a terminal, lines elsewhere, nothing for nothing.
func newProgress(w io.Writer, logs []eventlog.Log) Counter {
	var total int64
	for _, log := range logs {
		total += log.StoredSize()
	}
	switch {
	case len(logs) == 0:
		return silent{}
	case isTerminal(w):
		return &bar{start: time.Now(), bar: progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetDescription("reading "+count(len(logs), "log")),
			progressbar.OptionShowBytes(true),
			progressbar.OptionUseIECUnits(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionFullWidth(),
		)}
	}
	return newLines(w, total, len(logs), time.Now)
}

// silent is the Counter of runs that read nothing.
type silent struct{}

func (silent) Add(int) {}
func (silent) Log()    {}
func (silent) Close()  {}

// soon is what a bar waits before it shows: a rate over less says nothing, and
// reading that is over by then needs no bar.
const soon = time.Second

// bar shows bytes, rate and remaining time on one line.
type bar struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	start time.Time
	held  int  // bytes that were read before it shows
	shown bool // from soon on
}

func (b *bar) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held += n
	if b.shown = b.shown || time.Since(b.start) >= soon; b.shown {
		_ = b.bar.Add(b.held)
		b.held = 0
	}
}

func (b *bar) Log() {}

func (b *bar) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shown {
		_ = b.bar.Finish()
	}
}

// lineEvery is how often a run without a terminal says how far it is.
const lineEvery = 10 * time.Second

// lines writes a plain line now and then, for cron's mail.
type lines struct {
	mu          sync.Mutex
	w           io.Writer
	total, done int64
	logs, ended int
	clock       func() time.Time
	start, last time.Time
}

func newLines(w io.Writer, total int64, logs int, clock func() time.Time) *lines {
	now := clock()
	return &lines{w: w, total: total, logs: logs, clock: clock, start: now, last: now}
}

func (l *lines) Add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done += int64(n)
	now := l.clock()
	if now.Sub(l.last) < lineEvery {
		return
	}
	l.last = now
	rate := float64(l.done) / now.Sub(l.start).Seconds()
	left := time.Duration(float64(max(0, l.total-l.done)) / rate * float64(time.Second))
	fmt.Fprintf(l.w, "read %d of %d logs, %.0f of %.0f MiB, %.1f MiB/s, %v left\n",
		l.ended, l.logs, mib(l.done), mib(l.total), rate/(1<<20), left.Round(time.Second))
}

func (l *lines) Log() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended++
}

func (*lines) Close() {}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// counted is log with its reads counted.
func counted(log eventlog.Log, c Counter) eventlog.Log {
	parts := make([]eventlog.Part, len(log.Parts))
	for i, p := range log.Parts {
		parts[i] = p
		parts[i].Open = func() (io.ReadCloser, error) {
			r, err := p.Open()
			if err != nil {
				return nil, err
			}
			return &countedReader{r, c}, nil
		}
	}
	log.Parts = parts
	return log
}

type countedReader struct {
	io.ReadCloser
	c Counter
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.c.Add(n)
	return n, err
}
