package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/learner"
)

// rollable reports whether there is anything to roll back, and whether it may be.
func rollable(rec learner.Recommendation) error {
	switch {
	case rec.Status == learner.StatusFrozen:
		return withHint(fmt.Errorf("%s is frozen: its file stays as it is", name(rec.Pipeline)), "`apprentice unfreeze %s` ends it.", name(rec.Pipeline))
	case rec.Exploration.Key != "":
		return nil // the step can be withdrawn, and what stands taken out
	case len(rec.File) > 0 && len(rec.Held()) == 0:
		return fmt.Errorf("the file of %s holds only what people fixed: nothing to roll back", name(rec.Pipeline))
	case len(rec.File) == 0:
		return fmt.Errorf("the file of %s holds no settings of ours: nothing to roll back", name(rec.Pipeline))
	}
	return nil
}

// lastChanged lists the pipelines whose file holds settings since the last
// night that changed any, or since what people said after it; frozen ones aside.
// A step that exploration drew is a change of the night that drew it.
func lastChanged(ctx context.Context, d *decision, recs []learner.Recommendation) ([]string, error) {
	nights, err := dataset.Read[nightRow](ctx, d.store, tableNights)
	if err != nil {
		return nil, err
	}
	holds := map[string]bool{}
	for _, r := range recs {
		holds[r.Pipeline] = rollable(r) == nil
	}
	var list []string
	for _, night := range slices.Backward(nights) {
		before := len(list)
		for _, r := range recs {
			if holds[r.Pipeline] && (slices.Contains(night.Changed, r.Pipeline) || r.Exploration.DrawnOn(night.At)) {
				list = append(list, r.Pipeline)
			}
		}
		// A night without changes is not it; one whose changes hold nothing is: what
		// earlier nights changed is not the last night's, and is rolled back by name.
		if night.Command == "nightly" && (len(list) > before || len(night.Changed) > 0) {
			break
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no settings file holds a change of the last nights: nothing to roll back")
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// answer says what follows where the changed files do not: what is proposed in
// place of what was refused, or until when nothing is, and what was left alone.
func (opt sayOptions) answer(t *terminal, v verb, said []learner.Directive, before, after []learner.Recommendation) {
	if v.name != learner.VerbReject && v.name != learner.VerbRollback {
		return
	}
	spoken := map[string]bool{}
	for _, s := range said {
		spoken[s.Pipeline] = true
	}
	drawn := map[string]learner.Exploration{}
	for i := range before {
		if x := before[i].Exploration; x.Key != "" {
			drawn[before[i].Pipeline] = x
		}
	}
	for i := range after {
		rec := &after[i]
		if !spoken[rec.Pipeline] {
			continue
		}
		if x, ok := drawn[rec.Pipeline]; ok {
			t.notef("%s: %s=%s, which exploration drew, is withdrawn", name(rec.Pipeline), x.Key, safe(x.Value))
		}
		if set := rec.Proposal(); len(set) > 0 {
			var list []string
			for _, k := range slices.Sorted(maps.Keys(set)) {
				list = append(list, k+"="+set[k])
			}
			t.notef("%s: %s now: %s", name(rec.Pipeline), rec.Status, safe(strings.Join(list, ", ")))
		} else {
			t.notef("%s: nothing is proposed now: %s", name(rec.Pipeline), safe(rec.Reason))
		}
	}
	for i := range before {
		rec := &before[i]
		switch {
		case !opt.all || spoken[rec.Pipeline] || len(rec.Held()) == 0:
		case rec.Status == learner.StatusFrozen:
			t.notef("left alone: %s, which is frozen", name(rec.Pipeline))
		default:
			t.notef("left alone: %s, which changed on an earlier night", name(rec.Pipeline))
		}
	}
}
