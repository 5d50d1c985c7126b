package main

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/learner"
)

// A draw is the work of the night that drew it, however long it waits for a run.
func TestLastChanged(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 10, day, 6, 0, 0, 0, time.UTC) }
	night := func(day int, changed ...string) nightRow {
		return nightRow{At: at(day), Command: "nightly", Changed: changed}
	}
	files := map[string]string{"spark.sql.shuffle.partitions": "64"}
	holds := func(pipeline string) learner.Recommendation {
		return learner.Recommendation{Pipeline: pipeline, Status: learner.StatusAccepted, File: files}
	}
	draws := func(pipeline string, day int) learner.Recommendation {
		r := holds(pipeline)
		r.Exploration = learner.Exploration{Key: "spark.sql.shuffle.partitions", Night: at(day - 1).Format(time.DateOnly)}
		return r
	}
	accept := nightRow{At: at(13).Add(time.Hour), Command: "accept", Changed: []string{"q"}}
	for name, test := range map[string]struct {
		nights []nightRow
		recs   []learner.Recommendation
		want   []string
	}{
		"an older draw waits":         {[]nightRow{night(10), night(11, "p"), night(12)}, []learner.Recommendation{holds("p"), draws("weekly", 10)}, []string{"p"}},
		"the last night drew":         {[]nightRow{night(10), night(11, "p"), night(12)}, []learner.Recommendation{holds("p"), draws("weekly", 12)}, []string{"weekly"}},
		"a night changed and drew":    {[]nightRow{night(10), night(11, "p"), night(12)}, []learner.Recommendation{holds("p"), draws("weekly", 11)}, []string{"p", "weekly"}},
		"only an older draw":          {[]nightRow{night(10), night(11), night(12)}, []learner.Recommendation{draws("weekly", 10)}, []string{"weekly"}},
		"the last change holds none":  {[]nightRow{night(11, "p"), night(12, "emptied")}, []learner.Recommendation{holds("p"), {Pipeline: "emptied"}}, nil},
		"people spoke after the draw": {[]nightRow{night(12, "p"), night(13), accept}, []learner.Recommendation{holds("p"), holds("q"), draws("weekly", 13)}, []string{"q", "weekly"}},
	} {
		store, err := dataset.Open(filepath.Join(t.TempDir(), "state"))
		if err != nil {
			t.Fatal(err)
		}
		tx, err := store.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := dataset.Append(tx, tableNights, test.nights); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := tx.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := lastChanged(t.Context(), &decision{store: store}, test.recs)
		if (err != nil) != (test.want == nil) || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, test.want)
		}
	}
}
