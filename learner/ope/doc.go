// Package ope estimates from logged decisions what another policy would have
// earned (off-policy evaluation), for decisions that stand alone: contextual
// bandits, horizon one.
//
//  1. A [Round] is one logged decision: its reward, the probability with which
//     it was drawn, that which the evaluated policy gives it, and what a model
//     of rewards says.
//  2. [Check] tells whether the log identifies the answer at all. It does not
//     where the logging policy left nothing to chance.
//  3. An [Estimator] turns rounds into one term each, whose mean is the
//     estimate: IPS, SNIPS, DM, DR, SNDR, Switch-DR, DRos.
//  4. Bounds on the mean of terms: Student's t, empirical Bernstein, Hoeffding,
//     and the bootstrap.
//
// Formulas are those of Saito et al. 2021 (Open Bandit Dataset and Pipeline),
// whose program is the tests' oracle.
package ope
