package sparkconf

import (
	"math"
	"testing"
	"testing/quick"
)

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		in   string
		unit int64
		want int64
	}{
		{"64m", Byte, 64 << 20}, {"64MB", Byte, 64 << 20}, {"1g", Byte, 1 << 30}, {"1024", MiB, 1 << 30}, {"1024", Byte, 1024},
		{"0", MiB, 0}, {"-1", Byte, -1}, {"-1b", MiB, -1}, {" 5K ", Byte, 5 << 10}, {"7kb", Byte, 7 << 10}, {"2t", Byte, 2 << 40},
		{"2Pb", Byte, 2 << 50}, {"8191p", Byte, 8191 << 50}, {"9223372036854775807", Byte, math.MaxInt64},
	} {
		if got, err := ParseSize(c.in, c.unit); err != nil || got != c.want {
			t.Errorf("ParseSize(%q, %d) = %d, %v; want %d", c.in, c.unit, got, err, c.want)
		}
	}
	for _, in := range []string{"", "m", "1.5g", "0.5", "1 g", "1gib", "1x", "--1", "+1", "1e3", "9223372036854775808", "8192p", "64m\nspark.x=1", "١m"} {
		if n, err := ParseSize(in, Byte); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", in, n)
		}
	}
}

func TestFormatSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", -1: "-1", 1: "1b", 1000: "1000b", 1024: "1k", 1536: "1536b", 64 << 20: "64m", 1 << 30: "1g", 1536 << 20: "1536m",
		3 << 40: "3t", 1 << 50: "1p", math.MaxInt64: "9223372036854775807b",
	} {
		if got := FormatSize(n); got != want {
			t.Errorf("FormatSize(%d) = %q, want %q", n, got, want)
		}
	}
	// What is written is read back, whatever unit a key gives to bare numbers;
	// only 0 and small negative numbers, which switch something off, are bare.
	same := func(n int64) bool {
		if n == math.MinInt64 {
			return true
		}
		unit := MiB
		if n <= 0 {
			unit = Byte
		}
		got, err := ParseSize(FormatSize(n), unit)
		return err == nil && got == n
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		in   string
		unit float64
		want float64
	}{
		{"60s", 1, 60}, {"5min", 1, 300}, {"5m", .001, 300}, {"300", 1, 300}, {"300", .001, .3}, {"100ms", 1, .1},
		{"9223372036854775807ms", 1, 9223372036854775.807}, {"2H", 1, 7200}, {"1d", 1, 86400}, {"250us", 1, .00025}, {"-1", .001, -.001},
	} {
		if got, err := ParseDuration(c.in, c.unit); err != nil || got != c.want {
			t.Errorf("ParseDuration(%q, %v) = %v, %v; want %v", c.in, c.unit, got, err, c.want)
		}
	}
	for _, in := range []string{"", "s", "1.5s", "1 s", "1sec", "infinite", "99999999999999999999s"} {
		if s, err := ParseDuration(in, 1); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", in, s)
		}
	}
}
