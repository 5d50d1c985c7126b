package source

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spark-apprentice/apprentice/eventlog"
)

const event = `{"Event":"SparkListenerLogStart","Spark Version":"3.5.7"}` + "\n"

// tree writes files below a new directory. Names are paths; a text that starts
// with "-> " makes a link. The files are a minute older one after the other.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range files {
		name, text, ok := strings.Cut(name, " = ")
		if !ok {
			text = event
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, link := strings.CutPrefix(text, "-> "); link {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		when := now.Add(-time.Duration(i) * time.Minute)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// list renders what was found, relative to dir: name, layout, part names.
func list(dir string, logs []eventlog.Log) (lines []string) {
	rel := func(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, dir), "/") }
	for _, log := range logs {
		s := fmt.Sprintf("%s %s", rel(log.Name), log.Layout)
		if log.InProgress {
			s += " in progress"
		}
		if len(log.Missing) > 0 {
			s += fmt.Sprint(" missing ", log.Missing)
		}
		if len(log.Parts) > 1 || log.Parts[0].Name != log.Name {
			s += ":"
			for _, p := range log.Parts {
				s += " " + filepath.Base(p.Name)
			}
		}
		lines = append(lines, s)
	}
	return lines
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name     string
		files    []string
		patterns []string // below the directory; the directory itself if none
		want     []string
		problems []string
	}{
		{name: "single logs, newest first",
			files: []string{"b", "a.zstd", "sub/deep/c.lz4.inprogress"},
			want:  []string{"b single", "a.zstd single", "sub/deep/c.lz4.inprogress single in progress"}},
		{name: "what is no log",
			files: []string{"app", "case.json = {\"codec\": \"x\"}", "x.csv", "_SUCCESS", ".app.crc", ".hidden/app", "_temporary/0/app", "README.md",
				"app.crc", "notes.txt = hello", "app.json", "stdout.log = INFO start", "copy.log"},
			want: []string{"app single", "app.json single", "copy.log single"}},
		{name: "a named file is always a log",
			files: []string{"case.json = {}", "x.csv = a"}, patterns: []string{"case.json", "x.csv"},
			want: []string{"case.json single", "x.csv single"}},
		{name: "rolling log in numeric order",
			files: []string{"eventlog_v2_a/appstatus_a = ", "eventlog_v2_a/events_10_a.zstd", "eventlog_v2_a/events_2_a.zstd", "eventlog_v2_a/events_1_a.zstd", "eventlog_v2_a/.events_1_a.zstd.crc"},
			want:  []string{"eventlog_v2_a rolling missing [3 4 5 6 7 8 9]: events_1_a.zstd events_2_a.zstd events_10_a.zstd"}},
		{name: "rolling log in progress, first files gone",
			files: []string{"eventlog_v2_a_1/appstatus_a_1.inprogress = ", "eventlog_v2_a_1/events_3_a_1"},
			want:  []string{"eventlog_v2_a_1 rolling in progress missing [1 2]: events_3_a_1"}},
		{name: "both forms of the status: the application has ended",
			files: []string{"eventlog_v2_a/appstatus_a.inprogress = ", "eventlog_v2_a/appstatus_a = ", "eventlog_v2_a/events_1_a"}, want: []string{"eventlog_v2_a rolling: events_1_a"}},
		{name: "compacted with leftovers",
			files: []string{"eventlog_v2_a/appstatus_a = ", "eventlog_v2_a/events_1_a", "eventlog_v2_a/events_2_a.compact", "eventlog_v2_a/events_3_a", "eventlog_v2_a/events_4_a",
				"eventlog_v2_a/events_4_a.compact", "eventlog_v2_a/events_5_a", "eventlog_v2_a/events_5_a.compact.inprogress"},
			want: []string{"eventlog_v2_a rolling: events_4_a.compact events_5_a"}},
		{name: "two files of one index", files: []string{"eventlog_v2_a/events_1_a", "eventlog_v2_a/events_1_a.zstd"},
			want:     []string{"eventlog_v2_a rolling: events_1_a"},
			problems: []string{"events_1_a.zstd is not read: events_1_a has the same index and is newer"}},
		{name: "rolling files of two applications in a directory of another name",
			files: []string{"logs/events_1_a.zstd", "logs/events_2_a", "logs/events_1_b", "logs/appstatus_b.inprogress = ", "logs/c"},
			want:  []string{"logs/events_*_a rolling: events_1_a.zstd events_2_a", "logs/events_*_b rolling in progress: events_1_b", "logs/c single"}},
		{name: "an empty rolling directory is no log", files: []string{"eventlog_v2_a/appstatus_a = ", "x"}, want: []string{"x single"}},
		{name: "Databricks",
			files: []string{"c1/eventlog", "c1/eventlog-2024-02-01--00-00.gz", "c1/eventlog-2024-01-31--23-00.gz", "c1/stdout = text", "c2/eventlog-2024-01-31--23-00.gz"},
			want:  []string{"c1 databricks: eventlog-2024-01-31--23-00.gz eventlog-2024-02-01--00-00.gz eventlog", "c1/stdout single", "c2 databricks: eventlog-2024-01-31--23-00.gz"}},
		{name: "found twice", files: []string{"a", "sub/b"}, patterns: []string{"", "a", "sub", "*", "sub/../a", "./*/b"}, want: []string{"a single", "sub/b single"}},
		{name: "links", files: []string{"real/a", "link = -> real/a", "again = -> real", "real/loop = -> ..", "dangling = -> nowhere"},
			want: []string{"again/a single"}},
		{name: "a glob leaves out what a directory would", files: []string{"a", "b.csv", "eventlog_v2_c/events_1_c", "eventlog_v2_c/appstatus_c = "}, patterns: []string{"*", "eventlog_v2_c/*"},
			want: []string{"a single", "eventlog_v2_c rolling: events_1_c"}},
		{name: "a glob over parts", files: []string{"d/events_1_a", "d/events_2_a", "e/eventlog", "e/eventlog-2024-02-01--00-00.gz"}, patterns: []string{"*/e*"},
			want: []string{"d/events_*_a rolling: events_1_a events_2_a", "e databricks: eventlog-2024-02-01--00-00.gz eventlog"}},
		{name: "names with glob characters", files: []string{"a[1]", "a1"}, patterns: []string{"a[1]"}, want: []string{"a[1] single"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := tree(t, c.files...)
			patterns := []string{dir}
			if c.patterns != nil {
				patterns = nil
				for _, p := range c.patterns {
					patterns = append(patterns, dir+"/"+p)
				}
			}
			logs, problems, err := Find(context.Background(), patterns)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, list(dir, logs)); diff != "" {
				t.Error(diff)
			}
			for i := range max(len(problems), len(c.problems)) {
				if i >= len(problems) || i >= len(c.problems) || !strings.Contains(problems[i].Error(), c.problems[i]) {
					t.Fatalf("problems %q, want %q", problems, c.problems)
				}
			}
		})
	}
}

