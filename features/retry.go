package features

import (
	"slices"
	"time"
)

// rerunWithin: a run that starts so soon after one that failed repeats it.
const rerunWithin = 2 * time.Hour

// groupReruns joins a run to the one before it of the same pipeline where that
// one did not succeed. members are oldest first. The group is named after its
// first run, which carries the name too: what the rerun cost belongs to the
// settings that failed first.
func groupReruns(runs []Run, members []int, verdicts []verdict) {
	for k := 1; k < len(members); k++ {
		i, j := members[k-1], members[k]
		before, after := &runs[i], &runs[j]
		if before.Outcome == Succeeded || !before.EndedAt.OK || !after.StartedAt.OK {
			continue
		}
		// A rerun may start while a dead driver's log still lacks its end.
		gap := after.StartedAt.V.Sub(before.EndedAt.V)
		if gap > rerunWithin || after.StartedAt.V.Equal(before.StartedAt.V) {
			continue
		}
		joinRuns(verdicts, runs, i, j)
	}
}

// groupAttempts joins the attempts of one application id.
func groupAttempts(runs []Run, verdicts []verdict) {
	type app struct{ cluster, id, name string }
	byApp := map[app][]int{}
	for i := range runs {
		if r := &runs[i]; r.AttemptID != "" {
			k := app{clusterOf(r), r.AppID, r.AppName}
			byApp[k] = append(byApp[k], i)
		}
	}
	for _, members := range byApp {
		slices.SortFunc(members, func(i, j int) int { return compareRuns(&runs[i], &runs[j]) })
		for k := 1; k < len(members); k++ {
			joinRuns(verdicts, runs, members[k-1], members[k])
		}
	}
}

func joinRuns(verdicts []verdict, runs []Run, first, second int) {
	if verdicts[first].retryGroup == "" {
		verdicts[first].retryGroup = runs[first].RunKey
	}
	verdicts[second].retryGroup = verdicts[first].retryGroup
}
