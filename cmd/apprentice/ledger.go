package main

import (
	"context"
	"os"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
)

// A ledger knows which logs were read. The dataset is its own ledger: a log is
// known by its fingerprint, in runs or in the table of unreadable logs.
type ledger struct {
	fingerprints map[string]bool
	byKey, byLog map[string]*knownRun
}

// A knownRun is what the ledger reads of a run.
type knownRun struct {
	RunKey         string `json:"run_key"`
	Log            string `json:"log"`
	LogFingerprint string `json:"log_fingerprint"`
	LogBytes       int64  `json:"log_bytes"`
	Complete       bool   `json:"complete"`
	Events         int64  `json:"events"`
}

func readLedger(ctx context.Context, store *dataset.Store) (*ledger, error) {
	l := &ledger{map[string]bool{}, map[string]*knownRun{}, map[string]*knownRun{}}
	runs, err := dataset.Read[knownRun](ctx, store, tableRuns)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		l.add(&runs[i])
	}
	unreadable, err := dataset.Read[features.Unreadable](ctx, store, tableUnreadable)
	for _, u := range unreadable {
		l.fingerprints[u.LogFingerprint] = true
	}
	return l, err
}

func (l *ledger) add(r *knownRun) {
	l.fingerprints[r.LogFingerprint] = true
	l.byKey[r.RunKey] = r
	l.byLog[r.Log] = r
}

// settle decides what a newly read run means for what is known: runs that it
// replaces, and the log that is a duplicate, if any, of the run kept.
//
//   - The same log, grown or rewritten, replaces what it gave before.
//   - The same run under a new path replaces it when the old path is gone: Spark
//     drops .inprogress from the name at the end.
//   - Of two copies that both exist the complete, then the longer one is kept,
//     then the one that was there first.
func (l *ledger) settle(r features.Run) (replaced []*knownRun, duplicate *knownRun) {
	now := &knownRun{r.RunKey, r.Log, r.LogFingerprint, r.LogBytes, r.Complete, r.Events}
	l.fingerprints[r.LogFingerprint] = true
	same := l.byKey[r.RunKey]
	if same != nil && same.Log != r.Log {
		if _, err := os.Stat(same.Log); err == nil {
			duplicate = same
			if !now.better(same) {
				return nil, now
			}
		}
	}
	if same != nil {
		replaced = append(replaced, same)
	}
	if before := l.byLog[r.Log]; before != nil && before.RunKey != r.RunKey {
		replaced = append(replaced, before)
		delete(l.byKey, before.RunKey)
	}
	l.add(now)
	return replaced, duplicate
}

// better reports whether a tells more of a run than b.
func (a *knownRun) better(b *knownRun) bool {
	if a.Complete != b.Complete {
		return a.Complete
	}
	return a.Events > b.Events
}