func TestFindErrors(t *testing.T) {
	dir := tree(t, "a", "empty/x.csv")
	for _, c := range []struct {
		pattern, text string
		is            error
	}{
		{"/nowhere", "no such file or directory", fs.ErrNotExist},
		{"/n*e", "nothing matches", fs.ErrNotExist},
		{"/[", "no such file or directory", nil},
		{"/a/b", "not a directory", nil},
	} {
		logs, _, err := Find(context.Background(), []string{dir + c.pattern, dir + "/a"})
		if err == nil || !strings.Contains(err.Error(), dir+c.pattern) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", c.pattern, err)
		}
		if len(logs) != 1 {
			t.Errorf("%s: the other pattern gave %v", c.pattern, logs)
		}
	}
	if logs, problems, err := Find(context.Background(), []string{dir + "/empty"}); len(logs)+len(problems) > 0 || err != nil {
		t.Error("a directory without logs is no error:", logs, problems, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Find(ctx, []string{dir}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestPermission replaces what the operating system says: tests may run as root.
func TestPermission(t *testing.T) {
	dir := tree(t, "a", "closed/b")
	closed := func(name string) ([]fs.DirEntry, error) {
		if filepath.Base(name) == "closed" {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}
		return os.ReadDir(name)
	}
	f := finder{ctx: context.Background(), readDir: closed}
	logs, problems, err := f.find([]string{dir})
	if len(logs) != 1 || len(problems) != 1 || !errors.Is(problems[0], fs.ErrPermission) || err != nil {
		t.Error(logs, problems, err)
	}
	f = finder{ctx: context.Background(), readDir: closed}
	if _, _, err := f.find([]string{dir + "/closed"}); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
}

// archive packs files as the history server does.
func archive(t *testing.T, path, root string, files ...string) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := zip.NewWriter(out)
	defer w.Close()
	for _, name := range files {
		if err := filepath.WalkDir(filepath.Join(root, name), func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, _ := filepath.Rel(root, p)
			e, err := w.CreateHeader(&zip.FileHeader{Name: rel, Method: zip.Deflate, Modified: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				return err
			}
			data, err := os.ReadFile(p)
			if err == nil {
				_, err = e.Write(data)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// A single high number does not make a list of a billion.
func TestMissingIsBounded(t *testing.T) {
	dir := tree(t, "eventlog_v2_a/events_1_a", "eventlog_v2_a/events_999999999_a")
	logs, problems, err := Find(context.Background(), []string{dir})
	if err != nil || len(problems) > 0 || len(logs) != 1 {
		t.Fatal(logs, problems, err)
	}
	if m := logs[0].Missing; len(m) != MaxMissing || m[0] != 2 || m[len(m)-1] != MaxMissing+1 {
		t.Errorf("%d are listed as missing: %d to %d", len(m), m[0], m[len(m)-1])
	}
}

func TestArchives(t *testing.T) {
	root := tree(t, "app_1", "app_2.inprogress", "eventlog_v2_x/events_1_x", "eventlog_v2_x/events_2_x = "+event+event, "eventlog_v2_x/appstatus_x = ")
	dir := t.TempDir()
	archive(t, dir+"/all.zip", root, ".")
	archive(t, dir+"/noname", root, "app_1")
	os.WriteFile(dir+"/half.zip", must(os.ReadFile(dir + "/all.zip"))[:100], 0o644)
	logs, problems, err := Find(context.Background(), []string{dir, dir + "/noname", dir + "/../" + filepath.Base(dir) + "/all.zip"})
	if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Error(), "half.zip") {
		t.Fatal(problems, err)
	}
	slices.SortFunc(logs, func(a, b eventlog.Log) int { return strings.Compare(a.Name, b.Name) })
	want := []string{"all.zip/app_1 single", "all.zip/app_2.inprogress single in progress", "all.zip/eventlog_v2_x rolling: events_1_x events_2_x",
		"noname single", "noname/app_1 single"}
	if diff := cmp.Diff(want, list(dir, logs)); diff != "" {
		t.Fatal(diff)
	}
	for i, n := range []int64{1, 1, 3} {
		r := eventlog.Open(logs[i], eventlog.Options{})
		for r.Scan() {
		}
		if s := r.Stats(); s.Events != n || r.Err() != nil {
			t.Errorf("%s: %d events, %v", logs[i].Name, s.Events, r.Err())
		}
		r.Close()
	}
	part := logs[2].Parts[1]
	if part.Size != int64(2*len(event)) || part.Modified.IsZero() {
		t.Error(part)
	}
	if r := must(part.Open()); string(must(io.ReadAll(r))) != event+event || r.Close() != nil {
		t.Error("the second part reads badly")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
