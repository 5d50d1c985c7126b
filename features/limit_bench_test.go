package features

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/codec"
)

// BenchmarkLimit holds extraction, from the stored log to rows, against what no
// reader can save: decoding the same bytes and finding the line ends. Both take
// turns within one run and are measured in CPU time, so that a busy machine
// slows both. "x-limit" is the median ratio of an extraction to its neighbour;
// "least/least" divides the least of each, where other programs disturb least.
func BenchmarkLimit(b *testing.B) {
	lz4 := logsOf(b, "b_rolling_lz4")[0]
	text := textOf(b, lz4)
	for _, c := range []struct {
		name string
		log  eventlog.Log
	}{
		{"zstd", logsOf(b, "m_medium")[0]},
		{"zstd-many-frames", logsOf(b, "b_rolling_zstd")[0]},
		{"lz4", lz4},
		{"snappy", stored("snappy", snappyStream(text))},
		{"lzf", stored("lzf", lzfStream(text))},
		{"plain", stored("plain", text)},
	} {
		b.Run(c.name, func(b *testing.B) { against(b, c.log, func() float64 { return split(b, c.log) }) })
	}
}

// BenchmarkZstdTool holds extraction against `zstd -dc`, which is written in C,
// on the same file.
func BenchmarkZstdTool(b *testing.B) {
	tool, err := exec.LookPath("zstd")
	if err != nil {
		b.Log("not measured, the zstd tool is not installed: ", err)
		return
	}
	log := logsOf(b, "m_medium")[0]
	against(b, log, func() float64 {
		cmd := exec.Command(tool, "-dcq", log.Parts[0].Name)
		out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			b.Fatal(err)
		}
		defer out.Close()
		cmd.Stdout = out
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	})
}

// against reports how many times the limit's CPU seconds extraction takes.
func against(b *testing.B, log eventlog.Log, limit func() float64) {
	var ratios []float64
	var spent float64
	leastTook, leastLimit := math.Inf(1), math.Inf(1)
	for b.Loop() {
		bound := limit()
		before := cpuSeconds(b)
		if _, err := Extract(context.Background(), log, eventlog.Options{}, Options{}); err != nil {
			b.Fatal(err)
		}
		took := cpuSeconds(b) - before
		spent += took
		ratios = append(ratios, took/bound)
		leastTook, leastLimit = min(leastTook, took), min(leastLimit, bound)
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-limit")
	b.ReportMetric(leastTook/leastLimit, "least/least")
	b.ReportMetric(1e3*spent/float64(len(ratios)), "cpu-ms/op")
	b.ReportMetric(0, "ns/op")
}

// split decodes a log and counts its lines. It returns the CPU seconds spent.
func split(b *testing.B, log eventlog.Log) float64 {
	before := cpuSeconds(b)
	window := make([]byte, 256<<10)
	lines := 0
	r := codec.NewReader(nil)
	defer r.Close()
	for _, part := range log.Parts {
		f, err := part.Open()
		if err != nil {
			b.Fatal(err)
		}
		r.Reset(f)
		for {
			n, err := r.Read(window)
			lines += bytes.Count(window[:n], []byte("\n"))
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		f.Close()
	}
	if lines == 0 {
		b.Fatal("no lines")
	}
	return cpuSeconds(b) - before
}

func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// stored is a log that lies in memory.
func stored(name string, data []byte) eventlog.Log {
	return eventlog.Log{Name: name, Layout: eventlog.Single, Parts: []eventlog.Part{{
		Name: name, Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}}}
}

// snappyStream writes text as snappy-java's SnappyOutputStream does.
func snappyStream(text []byte) []byte {
	out := []byte("\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01")
	for block := range slices.Chunk(text, 32<<10) {
		packed := snappy.Encode(nil, block)
		out = binary.BigEndian.AppendUint32(out, uint32(len(packed)))
		out = append(out, packed...)
	}
	return out
}

// lzfStream writes text as compress-lzf's LZFOutputStream does.
func lzfStream(text []byte) (out []byte) {
	for chunk := range slices.Chunk(text, 65535) {
		packed := lzfPack(chunk)
		out = append(out, 'Z', 'V', 1)
		out = binary.BigEndian.AppendUint16(out, uint16(len(packed)))
		out = binary.BigEndian.AppendUint16(out, uint16(len(chunk)))
		out = append(out, packed...)
	}
	return out
}

// lzfPack is LibLZF's compression: the last place of each three bytes is tried.
func lzfPack(in []byte) (out []byte) {
	var last [1 << 14]int // place + 1
	literals := 0         // before i, not written yet
	flush := func(end int) {
		for literals > 0 {
			n := min(literals, 32)
			out = append(append(out, byte(n-1)), in[end-literals:end-literals+n]...)
			literals -= n
		}
	}
	for i := 0; i < len(in); {
		if i+3 > len(in) {
			literals++
			i++
			continue
		}
		key := uint32(in[i])<<16 | uint32(in[i+1])<<8 | uint32(in[i+2])
		slot := &last[key*2654435761>>18]
		from := *slot - 1
		*slot = i + 1
		if from < 0 || i-from > 8192 || !bytes.Equal(in[from:from+3], in[i:i+3]) {
			literals++
			i++
			continue
		}
		n := 3
		for n < 264 && i+n < len(in) && in[from+n] == in[i+n] {
			n++
		}
		flush(i)
		back := i - from - 1
		if n < 9 {
			out = append(out, byte((n-2)<<5|back>>8))
		} else {
			out = append(out, byte(7<<5|back>>8), byte(n-9))
		}
		out = append(out, byte(back))
		i += n
	}
	flush(len(in))
	return out
}
