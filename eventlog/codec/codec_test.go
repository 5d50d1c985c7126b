package codec

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// fixture returns a real log as it is stored.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	files, _ := filepath.Glob("../../fixtures/logs/" + name + "/*local-*")
	if len(files) != 1 {
		t.Fatal(name, files)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// samples are the same kind of log in every framing.
func samples(t testing.TB) map[string][]byte {
	text := fixture(t, "a_codec_none")
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	w.Write(text[:200_000])
	w.Close()
	w.Reset(&gz)
	w.Write(text[200_000:])
	w.Close()
	return map[string][]byte{
		Gzip: gz.Bytes(), Zstd: fixture(t, "a_codec_zstd"), LZ4: fixture(t, "a_codec_lz4"),
		Snappy: fixture(t, "a_codec_snappy"), LZF: fixture(t, "a_codec_lzf"),
	}
}

func decodeAll(data []byte) ([]byte, error) { return decodeFrom(bytes.NewReader(data)) }

func decodeFrom(file io.Reader) ([]byte, error) {
	r := NewReader(file)
	defer r.Close()
	return io.ReadAll(r)
}

func whole(t testing.TB, data []byte) []byte {
	t.Helper()
	text, err := decodeAll(data)
	if err != nil || !bytes.HasPrefix(text, []byte(`{"Event":`)) || !bytes.HasSuffix(text, []byte("}\n")) {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	return text
}

func TestRecognisedByContent(t *testing.T) {
	for name, data := range samples(t) {
		r := NewReader(bytes.NewReader(data))
		if _, err := io.ReadAll(r); err != nil || !slices.Equal(r.Names(), []string{name}) || r.Offset() != int64(len(data)) {
			t.Errorf("%s: %v, %v, offset %d of %d", name, r.Names(), err, r.Offset(), len(data))
		}
	}
	for _, text := range []string{"{}", "Z", "ZVx", "LZ4", "\x28", "P\x2a\x4d"} {
		got, err := decodeAll([]byte(text))
		plain := text == "{}" || text == "ZVx" || strings.HasPrefix(text, "P")
		if plain && (err != nil || string(got) != text) || !plain && !errors.Is(err, ErrTruncated) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestConcatenated(t *testing.T) {
	all := samples(t)
	for a, first := range all {
		for b, second := range all {
			want := append(slices.Clone(whole(t, first)), whole(t, second)...)
			got, err := decodeAll(append(slices.Clone(first), second...))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s and %s: %d bytes of %d, %v", a, b, len(got), len(want), err)
			}
		}
	}
}

func TestBehindTheEnd(t *testing.T) {
	for name, data := range samples(t) {
		want := whole(t, data)
		got, err := decodeAll(append(slices.Clone(data), make([]byte, 17)...))
		if !bytes.Equal(got, want) || err != nil {
			t.Errorf("%s and zeros: %d bytes of %d, %v", name, len(got), len(want), err)
		}
		got, err = decodeAll(append(slices.Clone(data), "garbage at the end"...))
		if !bytes.Equal(got, want) || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s and garbage: %d bytes of %d, %v", name, len(got), len(want), err)
		}
	}
}

// TestCut cuts files everywhere near their end and at many other places: all
// whole blocks come out, then ErrTruncated, unless the cut is between blocks.
func TestCut(t *testing.T) {
	for name, data := range samples(t) {
		rng := rand.New(rand.NewPCG(3, 4))
		want := whole(t, data)
		var cuts []int
		for n := len(data) - 4096; n < len(data); n += 7 {
			cuts = append(cuts, n)
		}
		for range 100 {
			cuts = append(cuts, rng.IntN(len(data)))
		}
		clean := 0
		for _, n := range cuts {
			got, err := decodeAll(data[:n])
			if !bytes.HasPrefix(want, got) {
				t.Fatalf("%s cut at %d: other bytes than the whole", name, n)
			}
			switch e := (*Error)(nil); {
			case err == nil:
				clean++
			case !errors.Is(err, ErrTruncated) || !errors.As(err, &e) || e.Codec != name || e.Offset < 0 || e.Offset > int64(n):
				t.Fatalf("%s cut at %d: %v", name, n, err)
			}
			if missing := len(want) - len(got); n > len(data)-8 && missing > 1<<18 {
				t.Fatalf("%s cut at %d of %d: %d bytes are missing", name, n, len(data), missing)
			}
		}
		if clean > len(cuts)/10 {
			t.Errorf("%s: %d of %d cuts went unnoticed", name, clean, len(cuts))
		}
	}
}

// TestEndMark cuts lz4 between two blocks, where nothing but the missing end
// mark tells that something is missing.
func TestEndMark(t *testing.T) {
	data := fixture(t, "a_codec_lz4")
	want := whole(t, data)
	got, err := decodeAll(data[:len(data)-lz4Header])
	if !bytes.Equal(got, want) || !errors.Is(err, ErrTruncated) || !strings.Contains(err.Error(), "end mark") {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
}

// TestFlip changes single bits. lz4 has a checksum in every block, so that no
// changed byte may come out (a bit that decoding does not use, as that of the
// compression level in a header, may change unnoticed); the others must only
// fail in an orderly way.
func TestFlip(t *testing.T) {
	for name, data := range samples(t) {
		rng := rand.New(rand.NewPCG(5, 6))
		want := whole(t, data)
		for range 300 {
			i := rng.IntN(len(data))
			bad := slices.Clone(data)
			bad[i] ^= 1 << rng.IntN(8)
			got, err := decodeAll(bad)
			if name == LZ4 && i >= headLen && (err == nil && len(got) != len(want) || !bytes.HasPrefix(want, got)) {
				t.Fatalf("lz4: changed byte %d of %d was not noticed: %v", i, len(data), err)
			}
			if e := (*Error)(nil); err != nil && (!errors.As(err, &e) || !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrTooLarge)) {
				t.Fatalf("%s, byte %d: %v", name, i, err)
			}
		}
	}
}

func TestChecksums(t *testing.T) {
	lz4 := fixture(t, "a_codec_lz4")
	lz4[17] ^= 1 // of the first block
	if got, err := decodeAll(lz4); len(got) != 0 || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("lz4: %d bytes, %v", len(got), err)
	}
	gz := samples(t)[Gzip]
	gz[len(gz)-6] ^= 1
	if _, err := decodeAll(gz); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("gzip: %v", err)
	}
	for text, want := range map[string]uint32{ // from the xxHash project
		"": 0x02cc5d05, "a": 0x550d7456, "abc": 0x32d153ff, "Nobody inspects the spammish repetition": 0xe2293b2f,
	} {
		if got := xxhash32([]byte(text), 0); got != want {
			t.Errorf("xxhash32(%q) = %08x, want %08x", text, got, want)
		}
	}
}

