package eventlog_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/codec"
)

// TestTorture damages every fixture: cuts and flipped bits. With -torture it is
// done at every byte of the last 4 KiB and at 1,000 places more (64 for logs of
// more than 1 MB of text), else at a few places of each. With -short, as under
// the race detector, it damages no log of more than 4 MB.
func TestTorture(t *testing.T) {
	all := flag.Lookup("torture").Value.(flag.Getter).Get().(bool)
	dirs, err := filepath.Glob("../fixtures/logs/*")
	if err != nil || len(dirs) < 60 {
		t.Fatal(len(dirs), err)
	}
	for i, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(uint64(i), 7))
			for _, log := range find(t, dir) {
				v := newVictim(t, log)
				if testing.Short() && len(v.text) > 4<<20 {
					continue
				}
				tail, places := 4, 6
				switch {
				case all && len(v.text) <= 1<<20:
					tail, places = 4096, 1000
				case all:
					tail, places = 64, 64
				case len(v.text) > 1<<20, testing.Short():
					tail, places = 1, 2
				}
				size := len(v.stored)
				for n := max(0, size-4096); n < size; n += max(1, min(size, 4096)/tail) {
					v.cut(t, n)
				}
				for range places {
					v.cut(t, rng.IntN(size))
					v.flip(t, rng.IntN(size), 1<<rng.IntN(8))
				}
			}
		})
	}
}

// A victim is a log of which one part, the last, is damaged again and again.
type victim struct {
	log    eventlog.Log
	stored []byte // the part as stored
	text   []byte // the part decoded
	before []event
	events []event // of the part
}

// An event is what tells a record from the next.
type event struct {
	name string
	line int
	task int64
}

func newVictim(t *testing.T, log eventlog.Log) *victim {
	t.Helper()
	v := &victim{log: log}
	last := log.Parts[len(log.Parts)-1]
	f, err := last.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if v.stored, err = io.ReadAll(f); err != nil {
		t.Fatal(err)
	}
	v.text, _ = decodedPrefix(v.stored)
	events, _, _ := readEvents(log)
	lines := bytes.Count(v.text, []byte("\n"))
	v.before, v.events = events[:len(events)-lines], events[len(events)-lines:]
	return v
}

func decodedPrefix(stored []byte) ([]byte, error) {
	r := codec.NewReader(bytes.NewReader(stored))
	defer r.Close()
	return io.ReadAll(r)
}

func readEvents(log eventlog.Log) (events []event, bad int64, err error) {
	r := eventlog.Open(log, eventlog.Options{})
	defer r.Close()
	for r.Scan() {
		e := event{name: eventName(r.Record()), line: r.Record().Where().Line}
		switch rec := r.Record().(type) {
		case *eventlog.SyntaxError:
			continue
		case *eventlog.TaskEnd:
			e.task = rec.Task.ID
		}
		events = append(events, e)
	}
	return events, r.Stats().Malformed, r.Err()
}

// with is the log with its last part stored as data.
func (v *victim) with(data []byte) eventlog.Log {
	log := v.log
	log.Parts = slices.Clone(log.Parts)
	log.Parts[len(log.Parts)-1].Open = func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}
	return log
}

func (v *victim) cut(t *testing.T, n int) {
	t.Helper()
	text, codecErr := decodedPrefix(v.stored[:n])
	if !bytes.HasPrefix(v.text, text) {
		t.Fatalf("cut at %d: the codec gives other bytes", n)
	}
	events, bad, err := readEvents(v.with(v.stored[:n]))
	want := bytes.Count(text, []byte("\n"))
	if rest := text[bytes.LastIndexByte(text, '\n')+1:]; len(rest) > 0 && bytes.HasPrefix(v.text[len(text):], []byte("\n")) {
		want++ // the cut took the newline alone
	} else if len(rest) > 0 && err == nil {
		t.Fatalf("cut at %d: half a line and no error", n)
	}
	v.check(t, n, events, want, err)
	if bad != 0 {
		t.Fatalf("cut at %d: %d bad lines", n, bad)
	}
	if codecErr != nil && err == nil {
		t.Fatalf("cut at %d: the codec says %v, the Reader nothing", n, codecErr)
	}
}

func (v *victim) flip(t *testing.T, i int, bit byte) {
	t.Helper()
	data := slices.Clone(v.stored)
	data[i] ^= bit
	text, _ := decodedPrefix(data)
	same := 0
	for same < min(len(text), len(v.text)) && text[same] == v.text[same] {
		same++
	}
	events, _, err := readEvents(v.with(data))
	v.check(t, i, events, bytes.Count(text[:same], []byte("\n")), err)
}

// check wants at least the first n events of the damaged part, and an error of
// the kind that the package promises.
func (v *victim) check(t *testing.T, at int, got []event, n int, err error) {
	t.Helper()
	want := slices.Concat(v.before, v.events[:min(n, len(v.events))])
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Fatalf("damage at %d: %d events, want %d: %v", at, len(got), len(want), err)
	}
	if err == nil {
		return
	}
	var e *eventlog.LogError
	if !errors.As(err, &e) || e.Pos.Part == "" || e.Offset < -1 || e.Offset > int64(len(v.stored)) || e.Pos.Line == 0 && len(got) > len(v.before) {
		t.Fatalf("damage at %d: %#v", at, err)
	}
	for _, kind := range []error{eventlog.ErrTruncated, eventlog.ErrCorrupt, eventlog.ErrEmpty, eventlog.ErrNotEventLog, eventlog.ErrTooLarge} {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Fatalf("damage at %d: %v", at, err)
}
