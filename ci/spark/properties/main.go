// Properties compares our reading and writing of properties files with the
// loader of a real Spark, on files made at random from what matters to it.
//
//	go run ./ci/spark/properties SPARK_HOME
//
// Half of the files are pairs that sparkconf.FormatProperty wrote: Spark must
// read the pairs back. The other half are mixtures of blanks, separators,
// escapes, comments and line breaks: Spark and sparkconf.ReadProperties must
// find the same pairs, or both an error.
package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

const files = 4000

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: properties SPARK_HOME")
		os.Exit(1)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "properties:", err)
		os.Exit(1)
	}
}

func run(home string) error {
	dir, err := os.MkdirTemp("", "properties")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	rng := rand.New(rand.NewPCG(1, 1))
	content := make([][]byte, files)
	for i := range content {
		content[i] = mixture(rng)
		if i%2 == 0 {
			content[i] = written(rng)
		}
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+".conf"), content[i], 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command("java", "-cp", filepath.Join(home, "jars", "*"),
		filepath.Join("ci", "spark", "properties", "ReadProperties.java"), dir, strconv.Itoa(files))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	_, answer, _ := strings.Cut(string(out), "BEGIN\n")
	lines := strings.Split(strings.TrimSuffix(answer, "\n"), "\n")
	if len(lines) != files {
		return fmt.Errorf("want %d answers, got %d", files, len(lines))
	}
	failed := 0
	for i, theirs := range lines {
		if ours := read(content[i]); ours != theirs {
			fmt.Printf("file %q\n  ours  %s\n  Spark %s\n", content[i], decoded(ours), decoded(theirs))
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files are read differently", failed, files)
	}
	fmt.Printf("%d files are read as Spark reads them\n", files)
	return nil
}

var pieces = []string{
	" ", "\t", "\f", "\n", "\r", "\r\n", "=", ":", "#", "!", `\`, `\\`, "\\\n", "\\\r\n", "\\\n  ", `\n`, `\r`, `\t`, `\f`,
	`\u0041`, `\u00e9`, `\ud83d\ude00`, `\u004`, `\q`, "é", "😀", "\u2028", "\u0085", "\x00", "\x1f", "\x7f", "\u00a0",
	"a", "b", "spark.x", "1g", "a=b\n", "c d\n",
}

// mixture is a file of pieces in any order.
func mixture(rng *rand.Rand) []byte {
	var b bytes.Buffer
	for range rng.IntN(12) {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	return b.Bytes()
}

// written is a file that FormatProperty wrote, of pairs that it accepts.
func written(rng *rand.Rand) []byte {
	var b bytes.Buffer
	want := map[string]string{}
	for range rng.IntN(4) {
		p := sparkconf.Property{Key: string(mixture(rng)), Value: string(mixture(rng))}
		line, err := sparkconf.FormatProperty(p)
		if err != nil {
			continue
		}
		b.WriteString(line + "\n")
		want[p.Key] = p.Value
	}
	if got := read(b.Bytes()); got != shown(want) {
		panic(fmt.Sprintf("%q: wrote %q, read back %q", b.Bytes(), decoded(shown(want)), decoded(got)))
	}
	return b.Bytes()
}

func read(content []byte) string {
	props, err := sparkconf.ReadProperties(bytes.NewReader(content))
	if err != nil {
		return "error"
	}
	pairs := map[string]string{}
	for _, p := range props {
		pairs[p.Key] = p.Value
	}
	return shown(pairs)
}

// shown is the form in which ReadProperties.java prints pairs.
func shown(pairs map[string]string) string {
	hexed := map[string]string{}
	for k, v := range pairs {
		hexed[hex.EncodeToString([]byte(k))] = hex.EncodeToString([]byte(v))
	}
	s := "pairs"
	for _, k := range slices.Sorted(maps.Keys(hexed)) {
		s += " " + k + "=" + hexed[k]
	}
	return s
}

func decoded(s string) string {
	var words []string
	for _, pair := range strings.Fields(s) {
		k, v, ok := strings.Cut(pair, "=")
		kb, _ := hex.DecodeString(k)
		vb, _ := hex.DecodeString(v)
		if ok {
			pair = fmt.Sprintf("%q=%q", kb, vb)
		}
		words = append(words, pair)
	}
	return strings.Join(words, " ")
}
