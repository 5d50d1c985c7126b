package learner

import (
	"time"

	"github.com/spark-apprentice/apprentice/internal/null"
)

// A Recommendation is what the night decided for one pipeline: one row of the
// table recommendations and one element of recommendations.json.
type Recommendation struct {
	Pipeline  string              `json:"pipeline" doc:"pipeline, with its variant as name@a where it has several" from:"runs"`
	ID        string              `json:"id" doc:"hash of pipeline and settings, enforced ones aside" from:"this program"`
	Mode      string              `json:"mode" doc:"advise, approve or auto" from:"configuration"`
	Status    string              `json:"status" doc:"proposed, accepted, rejected, frozen, unchanged, not_tunable" from:"decision and people's say"`
	Reason    string              `json:"reason" doc:"one sentence: why this, or why nothing changes" from:"decision"`
	Runs      int64               `json:"runs" doc:"comparable runs" from:"runs"`
	LastNight string              `json:"last_night" doc:"newest night seen" from:"runs"`
	Baseline  map[string]string   `json:"baseline" doc:"modal settings of comparable runs, owned keys" from:"runs.conf_effective"`
	Settings  map[string]Proposed `json:"settings" doc:"proposed settings that differ from the baseline, and people's enforced ones" from:"decision"`
	Expected  Expected            `json:"expected" doc:"against the baseline at the median size" from:"decision"`
	Rejected  []Rejected          `json:"rejected" doc:"best candidates that were not taken, and why" from:"decision"`
	Agents    []AgentNote         `json:"agents" doc:"what the agents of memory, cores and caches looked at, and why they are silent" from:"runs, executors, caches, limits"`
	Advice    []string            `json:"advice" doc:"what no setting can do" from:"signals and guards"`
	// File is what the settings file holds: the proposal in mode advise, what
	// was accepted in the others, and what people enforce. Its marker is FileID.
	File   map[string]string `json:"file" doc:"settings that the settings file holds" from:"decision and people's say"`
	FileID string            `json:"file_id" doc:"hash of pipeline and file; the marker key carries it" from:"this program"`
	// Advised outlives the mode while people keep the file frozen.
	Advised bool   `json:"advised" doc:"the file holds a proposal of mode advise, which nobody accepted" from:"mode and people's say"`
	Since   string `json:"since" doc:"night since which id and status stand" from:"--now"`

	Adoption    Adoption    `json:"adoption" doc:"what became of the settings file, by the marker that runs carry" from:"runs.recommendation_id, runs.conf_effective"`
	TakenBack   Adoption    `json:"taken_back" doc:"what was taken back, where adoption speaks of another file" from:"runs.recommendation_id, runs.conf_effective, people's say"`
	Savings     Savings     `json:"savings" doc:"what runs with our settings saved in all, against the baseline at their size" from:"runs"`
	Exploration Exploration `json:"exploration" doc:"one step drawn at random within a budget, where people allowed it" from:"configuration, --seed"`
	Drift       []Drift     `json:"drift" doc:"what changed under the pipeline, and what was done about it" from:"runs"`
	Said        []string    `json:"said" doc:"what people said, as it stands" from:"directives"`
	Files       []Written   `json:"files" doc:"what the settings file held, oldest first, as far as runs carry its marker" from:"this program"`
	// What report needs to write files, not shown in recommendations.json.
	EventLogConf map[string]string `json:"-"`
	SparkVersion string            `json:"-"`
	// LeftOut says what people fixed and the pipeline's Spark would refuse, with
	// the remedy. It is among Advice, too.
	LeftOut []string `json:"-"`
}

// Statuses of a Recommendation.
const (
	StatusProposed   = "proposed"
	StatusAccepted   = "accepted"
	StatusRejected   = "rejected"
	StatusFrozen     = "frozen"
	StatusUnchanged  = "unchanged"
	StatusNotTunable = "not_tunable"
)

// Proposed is one setting of a Recommendation.
type Proposed struct {
	Value    string `json:"value"`
	Current  string `json:"current"`  // the baseline's; empty where unset and unknown
	Evidence string `json:"evidence"` // observed, neighbour, simulated, enforced
	Why      string `json:"why"`
}

// Expected is the effect against the baseline. Ratios below 1 are faster or cheaper.
type Expected struct {
	RuntimeRatio null.Null[float64] `json:"runtime_ratio"`
	Low          null.Null[float64] `json:"low"`  // 90 % interval
	High         null.Null[float64] `json:"high"` // 90 % interval
	CostRatio    null.Null[float64] `json:"cost_ratio"`
	BaselineS    null.Null[float64] `json:"baseline_s"` // baseline's run time at the median size
	// What a night of the baseline costs, where the cluster has a price.
	BaselineCost null.Null[float64] `json:"baseline_cost"`
	Currency     string             `json:"currency"`
}

// Rejected is a candidate that was looked at and not taken.
type Rejected struct {
	Settings map[string]string  `json:"settings"`
	Why      string             `json:"why"`
	Runtime  null.Null[float64] `json:"runtime_ratio"`
	High     null.Null[float64] `json:"high"`
	Runs     int64              `json:"runs"`
	Blocks   int64              `json:"blocks"`
}

// Proposal is what is proposed, what people fixed aside.
func (r *Recommendation) Proposal() map[string]string { return r.learned(values(r.Settings)) }

// Held is what a rollback takes out of the file, what people fixed aside: what
// stands, or where that is nothing what a night's exploration drew.
func (r *Recommendation) Held() map[string]string {
	if held := r.learned(fileOf(r).settings); len(held) > 0 {
		return held
	}
	return r.learned(r.File)
}

// Drawn is what the file holds where exploration drew a step, what people fixed
// aside: what the step stands beside is in it.
func (r *Recommendation) Drawn() (set map[string]string, ok bool) {
	return r.learned(r.File), r.Exploration.Key != ""
}

// learned are the settings of set that nobody enforces.
func (r *Recommendation) learned(set map[string]string) map[string]string {
	return Written{Settings: set, Fixed: r.fixed(set)}.learned()
}

// fixed are the keys of set whose values people enforce.
func (r *Recommendation) fixed(set map[string]string) []string {
	list := []string{}
	for _, k := range sortedKeys(set) {
		if s, ok := r.Settings[k]; ok && s.Evidence == enforced && s.Value == set[k] {
			list = append(list, k)
		}
	}
	return list
}

// A Directive is what a person said about a pipeline: one row of the table
// directives. The newest of a verb wins.
type Directive struct {
	Pipeline string    `json:"pipeline" doc:"pipeline" from:"command line"`
	Verb     string    `json:"verb" doc:"accept, reject, pin, unpin, freeze, unfreeze, rollback" from:"command line"`
	ID       string    `json:"id" doc:"recommendation it speaks of; rollback: what the file held" from:"recommendations"`
	Key      string    `json:"key" doc:"pin: the key" from:"command line"`
	Value    string    `json:"value" doc:"pin: the value" from:"command line"`
	By       string    `json:"by" doc:"who" from:"operating system"`
	At       time.Time `json:"at" doc:"when" from:"--now"`
	// Settings are what ID stands for: ids are hashes, and what is refused has near neighbours.
	Settings map[string]string `json:"settings" doc:"accept, reject, rollback: the settings it speaks of" from:"recommendations"`
}
