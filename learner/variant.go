package learner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

// A pipeline whose plans take turns goes on as its variants, name@a, name@b, ….
// Markers are hashes of a name and of settings, so that each variant takes over,
// in its own name, what was decided for the pipeline and what people said of it.
// Jobs go on with the pipeline's one file: Shared is what that holds, and what
// runs with it show counts for the variant that they are of.

// recall finds what was decided last, of variants' common files too, and what
// people said.
func (h *history) recall(fleet Fleet, before []Recommendation) {
	h.say = sayOf(fleet.Directives, h.name, h.of)
	if h.previous = decided(h.name, before).upgraded(); h.of == "" {
		return
	}
	if p := decided(h.of, before); h.previous == nil && p != nil {
		if h.previous, h.split = p.As(h.name).upgraded(), true; h.heir {
			h.previous.Savings.All, h.previous.Savings.Stand = p.Savings.All, p.Savings.All
		}
	}
	h.others = map[*features.Run]bool{}
	own := cmp.Or(h.previous, &Recommendation{Pipeline: h.name}).OwnMarkers(h.of)
	for i, r := range h.all {
		if id, ok := own[r.RecommendationID]; ok {
			mine := *r
			mine.RecommendationID = id
			h.all[i], h.others[&mine] = &mine, r.Variant == "" && !h.heir
		}
	}
	h.carried = map[string]bool{}
	for i := range fleet.Runs {
		if r := &fleet.Runs[i]; r.Pipeline == h.of {
			h.carried[own[r.RecommendationID]] = true
		}
	}
}

// upgraded is r as this version writes it: with what people fixed in each file,
// as they fix it now, where an older version did not say.
func (r *Recommendation) upgraded() *Recommendation {
	if r == nil {
		return nil
	}
	own := *r
	own.Files = slices.Clone(r.Files)
	for i := range own.Files {
		if w := &own.Files[i]; w.Fixed == nil {
			w.Fixed = r.fixed(w.Settings)
		}
	}
	return &own
}

func decided(pipeline string, recs []Recommendation) *Recommendation {
	if i := slices.IndexFunc(recs, func(r Recommendation) bool { return r.Pipeline == pipeline }); i >= 0 {
		return &recs[i]
	}
	return nil
}

// As is what was decided for a pipeline in the name of one of its variants. What
// the pipeline's runs saved is no variant's: each has its own runs after those.
func (r Recommendation) As(variant string) *Recommendation {
	own := map[string]string{r.ID: RecommendationID(variant, r.Proposal()), r.FileID: RecommendationID(variant, r.File)}
	r.Files = slices.Clone(r.Files)
	for i := range r.Files {
		w := &r.Files[i]
		own[w.ID] = RecommendationID(variant, w.Settings)
		w.ID = own[w.ID]
	}
	r.Pipeline, r.ID, r.FileID = variant, own[r.ID], own[r.FileID]
	r.Savings = Savings{Since: r.Savings.Newest, Newest: r.Savings.Newest}
	for _, a := range []*Adoption{&r.Adoption, &r.TakenBack} {
		if id, ok := own[a.ID]; ok {
			a.ID = id
		}
	}
	return &r
}

// OwnMarkers are the markers of a variant's recommendation by those that the
// pipeline's file has for the same settings.
func (r *Recommendation) OwnMarkers(pipeline string) map[string]string {
	own := map[string]string{}
	add := func(set map[string]string) { own[RecommendationID(pipeline, set)] = RecommendationID(r.Pipeline, set) }
	add(nil)
	add(r.File)
	add(r.Proposal())
	for _, w := range r.Files {
		add(w.Settings)
	}
	return own
}

// inherited is a directive on a pipeline as one on its variant. One without
// settings is of a version that did not keep them, and speaks by its id alone.
func (d Directive) inherited(variant string) Directive {
	if d.Settings != nil {
		d.ID = RecommendationID(variant, d.Settings)
	}
	return d
}

// VariantsOf are the pipelines of variants, by the variants' names.
func VariantsOf(runs []features.Run) map[string]string {
	of := map[string]string{}
	for i := range runs {
		if r := &runs[i]; r.Variant != "" {
			of[r.Workload()] = r.Pipeline
		}
	}
	return of
}

// Shared are the files of pipelines whose plans take turns, for jobs that have
// one file: what the files of all variants hold, as long as they hold the same,
// and from then on what people fixed for all of them alone. runs are judged.
func Shared(runs []features.Run, recs []Recommendation) []Recommendation {
	of := VariantsOf(runs)
	variants := map[string][]*Recommendation{}
	for i := range recs {
		if base, ok := of[recs[i].Pipeline]; ok {
			variants[base] = append(variants[base], &recs[i])
		}
	}
	var list []Recommendation
	for _, name := range sortedKeys(variants) {
		if decided(name, recs) == nil {
			list = append(list, shared(name, variants[name]))
		}
	}
	return list
}

func shared(pipeline string, variants []*Recommendation) Recommendation {
	r := *variants[0]
	var names []string
	same, spent, since := true, 0.0, r.Savings.Since
	for _, v := range variants {
		if s := v.Savings.Since; !s.OK || since.OK && s.V.Before(since.V) {
			since = s // nobody counts a run after it for a plan that joins
		}
		spent = max(spent, v.Exploration.SpentS)
		names = append(names, v.Pipeline)
		same = same && maps.Equal(fileOf(v).settings, fileOf(&r).settings)
	}
	of := strings.Join(names, ", ")
	file := map[string]string{}
	for k, v := range fileOf(&r).settings {
		if same || !slices.ContainsFunc(variants, func(x *Recommendation) bool {
			s := x.Settings[k]
			return s.Evidence != enforced || s.Value != v
		}) {
			file[k] = v
		}
	}
	if !same {
		r.Settings = maps.Clone(r.Settings)
		maps.DeleteFunc(r.Settings, func(k string, _ Proposed) bool { return file[k] == "" })
	}
	r.Pipeline, r.File, r.Exploration = pipeline, file, Exploration{SpentS: spent}
	r.ID, r.FileID = RecommendationID(pipeline, file), RecommendationID(pipeline, file)
	r.Savings = Savings{Since: since, Newest: since}
	r.Reason = fmt.Sprintf("Its plans take turns, and the files of %s hold the same: this one too, for as long as they do.", of)
	if !same {
		r.Reason = fmt.Sprintf("Its plans take turns and want different settings: use the files of %s. This one holds what people fixed for all of them, and nothing else.", of)
	}
	return r
}

// takesTurns tells, for as many runs as other changes, that the pipeline goes
// on as variants.
func (j *judgement) takesTurns() (Drift, bool) {
	if j.split {
		return Drift{
			Kind: DriftVariants, Since: j.rec.LastNight, What: fmt.Sprintf("plans take turns: %s → %s", j.of, j.name),
			Handled: fmt.Sprintf("kept: what was decided and said goes on; once the files of its variants differ, that of %s changes nothing", j.of),
		}, true
	}
	if p := j.previous; p != nil {
		for _, d := range p.Drift {
			if d.Kind == DriftVariants && len(slices.DeleteFunc(j.finished(), func(r *features.Run) bool { return r.Night < d.Since })) <= recentRuns {
				return d, true
			}
		}
	}
	return Drift{}, false
}

// runsWith reports whether settings are the baseline's own, as where every run of
// a variant had its pipeline's file: against them nothing is to be expected.
func (h *history) runsWith(set map[string]string) bool {
	for k, v := range set {
		if len(h.nights) == 0 || h.base().set[k] != v {
			return false
		}
	}
	return len(set) > 0
}
