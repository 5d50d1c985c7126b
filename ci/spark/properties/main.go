// Properties makes properties files for ci/spark/properties.py: half of them are
// pairs that sparkconf.FormatProperty wrote, the others random mixtures of
// blanks, separators, escapes, comments and line breaks.
//
//	go run ./ci/spark/properties DIR
//
// It writes DIR/0.conf, DIR/1.conf, … and DIR/ours.json, what
// sparkconf.ReadProperties finds in each.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

const files = 2000

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: properties DIR")
		os.Exit(1)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "properties:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	ours := make([]map[string]string, files)
	for i := range ours {
		file := mixture(rng)
		if i%2 == 0 {
			var pairs map[string]string
			file, pairs = written(rng)
			if got := read(file); !maps.Equal(got, pairs) {
				return fmt.Errorf("wrote %q as %q and read %q", pairs, file, got)
			}
		}
		ours[i] = read(file)
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+".conf"), file, 0o600); err != nil {
			return err
		}
	}
	b, err := json.Marshal(ours)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "ours.json"), b, 0o600)
}

var pieces = []string{
	" ", "\t", "\f", "\n", "\r", "\r\n", "=", ":", "#", "!", `\`, `\\`, "\\\n", "\\\r\n", "\\\n  ", `\n`, `\r`, `\t`, `\f`,
	`\u0041`, `\u00e9`, `\ud83d\ude00`, `\u004`, `\q`, "é", "😀", "\u2028", "\u0085", "\x00", "\x1f", "\x7f", "\u00a0",
	"a", "b", "spark.x", "1g", "a=b\n", "c d\n",
}

// mixture is text of pieces in any order.
func mixture(rng *rand.Rand) []byte {
	b := []byte{}
	for range rng.IntN(12) {
		b = append(b, pieces[rng.IntN(len(pieces))]...)
	}
	return b
}

// written is a file that FormatProperty wrote, and its pairs.
func written(rng *rand.Rand) ([]byte, map[string]string) {
	file, pairs := []byte{}, map[string]string{}
	for range rng.IntN(4) {
		p := sparkconf.Property{Key: string(mixture(rng)), Value: string(mixture(rng))}
		line, err := sparkconf.FormatProperty(p)
		if err != nil {
			continue
		}
		file = append(file, line+"\n"...)
		pairs[p.Key] = p.Value
	}
	return file, pairs
}

// read gives the pairs that count, nil where the file is refused.
func read(file []byte) map[string]string {
	props, err := sparkconf.ReadProperties(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	pairs := map[string]string{}
	for _, p := range props {
		pairs[p.Key] = p.Value
	}
	return pairs
}
