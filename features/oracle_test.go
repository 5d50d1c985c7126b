package features

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The oracle is a real history server's answer to the same log. What a column
// shares with it must be equal, to the millisecond, nanosecond and byte. Every
// deliberate difference is a row of serverDifferences, with its reason, and is
// told again in docs/server-differences.md.

// difference lets a field of a case's stages or executors differ.
type difference struct {
	where  string // endpoint
	fields string // columns, or "row"
	reason string
	// applies says to which of the server's objects.
	applies func(server object) bool
}

// object is one of the server's JSON objects.
type object = map[string]any

var serverDifferences = []difference{
	{
		where: "stages", fields: "row",
		reason:  "a skipped stage has no row: nothing of it ran",
		applies: func(s object) bool { return s["status"] == "SKIPPED" && s["numTasks"] != 0.0 },
	},
	{
		where: "stages", fields: "row",
		reason:  "a stage that a job announced and that was not submitted when the log stops has no row",
		applies: func(s object) bool { return s["status"] == "PENDING" && s["numActiveTasks"] == 0.0 },
	},
	{
		where: "stages", fields: "peak_execution_memory_bytes",
		reason:  "the server adds the tasks' peaks up; ours is the largest",
		applies: func(object) bool { return true },
	},
	{
		where: "executors", fields: "row",
		reason:  "the driver is no executor, except in local mode",
		applies: func(s object) bool { return s["id"] == "driver" && s["totalCores"] == 0.0 },
	},
	{
		where: "executors", fields: "tasks failed_tasks task_time_s",
		reason:  "the server forgets an executor when it is removed and misses the ends of its last tasks, which come later",
		applies: func(s object) bool { return s["removeTime"] != nil },
	},
	{
		where: "executors", fields: "task_time_s gc_time_s",
		reason:  "the server gives the driver the application's duration and its JVM's own GC time; ours are sums over tasks",
		applies: func(s object) bool { return s["id"] == "driver" },
	},
}

type oracleCase struct {
	t    *testing.T
	used []int // by index of serverDifferences
	n    int   // values compared
}

// same compares one value; the table may excuse it.
func (c *oracleCase) same(where string, server object, column string, want, got any) {
	c.t.Helper()
	c.n++
	if w, ok := want.(float64); ok {
		if g, ok := got.(float64); ok && math.Abs(w-g) < 0.5 { // whole units of the server
			return
		}
	} else if want == got {
		return
	}
	if !c.excused(where, server, column) {
		c.t.Errorf("%s %v: %s: server %v, ours %v", where, server["id"], column, want, got)
	}
}

func (c *oracleCase) excused(where string, server object, column string) bool {
	for i, d := range serverDifferences {
		if d.where == where && slices.Contains(strings.Fields(d.fields), column) && d.applies(server) {
			c.used[i]++
			return true
		}
	}
	return false
}

func TestHistoryServer(t *testing.T) {
	cases, err := os.ReadDir(filepath.Join("..", "fixtures", "oracle"))
	if err != nil {
		t.Fatal(err)
	}
	used := make([]int, len(serverDifferences))
	var refused []string
	for _, f := range cases {
		name := strings.TrimSuffix(f.Name(), ".json.gz")
		t.Run(name, func(t *testing.T) {
			c := &oracleCase{t: t, used: used}
			answers := readOracle(t, name)
			if _, ok := answers["refused.json"]; ok {
				refused = append(refused, name)
				return
			}
			for _, log := range logsOf(t, name) {
				app := extract(t, log)
				if attempt := answersOf(answers, app); attempt != nil {
					c.compare(app, attempt)
				}
			}
			if c.n == 0 {
				t.Error("nothing was compared")
			}
		})
	}
	for i, n := range used {
		if n == 0 {
			t.Errorf("no case needs this difference any more: %s", serverDifferences[i].reason)
		}
	}
	// The server answers HTTP 500 for these; TestReadsMoreThanTheServer says what we read.
	if want := []string{"b_rolling_zstd_compacted", "f_cut_lzf", "f_cut_snappy"}; !slices.Equal(refused, want) {
		t.Errorf("refused by the server: %v, want %v", refused, want)
	}
}

// answersOf picks the server's answers to a run: of several logs with one
// application id it shows one, of several attempts each.
func answersOf(answers map[string]json.RawMessage, app *App) map[string]json.RawMessage {
	prefix := ""
	if id := app.Run.AttemptID; id != "" {
		prefix = "attempt_" + id + "/"
	}
	out := map[string]json.RawMessage{}
	for k, v := range answers {
		if name, ok := strings.CutPrefix(k, prefix); ok {
			out[name] = v
		}
	}
	var shown struct {
		Attempts []struct{ StartTimeEpoch int64 }
	}
	if err := json.Unmarshal(answers["application.json"], &shown); err != nil {
		return nil
	}
	for _, a := range shown.Attempts {
		if a.StartTimeEpoch == app.Run.StartedAt.V.UnixMilli() {
			return out
		}
	}
	return nil
}

func readOracle(t *testing.T, name string) map[string]json.RawMessage {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "fixtures", "oracle", name+".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]json.RawMessage
	if err := json.Unmarshal(b, &files); err != nil {
		t.Fatal(err)
	}
	return files
}
