// Package learner turns rows into decisions.
//
//  1. Episodes: each comparable run is an episode; its steps are its stages,
//     step 0 is the driver. The joint action is what its settings were.
//  2. Baseline: modal settings and a size-corrected time per step, leave one out.
//  3. Tables: the residuals of all runs are shared out among the agents' Q-tables
//     by one ridge with parents (pipeline, group, global).
//  4. Coordinator: the joint product of each agent's best actions under hard
//     limits; the lower confidence bound decides, and the baseline wins ties.
//  5. Guards: evidence in runs and blocks, failures, memory, people's constraints.
//
// The next room, package report, gets Recommendations and computes nothing.
package learner
