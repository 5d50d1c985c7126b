// Package learner turns rows into decisions.
//
//  1. Histories: the comparable runs of each pipeline, by time. Each is an
//     episode; its joint action is what its settings were, over the keys that
//     some run of the pipeline varied. The baseline is the modal joint action
//     of the runs that people started; a block is a stretch of consecutive
//     runs under one joint action.
//  2. Steps: a run's time is cut into the steps that it shares with the
//     baseline, stage by stage, else by SQL execution, else the run; step 0 is
//     the driver. Whatever the level, the charges add up to the run's time.
//  3. Baseline: log time of each step by input size, leave one out. Nights just
//     before people changed something have no part in it.
//  4. Noise: how nights vary by themselves, and how much a switch of settings
//     that changes nothing seems to change: both pooled over the fleet.
//  5. Tables: what the steps of all runs under other settings took beyond the
//     baseline is shared out among the agents by one ridge for each pipeline,
//     shrunk to its group of pipelines and the fleet.
//  6. Estimates: composed over the steps, with a standard deviation that
//     counts runs and blocks.
//  7. Guards: why a setting may not be proposed, each with a sentence.
//  8. Coordinator: the joint product of each agent's best actions; the lower
//     confidence bound decides, and the baseline wins ties.
//  9. Lifecycle: modes, people's say, holding, rollback, gradual rollout.
//  10. Exploration: where people allow it, one step off what stands, drawn
//     within a budget of seconds.
//  11. Adoption and drift: what became of the file by its marker, and what
//     changed under the pipeline.
//
// Package replay predicts what settings that no run had would do. Its
// prediction m is the tables' prior mean in step 5, which then hold what it gets
// wrong, and lets the agents put forward in step 8 what was never tried. With
// Config.WhatIf off only settings that ran often enough decide.
//
// The next room, package report, gets Recommendations and computes nothing.
package learner
