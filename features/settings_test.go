package features

import (
	"testing"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

const (
	keyPartitions = "spark.sql.shuffle.partitions"
	keyAdaptive   = "spark.sql.adaptive.enabled"
	keyMemory     = "spark.executor.memory"
)

func TestEffectiveSettings(t *testing.T) {
	v35, err := sparkconf.ParseVersion("3.5.7")
	if err != nil {
		t.Fatal(err)
	}
	type conf = map[string]string
	tests := []struct {
		name    string
		logged  conf
		by      map[int64]conf
		charged map[int64]float64
		key     string
		want    Setting
	}{
		{"default of the version", conf{}, nil, nil, keyPartitions, Setting{"200", FromDefault}},
		{"logged, spelled in one way", conf{keyMemory: "1024M"}, nil, nil, keyMemory, Setting{"1g", FromLog}},
		{"redacted", conf{keyMemory: sparkconf.Redacted}, nil, nil, keyMemory, Setting{"", FromUnknown}},
		{"SET in every execution", conf{keyPartitions: "8"}, map[int64]conf{0: {keyPartitions: "400"}, 1: {keyPartitions: "400"}},
			map[int64]float64{0: 5, 1: 5}, keyPartitions, Setting{"400", FromRuntimeSet}},
		{"SET in the execution that takes the time", conf{}, map[int64]conf{1: {keyPartitions: "400"}},
			map[int64]float64{0: 1, 1: 9}, keyPartitions, Setting{"400", FromRuntimeSet}},
		{"SET in one that takes little", conf{}, map[int64]conf{1: {keyPartitions: "400"}},
			map[int64]float64{0: 9, 1: 1}, keyPartitions, Setting{"200", FromRuntimeSet}},
		{"two values", conf{}, map[int64]conf{0: {keyPartitions: "10"}, 1: {keyPartitions: "20"}, 2: {keyPartitions: "20"}},
			map[int64]float64{0: 5, 1: 3, 2: 3}, keyPartitions, Setting{"20", FromRuntimeSet}},
		{"a session that repeats the log", conf{keyAdaptive: "true"}, map[int64]conf{0: {keyAdaptive: "True"}},
			map[int64]float64{0: 1}, keyAdaptive, Setting{"true", FromLog}},
		{"a session that repeats the default", conf{}, map[int64]conf{0: {keyAdaptive: "true"}},
			map[int64]float64{0: 1}, keyAdaptive, Setting{"true", FromDefault}},
		{"core settings cannot change at run time", conf{keyMemory: "2g"}, map[int64]conf{0: {keyMemory: "9g"}},
			map[int64]float64{0: 1}, keyMemory, Setting{"2g", FromLog}},
	}
	for _, tt := range tests {
		s := newSettings()
		s.logged = tt.logged
		for id, c := range tt.by {
			s.observe(id, c)
		}
		if got := s.effective(v35, true, tt.charged)[tt.key]; got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	s := newSettings()
	if got := s.effective(sparkconf.Version{}, false, nil)[keyPartitions]; got.Source != FromUnknown {
		t.Errorf("without a version: %+v", got)
	}
}

// The nights say what they ran with: what results.csv of the runs lists.
func TestSettingsOfHistory(t *testing.T) {
	want := map[string]map[string]string{ // pipeline, night -> key=value
		"trips_by_city":        {"2026-10-05": keyPartitions + "=8", "2026-10-06": keyAdaptive + "=true", "2026-10-02": keyAdaptive + "=false"},
		"Sales star ETL":       {"2026-09-30": keyPartitions + "=800", "2026-10-01": keyPartitions + "=32"},
		"DocTopics":            {"2026-10-04": keyMemory + "=4g", "2026-10-17": keyMemory + "=512m"},
		"clickstream-user-agg": {"2026-10-06": keyMemory + "=2g"},
	}
	for name, apps := range nights(t) {
		for _, a := range apps {
			pair, ok := want[name][a.Run.Night]
			if !ok {
				continue
			}
			delete(want[name], a.Run.Night)
			for _, k := range []string{keyPartitions, keyAdaptive, keyMemory} {
				if value, found := cutKey(pair, k); found && a.Run.ConfEffective[k].Value != value {
					t.Errorf("%s, %s: %s is %+v, want %s", name, a.Run.Night, k, a.Run.ConfEffective[k], value)
				}
			}
		}
		if len(want[name]) > 0 {
			t.Errorf("%s: nights not found: %v", name, want[name])
		}
	}
}

func cutKey(pair, key string) (string, bool) {
	if len(pair) > len(key) && pair[:len(key)] == key && pair[len(key)] == '=' {
		return pair[len(key)+1:], true
	}
	return "", false
}

// A SET during the run is seen, with its secrets hidden.
func TestRuntimeSet(t *testing.T) {
	app := extract(t, logsOf(t, "k_secrets")[0])
	found := false
	for _, x := range app.Executions {
		for k, v := range x.ModifiedConfs {
			found = true
			if v == "" {
				t.Errorf("%s is empty", k)
			}
		}
	}
	if !found {
		t.Error("no modified setting was seen")
	}
}
