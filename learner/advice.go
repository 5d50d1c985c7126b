package learner

import (
	"fmt"
	"maps"
	"math"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Thresholds of advice, as shares of the baseline's median night.
const (
	muchOnDriver  = 0.4
	muchIdle      = 0.3
	promisingGain = 0.1 // log speed-up of a setting that too few runs had
)

// advise says what no setting can do, and what people could try.
func (j *judgement) advise(candidates []*candidate) {
	runs, say := j.base().runs, j.tell

	for _, c := range candidates {
		if c.est.class != observed && len(c.gains) > 0 && len(c.failed) == 0 && len(c.unowned) == 0 && c.est.bound(z90) > promisingGain && guardPeople(j, c.trial) == "" && guardSettable(j, c.trial) == "" {
			say("%s ran in %.2f of the baseline's time on %s: too few to prove it. %d runs in %d separate stretches of nights would.",
				settingsText(c.proposal()), math.Exp(-c.est.gain), count(len(c.nights), "run"), leastRuns, leastBlocks)
		}
	}
	j.adviseAdoption(say)
	j.adviseDriver(say)
	j.adviseCaches(say)
	if u := medianOf(runs, func(r *features.Run) (float64, bool) { return 1 - r.SlotUtilization.V, r.SlotUtilization.OK }); u > 1-muchIdle {
		say("%.0f %% of the reserved slot time is idle: fewer cores would cost less.", 100*u)
	}
	if b := medianOf(runs, func(r *features.Run) (float64, bool) { return float64(r.DiskSpilledBytes), true }); b > 0 {
		say("A median night spills %s to disk. More memory per task slot may help.", sparkconf.FormatSize(max(int64(b)/sparkconf.MiB, 1)*sparkconf.MiB))
	}
	for _, s := range []struct {
		count func(*features.Run) int64
		text  string
	}{
		{func(r *features.Run) int64 { return r.SkewCount }, "Some stages are skewed: one key or file holds much more than the others. A salted key, or a broadcast of the small side, helps where AQE cannot split."},
		{func(r *features.Run) int64 { return r.PythonMemoryCount }, "Python workers ran out of memory: this is outside the heap."},
	} {
		if medianOf(runs, func(r *features.Run) (float64, bool) { return float64(s.count(r)), true }) > 0 {
			say("%s", s.text)
		}
	}
}

// tell adds a sentence of advice.
func (j *judgement) tell(format string, args ...any) {
	j.rec.Advice = append(j.rec.Advice, fmt.Sprintf(format, args...))
}

func medianOf(nights []*night, f func(*features.Run) (float64, bool)) float64 {
	var v []float64
	for _, n := range nights {
		if x, ok := f(n.run); ok {
			v = append(v, x)
		}
	}
	return median(v)
}

// adviseAdoption tells what became of the last file: whether runs used it, and
// which of its keys something beats.
func (j *judgement) adviseAdoption(say func(string, ...any)) {
	for _, k := range sortedKeys(j.beaten) {
		why := j.beaten[k]
		say("%s. Nothing new is proposed of it until a run shows otherwise.", strings.ToUpper(why[:1])+why[1:])
	}
	p := j.previous
	if p == nil || len(p.File) == 0 {
		return
	}
	// A pin or a draw changes the marker and not what stands: the file counts
	// since what was learned of it stands, and so does each of its markers.
	stands, _ := j.written(p.StandingID())
	since, used, runs := stands.Since, 0, 0
	markers := map[string]bool{p.StandingID(): true}
	for _, w := range p.Files {
		if maps.Equal(w.learned(), stands.learned()) {
			markers[w.ID] = true
			since = min(since, w.Since)
		}
	}
	for _, r := range j.all {
		if r.Night > since && j.counts(r) && !drawnRun(r) {
			runs++
			used += b2i(markers[r.RecommendationID])
		}
	}
	if runs > 0 && used == 0 {
		say("None of %s since %s used the settings file: no log shows its marker.", count(runs, "run"), since)
	}
}
