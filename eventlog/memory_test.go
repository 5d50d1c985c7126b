package eventlog_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// repeated reads the same bytes many times, without holding them.
type repeated struct {
	data []byte
	off  int
	left int // times
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.data[r.off:])
	if r.off += n; r.off == len(r.data) {
		r.off, r.left = 0, r.left-1
	}
	return n, nil
}

func repeatedLog(data []byte, times int) eventlog.Log {
	return eventlog.Log{Name: "repeated", Parts: []eventlog.Part{{Name: "repeated", Size: -1, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(&repeated{data: data, left: times}), nil
	}}}}
}

// peak is how far the heap grew while f ran, looked at now and then by f itself.
func peak(f func(look func())) uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapAlloc, m.HeapAlloc
	f(func() {
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	})
	return most - before
}

// TestMemoryDoesNotGrow reads logs of 30 MB and of 600 MB of text.
func TestMemoryDoesNotGrow(t *testing.T) {
	stored, err := io.ReadAll(must(find(t, "../fixtures/logs/f_killed_zstd")[0].Parts[0].Open()))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := decodedPrefix(stored)
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	var whole bytes.Buffer
	w, _ := zstd.NewWriter(&whole, zstd.WithEncoderLevel(zstd.SpeedFastest))
	w.Write(text)
	w.Close()
	perPass := int64(bytes.Count(text, []byte("\n")))
	grown := func(times int) uint64 {
		return peak(func(look func()) {
			r := eventlog.Open(repeatedLog(whole.Bytes(), times), eventlog.Options{})
			defer r.Close()
			for n := 0; r.Scan(); n++ {
				if n%20_000 == 0 {
					look()
				}
			}
			if s := r.Stats(); r.Err() != nil || s.Events != perPass*int64(times) {
				t.Errorf("%d events of %d, %v", s.Events, perPass*int64(times), r.Err())
			}
		})
	}
	small, large := grown(5), grown(90)
	t.Logf("%d MB of text: heap grows by %d KB; %d MB: by %d KB", 5*len(text)>>20, small>>10, 90*len(text)>>20, large>>10)
	if large > 12<<20 {
		t.Errorf("reading %d MB takes %d KB", 90*len(text)>>20, large>>10)
	}
}

// TestLongLineIsForgotten reads a line of 24 MB and looks at the heap soon after.
func TestLongLineIsForgotten(t *testing.T) {
	long := `{"Event":"SparkListenerFoo","x":"` + strings.Repeat("x", 24<<20) + "\"}\n"
	text := []byte(logStart + "\n" + long + strings.Repeat(appStart+"\n", 20_000))
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	r := eventlog.Open(inMemory("l", text), eventlog.Options{})
	defer r.Close()
	for n := 0; r.Scan() && n < 10_000; n++ {
	}
	runtime.GC()
	runtime.ReadMemStats(&m)
	if grown := int64(m.HeapAlloc) - int64(before); grown > 4<<20 {
		t.Errorf("%d MB are held after the long line", grown>>20)
	}
	runtime.KeepAlive(text)
}

// TestBombs gives the Reader little that becomes much.
func TestBombs(t *testing.T) {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 9 << 3} // a window of 512 KiB
	for range 100_000 {
		frame = append(frame, 2, 0, 0x10, ' ') // a block: 128 KiB of blanks
	}
	xs := bytes.Repeat([]byte("x"), 1<<20)
	for name, c := range map[string]struct {
		log  eventlog.Log
		opt  eventlog.Options
		want error
		most uint64
	}{
		"zstd":           {inMemory("bomb", frame), eventlog.Options{}, eventlog.ErrTooLarge, 100 << 20},
		"endless line":   {repeatedLog(xs, 500), eventlog.Options{MaxLine: 1 << 20}, eventlog.ErrNotEventLog, 8 << 20},
		"default bounds": {repeatedLog(xs, 500), eventlog.Options{}, eventlog.ErrNotEventLog, 100 << 20},
	} {
		grown := peak(func(look func()) {
			r := eventlog.Open(c.log, c.opt)
			defer r.Close()
			for r.Scan() {
				look()
			}
			look()
			if !errors.Is(r.Err(), c.want) {
				t.Errorf("%s: %v", name, r.Err())
			}
		})
		t.Logf("%s: %d KB", name, grown>>10)
		if grown > c.most {
			t.Errorf("%s: the heap grows by %d MB", name, grown>>20)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestTasksTakeNoMemory counts allocations over many task events.
func TestTasksTakeNoMemory(t *testing.T) {
	var tasks bytes.Buffer
	for line := range bytes.Lines(decoded(t, find(t, "../fixtures/logs/a_codec_none")[0])) {
		if bytes.HasPrefix(line, []byte(`{"Event":"SparkListenerTask`)) {
			tasks.Write(line)
		}
	}
	allocs := func(times int) float64 {
		return testing.AllocsPerRun(3, func() {
			r := eventlog.Open(repeatedLog(tasks.Bytes(), times), eventlog.Options{})
			defer r.Close()
			for r.Scan() {
			}
			if s := r.Stats(); s.Events != int64(38*times) || r.Err() != nil {
				t.Error(s, r.Err())
			}
		})
	}
	if once, often := allocs(10), allocs(1000); often > once+1 {
		t.Errorf("%v allocations for 380 events, %v for 38,000", once, often)
	}
}
