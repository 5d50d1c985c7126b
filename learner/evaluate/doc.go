// Package evaluate holds what was predicted and decided against what then
// happened, on nights that the learning had not seen.
//
//  1. Origins: nights at which the past ends. For each, runs are judged, the
//     learner learns and the replay model is fitted on earlier nights alone.
//  2. Predictions: each run from one origin to the next is predicted from the
//     usual nights before it that are nearest in input: by the learner where
//     it knew the settings, by the replay model, and by "no change".
//  3. Scores: errors, skill over "no change", signs, and how often the truth
//     lies within an interval, by what was known of the settings.
//  4. Decisions: what was proposed at each origin, and the nights that then
//     ran with it. Regret is held against the best settings that ran, which
//     only hindsight knows.
//  5. Off-policy estimates of the decisions, where the settings of nights were
//     drawn with logged probabilities; elsewhere the log does not identify them.
//
// The next room, package report, gets an Evaluation and computes nothing.
package evaluate
