package report

import (
	"fmt"
	"strings"

	"github.com/spark-apprentice/apprentice/learner"
)

// adopted is what became of a settings file, in words; empty where nothing of
// ours stands or stood.
func adopted(a learner.Adoption) string {
	runs := count(a.Adopted, "run") + " used it"
	if a.Runs != a.Adopted {
		runs = fmt.Sprintf("%s of %s used it", thousands(a.Adopted), count(a.Runs, "run"))
	}
	if a.Ratio.OK {
		runs += fmt.Sprintf(", in %.2f of the baseline's time", a.Ratio.V)
		if a.Low.OK && a.High.OK {
			runs += fmt.Sprintf(" (%.2f to %.2f)", a.Low.V, a.High.V)
		}
	}
	state := strings.ReplaceAll(a.State, "_", " ")
	switch a.State {
	case "":
		return ""
	case learner.AdoptionProposed:
		return fmt.Sprintf("%s since %s: no run has had the chance to use it", state, unset(a.Since))
	case learner.AdoptionNotAdopted:
		return fmt.Sprintf("%s since %s: the newest run shows no marker of it. %s", state, a.Since, upper(runs))
	case learner.AdoptionOverridden:
		return fmt.Sprintf("%s since %s: the newest run had %s=%s; code, --conf or SET beats a file. %s",
			state, a.Since, a.Key, unset(a.Value), upper(runs))
	case learner.AdoptionRolledBack, learner.AdoptionQuarantined:
		why, short := strings.CutPrefix(a.Why, state)
		if !short {
			why = ": " + why
		}
		return fmt.Sprintf("%s since %s%s. %s", state, a.Since, why, upper(runs))
	}
	return fmt.Sprintf("%s since %s: %s", state, a.Since, runs)
}

// wentBack is what was taken back tonight, in words; empty: nothing.
func wentBack(rec learner.Recommendation) string {
	for _, a := range []learner.Adoption{rec.Adoption, rec.TakenBack} {
		if a.State == learner.AdoptionRolledBack {
			return takenBack(rec, a)
		}
	}
	return ""
}

// takenBack is a file that was taken back, in words; empty: none was.
func takenBack(rec learner.Recommendation, a learner.Adoption) string {
	text := adopted(a)
	for _, w := range rec.Files {
		if w.ID == a.ID && text != "" && a.ID != rec.Adoption.ID { // the adoption's file is told beside it
			return assignments(w.Settings) + ": " + text
		}
	}
	return text
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// drifted is one change under a pipeline, in words.
func drifted(d learner.Drift) string {
	return fmt.Sprintf("%s since %s: %s; %s", d.Kind, d.Since, d.What, d.Handled)
}

// tried is what exploration does tonight, or why nothing.
func tried(x learner.Exploration) string {
	if !x.Allowed {
		return ""
	}
	budget := fmt.Sprintf("%s explored before, lost at most %s of %s", count(x.Runs, "run"), seconds(x.SpentS), seconds(x.BudgetS))
	switch {
	case x.Key != "":
		return fmt.Sprintf("tonight %s  %s → %s, with probability %.2g, at worst %s slower; %s",
			x.Key, unset(x.Current), unset(x.Value), x.Propensity.V, seconds(x.RiskS), budget)
	case x.Why != "":
		return "nothing tonight: " + x.Why + "; " + budget
	}
	return fmt.Sprintf("nothing tonight, by chance (probability %.2g); %s", x.Propensity.Or(1), budget)
}
