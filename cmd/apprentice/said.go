package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
)

// storeSaid adds what people say now to what they said before.
func (d *decision) storeSaid() error {
	if len(d.said) == 0 {
		return nil
	}
	return dataset.Append(d.tx, tableDirectives, d.said)
}

// checkPins refuses pins that the pipeline's Spark would refuse.
func checkPins(said []learner.Directive, recs []learner.Recommendation) error {
	for _, s := range said {
		if s.Verb != learner.VerbPin {
			continue
		}
		rec, err := findRecommendation(recs, s.Pipeline)
		if err != nil {
			return err
		}
		if s.Key == "spark.eventLog.enabled" && sparkconf.Canonical(s.Key, s.Value) != "true" {
			return withHint(fmt.Errorf("%s=%s ends the event logs of %s: nothing could be learned or taken back any more", s.Key, safe(s.Value), name(s.Pipeline)),
				"Nothing was pinned. To leave a pipeline alone: apprentice freeze %s", name(s.Pipeline))
		}
		if err := sparkconf.Check(s.Key, s.Value, rec.SparkVersion); err != nil {
			hint := ""
			if !sparkconf.Declared(s.Key) {
				hint = didYouMean(s.Key, sparkconf.Tunable())
			}
			return withHint(fmt.Errorf("%w%s", err, hint), "Nothing was pinned: the settings of %s are what they were.", name(s.Pipeline))
		}
	}
	return nil
}

// already says why a directive would change nothing, by what was decided and what
// people's words on the pipeline came to then; empty: it changes something.
func already(s learner.Directive, rec learner.Recommendation) string {
	p, said := name(s.Pipeline), rec.Said
	frozen := slices.Contains(said, "frozen")
	pinned := func(key string) bool {
		return slices.ContainsFunc(said, func(w string) bool { return strings.HasPrefix(w, "pinned "+key) })
	}
	switch s.Verb {
	case learner.VerbAccept: // one that was taken back since may be accepted again
		if stands := rec.Status == learner.StatusAccepted || frozen; stands && slices.Contains(said, "accepted "+s.ID) {
			return fmt.Sprintf("what is proposed for %s is accepted already", p)
		}
	case learner.VerbReject:
		if slices.Contains(said, "rejected "+s.ID) {
			return fmt.Sprintf("what is proposed for %s is rejected already", p)
		}
	case learner.VerbPin:
		if value := sparkconf.Canonical(s.Key, s.Value); slices.Contains(said, "pinned "+s.Key+"="+value) {
			return fmt.Sprintf("%s is pinned to %s for %s already", name(s.Key), name(value), p)
		}
	case learner.VerbUnpin:
		switch {
		case s.Key == "" && !pinned(""):
			return p + " has no pin"
		case s.Key != "" && !pinned(s.Key+"="):
			return fmt.Sprintf("%s has no pin of %s", p, name(s.Key))
		}
	case learner.VerbFreeze:
		if frozen {
			return p + " is frozen already"
		}
	case learner.VerbUnfreeze:
		if !frozen {
			return p + " is not frozen"
		}
	}
	return ""
}

// newWords are the directives that change something; the others are said.
func newWords(t *terminal, said []learner.Directive, recs []learner.Recommendation) ([]learner.Directive, error) {
	var list []learner.Directive
	for _, s := range said {
		rec, err := findRecommendation(recs, s.Pipeline)
		if err != nil {
			return nil, err
		}
		if why := already(s, rec); why != "" {
			t.notef("%s", why)
			continue
		}
		list = append(list, s)
	}
	return list, nil
}

// sayFrozen says of frozen pipelines that their files wait.
func sayFrozen(t *terminal, said []learner.Directive, before []learner.Recommendation) {
	for _, s := range said {
		rec, err := findRecommendation(before, s.Pipeline)
		if err == nil && s.Verb != learner.VerbUnfreeze && slices.Contains(rec.Said, "frozen") {
			p := name(s.Pipeline)
			t.notef("%s is frozen: its file stays as it is until `apprentice unfreeze %s`", p, p)
		}
	}
}

// sayLeftOut names, once for all pipelines alike, what people fixed and Spark
// would refuse.
func sayLeftOut(t *terminal, recs []learner.Recommendation) {
	var lines []string
	pipelines := map[string][]string{}
	for _, r := range recs {
		for _, line := range r.LeftOut {
			if pipelines[line] == nil {
				lines = append(lines, line)
			}
			pipelines[line] = append(pipelines[line], r.Pipeline)
		}
	}
	for _, line := range lines {
		of := pipelines[line]
		who := name(of[0])
		if len(of) > 1 {
			who += " and " + count(len(of)-1, "other pipeline")
		}
		t.notef("apprentice: %s: %s", who, safe(line))
	}
}
