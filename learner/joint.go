package learner

import (
	"fmt"
	"slices"
	"strings"
)

// restless is how much better, in reward, another proposal must be than the one
// that stands: predictions move a little every night, and settings that people
// look at should not move with them.
const restless = 0.02

// restlessShown takes the place of restless where runs showed what stands and only
// predictions speak for the other: the best of many predictions promises too much.
const restlessShown = 0.05

// choose runs the coordinator over the joint product of the agents' best, what
// was tried and what is imagined, and returns the choice and all candidates.
func (j *judgement) choose(candidates []*candidate) (*candidate, []*candidate) {
	joint := map[string]*candidate{}
	agents := make([][]choice, len(j.agents))
	for i := range j.agents {
		agents[i] = []choice{{}}
	}
	for _, c := range candidates {
		if len(c.unowned) > 0 || len(c.nights) == 0 {
			continue
		}
		joint[partsText(c.parts)] = c
		for _, p := range c.parts {
			if !slices.ContainsFunc(agents[p.agent], func(have choice) bool { return have.text == p.changes }) {
				agents[p.agent] = append(agents[p.agent], choice{text: p.changes, q: j.q(c.trial, p), changed: len(p.keys), part: p})
			}
		}
	}
	offer := func(changes map[string]string) {
		if len(changes) == 0 {
			return
		}
		for _, p := range j.imagined(changes).parts {
			if !slices.ContainsFunc(agents[p.agent], func(have choice) bool { return have.text == p.changes }) {
				agents[p.agent] = append(agents[p.agent], choice{text: p.changes, changed: len(p.keys), part: p})
			}
		}
	}
	for i := range agents {
		agents[i] = best(agents[i])
		for _, changes := range append(j.imagine(i), j.plainSpark(i)) {
			offer(changes)
		}
	}
	for _, changes := range j.together() {
		offer(changes)
	}
	ask := func(parts []part) *candidate {
		text := partsText(parts)
		if c, ok := joint[text]; ok {
			return c
		}
		// Without a model a combination that no run tried has no evidence.
		if j.whatIf == nil {
			return nil
		}
		c := j.judge(j.imagined(j.changesOf(parts)))
		joint[text] = c
		candidates = append(candidates, c)
		return c
	}
	chosen := coordinate(agents, j.cfg.MinGain, func(joined []choice) (float64, bool) {
		c := ask(partsOf(joined))
		if c == nil || c.reason != "" {
			return 0, false
		}
		return c.value, true
	})
	taken := joint[partsText(partsOf(chosen))]
	if old := j.proposedBefore(); len(old) > 0 && taken != nil {
		margin := restless
		c := ask(j.imagined(old).parts)
		if c != nil && c.est.class == observed && taken.est.class != observed {
			margin = restlessShown
		}
		if c != nil && c.reason == "" && c.value >= j.cfg.MinGain && c.value > taken.value-margin {
			taken = c
		}
	}
	return taken, candidates
}

// proposedBefore is what last night's recommendation changed of today's baseline.
func (j *judgement) proposedBefore() map[string]string {
	if j.previous == nil || j.unaccepted() {
		return nil
	}
	old := map[string]string{}
	for k, v := range j.previous.Settings {
		if v.Evidence != enforced && v.Value != j.base().set[k] {
			old[k] = v.Value
		}
	}
	return old
}

// changesOf are the settings of joined parts: what the trial that they came
// from set, read back from their text.
func (j *judgement) changesOf(parts []part) map[string]string {
	m := map[string]string{}
	for _, p := range parts {
		for i, k := range p.keys {
			m[k] = p.values[i]
		}
	}
	return m
}

// foreseenRate is what containers cost per second under settings that no run had.
func (j *judgement) foreseenRate(t *trial) (float64, bool) {
	f := j.whatIf.foresee(t.proposal())
	rates := make([]float64, 0, len(j.kept))
	for _, n := range j.kept {
		r := *n.run
		r.CoreS.V *= f.cores
		r.MemoryByteS.V *= f.memory
		if v, ok := rate(&r, j.cfg); ok {
			rates = append(rates, v)
		}
	}
	return mean(rates), len(rates) > 0
}

// partsOf are the parts of the agents that leave the baseline.
func partsOf(joined []choice) (parts []part) {
	for _, c := range joined {
		if c.changed > 0 {
			parts = append(parts, c.part)
		}
	}
	return parts
}

func partsText(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%d|%s|", p.agent, p.changes)
	}
	return b.String()
}
