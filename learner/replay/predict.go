package replay

import (
	"cmp"
	"math"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A Model predicts with the constants of a fleet.
type Model struct{ c Constants }

// New returns a model with the constants that Fit found, or with Priors.
func New(c Constants) *Model { return &Model{c} }

// A Replay is one logged run, ready to be run again under other settings. It
// may be used by several goroutines.
type Replay struct {
	m    *Model
	r    *run
	held held // what its tasks hold in memory and cannot spill
}

// Open readies a run of these stages. False: nothing of it can be replayed, since
// none of them ran to its end.
func (m *Model) Open(row *features.Run, stages []*features.Stage) (*Replay, bool) {
	r := newRun(row, stages)
	if len(r.stages) == 0 {
		return nil, false
	}
	return m.replay(r), true
}

func (m *Model) replay(r *run) *Replay {
	m.anchorAll(r)
	return &Replay{m: m, r: r, held: m.held(r)}
}

// anchorAll finds what each stage's work cost in this run, so that the costs add
// up to the stage's slot time exactly: under its own settings a run takes what
// it took.
func (m *Model) anchorAll(r *run) {
	fleet := m.c.values()
	for i := range r.stages {
		s := &r.stages[i]
		s.cost = anchor(s.observe(r.had.layout.slots, totalSD), fleet, m.c.steps[stepKey(r.row, s)])
		if sum := s.work.times(s.cost).sum(); sum > 0 && s.slotTime > 0 {
			s.cost = s.cost.scaled(s.slotTime / sum)
		}
	}
}

// A Prediction is what a run would be under other settings. Seconds count the
// whole application, as Run.DurationS does.
type Prediction struct {
	Seconds   float64
	Low, High float64 // 90 % interval of one run's time, noise included
	// Scheduled is the run's time as its tasks fill its slots, before it is
	// scaled to what the log took: for the logged settings, the replay's own error.
	Scheduled  float64
	SD         float64 // of the logarithm of Seconds, without noise
	Changed    int     // modelled settings that differ from the logged ones
	Driver     float64 // seconds with no busy slot, after the first executor
	Steps      []StepPrediction
	Tasks      float64
	SpillBytes float64 // on disk
	CoreS      float64 // executor cores over time
	MemoryS    float64 // container bytes over time
	Effects    []Effect
	Unmodelled []string // settings that differ and whose effect is not predicted
	CostSD     float64  // the part of SD that comes from costs that are not known exactly
	Memory     MemoryRisk
	// StageSeconds is the time of each logged stage, by its id. What a stage is
	// cut into counts for it; what is merged into another counts for the other.
	StageSeconds map[int64]float64

	distance float64 // of the settings from the logged ones, in Tau
}

// StepPrediction is one step of a prediction.
type StepPrediction struct {
	Name       string // stage signature
	Seconds    float64
	Tasks      float64
	SpillBytes float64
}

// An Effect is one thing that the settings change.
type Effect struct {
	What    string
	Step    string  // stage signature, empty: of the whole run
	Seconds float64 // of the run's time; 0 where it only explains others
	Kind    string  // formula, fitted, prior
}

// z90 makes a standard deviation half a 90 % interval.
const z90 = 1.645

// played is a run as it would go under other settings. Seconds.
type played struct {
	at           setup
	plan         *plan
	steps        []step
	starts, ends []float64
	wait, driver float64
	busy, makes  float64
	stretch      float64 // what the log took beyond its own replay
}

func (p *played) seconds() float64 { return p.wait + p.driver + p.busy }

func (r *Replay) play(settings map[string]string, scale float64) played {
	row := r.r.row
	t := played{at: newSetup(row, settings), wait: row.ExecutorWaitS.Or(0), driver: row.DriverOnlyS.Or(0), stretch: 1}
	t.plan = newPlan(r.r, &r.m.c, t.at, scale)
	t.steps = t.plan.schedule()
	t.at.layout.raise(r.r)
	t.starts, t.ends = t.at.layout.pool().schedule(t.steps)
	t.makes = last(t.ends)
	if busy := row.DurationS.Or(t.wait+t.driver+r.r.makes) - t.wait - t.driver; r.r.makes > 0 && busy > 0 {
		t.stretch = busy / r.r.makes
	}
	t.driver = max(t.driver+t.plan.jobs*r.m.c.Job.Seconds+t.plan.driver, 0)
	t.busy = t.makes * t.stretch
	return t
}

// Seconds is Predict's, without all that explains it: what a search through
// many settings asks for.
func (r *Replay) Seconds(settings map[string]string, scale float64) float64 {
	t := r.play(settings, scale)
	return t.seconds()
}

// Predict replays the run with settings that differ from its own, on scale
// times its input. Settings not given stay.
func (r *Replay) Predict(settings map[string]string, scale float64) Prediction {
	t := r.play(settings, scale)
	at, p, row := t.at, t.plan, r.r.row
	wait, driver, busy, stretch := t.wait, t.driver, t.busy, t.stretch
	out := Prediction{Seconds: t.seconds(), Driver: driver, Scheduled: wait + driver + t.makes, StageSeconds: map[int64]float64{}}
	charges := charged(t.steps, t.starts, t.ends)
	var all float64
	for _, c := range charges {
		all += c
	}
	byStep := map[string]int{}
	for i := range p.stages {
		s := &p.stages[i]
		k, ok := byStep[s.step]
		if !ok {
			k = len(out.Steps)
			byStep[s.step] = k
			out.Steps = append(out.Steps, StepPrediction{Name: s.step})
		}
		if s.dead {
			continue
		}
		st := &out.Steps[k]
		seconds := charges[p.index(i)] / max(all, 1e-9) * busy
		st.Seconds += seconds
		out.StageSeconds[s.id] += seconds
		st.Tasks += s.tasks
		st.SpillBytes += s.diskSpill
		out.Tasks += s.tasks
		out.SpillBytes += s.diskSpill
	}
	slices.SortFunc(out.Steps, func(a, b StepPrediction) int { return cmp.Compare(a.Name, b.Name) })
	life := wait + driver + busy
	had := &r.r.had.layout
	out.CoreS = reserved(float64(at.layout.executors*at.layout.cores)*life, float64(had.executors*had.cores), row, row.CoreS)
	out.MemoryS = reserved(float64(at.layout.executors)*float64(at.layout.container.Total)*life, float64(had.executors)*float64(had.container.Total), row, row.MemoryByteS)
	known, unknown := differing(row, settings)
	out.Changed, out.Unmodelled = len(known), unknown
	out.CostSD = r.m.costSpread(p, out.Seconds, stretch)
	out.distance = Distance(known)
	out.SD = math.Hypot(out.CostSD, out.distance*r.m.c.Tau)
	// The logged run had its noise, the predicted one will have its own.
	w := z90 * math.Hypot(out.SD, math.Sqrt2*r.m.c.Noise)
	out.Low, out.High = out.Seconds*math.Exp(-w), out.Seconds*math.Exp(w)
	out.Effects = r.m.effects(p, stretch)
	out.Memory = p.risk(&r.held)
	return out
}

// reserved scales what executors reserve over a run to what the log says of its
// own: they come one by one and some leave.
func reserved(all, had float64, row *features.Run, logged features.Null[float64]) float64 {
	if whole := had * row.DurationS.Or(0); whole > 0 && logged.Or(0) > 0 {
		return all * logged.V / whole
	}
	return all
}

// schedule lays the plan's stages out for the scheduler: the logged stages in
// their places, stages that the plan added after them.
func (p *plan) schedule() []step {
	steps := p.run.steps()
	n := len(p.run.stages)
	after := make([][]int, n)
	for i := range after {
		after[i] = steps[i].After
	}
	for i := range p.stages {
		s := &p.stages[i]
		if i >= n {
			steps = append(steps, step{})
		}
		st := &steps[p.index(i)]
		switch {
		case s.start < 0:
			st.After = nil
		case s.start != i:
			st.After = after[s.start]
		}
		for _, w := range s.waits {
			st.After = append(slices.Clip(st.After), p.index(w))
		}
		if !s.dead {
			st.Work = p.loads(s)
		}
	}
	return steps
}

// index is the place of stage i among the scheduler's steps.
func (p *plan) index(i int) int {
	if n := len(p.run.stages); i >= n {
		return i + n
	}
	return i
}

// work is the slot time of a step.
func work(s step) (sum float64) {
	for _, l := range s.Work {
		sum += l.Seconds
	}
	return sum
}

// differing lists the settings that differ from the run's: those that mean
// something to the model, and those that do not.
func differing(row *features.Run, settings map[string]string) (known, unknown []string) {
	had := values{run: row}
	for k, v := range settings {
		if sparkconf.Canonical(k, v) == sparkconf.Canonical(k, had.text(k)) {
			continue
		}
		if modelled[k] {
			known = append(known, k)
		} else {
			unknown = append(unknown, k)
		}
	}
	slices.Sort(known)
	slices.Sort(unknown)
	return known, unknown
}
