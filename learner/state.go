package learner

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// demand are the measures that a state may hold: what the data asks for. What
// settings cause is not among them: spill, collection time, waves, partitions.
// Each reads a step of one night from its stages.
var demand = map[string]func(*night, []*features.Stage) (float64, bool){
	"source_bytes": func(n *night, _ []*features.Stage) (float64, bool) {
		return float64(n.run.SourceBytes.V), n.run.SourceBytes.OK
	},
	"join_intensity": func(n *night, _ []*features.Stage) (float64, bool) {
		return n.run.JoinIntensity.V, n.run.JoinIntensity.OK
	},
	"input_bytes":         sumOf(func(s *features.Stage) int64 { return s.InputBytes }),
	"input_rows":          sumOf(func(s *features.Stage) int64 { return s.InputRows }),
	"shuffle_read_bytes":  sumOf(func(s *features.Stage) int64 { return s.ShuffleReadBytes }),
	"shuffle_read_rows":   sumOf(func(s *features.Stage) int64 { return s.ShuffleReadRows }),
	"shuffle_write_bytes": sumOf(func(s *features.Stage) int64 { return s.ShuffleWriteBytes }),
	"output_bytes":        sumOf(func(s *features.Stage) int64 { return s.OutputBytes }),
	"hot_share":           maxOf(func(s *features.Stage) features.Null[float64] { return s.HotShare }),
	"group_ratio":         maxOf(func(s *features.Stage) features.Null[float64] { return s.GroupRatio }),
}

func demandFields() []string { return slices.Sorted(maps.Keys(demand)) }

func sumOf(f func(*features.Stage) int64) func(*night, []*features.Stage) (float64, bool) {
	return func(_ *night, stages []*features.Stage) (float64, bool) {
		var sum int64
		for _, s := range stages {
			sum += f(s)
		}
		return float64(sum), len(stages) > 0
	}
}

func maxOf(f func(*features.Stage) features.Null[float64]) func(*night, []*features.Stage) (float64, bool) {
	return func(_ *night, stages []*features.Stage) (v float64, ok bool) {
		for _, s := range stages {
			if x := f(s); x.OK {
				v, ok = max(v, x.V), true
			}
		}
		return v, ok
	}
}

// A state is one step's demand as one agent sees it.
type state struct {
	raw    map[string]float64
	bucket string // "field:bucket|field:bucket", "?" where unknown
}

// states gives, for each step of st and each agent, the state: the median over
// the baseline's nights. Nights under other settings have no part in it, so
// that a state does not move when only settings do.
func states(st *stepping, base []*night, agents []Agent) [][]state {
	values := make([]map[string][]float64, len(st.names))
	for i := range values {
		values[i] = map[string][]float64{}
	}
	for _, n := range base {
		byStep := map[string][]*features.Stage{}
		for _, s := range n.stages {
			if len(st.names) > 1 {
				byStep[st.stepOf(n, s)] = append(byStep[st.stepOf(n, s)], s)
			} else {
				byStep[st.names[0]] = append(byStep[st.names[0]], s)
			}
		}
		for i, name := range st.names {
			for field, read := range demand {
				if v, ok := read(n, byStep[name]); ok {
					values[i][field] = append(values[i][field], v)
				}
			}
		}
	}
	out := make([][]state, len(st.names))
	for i := range st.names {
		for _, a := range agents {
			out[i] = append(out[i], stateOf(values[i], a))
		}
	}
	return out
}

func stateOf(values map[string][]float64, a Agent) state {
	s := state{raw: map[string]float64{}}
	parts := make([]string, len(a.State))
	for i, f := range a.State {
		parts[i] = f.Field + ":?"
		if v := values[f.Field]; len(v) > 0 {
			m := median(v)
			s.raw[f.Field] = m
			parts[i] = f.Field + ":" + strconv.Itoa(f.bucket(m))
		}
	}
	s.bucket = strings.Join(parts, "|")
	return s
}
