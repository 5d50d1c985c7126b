// Package apprentice has no code of its own; its test holds README.md to what
// the program and the Makefile can do.
package apprentice

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "apprentice")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/apprentice").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	// A command is a line of a block or a piece of code in the text.
	commands := regexp.MustCompile("(?m)(?:^ *(?:\\./bin/)?|`)apprentice ([^`#|>\n]+)").FindAllSubmatch(readme, -1)
	if len(commands) < 10 {
		t.Errorf("README.md shows %d commands of apprentice, want the table of commands at least", len(commands))
	}
	for _, c := range commands {
		args := strings.Fields(strings.ReplaceAll(string(c[1]), `\`, ""))
		if out, err := exec.Command(binary, append(args, "--help")...).CombinedOutput(); err != nil {
			t.Errorf("apprentice %s: %v\n%s", c[1], err, out)
		} else if !strings.Contains(string(out), "apprentice "+args[0]) {
			t.Errorf("apprentice %s: no such command", c[1])
		}
	}
	for _, target := range regexp.MustCompile("(?m)(?:^ *|`)make ([a-z-]+)").FindAllSubmatch(readme, -1) {
		if !strings.Contains(string(makefile), "\n"+string(target[1])+":") {
			t.Errorf("make %s: no such target", target[1])
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllSubmatch(readme, -1) {
		if _, err := os.Stat(string(link[1])); err != nil {
			t.Errorf("README.md links to %s: %v", link[1], err)
		}
	}
}
