package learner

import "github.com/spark-apprentice/apprentice/internal/null"

// An Episode is one step of one run: one row of the table episodes.
type Episode struct {
	RunKey      string             `json:"run_key" doc:"the run" from:"runs"`
	Pipeline    string             `json:"pipeline" doc:"pipeline, with variant" from:"runs"`
	Night       string             `json:"night" doc:"night" from:"runs"`
	Step        string             `json:"step" doc:"step: driver, a stage or execution signature, or run" from:"stages.stage_signature"`
	Agent       string             `json:"agent" doc:"agent" from:"agents.yaml"`
	Action      string             `json:"action" doc:"the agent's settings, key=value separated by ;" from:"runs.conf_effective"`
	Baseline    string             `json:"baseline_action" doc:"the agent's settings at the baseline" from:"runs.conf_effective"`
	State       map[string]float64 `json:"state" doc:"the agent's state, raw" from:"stages"`
	Bucket      string             `json:"bucket" doc:"the agent's state, bucketed" from:"agents.yaml"`
	ChargedS    float64            `json:"charged_s" unit:"s" doc:"charged time of the step" from:"stages.charged_s"`
	BaselineS   float64            `json:"baseline_s" unit:"s" doc:"the baseline's charged time at this night's size, leave one out" from:"this program"`
	WhatIfRatio null.Null[float64] `json:"what_if_ratio" doc:"time that the what-if model predicts over the baseline's; null without a model" from:"this program"`
	Target      float64            `json:"target" doc:"winsorised log residual the tables are fitted to" from:"this program"`
	Weight      float64            `json:"weight" doc:"baseline_s over the run's" from:"this program"`
	Reward      float64            `json:"reward" doc:"share of the baseline's run time saved by this step" from:"this program"`
	Behaviour   string             `json:"behaviour" doc:"human, default, recommended, explored" from:"runs.recommendation_id"`
	Propensity  null.Null[float64] `json:"propensity" doc:"logged probability of the action" from:"runs.propensity"`
	Block       int64              `json:"block" doc:"stretch of nights under one joint action, from 0" from:"runs"`
	Fold        int64              `json:"fold" doc:"fold for cross-validation, by night" from:"this program"`
}

// A QValue is one cell of an agent's Q-table: one row of the table qtables.
type QValue struct {
	Level    string  `json:"level" doc:"pipeline, group or global" from:"this program"`
	Pipeline string  `json:"pipeline" doc:"pipeline, with variant; group key; empty for global" from:"runs"`
	Agent    string  `json:"agent" doc:"agent, or pair of agents" from:"agents.yaml"`
	Bucket   string  `json:"bucket" doc:"state" from:"agents.yaml"`
	Action   string  `json:"action" doc:"the agent's settings" from:"runs.conf_effective"`
	Baseline bool    `json:"is_baseline" doc:"this is what the pipeline runs with" from:"runs"`
	Q        float64 `json:"q" doc:"expected log speed-up when this agent alone leaves the baseline" from:"this program"`
	SD       float64 `json:"sd" doc:"standard deviation of q" from:"this program"`
	Runs     int64   `json:"runs" doc:"runs behind it" from:"runs"`
	Blocks   int64   `json:"blocks" doc:"blocks of nights behind it" from:"runs"`
	Evidence string  `json:"evidence" doc:"observed, neighbour, simulated or prior" from:"this program"`
}
