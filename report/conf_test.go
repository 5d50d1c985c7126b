package report

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spark-apprentice/apprentice/internal/escape"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
)

func confRecommendation() learner.Recommendation {
	rec := madeRecommendation()
	rec.FileID = rec.ID
	rec.File = map[string]string{"spark.sql.adaptive.enabled": "True", "spark.sql.autoBroadcastJoinThreshold": "67108864", "spark.sql.shuffle.partitions": "64"}
	rec.Settings["spark.sql.autoBroadcastJoinThreshold"] = learner.Proposed{Value: "67108864", Current: "10m", Evidence: "neighbour", Why: "one step from what was observed."}
	rec.Settings["spark.sql.adaptive.enabled"] = learner.Proposed{Value: "True", Current: "false", Evidence: "observed", Why: "6 runs in 2 blocks of nights."}
	rec.SparkVersion = "3.5.7"
	rec.EventLogConf = map[string]string{"spark.eventLog.enabled": "true", "spark.eventLog.dir": "hdfs:///spark-logs", "spark.eventLog.compress": "true"}
	return rec
}

// written writes rec and returns the two files' contents.
func written(t *testing.T, c ConfFiles, rec learner.Recommendation) (overrides, defaults []byte) {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if _, err := c.Write(rec); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(c.Dir, dirName(rec.Pipeline))
	overrides, err := os.ReadFile(filepath.Join(dir, "overrides.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if defaults, err = os.ReadFile(filepath.Join(dir, "spark-defaults.conf")); err != nil {
		t.Fatal(err)
	}
	return overrides, defaults
}

// inForce is what Spark takes from a file: the last value of each key.
func inForce(t *testing.T, file []byte) map[string]string {
	t.Helper()
	props, err := sparkconf.ReadProperties(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, p := range props {
		m[p.Key] = p.Value
	}
	return m
}

var ours = map[string]string{
	"spark.sql.adaptive.enabled": "true", "spark.sql.autoBroadcastJoinThreshold": "64m", "spark.sql.shuffle.partitions": "64",
	"spark.apprentice.recommendation": "r-0f3a9c",
}

func with(a, b map[string]string) map[string]string {
	m := maps.Clone(a)
	maps.Copy(m, b)
	return m
}

func wantInForce(t *testing.T, what string, file []byte, want map[string]string) {
	t.Helper()
	if got := inForce(t, file); !maps.Equal(got, want) {
		t.Errorf("%s: in force %v\nwant %v\n%s", what, got, want, file)
	}
}

func TestConfFiles(t *testing.T) {
	rec := confRecommendation()
	overrides, defaults := written(t, ConfFiles{}, rec)
	golden(t, "conf_overrides", overrides)
	golden(t, "conf_defaults", defaults)
	wantInForce(t, "overrides", overrides, ours)
	wantInForce(t, "without a base", defaults, with(ours, rec.EventLogConf))

	base := []byte("# ours\nspark.master yarn\nspark.sql.shuffle.partitions   200\nspark.eventLog.enabled true")
	again, defaults := written(t, ConfFiles{Base: base}, rec)
	golden(t, "conf_defaults_base", defaults)
	if !bytes.Equal(again, overrides) {
		t.Error("the base file changes overrides.conf")
	}
	wantInForce(t, "with a base", defaults, with(map[string]string{"spark.master": "yarn", "spark.eventLog.enabled": "true"}, ours))
}

func TestConfFilesWithoutSettings(t *testing.T) {
	rec := confRecommendation()
	rec.Status, rec.Reason, rec.File, rec.Settings = "not_tunable", "a streaming application\nspark.evil=1", nil, nil
	rec.SparkVersion = "" // a log of unknown origin
	overrides, defaults := written(t, ConfFiles{}, rec)
	golden(t, "conf_nothing", overrides)
	marker := map[string]string{"spark.apprentice.recommendation": "r-0f3a9c"}
	wantInForce(t, "overrides", overrides, marker)
	wantInForce(t, "defaults", defaults, with(marker, rec.EventLogConf))
}

// The base file's bytes stay what they are, wherever it ends and whatever it is.
func TestConfBase(t *testing.T) {
	rec := confRecommendation()
	for _, base := range []string{
		"", "\n", "spark.a 1", "spark.a 1\n", "spark.a 1\r\n", "spark.a 1\\", "spark.a 1\\\n", "spark.a 1\\\\", "# comment\\", "# gr\xc3\xb6\xc3\x9fe",
		"spark.a=\\u0041\n\n\n", "\xff\xfe", "not spark's = x\n!c\n", strings.Repeat("spark.x y\n", 1000),
	} {
		_, defaults := written(t, ConfFiles{Base: []byte(base)}, rec)
		if !strings.HasPrefix(string(defaults), base) {
			t.Errorf("%q is not at the file's start", base)
		}
		wantInForce(t, base, defaults, with(inForce(t, []byte(base)), ours))
		// The file as its own base: our block is replaced, the rest stays.
		_, again := written(t, ConfFiles{Base: defaults}, rec)
		if !bytes.Equal(again, defaults) {
			t.Errorf("base %q: the second file differs\n%s\n---\n%s", base, defaults, again)
		}
		other := rec
		other.File = nil
		_, without := written(t, ConfFiles{Base: defaults}, other)
		wantInForce(t, base, without, with(inForce(t, []byte(base)), map[string]string{"spark.apprentice.recommendation": "r-0f3a9c"}))
	}
	_, defaults := written(t, ConfFiles{}, rec)
	_, again := written(t, ConfFiles{Base: append(defaults, "spark.a 1\n"...)}, rec)
	wantInForce(t, "a file of ours as base, and a line below", again, with(with(ours, rec.EventLogConf), map[string]string{"spark.a": "1"}))
	if n := bytes.Count(again, []byte(blockBegin)); n != 1 {
		t.Errorf("%d blocks", n)
	}
}

func TestConfBaseErrors(t *testing.T) {
	for base, want := range map[string]string{
		"spark.a=\\u12": "line 1",
		"spark.a=1\n" + blockBegin + "\nspark.b=2\n": "line 2",
		blockEnd + "\n": "line 1",
		blockBegin + "\n" + blockBegin + "\n" + blockEnd:  "line 1",
		blockBegin + "\nx\n" + blockEnd + "\n" + blockEnd: "line 4",
	} {
		dir := t.TempDir()
		_, err := ConfFiles{Dir: dir, Base: []byte(base)}.Write(confRecommendation())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("base %q: %v, want an error that names %s", base, err, want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("base %q: %v is left behind", base, left)
		}
	}
}

func TestConfFilesAreLeftAlone(t *testing.T) {
	c := ConfFiles{Dir: t.TempDir(), Base: []byte("spark.a 1\n")}
	rec := confRecommendation()
	first, err := c.Write(rec)
	if err != nil || len(first) != 2 {
		t.Fatalf("%v, %v", first, err)
	}
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, path := range first {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	rec.Reason, rec.Runs, rec.LastNight = "other words for the same", 99, "2027-01-01"
	if paths, err := c.Write(rec); err != nil || len(paths) != 0 {
		t.Errorf("same settings: %v, %v", paths, err)
	}
	for _, path := range first {
		if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s was touched", path)
		}
	}
	c.Base = []byte("spark.a 1\n# changed\n")
	if paths, err := c.Write(rec); err != nil || len(paths) != 1 || filepath.Base(paths[0]) != "spark-defaults.conf" {
		t.Errorf("another base, if only a comment in it: %v, %v", paths, err)
	}
	rec.File = map[string]string{"spark.sql.shuffle.partitions": "65"}
	if paths, err := c.Write(rec); err != nil || len(paths) != 2 {
		t.Errorf("other settings: %v, %v", paths, err)
	}
	rec.FileID = "other"
	if paths, err := c.Write(rec); err != nil || len(paths) != 2 {
		t.Errorf("other id: %v, %v", paths, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(first[0]), "*")); len(left) != 2 {
		t.Errorf("left in the directory: %v", left)
	}
}

// Whatever a recommendation says, its files hold its settings and its marker and
// nothing else, and no byte that a terminal obeys.
func TestConfHostileText(t *testing.T) {
	for _, evil := range []string{
		"\nspark.evil=1", "\rspark.evil=1", "\r\nspark.evil 1\r\n", "\u2028spark.evil=1", "\u0085spark.evil=1", "x\\", "\\\nspark.evil=1",
		"\x00\nspark.evil=1", "\x1b[2J\x1b]0;x\x07", "\u202espark.evil", "\xff\nspark.evil=1", "#\n" + blockEnd + "\nspark.evil=1", strings.Repeat("x\n", 5000),
		"%s%d%!", "",
	} {
		rec := confRecommendation()
		rec.Pipeline, rec.Reason, rec.Status, rec.Mode = "p"+evil, evil, evil, evil
		for k, p := range rec.Settings {
			p.Why, p.Evidence, p.Current = evil, evil, evil
			rec.Settings[k] = p
		}
		rec.EventLogConf = map[string]string{"spark.eventLog.enabled": "true", "spark.eventLog.dir": "x" + evil + "x", "spark.eventLog.x" + evil: "1", "spark.evil": "1"}
		overrides, defaults := written(t, ConfFiles{}, rec)
		wantInForce(t, evil, overrides, ours)
		got := inForce(t, defaults)
		for key := range got {
			if _, known := ours[key]; !known && !strings.HasPrefix(key, "spark.eventLog.") {
				t.Errorf("%q brings the key %q", evil, key)
			}
		}
		for _, file := range [][]byte{overrides, defaults} {
			if bad := strings.IndexFunc(strings.ReplaceAll(string(file), "\n", ""), escape.Obeyed); bad >= 0 {
				t.Errorf("%q shows in\n%q", evil, file)
			}
		}
	}
}

func TestConfRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*learner.Recommendation){
		"an unknown key":             func(r *learner.Recommendation) { r.File["spark.nothing"] = "1" },
		"a key with a line break":    func(r *learner.Recommendation) { r.File["spark.sql.shuffle.partitions\nspark.evil"] = "1" },
		"a value with a line break":  func(r *learner.Recommendation) { r.File["spark.executor.memory"] = "1g\nspark.evil=1" },
		"a value of another type":    func(r *learner.Recommendation) { r.File["spark.sql.adaptive.enabled"] = "64m" },
		"a key of a later Spark":     func(r *learner.Recommendation) { r.File["spark.executor.minMemoryOverhead"] = "512m" },
		"an unknown version":         func(r *learner.Recommendation) { r.SparkVersion = "?" },
		"no id":                      func(r *learner.Recommendation) { r.FileID = "" },
		"an id that Spark would cut": func(r *learner.Recommendation) { r.FileID = " x" },
	} {
		rec := confRecommendation()
		spoil(&rec)
		dir := t.TempDir()
		if paths, err := (ConfFiles{Dir: dir}).Write(rec); err == nil {
			t.Errorf("%s: wrote %v", name, paths)
		} else if !strings.Contains(err.Error(), `"orders-enrich"`) {
			t.Errorf("%s: %v does not name the pipeline", name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %v is left behind", name, left)
		}
	}
}

// A path that Spark or we have hidden would send the next log nowhere.
func TestConfHiddenEventLog(t *testing.T) {
	rec := confRecommendation()
	rec.EventLogConf["spark.eventLog.dir"] = "s3a://id:" + sparkconf.Redacted + "@bucket/logs"
	_, defaults := written(t, ConfFiles{}, rec)
	if _, set := inForce(t, defaults)["spark.eventLog.dir"]; set || !strings.Contains(string(defaults), "# spark.eventLog.dir is not known") {
		t.Errorf("%s", defaults)
	}
	rec.EventLogConf = nil
	if _, defaults = written(t, ConfFiles{}, rec); !strings.Contains(string(defaults), "nothing above switches on spark.eventLog.enabled") {
		t.Errorf("%s", defaults)
	}
}

func TestDirName(t *testing.T) {
	for _, plain := range []string{"orders-enrich", "sales_2.daily@b", "a", "7up", "DocTopics", "Sales star ETL", strings.Repeat("x", maxDirName)} {
		if got := dirName(plain); got != plain {
			t.Errorf("%q becomes %q", plain, got)
		}
	}
	safe := regexp.MustCompile(`^[A-Za-z0-9_@]([A-Za-z0-9 ._@+-]*[A-Za-z0-9_@+-])?$`)
	seen := map[string]string{}
	names := []string{
		"", " ", ".", "..", "../x", "../../etc/passwd", "/etc/passwd", `..\x`, "a/b", "a\\b", "a\x00b", "a\nb", "a b", "a-b", "a_b", "A-b", "a-B",
		"Orders", "orders", "ORDERS", "größe", "grösse", "日本", "中文", "-rf", "con", "x.", "x", "~", "$(rm)", "`id`", "a;b", "\u202ea",
		strings.Repeat("x", 300), strings.Repeat("x", 301), strings.Repeat("é", 300), strings.Repeat("../", 100), "\xff", "\xfe",
	}
	for _, name := range names {
		names = append(names, dirName(name)) // a pipeline that bears the name of another's directory
	}
	for _, name := range names {
		got := dirName(name)
		if !safe.MatchString(got) || len(got) > 120 || !filepath.IsLocal(got) || strings.HasSuffix(got, ".") {
			t.Errorf("%q becomes %q", name, got)
		}
		if other, taken := seen[got]; taken && other != name {
			t.Errorf("%q and %q share %q", name, other, got)
		}
		seen[got] = name
	}
}

func TestConfUnwritable(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "orders-enrich"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (ConfFiles{Dir: dir}).Write(confRecommendation()); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v, want an error that names the path", err)
	}
}
