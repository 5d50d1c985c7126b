package codec

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkReader decodes into a window as large as the one that lines are cut
// from; bytes are those of the decoded text.
func BenchmarkReader(b *testing.B) {
	files := map[string][]byte{}
	for name, data := range samples(b) {
		files[name] = data
	}
	for name, pattern := range map[string]string{
		"zstd-100MB": "m_medium/*.zstd", "lz4-10MB": "b_rolling_lz4/*/events_1_*",
	} {
		paths, _ := filepath.Glob("../../fixtures/logs/" + pattern)
		if len(paths) != 1 {
			b.Fatal(pattern, paths)
		}
		data, err := os.ReadFile(paths[0])
		if err != nil {
			b.Fatal(err)
		}
		files[name] = data
	}
	window := make([]byte, 256<<10)
	for _, name := range []string{Gzip, Zstd, LZ4, Snappy, LZF, "zstd-100MB", "lz4-10MB"} {
		b.Run(name, func(b *testing.B) {
			r := NewReader(nil)
			defer r.Close()
			b.ReportAllocs()
			for b.Loop() {
				r.Reset(bytes.NewReader(files[name]))
				total := 0
				for {
					n, err := r.Read(window)
					total += n
					if err == io.EOF {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				b.SetBytes(int64(total))
			}
		})
	}
}
