package eventlog_test

import (
	"context"
	"fmt"
	"log"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
)

// Sum a metric over all tasks of the logs below a directory.
func Example() {
	logs, _, err := source.Find(context.Background(), []string{"../fixtures/logs/c_spill_sort_aqe_on"})
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range logs {
		var app string
		var spilled int64
		r := eventlog.Open(l, eventlog.Options{})
		for r.Scan() {
			switch e := r.Record().(type) {
			case *eventlog.ApplicationStart:
				app = e.AppName
			case *eventlog.TaskEnd:
				spilled += e.Metrics.DiskBytesSpilled
			}
		}
		if err := r.Err(); err != nil {
			fmt.Println(err) // what was readable has been counted
		}
		r.Close()
		fmt.Printf("%s: %d events, %d bytes spilled to disk\n", app, r.Stats().Events, spilled)
	}
	// Output: c_spill_sort_aqe_on: 46 events, 9004300 bytes spilled to disk
}
