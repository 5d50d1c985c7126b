package eventlog_test

import (
	"bytes"
	"io"
	"syscall"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/codec"
)

// inMemory is a log of one part that lies in memory.
func inMemory(name string, data []byte) eventlog.Log {
	return eventlog.Log{Name: name, Layout: eventlog.Single, Parts: []eventlog.Part{{
		Name: name, Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}}}
}

// BenchmarkReader reads records; bytes are those of the decoded text.
func BenchmarkReader(b *testing.B) {
	medium := find(b, "../fixtures/logs/m_medium")[0]
	plain := decoded(b, medium)
	b.Run("zstd", func(b *testing.B) { benchmarkRead(b, medium) })
	b.Run("plain", func(b *testing.B) { benchmarkRead(b, inMemory("plain", plain)) })
	for _, name := range []string{"b_rolling_lz4", "a_codec_lz4", "a_codec_snappy", "a_codec_lzf", "a_codec_zstd", "a_codec_none"} {
		log := find(b, "../fixtures/logs/"+name)[0]
		b.Run(name, func(b *testing.B) { benchmarkRead(b, log) })
	}
}

func benchmarkRead(b *testing.B, log eventlog.Log) {
	b.ReportAllocs()
	var events, decoded int64
	before := cpuSeconds(b)
	for b.Loop() {
		r := eventlog.Open(log, eventlog.Options{})
		for r.Scan() {
		}
		if r.Err() != nil {
			b.Fatal(r.Err())
		}
		s := r.Stats()
		b.SetBytes(s.DecodedBytes)
		events = s.Events
		decoded += s.DecodedBytes
		r.Close()
	}
	b.ReportMetric(float64(decoded)/1e6/(cpuSeconds(b)-before), "MB/cpu-s")
	b.ReportMetric(float64(events), "events/op")
}

// cpuSeconds is what this process used of all cores: unlike the clock it tells
// the truth on a busy machine, and it counts the garbage collector.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func decoded(t testing.TB, log eventlog.Log) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, p := range log.Parts {
		f, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		r := codec.NewReader(f)
		if _, err := io.Copy(&out, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
		f.Close()
	}
	return out.Bytes()
}
