package main

import (
	"strings"
	"testing"
)

// TestEveryColumnIsDescribed: the data contract is what the schema prints.
func TestEveryColumnIsDescribed(t *testing.T) {
	for _, tab := range tables() {
		if tab.Doc == "" || len(tab.Columns) == 0 {
			t.Errorf("table %s has no doc or no columns", tab.Name)
		}
		for _, c := range tab.Columns {
			if c.Doc == "" || c.From == "" {
				t.Errorf("%s.%s does not say what it is or where it comes from", tab.Name, c.Name)
			}
			unit := ""
			switch {
			case c.Name == "skew_bytes": // a ratio of bytes
			case strings.HasSuffix(c.Name, "_bytes"):
				unit = "bytes"
			case strings.HasSuffix(c.Name, "_byte_s"):
				unit = "byte·s"
			case c.Name == "core_s":
				unit = "core·s"
			case strings.HasSuffix(c.Name, "_s"):
				unit = "s"
			}
			if unit != "" && c.Unit != unit {
				t.Errorf("%s.%s has unit %q, its name says %q", tab.Name, c.Name, c.Unit, unit)
			}
		}
	}
}

func TestRunTablesHaveRunKeys(t *testing.T) {
	for _, tab := range tables() {
		if tab.drop == nil {
			continue
		}
		found := false
		for _, c := range tab.Columns {
			found = found || c.Name == "run_key"
		}
		if !found {
			t.Errorf("rows of %s belong to a run and do not name it", tab.Name)
		}
	}
}
