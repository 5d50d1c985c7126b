package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
)

var (
	logTime  = regexp.MustCompile(`\b1\d{12}\b`)
	appStart = regexp.MustCompile(`"SparkListenerApplicationStart".*?"Timestamp":(\d+)`)
	appID    = regexp.MustCompile(`app-\d{14}-\d{4}`)
	appName  = regexp.MustCompile(`trips_by_city_\d{4}-\d\d-\d\d`)
)

// liveNights is "lives NAME START LETTERS KEY=A,B": a night for each letter, from
// START on. Nights a have KEY=A; nights b have KEY=B and take 0.6 of the time.
func liveNights(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: lives NAME START LETTERS KEY=A,B")
	}
	start, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	key, values, _ := strings.Cut(args[3], "=")
	a, b, _ := strings.Cut(values, ",")
	for i, letter := range args[2] {
		value, scale := a, 1+0.01*float64(i*i%5-2) // no two nights are alike
		if letter == 'b' {
			value, scale = b, 0.6*scale
		}
		liveNight(ts, false, []string{args[0], start.AddDate(0, 0, i).Format(time.RFC3339), fmt.Sprint(scale), key + "=" + value})
	}
}

// liveNight is "live NAME START SCALE [KEY=VALUE...]": it writes logs/NAME-START,
// a real log of Spark 3.5 that is told again as if application NAME had run at
// START and had taken SCALE times as long, with these Spark properties.
func liveNight(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: live NAME START SCALE [KEY=VALUE...]")
	}
	start, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	scale, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	packed, err := os.ReadFile(filepath.Join(ts.Getenv("FIXTURES"), "history", "app-20261123181633-0140.zstd"))
	ts.Check(err)
	dec, err := zstd.NewReader(bytes.NewReader(packed))
	ts.Check(err)
	defer dec.Close()
	var log bytes.Buffer
	_, err = log.ReadFrom(dec)
	ts.Check(err)

	data := log.Bytes()
	first, err := strconv.ParseInt(string(appStart.FindSubmatch(data)[1]), 10, 64)
	ts.Check(err)
	data = logTime.ReplaceAllFunc(data, func(b []byte) []byte {
		ms, _ := strconv.ParseInt(string(b), 10, 64) // 13 digits
		return strconv.AppendInt(nil, start.UnixMilli()+int64(scale*float64(ms-first)), 10)
	})
	data = appID.ReplaceAll(data, []byte("app-"+start.Format("20060102150405")+fmt.Sprintf("-%04d", len(args[0]))))
	data = appName.ReplaceAll(data, []byte(args[0]))
	for _, kv := range args[3:] {
		key, value, _ := strings.Cut(kv, "=")
		// Sessions repeat the properties that they started with.
		set := regexp.MustCompile(regexp.QuoteMeta(strconv.Quote(key)) + `:"[^"]*"`)
		if props := []byte(`"Spark Properties":{`); !set.Match(data) {
			data = bytes.Replace(data, props, fmt.Appendf(props, "%q:%q,", key, value), 1)
		}
		data = set.ReplaceAllLiteral(data, fmt.Appendf(nil, "%q:%q", key, value))
	}
	path := ts.MkAbs(filepath.Join("logs", args[0]+"-"+start.Format("20060102")))
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, data, 0o600))
	ts.Check(os.Chtimes(path, start, start.Add(time.Hour)))
}

// otherPlan is "other LOG": the log's join is another now, and it keeps its time.
func otherPlan(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: other LOG")
	}
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	data := bytes.ReplaceAll([]byte(ts.ReadFile(args[0])), []byte("BroadcastHashJoin"), []byte("BroadcastNestedLoopJoin"))
	ts.Check(os.WriteFile(path, data, 0o600))
	ts.Check(os.Chtimes(path, info.ModTime(), info.ModTime()))
}
