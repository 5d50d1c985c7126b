package main

import (
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
)

func TestLacks(t *testing.T) {
	for _, c := range []struct {
		missing, first int
		want           string
	}{
		{1, 2, "eventlog_v2_a lacks part 2: "},
		{7, 3, "eventlog_v2_a lacks 7 parts, the first is number 3: "},
		{source.MaxMissing, 2, "eventlog_v2_a lacks 1000 or more parts, the first is number 2: "},
	} {
		log := eventlog.Log{Name: "eventlog_v2_a"}
		for i := range c.missing {
			log.Missing = append(log.Missing, c.first+i)
		}
		if got := lacks(log); !strings.HasPrefix(got, c.want) {
			t.Errorf("%d missing: %s, want %s", c.missing, got, c.want)
		}
	}
}
