package report

import (
	"math"
	"testing"
)

func TestUnits(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{seconds(0), "0"}, {seconds(0.0004), "0"}, {seconds(0.34), "340 ms"}, {seconds(0.9996), "1.0 s"}, {seconds(12.44), "12.4 s"},
		{seconds(99.96), "1m40s"}, {seconds(185), "3m05s"}, {seconds(3599.6), "1h00m"}, {seconds(7620), "2h07m"}, {seconds(86400), "1d00h"},
		{seconds(-14.2), "-14.2 s"}, {seconds(-185), "-3m05s"}, {seconds(math.NaN()), "?"},
		{size(0), "0"}, {size(512), "512 B"}, {size(1536), "1.5 KiB"}, {size(1 << 20), "1.0 MiB"}, {size(1<<20 - 1), "1.0 MiB"}, {size(33 << 20), "33 MiB"},
		{size(math.MaxInt64), "8.0 EiB"}, {size(-1536), "-1.5 KiB"},
		{rows(999), "999"}, {rows(1500), "1.5 k"}, {rows(999_999), "1.0 M"}, {rows(150_000_000), "150 M"},
		{thousands(0), "0"}, {thousands(999), "999"}, {thousands(61771), "61,771"}, {thousands(-1234567), "-1,234,567"},
		{percent(0), "0%"}, {percent(0.001), "<1%"}, {percent(-0.001), "-<1%"}, {percent(0.424), "42%"}, {times(2.44), "2.4x"}, {times(80), "80x"},
		{count(1, "run"), "1 run"}, {count(0, "run"), "0 runs"}, {count(2, "loss"), "2 losses"},
		{exactSeconds(12.345, 20), "12.35 s"}, {exactSeconds(-0.001, 20), "0.00 s"}, {exactSeconds(1234.5, 5000), "1,235 s"},
		{bar(0, 8), ""}, {bar(1e-9, 8), "▏"}, {bar(0.5, 8), "████"}, {bar(1, 2), "██"}, {bar(7, 2), "██"}, {bar(0.9, 1), "▉"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		n     int
		want  []string
	}{
		{"", 10, 2, []string{""}},
		{"one two three", 7, 3, []string{"one two", "three"}},
		{"one two three four", 7, 2, []string{"one two", "three …"}},
		{"abcdefghij", 4, 3, []string{"abcd", "efgh", "ij"}},
		{"数据数据", 5, 2, []string{"数据", "数据"}},
		{"数据", 3, 1, []string{"数…"}},
	} {
		got := wrap(c.text, c.width, c.n)
		if len(got) != len(c.want) {
			t.Errorf("wrap(%q, %d, %d) = %q, want %q", c.text, c.width, c.n, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] || cells(got[i]) > c.width {
				t.Errorf("wrap(%q, %d, %d) = %q, want %q", c.text, c.width, c.n, got, c.want)
			}
		}
	}
}
