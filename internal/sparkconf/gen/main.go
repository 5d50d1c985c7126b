// Gen makes the catalogue of Spark's configuration keys by asking real Sparks.
//
//	go run ./internal/sparkconf/gen SPARK_HOME... > internal/sparkconf/catalogue.json
//
// Each SPARK_HOME is an unpacked Spark or the directory of an installed pyspark
// (it holds jars/). Give one of each release line; Java 17 must be on the PATH.
//
//  1. Catalogue.java runs on each Spark's class path and prints every entry
//     that the version declares.
//  2. The answers are merged: per key its type and scope as the newest version
//     has them, and the default wherever it changed.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// derived keys declare a default that is not in force: Spark computes it from
// the machine or the cluster (executor.cores is every core of a standalone worker).
var derived = []string{"spark.driver.host", "spark.executor.cores", "spark.sql.warehouse.dir"}

// undeclared keys are read by every Spark but became entries late.
var undeclared = map[string]entry{
	"spark.default.parallelism": {kind: "int", scope: "application", since: "0.5.0"}, // an entry since 4.0
}

// An entry is a line of Catalogue.java.
type entry struct {
	kind, scope, since, fallback string
	def                          *string
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: gen SPARK_HOME... > catalogue.json")
		os.Exit(1)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(homes []string) error {
	lines := map[string]map[string]entry{} // release line -> key -> entry
	for _, home := range homes {
		line, err := releaseLine(home)
		if err != nil {
			return err
		}
		if lines[line], err = ask(home); err != nil {
			return err
		}
	}
	return write(lines)
}

var coreJar = regexp.MustCompile(`spark-core_[\d.]+-(\d.*)\.jar$`)

func releaseLine(home string) (string, error) {
	jars, _ := filepath.Glob(filepath.Join(home, "jars", "spark-core_*.jar"))
	if len(jars) != 1 {
		return "", fmt.Errorf("%s: want one jars/spark-core_*.jar, found %d", home, len(jars))
	}
	v, err := sparkconf.ParseVersion(coreJar.FindStringSubmatch(jars[0])[1])
	return v.Line(), err
}

// ask runs Catalogue.java on one Spark.
func ask(home string) (map[string]entry, error) {
	cmd := exec.Command("java", "--add-opens=java.base/java.nio=ALL-UNNAMED", // Spark 3.0 on Java 17
		"-cp", filepath.Join(home, "jars", "*"), "internal/sparkconf/gen/Catalogue.java")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", home, err)
	}
	entries := map[string]entry{}
	sc := bufio.NewScanner(bytes.NewReader(out))
	for sc.Scan() {
		f := strings.Split(sc.Text(), "\t")
		if len(f) != 6 {
			continue // Spark 3.3 logs to standard output
		}
		e := entry{kind: f[1], scope: f[2], since: f[3], fallback: f[4]}
		if err := json.Unmarshal([]byte(f[5]), &e.def); err != nil {
			return nil, fmt.Errorf("%s: %s: default %s: %w", home, f[0], f[5], err)
		}
		if slices.Contains(derived, f[0]) {
			e.def = nil
		}
		entries[f[0]] = e
	}
	for key, e := range undeclared {
		if _, ok := entries[key]; !ok {
			entries[key] = e
		}
	}
	for key, e := range entries {
		for next := e.fallback; next != ""; next = entries[next].fallback {
			e.def = entries[next].def
		}
		entries[key] = e
	}
	return entries, sc.Err()
}

// write prints the catalogue, one key per line, sorted.
func write(lines map[string]map[string]entry) error {
	var order []string
	keys := map[string]bool{}
	for line, entries := range lines {
		order = append(order, line)
		for key := range entries {
			keys[key] = true
		}
	}
	slices.SortFunc(order, sparkconf.CompareLines)
	w := bufio.NewWriter(os.Stdout)
	head, _ := json.Marshal(order)
	fmt.Fprintf(w, "{\"lines\":%s,\"keys\":{", head)
	sorted := make([]string, 0, len(keys))
	for key := range keys {
		sorted = append(sorted, key)
	}
	slices.Sort(sorted)
	for i, key := range sorted {
		if i > 0 {
			w.WriteByte(',')
		}
		b, err := json.Marshal(merge(key, order, lines))
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\n%q:%s", key, b)
	}
	w.WriteString("\n}}\n")
	return w.Flush()
}

// merge keeps a default only where it differs from that of the line before.
func merge(key string, order []string, lines map[string]map[string]entry) sparkconf.Catalogued {
	var c sparkconf.Catalogued
	var last *entry
	for _, line := range order {
		e, ok := lines[line][key]
		if !ok {
			if last != nil && c.Removed == "" {
				c.Removed = line
			}
			continue
		}
		c.Type, c.Scope, c.Fallback, c.Removed = e.kind, e.scope, e.fallback, ""
		if c.Since == "" {
			c.Since = e.since
		}
		if last == nil || !equal(last.def, e.def) {
			c.Defaults = append(c.Defaults, sparkconf.Default{Line: line, Value: e.def})
		}
		last = &e
	}
	return c
}

func equal(a, b *string) bool {
	return a == b || a != nil && b != nil && *a == *b
}
