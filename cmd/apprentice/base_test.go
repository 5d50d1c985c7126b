package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A variant has its own file, else its pipeline's; a pipeline may have none; and
// what a file held when it was first read is what it holds.
func TestBaseOfEachPipeline(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("orders.conf", "spark.a 1\n")
	write("orders@b.conf", "spark.b 1\n")
	b, err := newBaseFile(filepath.Join(dir, "{pipeline}.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for name, want := range map[string]string{"orders": "spark.a 1\n", "orders@a": "spark.a 1\n", "orders@b": "spark.b 1\n", "clicks": ""} {
			if got, err := b.of(name); err != nil || string(got) != want || (got == nil) != (want == "") {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		write("orders.conf", "spark.a 2\n")
	}
	if _, err := newBaseFile(filepath.Join(dir, "nowhere", "{pipeline}.conf")); !os.IsNotExist(err) {
		t.Errorf("a directory that is not there: %v", err)
	}
}
