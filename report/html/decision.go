package html

import (
	"maps"
	"slices"

	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

// A decision is the recommendation, setting by setting.
type decision struct {
	ID       string             `json:"id"`
	FileID   string             `json:"file_id"`
	Mode     string             `json:"mode"`
	Since    string             `json:"since"`
	Cost     null.Null[float64] `json:"cost_ratio"`
	Settings []proposed         `json:"settings"`
	Baseline []assignment       `json:"baseline"`
	File     []assignment       `json:"file"`
	Rejected []rejected         `json:"rejected"`
	Agents   []agentNote        `json:"agents"`
	Adoption learner.Adoption   `json:"adoption"`
	Back     learner.Adoption   `json:"taken_back"`
	Explore  explored           `json:"exploration"`
	Drift    []learner.Drift    `json:"drift"`
	Said     []string           `json:"said"`
	BaseCost null.Null[float64] `json:"baseline_cost"` // of one night; unknown without prices
	Currency string             `json:"currency"`
	Advice   []string           `json:"advice"`
}

type proposed struct {
	Key      string `json:"key"`
	Current  string `json:"current"` // empty: unset
	Value    string `json:"value"`
	Evidence string `json:"evidence"`
	Why      string `json:"why"`
}

type rejected struct {
	Settings []assignment       `json:"settings"`
	Why      string             `json:"why"`
	Ratio    null.Null[float64] `json:"ratio"`
	High     null.Null[float64] `json:"high"`
	Runs     int64              `json:"runs"`
	Blocks   int64              `json:"blocks"`
}

// explored is the account of exploration, and tonight's draw.
type explored struct {
	Allowed    bool               `json:"allowed"`
	Key        string             `json:"key"` // drawn tonight; empty: none
	Value      string             `json:"value"`
	Current    string             `json:"current"`
	Propensity null.Null[float64] `json:"propensity"`
	Runs       int64              `json:"runs"`
	BudgetS    float64            `json:"budget_s"`
	SpentS     float64            `json:"spent_s"`
	Why        string             `json:"why"` // why nothing can be drawn
}

// An agentNote is what an agent looked at, and why it proposes nothing.
type agentNote struct {
	Agent  string `json:"agent"`
	Saw    string `json:"saw"`
	Silent string `json:"silent"` // empty: it has something to propose
}

func shownAdoption(a learner.Adoption) learner.Adoption {
	return learner.Adoption{
		State: adoptionOf(a), ID: show(a.ID), Since: show(a.Since), Key: show(a.Key), Value: show(a.Value), Runs: a.Runs, Adopted: a.Adopted,
		Overridden: a.Overridden, Failed: a.Failed, Ratio: shortNull(a.Ratio), Low: shortNull(a.Low), High: shortNull(a.High), Why: show(a.Why),
	}
}

func newDecision(rec *learner.Recommendation) decision {
	d := decision{
		ID: rec.ID, FileID: rec.FileID, Mode: rec.Mode, Since: rec.Since, Cost: shortNull(rec.Expected.CostRatio),
		Settings: []proposed{}, Baseline: assignments(rec.Baseline), File: assignments(rec.File), Rejected: []rejected{}, Advice: []string{},
		Agents: []agentNote{}, Drift: []learner.Drift{}, Said: []string{}, BaseCost: shortNull(rec.Expected.BaselineCost), Currency: show(rec.Expected.Currency),
	}
	for _, k := range slices.Sorted(maps.Keys(rec.Settings)) {
		s := rec.Settings[k]
		d.Settings = append(d.Settings, proposed{show(k), show(s.Current), show(s.Value), show(s.Evidence), show(s.Why)})
	}
	for _, r := range rec.Rejected {
		d.Rejected = append(d.Rejected, rejected{assignments(r.Settings), show(r.Why), shortNull(r.Runtime), shortNull(r.High), r.Runs, r.Blocks})
	}
	d.Adoption, d.Back = shownAdoption(rec.Adoption), shownAdoption(rec.TakenBack)
	x := rec.Exploration
	d.Explore = explored{x.Allowed, show(x.Key), show(x.Value), show(x.Current), shortNull(x.Propensity), x.Runs, short(x.BudgetS), short(x.SpentS), show(x.Why)}
	for _, c := range rec.Drift {
		d.Drift = append(d.Drift, learner.Drift{Kind: show(c.Kind), Since: show(c.Since), What: show(c.What), Handled: show(c.Handled)})
	}
	for _, s := range rec.Said {
		d.Said = append(d.Said, show(s))
	}
	for _, a := range rec.Agents {
		d.Agents = append(d.Agents, agentNote{show(a.Agent), show(a.Saw), show(a.Silent)})
	}
	for _, a := range rec.Advice {
		d.Advice = append(d.Advice, show(a))
	}
	return d
}