// TestReadSizes reads the same files in all kinds of steps.
func TestReadSizes(t *testing.T) {
	for name, data := range samples(t) {
		want := whole(t, data)
		for step, r := range map[string]io.Reader{
			"half":            iotest.HalfReader(bytes.NewReader(data)),
			"data with error": iotest.DataErrReader(bytes.NewReader(data)),
			"byte":            iotest.OneByteReader(bytes.NewReader(data)),
		} {
			if got, err := decodeFrom(r); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s by %s: %d bytes of %d, %v", name, step, len(got), len(want), err)
			}
		}
		r := NewReader(bytes.NewReader(data))
		if err := iotest.TestReader(io.LimitReader(r, 1<<14), want[:1<<14]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileErrorsStayThemselves(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, data := range samples(t) {
		got, err := decodeFrom(io.MultiReader(bytes.NewReader(data[:len(data)/2]), iotest.ErrReader(broken)))
		if err != broken || len(got) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestReset(t *testing.T) {
	r := NewReader(strings.NewReader("first"))
	defer r.Close()
	io.ReadAll(r)
	all := samples(t)
	for range 2 {
		for _, name := range []string{Zstd, LZ4, Gzip} {
			r.Reset(bytes.NewReader(all[name]))
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, whole(t, all[name])) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
	}
	if want := []string{Plain, Zstd, LZ4, Gzip}; !slices.Equal(r.Names(), want) {
		t.Error(r.Names())
	}
}

// TestHostileLengths gives blocks that promise far more than there is.
func TestHostileLengths(t *testing.T) {
	lz4Block := func(token byte, stored, plain uint32) []byte {
		b := append([]byte("LZ4Block"), token)
		b = binary.LittleEndian.AppendUint32(b, stored)
		b = binary.LittleEndian.AppendUint32(b, plain)
		return append(b, "sumsdata"...)
	}
	snappyBlock := func(stored uint32, data ...byte) []byte {
		b := append([]byte(snappyMagic), 0, 0, 0, 1, 0, 0, 0, 1)
		return append(binary.BigEndian.AppendUint32(b, stored), data...)
	}
	for name, data := range map[string][]byte{
		"lz4 plain":     lz4Block(0x2f, 10, 1<<31),
		"lz4 stored":    lz4Block(0x2f, 1<<31, 1<<25),
		"lz4 both":      lz4Block(0x2f, 1<<24, 1<<25),
		"lz4 raw":       lz4Block(0x1f, 1<<25, 1<<25),
		"lz4 method":    lz4Block(0x35, 4, 4),
		"lz4 end":       lz4Block(0x15, 0, 0),
		"snappy stored": snappyBlock(1<<31, 1, 2, 3),
		"snappy plain":  snappyBlock(6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0),
		"snappy 32 MiB": snappyBlock(1<<25, 0x80, 0x80, 0x80, 0x10),
		"lzf plain":     {'Z', 'V', 1, 0, 1, 0xff, 0xff, 0},
		"lzf distance":  {'Z', 'V', 1, 0, 2, 0, 3, 0x3f, 0xff},
		"zstd window":   {0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := decodeAll(data)
		runtime.ReadMemStats(&after)
		if len(got) != 0 || !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 2*maxBlock {
			t.Errorf("%s: took %d bytes of memory", name, n)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data[:min(len(data), 3000)])
	}
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	io.WriteString(w, "{}\n")
	w.Close()
	f.Add(gz.Bytes())
	f.Add([]byte("ZV\x00\x00\x03{}\nZV\x01\x00\x03\x00\x02\x01{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := io.ReadAll(io.LimitReader(NewReader(bytes.NewReader(data)), 8<<20))
		again, err2 := io.ReadAll(io.LimitReader(NewReader(iotest.HalfReader(bytes.NewReader(data))), 8<<20))
		if !bytes.Equal(whole, again) || (err == nil) != (err2 == nil) {
			t.Errorf("read at once: %d bytes, %v; read in halves: %d bytes, %v", len(whole), err, len(again), err2)
		}
	})
}
